//! A page size that Postman no longer takes: what its refusal says of the largest one.

/// The size to try where a refusal names the page size and no number that helps.
const FALLBACK: u64 = 25;

/// Prepositions before a number that is itself too large.
const EXCLUSIVE: [&str; 3] = ["than", "below", "under"];

/// Returns a page size below `asked`, if the text of a refusal, in lower case, is about the page
/// size: the largest one that it names, else a moderate one.
pub fn smaller(words: &str, asked: u64) -> Option<u64> {
    let mut is_about_size = false;
    let mut largest = None;
    let mut before = "";
    for word in words.split(|c: char| !c.is_ascii_alphanumeric()) {
        is_about_size |=
            matches!(word, "limit" | "count" | "pagesize") || (before, word) == ("page", "size");
        if let Ok(number) = word.parse::<u64>() {
            let size = number.saturating_sub(u64::from(EXCLUSIVE.contains(&before)));
            largest = largest.max(Some(size).filter(|size| (1..asked).contains(size)));
        }
        if !word.is_empty() {
            before = word;
        }
    }
    let size = largest.unwrap_or(FALLBACK.min(asked / 2));
    (is_about_size && size > 0).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_that_names_the_size_gives_a_smaller_one() {
        for (words, asked, wanted) in [
            ("the limit parameter must not exceed 50.", 100, Some(50)),
            (
                "the limit parameter provided is invalid. value must be a positive integer smaller than 100.",
                100,
                Some(99),
            ),
            ("limit must be less than 26", 99, Some(25)),
            ("querystring.limit should be <= 20", 100, Some(20)),
            ("count must be between 1 and 40", 100, Some(40)),
            ("badrequest\nlimit: 1-30 (code 4001)", 100, Some(30)),
            ("invalid limit", 100, Some(25)),
            ("the limit must not exceed 100", 100, Some(25)),
            ("invalid limit", 10, Some(5)),
            ("page size is too large: at most 10", 99, Some(10)),
            ("invalid limit", 1, None),
            ("invalid cursor of the page", 100, None),
            ("your account has 20 unlimited things", 100, None),
            ("", 100, None),
            ("invalid limit", 0, None),
        ] {
            assert_eq!(smaller(words, asked), wanted, "{words} {asked}");
        }
    }
}
