//! Planted defects: a property that finds none of them would prove nothing.

use crate::properties::calls::{CALLS, TestedCall, body};
use crate::properties::cursors::{TextChange, Tokens};
use crate::properties::tests::{OWN, good};
use crate::properties::{Verdict, cursors, headers, pages};
use connector_sdk::error::{Error, ErrorKind};
use connector_sdk::model::{Impact, Page};
use connector_sdk::page_token::TokenScope;
use serde_json::json;

/// A reader whose pages are spoiled.
fn spoiled(
    spoil: impl Fn(&mut Page),
) -> impl Fn(&TestedCall, Option<&str>, &[u8]) -> Result<Page, Error> {
    move |call, cursor, body| {
        let mut page = pages::read(call, cursor, body)?;
        spoil(&mut page);
        Ok(page)
    }
}

/// Returns the result of the property of any body for good users, read so.
fn users(spoil: impl Fn(&mut Page)) -> Verdict {
    let call = &CALLS[0];
    let body = body(call, &good(call, &[0, 1, 4])).to_string();
    pages::any_body(&spoiled(spoil), call, body.as_bytes())
}

#[test]
fn a_page_that_breaks_the_contract_is_found() {
    assert_eq!(users(|_| ()), Ok(()));
    let twice = |page: &mut Page| page.resources.extend_from_within(..1);
    assert!(users(twice).is_err());
    assert!(users(|page| page.grants[0].principal_ids.extend_from_within(..1)).is_err());
    assert!(users(|page| page.entitlements.clear()).is_err());
    assert!(users(|page| page.resources[0].display_name.push('\n')).is_err());
    assert!(users(|page| page.resources[0].display_name = "x".repeat(1025)).is_err());
    assert!(users(|page| page.resources[0].id.id = "../me".to_owned()).is_err());
    assert!(users(|page| page.resources[0].created_at = Some("yesterday".to_owned())).is_err());
    assert!(
        users(|page| page.resources[0].attributes = vec![("b", "x".into()), ("a", "x".into())])
            .is_err()
    );
    assert!(users(|page| page.grants[0].principal_ids[0].clear()).is_err());
    assert!(users(|page| page.grants[0].entitlements[0] = "\r".into()).is_err());
    assert!(users(|page| page.next_page_token = Some("x".repeat(2049))).is_err());
    assert!(users(|page| page.next_page_token = Some("x".to_owned())).is_err());
}

#[test]
fn a_reader_that_is_not_the_same_twice_is_found() {
    let times = std::cell::Cell::new(0);
    let moody = users(|page| {
        times.set(times.get() + 1);
        page.resources[0].display_name = times.get().to_string();
    });
    assert!(moody.is_err());
}

#[test]
fn errors_that_echo_the_body_are_found() {
    for (kind, text) in [
        (ErrorKind::InvalidArgument, "x"),
        (ErrorKind::UnexpectedResponse, ""),
        (ErrorKind::UnexpectedResponse, "\u{7}"),
    ] {
        let broken = |_: &TestedCall, _: Option<&str>, _: &[u8]| {
            let mut error = Error::new(kind, "x", "x");
            error.problem.status = Some(200);
            error.problem.detail = text.to_owned();
            Err(error)
        };
        assert!(
            pages::any_body(&broken, &CALLS[0], b"{}").is_err(),
            "{kind:?} {text:?}"
        );
    }
}

#[test]
fn a_loss_without_a_word_is_found() {
    let damage = [(1, json!(null)), (2, json!({}))];
    for call in &CALLS[..6] {
        let good = good(call, &[0, 1, 2, 3]);
        let lost = |spoil: fn(&mut Page)| {
            pages::damage_is_lost_alone(&spoiled(spoil), call, &good, &damage)
        };
        assert_eq!(lost(|_| ()), Ok(()));
        assert!(lost(|page| page.notices.clear()).is_err(), "{call:?}");
        let tells_all_but_one = |page: &mut Page| {
            let notices = page
                .notices
                .iter()
                .position(|notice| notice.impact == Impact::ItemOmitted);
            notices
                .into_iter()
                .for_each(|at| drop(page.notices.remove(at)));
        };
        assert!(lost(tells_all_but_one).is_err(), "{call:?}");
        let stops_there = |page: &mut Page| {
            if page
                .notices
                .iter()
                .any(|notice| notice.impact == Impact::ItemOmitted)
            {
                page.resources.truncate(1);
            }
        };
        assert!(lost(stops_there).is_err(), "{call:?}");
        let odd =
            |spoil: fn(&mut Page)| pages::a_field_is_lost_alone(&spoiled(spoil), call, &good, 1, 1);
        assert_eq!(odd(|_| ()), Ok(()));
        assert!(odd(|page| page.notices.clear()).is_err(), "{call:?}");
        let takes_all = |page: &mut Page| {
            if page
                .notices
                .iter()
                .any(|notice| notice.code == "unreadable-field")
            {
                page.resources.clear();
                page.grants.clear();
            }
        };
        assert!(
            odd(takes_all).is_err() || call.of == "collection-access-key",
            "{call:?}"
        );
    }
}

#[test]
fn a_text_that_is_repaired_in_silence_is_found() {
    for call in &CALLS[..6] {
        let good = good(call, &[0, 1, 2, 3]);
        let broken = |spoil: fn(&mut Page)| {
            let reader = spoiled(spoil);
            pages::a_broken_text_is_lost_alone(&reader, call, &good, (1, 2), pages::BROKEN[0])
        };
        assert_eq!(broken(|_| ()), Ok(()));
        assert!(broken(|page| page.notices.clear()).is_err(), "{call:?}");
        let takes_all = |page: &mut Page| {
            let about_it = ["repaired-text", "unreadable-field", "no-id"];
            if page.notices.iter().any(|it| about_it.contains(&it.code)) {
                page.resources.truncate(1);
            }
        };
        assert!(broken(takes_all).is_err(), "{call:?}");
    }
}

const LIST: TokenScope<'_> = TokenScope {
    of: "workspace",
    within: "team:5150",
};

fn own_list(tokens: &Tokens<'_>) -> Verdict {
    cursors::a_page_token_belongs_to_its_list(tokens, LIST, "NDgzMjY1")
}

#[test]
fn a_token_for_every_list_is_found() {
    assert_eq!(own_list(&OWN), Ok(()));
    let any_type = |list: TokenScope<'_>, token: &str| {
        cursors::take(
            TokenScope {
                of: LIST.of,
                ..list
            },
            token,
        )
    };
    let any_parent = |list: TokenScope<'_>, token: &str| {
        cursors::take(
            TokenScope {
                within: LIST.within,
                ..list
            },
            token,
        )
    };
    assert!(
        own_list(&Tokens {
            take: &any_type,
            ..OWN
        })
        .is_err()
    );
    assert!(
        own_list(&Tokens {
            take: &any_parent,
            ..OWN
        })
        .is_err()
    );
}

#[test]
fn a_token_that_loses_its_place_is_found() {
    let shortened =
        |list: TokenScope<'_>, token: &str| cursors::take(list, token).map(|at| at[1..].to_owned());
    assert!(
        own_list(&Tokens {
            take: &shortened,
            ..OWN
        })
        .is_err()
    );
    let padded = |list: TokenScope<'_>, at: &str| cursors::give(list, at).map(|token| token + "==");
    assert!(
        own_list(&Tokens {
            give: &padded,
            ..OWN
        })
        .is_err()
    );
    let long = |list: TokenScope<'_>, at: &str| {
        cursors::give(list, at).map(|token| token + &"A".repeat(2048))
    };
    assert!(own_list(&Tokens { give: &long, ..OWN }).is_err());
    assert!(
        own_list(&Tokens {
            give: &|_, _| None,
            ..OWN
        })
        .is_err()
    );
}

#[test]
fn a_guard_that_lets_something_through_is_found() {
    let altered = |take: &dyn Fn(TokenScope<'_>, &str) -> Option<String>, change: TextChange| {
        let tokens = Tokens { take, ..OWN };
        cursors::an_altered_token_is_refused(&tokens, LIST, "NDgzMjY1", &[change])
    };
    assert_eq!(altered(&cursors::take, TextChange::Insert(4, ' ')), Ok(()));
    let tidies = |list: TokenScope<'_>, token: &str| cursors::take(list, &token.replace(' ', ""));
    assert!(altered(&tidies, TextChange::Insert(4, ' ')).is_err());
    let any_guard = |list: TokenScope<'_>, token: &str| {
        let token = format!(
            "{}{}",
            &cursors::give(list, "NDgzMjY1")?[..10],
            &token[10..]
        );
        cursors::take(list, &token)
    };
    assert!(altered(&any_guard, TextChange::Replace(3, '*')).is_err());
}

#[test]
fn a_header_that_is_misread_is_found() {
    let pairs = [("retry-after", "7"), ("retryafter", "9")]
        .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
    assert_eq!(headers::any_headers(&headers::read, &pairs), Ok(()));
    let first = |all: &http::HeaderMap| {
        let value = all
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.parse().ok());
        (value, None)
    };
    assert!(headers::any_headers(&first, &pairs).is_err());
    let counts = |all: &http::HeaderMap| (Some(all.len() as u64), None);
    assert!(headers::any_headers(&counts, &pairs).is_err());
    let empty = |all: &http::HeaderMap| (headers::read(all).0, Some(Default::default()));
    assert!(headers::any_headers(&empty, &pairs).is_err());
}

#[test]
fn a_wait_that_depends_on_its_form_is_found() {
    let forms = |reader: headers::HeaderReader<'_>| {
        headers::every_form_of_a_wait_agrees(reader, 1_767_225_600, 30)
    };
    assert_eq!(forms(&headers::read), Ok(()));
    // A second off where it is a date, and milliseconds taken for seconds.
    let late = |all: &http::HeaderMap| {
        let is_date = all
            .values()
            .filter(|value| value.to_str().is_ok_and(|text| text.ends_with("GMT")))
            .count()
            > 1;
        (
            headers::read(all).0.map(|wait| wait + u64::from(is_date)),
            None,
        )
    };
    assert!(forms(&late).is_err());
    let without_date = |all: &http::HeaderMap| {
        let mut all = all.clone();
        all.remove("date");
        headers::read(&all)
    };
    assert!(forms(&without_date).is_err());
}

#[test]
fn a_dialect_that_is_not_read_is_found() {
    let dialects = |reader: headers::HeaderReader<'_>| {
        headers::every_dialect_of_limits_agrees(reader, (300, 7, 12, 60))
    };
    assert_eq!(dialects(&headers::read), Ok(()));
    for name in [
        "ratelimit",
        "ratelimit-policy",
        "x-ratelimit-reset",
        "ratelimit-limit",
    ] {
        let deaf = |all: &http::HeaderMap| {
            let mut all = all.clone();
            all.remove(name);
            headers::read(&all)
        };
        assert!(dialects(&deaf).is_err(), "{name}");
    }
}
