//! Headers of an answer in a sanitised recording. A provider may put a name into any of them, so what
//! stays is what is known to be none: dates, counts of limits, kinds of content.

use super::pseudonym::Pseudonyms;
use super::sanitize::is_time;
use super::words;

/// The words in the names of headers that count something or state a time.
const COUNTING: &str = "x rate ratelimit retryafter retry after limit remaining reset policy used delay window total count \
    second minute hour day month";
/// The words in the values of such headers, beside numbers.
const LIMITS: &str = "limit remaining reset policy default burst quota q qu r t w pk requests bytes per second seconds window \
    minute hour day month";
/// The words of content types.
const CONTENT: &str = "application audio image message multipart text json problem xml html plain csv scim hal vnd api \
    octet stream x www form urlencoded charset utf 8 16 us ascii iso 8859 1 boundary q";
/// The words of relations between pages.
const RELATIONS: &str = "rel next prev previous first last self title";

/// Returns the name with every word replaced that no known header has.
pub(super) fn name(name: &str, names: &mut Pseudonyms) -> String {
    match name {
        "date" | "link" => name.to_owned(),
        _ if name.starts_with("content-") => name.to_owned(),
        _ => names.each_word(name, |word| is_of(COUNTING, word)),
    }
}

/// Returns the value without anything that can identify a person.
pub(super) fn value(name: &str, value: &str, names: &mut Pseudonyms) -> String {
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    if httpdate::parse_http_date(value.trim()).is_ok() || is_time(value) {
        return value.to_owned();
    }
    match name {
        "content-type" => names.each_word(value, |word| is_of(CONTENT, word)),
        "link" => names.each_word(value, |word| {
            words::is_known(word) || is_of(RELATIONS, word)
        }),
        _ if decides_answer(name) => {
            names.each_word(value, |word| is_number(word) || is_of(LIMITS, word))
        }
        _ => names.replace_text(value),
    }
}

/// Returns true for a name such as `x-ratelimit-remaining-month`, and false for `x-ratelimit-owner`.
fn decides_answer(name: &str) -> bool {
    name.split('-').all(|word| is_of(COUNTING, word))
}

fn is_of(list: &str, word: &str) -> bool {
    let mut known = list.split_whitespace();
    known.any(|known| known.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_or_tells_a_kind_stays() {
        for (name, text) in [
            ("content-type", "application/problem+json; charset=utf-8"),
            ("date", "Sat, 21 Nov 2026 10:00:00 GMT"),
            ("retry-after", "Saturday, 21-Nov-26 10:00:00 GMT"),
            ("retry-after", "3600"),
            ("retryafter", "1.5"),
            ("x-ratelimit-reset", "1795252800000"),
            ("x-ratelimit-reset", "2026-11-21T10:00:00Z"),
            ("x-ratelimit-remaining-month", "99999999"),
            ("ratelimit", "limit=300, remaining=7, reset=12"),
            ("ratelimit-policy", "\"default\";q=1000;w=60, 300;w=3600"),
            ("x-rate-limit-limit", "1000, 1000;window=3600"),
            ("x-total-count", "12345"),
        ] {
            let mut names = Pseudonyms::default();
            assert_eq!(value(name, text, &mut names), text, "{name}");
            assert_eq!(super::name(name, &mut names), name);
        }
    }

    #[test]
    fn what_names_somebody_is_replaced_wherever_it_stands() {
        for (name, text, person) in [
            ("x-ratelimit-owner", "anna.smith@example.com", "anna"),
            ("x-ratelimit-owner", "12345678", "12345678"),
            ("x-ratelimit-limit", "300;owner=anna.smith", "anna"),
            ("ratelimit-policy", "\"anna-smith\";q=100;w=60", "anna"),
            (
                "content-type",
                "application/vnd.smith+json; name=anna",
                "anna",
            ),
            ("content-language", "anna", "anna"),
            ("retry-after", "ask anna", "anna"),
            ("date", "anna, 21 Nov", "anna"),
            (
                "link",
                "<https://anna.example/?cursor=12345>; rel=\"next\"",
                "anna",
            ),
        ] {
            let replaced = value(name, text, &mut Pseudonyms::default());
            assert!(!replaced.contains(person), "{name}: {replaced}");
            assert_eq!(replaced.len(), text.len(), "{name}: {replaced}");
        }
        let name = name("x-ratelimit-anna-smith", &mut Pseudonyms::default());
        assert!(
            name.starts_with("x-ratelimit-") && !name.contains("anna"),
            "{name}"
        );
    }
}
