//! Limits and waits, in every dialect of headers that a provider may use.

use crate::error::ErrorKind;
use crate::model::RateLimit;
use crate::timestamps;
use http::{HeaderMap, HeaderName, header};

/// The headers that are read here, each by a name of its own: looking up names that come as text
/// would put http's table of all known ones into the component.
macro_rules! headers {
    ($($constant:ident = $name:literal,)+) => {
        $(static $constant: HeaderName = HeaderName::from_static($name);)+

        /// Returns the name of a header that a connector reads, without regard to case; `None` for others.
        pub fn known_header(name: &str) -> Option<HeaderName> {
            let own = [$(&$constant),+].into_iter();
            own.chain([&header::CONTENT_TYPE, &header::DATE, &header::LINK, &header::RETRY_AFTER])
                .find(|known| known.as_str().eq_ignore_ascii_case(name))
                .cloned()
        }
    };
}

headers! {
    X_RATELIMIT_LIMIT = "x-ratelimit-limit",
    RATELIMIT_LIMIT = "ratelimit-limit",
    X_RATELIMIT_REMAINING = "x-ratelimit-remaining",
    RATELIMIT_REMAINING = "ratelimit-remaining",
    X_RATELIMIT_RESET = "x-ratelimit-reset",
    RATELIMIT_RESET = "ratelimit-reset",
    X_RATELIMIT_LIMIT_MONTH = "x-ratelimit-limit-month",
    RATELIMIT_LIMIT_MONTH = "ratelimit-limit-month",
    X_RATELIMIT_REMAINING_MONTH = "x-ratelimit-remaining-month",
    RATELIMIT_REMAINING_MONTH = "ratelimit-remaining-month",
    RATELIMIT = "ratelimit",
    RATELIMIT_POLICY = "ratelimit-policy",
    RETRYAFTER = "retryafter",
    X_RATELIMIT_RETRYAFTER = "x-ratelimit-retryafter",
}

/// Above this a number of seconds is a moment since 1970, above the other one in milliseconds.
const EPOCH_SECONDS: u64 = 1_000_000_000;
const EPOCH_MILLISECONDS: u64 = 100_000_000_000;

/// Reads the limits that an answer states for a credential; `None` where it states none.
pub fn rate_limit(credential: &'static str, headers: &HeaderMap) -> Option<RateLimit> {
    let now = now(headers);
    let smallest = |names: &[&HeaderName]| numbers(headers, names).min();
    let combined = |key: &str| parameters(headers, &RATELIMIT, key).min();
    let limit = RateLimit {
        credential,
        limit: smallest(&[&X_RATELIMIT_LIMIT, &RATELIMIT_LIMIT])
            .or_else(|| combined("limit"))
            .or_else(|| parameters(headers, &RATELIMIT_POLICY, "q").min())
            .or_else(|| numbers(headers, &[&RATELIMIT_POLICY]).min()),
        remaining: smallest(&[&X_RATELIMIT_REMAINING, &RATELIMIT_REMAINING])
            .or_else(|| combined("remaining"))
            .or_else(|| combined("r")),
        window: parameters(headers, &RATELIMIT_POLICY, "w").max(),
        reset_after: numbers(headers, &[&X_RATELIMIT_RESET, &RATELIMIT_RESET])
            .chain(parameters(headers, &RATELIMIT, "reset"))
            .chain(parameters(headers, &RATELIMIT, "t"))
            .filter_map(|value| from_now(value, now))
            .max(),
        monthly_limit: smallest(&[&X_RATELIMIT_LIMIT_MONTH, &RATELIMIT_LIMIT_MONTH]),
        monthly_remaining: smallest(&[&X_RATELIMIT_REMAINING_MONTH, &RATELIMIT_REMAINING_MONTH]),
    };
    limit.stated()
}

/// Returns the seconds to wait that an answer states, if a call that failed like this can succeed
/// after a wait. If the limit is reached, the end of its window counts too.
pub fn wait(kind: ErrorKind, headers: &HeaderMap) -> Option<u64> {
    let is_limit = kind == ErrorKind::RateLimited;
    if !is_limit && kind != ErrorKind::Unavailable {
        return None;
    }
    let reset = || rate_limit("", headers).filter(|_| is_limit)?.reset_after;
    retry_after(headers).or_else(reset)
}

/// Seconds that the answer asks to wait, the longest where it says several.
pub fn retry_after(headers: &HeaderMap) -> Option<u64> {
    let now = now(headers);
    values(
        headers,
        &[&header::RETRY_AFTER, &RETRYAFTER, &X_RATELIMIT_RETRYAFTER],
    )
    .filter_map(|value| match timestamps::http_date(value) {
        Some(moment) => now.map(|now| u64::try_from(moment - now).unwrap_or(0)),
        None => from_now(leading_number(value)?, now),
    })
    .max()
}

/// Returns the answer's own moment, in seconds since 1970: the connector has no clock.
fn now(headers: &HeaderMap) -> Option<i64> {
    values(headers, &[&header::DATE]).find_map(timestamps::http_date)
}

/// Returns a number of seconds unchanged, and a time as seconds from `now`.
fn from_now(value: u64, now: Option<i64>) -> Option<u64> {
    let moment = match value {
        EPOCH_MILLISECONDS.. => value.div_ceil(1000),
        EPOCH_SECONDS.. => value,
        _ => return Some(value),
    };
    Some(moment.saturating_sub(u64::try_from(now?).ok()?))
}

fn values<'a>(headers: &'a HeaderMap, names: &[&HeaderName]) -> impl Iterator<Item = &'a str> {
    names
        .iter()
        .flat_map(|name| headers.get_all(*name))
        .filter_map(|value| value.to_str().ok())
}

fn numbers<'a>(headers: &'a HeaderMap, names: &[&HeaderName]) -> impl Iterator<Item = u64> + 'a {
    values(headers, names)
        .filter_map(leading_number)
        .collect::<Vec<_>>()
        .into_iter()
}

/// Returns the values of `key` in a header such as `limit=300, remaining=7, reset=12` or `"default";r=7;t=12`.
fn parameters<'a>(
    headers: &'a HeaderMap,
    name: &'a HeaderName,
    key: &'a str,
) -> impl Iterator<Item = u64> + 'a {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ';']))
        .filter_map(move |part| {
            let (given, number) = part.split_once('=')?;
            (given.trim().eq_ignore_ascii_case(key)).then(|| leading_number(number))?
        })
}

/// Returns the number that `text` begins with, rounded up: `60`, `1.5`, `300;w=60`, `300, 300`.
fn leading_number(text: &str) -> Option<u64> {
    let text = text.trim().trim_matches('"');
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (whole, rest) = text.split_at_checked(end)?;
    let number: u64 = whole.parse().ok()?;
    let fraction = rest.strip_prefix('.').unwrap_or_default();
    let digits = fraction
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(fraction.len());
    let rounds_up = fraction.bytes().take(digits).any(|digit| digit != b'0');
    Some(number.saturating_add(u64::from(rounds_up)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    /// The table of dialects.
    const WAITS: &str = include_str!("waits.txt");

    fn headers(lines: &str) -> HeaderMap {
        lines
            .split(" | ")
            .map(|line| {
                let (name, value) = line.split_once(':').unwrap();
                (
                    name.parse::<HeaderName>().unwrap(),
                    HeaderValue::from_str(value.trim()).unwrap(),
                )
            })
            .collect()
    }

    /// Returns the result in the terms of the table.
    fn read(headers: &HeaderMap) -> String {
        let limit = rate_limit("key", headers).unwrap_or_default();
        let words = [
            ("retry_after", retry_after(headers)),
            ("limit", limit.limit),
            ("remaining", limit.remaining),
            ("window", limit.window),
            ("reset_after", limit.reset_after),
            ("monthly_limit", limit.monthly_limit),
            ("monthly_remaining", limit.monthly_remaining),
        ]
        .iter()
        .filter_map(|(name, value)| value.map(|value| format!("{name}={value}")))
        .collect::<Vec<_>>();
        if words.is_empty() {
            "nothing".to_owned()
        } else {
            words.join(" ")
        }
    }

    #[test]
    fn every_dialect_of_waits_and_limits_is_read() {
        let rows = WAITS
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(|line| line.split_once(" => ").unwrap())
            .collect::<Vec<_>>();
        assert!(rows.len() >= 120, "{} rows", rows.len());
        let wrong = rows
            .iter()
            .filter(|(lines, wanted)| read(&headers(lines)) != *wanted)
            .map(|(lines, wanted)| format!("{lines}: {} and not {wanted}", read(&headers(lines))))
            .collect::<Vec<_>>();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn a_wait_is_read_where_waiting_helps() {
        for (lines, limited, unavailable) in [
            ("retry-after: 7", Some(7), Some(7)),
            ("x-ratelimit-reset: 9", Some(9), None),
            ("x-ratelimit-reset: 9 | retry-after: 7", Some(7), Some(7)),
            ("x-request-id: 5", None, None),
        ] {
            let headers = headers(lines);
            for (kind, wanted) in [
                (ErrorKind::RateLimited, limited),
                (ErrorKind::Unavailable, unavailable),
                (ErrorKind::Forbidden, None),
            ] {
                assert_eq!(wait(kind, &headers), wanted, "{kind:?} {lines}");
            }
        }
    }

    #[test]
    fn an_answer_without_limits_states_none() {
        assert_eq!(rate_limit("key", &headers("x-request-id: 5")), None);
    }
}
