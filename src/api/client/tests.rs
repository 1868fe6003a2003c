//! Answers that are accepted, and what is read from headers.

use super::*;
use crate::api::wire::Me;
use http::Request;

fn ask(response: &Result<Response<Vec<u8>>, TransportError>) -> Result<(), Error> {
    let transport = |_: &'static str, _: Request<()>| response.clone();
    get(&transport, &PostmanRequest::Users)?
        .read::<Me<'_>>()
        .map(drop)
}

fn answer(
    status: u16,
    header: (&str, &str),
    body: &str,
) -> Result<Response<Vec<u8>>, TransportError> {
    let builder = Response::builder()
        .status(status)
        .header(header.0, header.1);
    Ok(builder.body(body.as_bytes().to_vec()).unwrap())
}

#[test]
fn neither_body_nor_its_words_are_handed_on() {
    let secret = "PMAK-0secret";
    for body in [
        format!("{{\"error\":{{\"name\":\"{secret}\",\"message\":\"{secret}\"}}}}"),
        format!("{{\"{secret}"),
        secret.to_owned(),
    ] {
        for status in [204, 400, 401, 403, 404, 429, 500] {
            let error = ask(&answer(status, ("a", "b"), &body)).unwrap_err();
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
    }
    let error = ask(&answer(200, ("a", "b"), "{\"PMAK-0secret")).unwrap_err();
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
}

#[test]
fn provider_waits_reach_the_host() {
    for (status, header, wanted) in [
        (429, ("retry-after", "7"), Some(7)),
        (429, ("x-ratelimit-reset", "9"), Some(9)),
        (503, ("retry-after", "7"), Some(7)),
        (503, ("x-ratelimit-reset", "9"), None),
        (403, ("retry-after", "7"), None),
    ] {
        let error = ask(&answer(status, header, "{}")).unwrap_err();
        assert_eq!(error.problem.retry_after, wanted, "{status} {header:?}");
    }
}

#[test]
fn a_link_to_the_next_page_is_found_by_its_relation() {
    for (link, wanted) in [
        (r#"</a?b=rel>; rel="next""#, true),
        ("</a>; rel=prev, </b>; title=x; REL=Next", true),
        (r#"</a>; rel="last next""#, true),
        (r#"</next>; rel="prev""#, false),
        ("</a?rel=next>", false),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(LINK, link.parse().unwrap());
        assert_eq!(has_next_link(&headers), wanted, "{link}");
    }
}

#[test]
fn a_plan_without_a_monthly_limit_states_none() {
    for (limit, wanted) in [("99999999", None), ("99999998", Some(99_999_998))] {
        let mut headers = HeaderMap::new();
        headers.insert("x-ratelimit-limit-month", limit.parse().unwrap());
        let month = limits(&PostmanRequest::Me, &headers).map(|stated| stated.monthly_limit);
        assert_eq!(month, wanted.map(Some), "{limit}");
    }
}

#[test]
fn headers_tell_monthly_from_minute_limits() {
    for (left, wanted) in [
        ("0", ErrorKind::QuotaExhausted),
        ("5", ErrorKind::RateLimited),
    ] {
        let header = ("ratelimit-remaining-month", left);
        let error = ask(&answer(429, header, "{}")).unwrap_err();
        assert_eq!(error.kind, wanted);
        assert_eq!(error.problem.credential, Some("postman"));
        assert_eq!(error.problem.status, Some(429));
    }
}

#[test]
fn a_foreign_answer_shows_status_and_media_type() {
    for (header, shown) in [
        ("text/html; charset=utf-8", "text/html"),
        ("text/<b>PMAK</b>", "an odd content type"),
        (&"x".repeat(65), "an odd content type"),
    ] {
        for (status, body) in [(200, "<html>"), (200, ""), (403, "<html>"), (401, "")] {
            let error = ask(&answer(status, ("content-type", header), body)).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Unavailable, "{status}");
            let shown_status = format!("(status {status}, {shown}");
            let message = error.problem.message;
            assert!(message.contains(&shown_status), "{message}");
        }
    }
    let error = ask(&answer(403, ("a", "b"), "")).unwrap_err();
    assert!(error.problem.message.contains("no content type"));
}

#[test]
fn a_body_in_utf_16_is_refused_as_what_it_is() {
    let body = "\u{feff}{\"data\":[]}".encode_utf16();
    for body in [
        body.clone().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
        body.flat_map(u16::to_be_bytes).collect(),
    ] {
        let error = ask(&Ok(Response::new(body))).unwrap_err();
        assert!(error.problem.detail.contains("UTF-16"), "{error:?}");
    }
}

#[test]
fn a_byte_order_mark_is_no_fault() {
    assert!(ask(&answer(200, ("a", "b"), "\u{feff}{}")).is_ok());
}

#[test]
fn a_link_to_a_next_page_is_seen_in_each_form() {
    for (value, is_next) in [
        ("<https://api.getpostman.com/x?page=2>; rel=\"next\"", true),
        ("</x>; rel=prev, </y>; rel=next", true),
        ("</x>; REL=\"last Next\"", true),
        ("</x>; rel=\"prev\"", false),
        ("</next>; title=\"next\"", false),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(LINK, value.parse().unwrap());
        assert_eq!(has_next_link(&headers), is_next, "{value}");
    }
}
