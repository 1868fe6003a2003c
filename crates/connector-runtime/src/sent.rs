//! The recorded part of a request that was sent: enough to state where a record was read.

use super::{HttpError, Response};

/// The longest path that is recorded, and the longest value of a query, in characters.
const LONGEST_PATH: usize = 512;
const LONGEST_VALUE: usize = 40;

/// A request that was sent: what the limits that its answer states are limits of, and where the
/// records of its answer come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The credential that went along.
    pub credential: String,
    /// The endpoint's index in the description, if known.
    pub endpoint: Option<usize>,
    /// Path and query as the guest asked for them; empty where they are not known.
    pub path: String,
    /// The answer's status; `None` where there was no answer.
    pub status: Option<u16>,
    /// The reason why there was no answer.
    pub error: Option<HttpError>,
}

impl Sent {
    /// Returns the path and query as [`shown_path`] has them.
    pub fn shown_path(&self) -> String {
        shown_path(&self.path)
    }

    pub(super) fn new(
        credential: String,
        path_with_query: &str,
        answer: &Result<Response, HttpError>,
    ) -> Self {
        let error = answer.as_ref().err().cloned();
        let answer = answer.as_ref().ok();
        Self {
            credential,
            endpoint: answer.and_then(|answer| answer.endpoint),
            path: path_with_query.to_owned(),
            status: answer.map(|answer| answer.status),
            error,
        }
    }
}

/// Returns path and query for people to read: query values that are no short plain words, such as
/// page tokens, are left out.
pub fn shown_path(path_with_query: &str) -> String {
    let shown = match path_with_query.split_once('?') {
        None => path_with_query.to_owned(),
        Some((path, query)) => {
            let pairs: Vec<_> = query.split('&').map(shown_pair).collect();
            format!("{path}?{}", pairs.join("&"))
        }
    };
    shown.chars().take(LONGEST_PATH).collect()
}

fn shown_pair(pair: &str) -> String {
    match pair.split_once('=') {
        Some((key, value)) if !is_plain(key, value) => format!("{key}=…"),
        _ => pair.to_owned(),
    }
}

/// Returns whether a value is meaningful to a reader: a page token is not, regardless of its form.
fn is_plain(key: &str, value: &str) -> bool {
    let key = key.to_lowercase();
    let names_a_place = ["cursor", "token"].iter().any(|word| key.contains(word));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.,".contains(&byte);
    !names_a_place && value.len() <= LONGEST_VALUE && value.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_small_words_stay_and_cursors_do_not() {
        for (asked, shown) in [
            ("/workspaces/1f0d/roles", "/workspaces/1f0d/roles"),
            (
                "/workspaces?limit=100&cursor=abc",
                "/workspaces?limit=100&cursor=…",
            ),
            (
                "/groups?pageToken=7&include=a,b",
                "/groups?pageToken=…&include=a,b",
            ),
            ("/users?after=eyJ%3D%3D", "/users?after=…"),
            ("/users?flag", "/users?flag"),
        ] {
            assert_eq!(shown_path(asked), shown);
        }
        assert_eq!(shown_path(&"/x".repeat(600)).len(), LONGEST_PATH);
    }
}
