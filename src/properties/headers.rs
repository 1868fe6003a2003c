//! Headers: any header is read without harm, and one wait is one number in every dialect.

use crate::properties::{Verdict, ensure};
use connector_sdk::model::RateLimit;
use connector_sdk::rate_limit::{rate_limit, retry_after};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::time::{Duration, UNIX_EPOCH};

/// Reads the wait and the limits that headers state.
pub type HeaderReader<'r> = &'r dyn Fn(&HeaderMap) -> (Option<u64>, Option<RateLimit>);

/// Header names and values as they come.
pub type Pairs = [(String, Vec<u8>)];

/// The headers that a connector reads, and some that it does not.
pub const NAMES: [&str; 18] = [
    "retry-after",
    "retryafter",
    "x-ratelimit-retryafter",
    "date",
    "x-ratelimit-limit",
    "ratelimit-limit",
    "x-ratelimit-remaining",
    "ratelimit-remaining",
    "x-ratelimit-reset",
    "ratelimit-reset",
    "x-ratelimit-limit-month",
    "ratelimit-limit-month",
    "x-ratelimit-remaining-month",
    "ratelimit-remaining-month",
    "ratelimit",
    "ratelimit-policy",
    "x-request-id",
    "content-type",
];

/// The names that state a wait.
const WAITS: [&str; 3] = ["retry-after", "retryafter", "x-ratelimit-retryafter"];

/// Reads with the connector's own reader.
pub fn read(headers: &HeaderMap) -> (Option<u64>, Option<RateLimit>) {
    (retry_after(headers), rate_limit("postman", headers))
}

/// Returns the pairs that HTTP can carry, as headers.
pub fn headers(pairs: &Pairs) -> HeaderMap {
    let carried = pairs.iter().filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(value).ok()?))
    });
    carried
        .collect::<Vec<_>>()
        .into_iter()
        .fold(HeaderMap::new(), |mut all, (name, value)| {
            all.append(name, value);
            all
        })
}

/// Checks any headers: a wait is the longest that one of them states, and no wait comes from
/// elsewhere; each limit is stated somewhere; headers of other names change nothing.
pub fn any_headers(reader: HeaderReader<'_>, pairs: &Pairs) -> Verdict {
    let all = headers(pairs);
    let (wait, limit) = reader(&all);
    let date = all.get("date").cloned();
    let alone = |name: &str| {
        let values = all.get_all(name).iter();
        let waits = values.filter_map(|value| {
            let mut one = HeaderMap::new();
            date.iter()
                .for_each(|date| drop(one.insert("date", date.clone())));
            one.insert("retry-after", value.clone());
            reader(&one).0
        });
        waits.max()
    };
    // A second `date` may be the one that is read.
    if all.get_all("date").iter().count() <= 1 {
        let longest = WAITS.iter().filter_map(|name| alone(name)).max();
        ensure(wait == longest, || {
            format!("{wait:?} where {longest:?} is stated")
        })?;
    }
    let mut more = all.clone();
    more.insert("x-other", HeaderValue::from_static("7"));
    ensure(reader(&more) == (wait, limit), || {
        "another header changes it".to_owned()
    })?;
    ensure(
        limit.is_none()
            || pairs
                .iter()
                .any(|(name, _)| name.to_ascii_lowercase().contains("ratelimit")),
        || format!("{limit:?} from nowhere"),
    )?;
    ensure(limit != Some(RateLimit::default()), || {
        "limits that say nothing".to_owned()
    })
}

/// Checks that a wait of so many seconds from `now` is read from every form that a provider can use.
pub fn every_form_of_a_wait_agrees(reader: HeaderReader<'_>, now: u64, wait: u64) -> Verdict {
    let then = now + wait;
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(then));
    let mut forms = vec![
        wait.to_string(),
        format!("{wait}.0"),
        then.to_string(),
        format!("{then}000"),
        asctime(&date),
        date.clone(),
    ];
    forms.extend(wait.checked_sub(1).map(|less| format!("{less}.25")));
    let sent = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(now));
    for name in WAITS {
        for form in &forms {
            let pairs = [("date", sent.as_str()), (name, form)];
            let pairs = pairs.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
            let (found, _) = reader(&headers(&pairs));
            ensure(found == Some(wait), || {
                format!("{name}: {form} at {sent} is {found:?}")
            })?;
        }
    }
    Ok(())
}

/// Returns `Sun, 06 Nov 1994 08:49:37 GMT` as `Sun Nov  6 08:49:37 1994`.
fn asctime(date: &str) -> String {
    let words: Vec<&str> = date
        .split([' ', ','])
        .filter(|word| !word.is_empty())
        .collect();
    match words.as_slice() {
        [weekday, day, month, year, time, _] => {
            let day = day.trim_start_matches('0');
            format!("{weekday} {month} {day:>2} {time} {year}")
        }
        _ => String::new(),
    }
}

/// Checks that the same limits in each dialect give the same result.
pub fn every_dialect_of_limits_agrees(
    reader: HeaderReader<'_>,
    (limit, remaining, reset, window): (u64, u64, u64, u64),
) -> Verdict {
    let wanted = Some((limit, remaining, reset));
    for lines in [
        format!(
            "x-ratelimit-limit: {limit}|x-ratelimit-remaining: {remaining}|x-ratelimit-reset: {reset}"
        ),
        format!(
            "ratelimit-limit: {limit}|ratelimit-remaining: {remaining}|ratelimit-reset: {reset}"
        ),
        format!("ratelimit: limit={limit}, remaining={remaining}, reset={reset}"),
        format!(
            "ratelimit-policy: \"default\";q={limit};w={window}|ratelimit: \"default\";r={remaining};t={reset}"
        ),
        format!(
            "ratelimit-policy: {limit};w={window}|ratelimit: \"default\";r={remaining};t={reset}"
        ),
    ] {
        let pairs: Vec<_> = lines
            .split('|')
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
            .collect();
        let (wait, found) = reader(&headers(&pairs));
        let read = found.and_then(|it| Some((it.limit?, it.remaining?, it.reset_after?)));
        ensure(read == wanted && wait.is_none(), || {
            format!("{lines}: {found:?}, {wait:?}")
        })?;
        let states = lines.contains("w=");
        let length = found.and_then(|it| it.window);
        ensure(length == states.then_some(window), || {
            format!("{lines}: {length:?}")
        })?;
    }
    Ok(())
}
