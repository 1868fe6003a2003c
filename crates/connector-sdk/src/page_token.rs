//! Page tokens: the position of a list, bound to that list and protected against change.
//!
//! A token carries the provider's own position and enough of the earlier pages to notice, without
//! any state between calls, that the list runs in a circle (Brent's method).

use std::fmt;

use anyhow::{Context, Result, bail, ensure};

use crate::error::Error;
use crate::model::ResourceId;

/// The longest token that is given out or taken, in bytes.
pub const MAX_TOKEN: usize = 2048;

/// The longest list that is read, in pages: at 100 items a page, a million items.
const MAX_PAGES: u32 = 10_000;

const VERSION: u8 = 2;

/// The list that a token belongs to.
#[derive(Clone, Copy, Debug)]
pub struct TokenScope<'a> {
    /// Name of the list, unique under one resource, such as the type of resource that is listed.
    pub of: &'a str,
    /// Identifier of the resource that the list lies in; empty where it lies in none.
    pub within: &'a str,
}

/// A position in a list.
#[derive(Debug, PartialEq, Eq)]
pub struct PagePosition {
    v: u8,
    of: String,
    within: String,
    /// The provider's position: its own cursor, or a number of items.
    at: String,
    /// Which page this is, the first being 0.
    page: u32,
    /// Fingerprint of an earlier position, and the page it was on.
    mark: u64,
    marked: u32,
    /// The page size; 0 if it is the usual one.
    size: u64,
}

/// The reason why a list cannot go on.
#[derive(Debug, PartialEq, Eq)]
pub enum StuckList {
    /// The provider gave a position that it gave before.
    Circle,
    /// More pages than any list has.
    TooLong,
    /// The provider's position does not fit a token.
    TooLarge,
}

/// For a log, after the name of the endpoint.
impl fmt::Display for StuckList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Circle => "the list runs in a circle",
            Self::TooLong => "the list has more pages than any list can have",
            Self::TooLarge => "the cursor is too long",
        })
    }
}

impl PagePosition {
    /// Returns the beginning of `list`.
    pub fn first(list: TokenScope<'_>) -> Self {
        Self {
            v: VERSION,
            of: list.of.to_owned(),
            within: list.within.to_owned(),
            at: String::new(),
            page: 0,
            mark: fingerprint(b""),
            marked: 0,
            size: 0,
        }
    }

    /// Returns the position that `token` stands for; the start without one.
    ///
    /// # Errors
    /// Returns an error if it was altered, or belongs to another list or version.
    pub fn resume(list: TokenScope<'_>, token: Option<&str>) -> Result<Self> {
        let Some(token) = token else {
            return Ok(Self::first(list));
        };
        let place = decode(token)?;
        ensure!(place.v == VERSION, "it is of another version");
        ensure!(
            place.of == list.of && place.within == list.within,
            "it belongs to another list"
        );
        Ok(place)
    }

    /// Returns the provider's position; empty at the start.
    pub fn at(&self) -> &str {
        &self.at
    }

    /// Returns the number of items to ask for, in a list whose usual number is given: fewer once
    /// the provider accepted no more.
    pub fn size(&self, usual: u64) -> u64 {
        if (1..usual).contains(&self.size) {
            self.size
        } else {
            usual
        }
    }

    /// Has the pages that follow ask for so many items.
    pub fn keep_size(&mut self, size: u64) {
        self.size = size;
    }

    /// Returns the same position in the list of another type, from which a page learned something
    /// for those after it.
    pub fn in_list(mut self, of: &str) -> Self {
        of.clone_into(&mut self.of);
        self
    }

    /// Returns the token of the next position, where `next` is the provider's own.
    pub fn then(mut self, next: &str) -> Result<String, StuckList> {
        let print = fingerprint(next.as_bytes());
        if print == self.mark {
            return Err(StuckList::Circle);
        }
        self.page = self.page.saturating_add(1);
        if self.page >= MAX_PAGES {
            return Err(StuckList::TooLong);
        }
        // The mark moves to pages 1, 2, 4, 8, …: a circle of any length comes back to one of them.
        if self.page >= self.marked.saturating_mul(2) {
            self.mark = print;
            self.marked = self.page;
        }
        self.at = next.to_owned();
        encode(&self).ok_or(StuckList::TooLarge)
    }
}

/// Returns the position that a caller's page token stands for in the list of this name under `parent`:
/// the type of resource that is listed, or another name for grants.
///
/// # Errors
/// Returns an error if the token was altered, or belongs to another list or version.
pub fn resume<'p>(
    of: &str,
    parent: impl Into<Option<&'p ResourceId>>,
    page_token: Option<&str>,
) -> Result<PagePosition, Error> {
    let parent = parent.into();
    let within = parent.map_or(String::new(), |it| {
        format!("{}:{}", it.resource_type, it.id)
    });
    let scope = TokenScope {
        of,
        within: &within,
    };
    PagePosition::resume(scope, page_token).map_err(|why| {
        Error::invalid_argument(format!(
            "page-token: {why}; start again without one, or give the last page's `next-page-token` unaltered"
        ))
    })
}

/// Returns one field a line, the provider's own text last: it may have any form.
fn encode(place: &PagePosition) -> Option<String> {
    let PagePosition {
        v,
        of,
        within,
        at,
        page,
        mark,
        marked,
        size,
    } = place;
    let body = format!("{v}\n{page}\n{mark}\n{marked}\n{size}\n{of}\n{within}\n{at}");
    let mut bytes = fingerprint(body.as_bytes()).to_be_bytes().to_vec();
    bytes.extend(body.into_bytes());
    let token = base64url(&bytes);
    (token.len() <= MAX_TOKEN).then_some(token)
}

fn decode(token: &str) -> Result<PagePosition> {
    ensure!(token.len() <= MAX_TOKEN, "it is too long");
    let bytes = from_base64url(token).context("it has foreign characters")?;
    let Some((guard, body)) = bytes.split_first_chunk::<8>() else {
        bail!("it is too short");
    };
    ensure!(
        u64::from_be_bytes(*guard) == fingerprint(body) && base64url(&bytes) == token,
        "it was altered"
    );
    let body = std::str::from_utf8(body).ok();
    body.and_then(fields).context("it was altered")
}

fn fields(body: &str) -> Option<PagePosition> {
    let mut lines = body.splitn(8, '\n');
    Some(PagePosition {
        v: lines.next()?.parse().ok()?,
        page: lines.next()?.parse().ok()?,
        mark: lines.next()?.parse().ok()?,
        marked: lines.next()?.parse().ok()?,
        size: lines.next()?.parse().ok()?,
        of: lines.next()?.to_owned(),
        within: lines.next()?.to_owned(),
        at: lines.next()?.to_owned(),
    })
}

/// Returns the FNV-1a hash of 64 bits: a guard against accidents and loops, not against forgers, who gain nothing here.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Encodes as base64url of RFC 4648 without padding, so that a token needs no quoting in a URL or a shell.
fn base64url(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = (0..3).fold(0u32, |word, i| {
            word << 8 | u32::from(chunk.get(i).copied().unwrap_or(0))
        });
        for i in 0..=chunk.len() {
            let sextet = word >> (18 - 6 * i) & 63;
            text.push(char::from(
                ALPHABET.get(sextet as usize).copied().unwrap_or(b'A'),
            ));
        }
    }
    text
}

fn from_base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for chunk in text.as_bytes().chunks(4) {
        let mut word = 0u32;
        for i in 0..4 {
            let sextet = match chunk.get(i) {
                Some(symbol) => ALPHABET.iter().position(|known| known == symbol)?,
                None => 0,
            };
            word = word << 6 | u32::try_from(sextet).ok()?;
        }
        let [_, decoded @ ..] = word.to_be_bytes();
        bytes.extend(decoded.iter().take(chunk.len().checked_sub(1)?));
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: TokenScope<'_> = TokenScope {
        of: "workspace",
        within: "123",
    };

    fn walk(next: impl Fn(u32) -> String) -> (u32, StuckList) {
        let mut token = None;
        for page in 0.. {
            let place = PagePosition::resume(LIST, token.as_deref()).unwrap();
            match place.then(&next(page)) {
                Ok(next) => token = Some(next),
                Err(stuck) => return (page, stuck),
            }
        }
        unreachable!()
    }

    #[test]
    fn a_token_leads_back_to_its_place() {
        for next in ["a", "NDgzMjY1", "/?&=\"é\u{1f600}"] {
            let token = PagePosition::first(LIST).then(next).unwrap();
            assert_eq!(PagePosition::resume(LIST, Some(&token)).unwrap().at(), next);
            assert!(
                token
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            );
        }
    }

    #[test]
    fn a_token_keeps_the_size_of_pages() {
        let mut place = PagePosition::first(LIST);
        assert_eq!(place.size(100), 100);
        place.keep_size(25);
        let token = place.then("a").unwrap();
        let place = PagePosition::resume(LIST, Some(&token)).unwrap();
        // What a newer version asks for by itself may be less.
        assert_eq!((place.size(100), place.size(20)), (25, 20));
        let token = place.then("b").unwrap();
        assert_eq!(
            PagePosition::resume(LIST, Some(&token)).unwrap().size(100),
            25
        );
    }

    #[test]
    fn no_altered_or_foreign_token_is_taken() {
        let token = PagePosition::first(LIST).then("NDgzMjY1").unwrap();
        for i in 0..token.len() {
            for replacement in ["A", "B", "_", "+", ""] {
                let altered = format!("{}{replacement}{}", &token[..i], &token[i + 1..]);
                assert!(altered == token || PagePosition::resume(LIST, Some(&altered)).is_err());
            }
        }
        let other = TokenScope {
            within: "124",
            ..LIST
        };
        assert!(PagePosition::resume(other, Some(&token)).is_err());
        let other = TokenScope { of: "user", ..LIST };
        assert!(PagePosition::resume(other, Some(&token)).is_err());
        for foreign in ["", "x", "0", "é", &"A".repeat(2049)] {
            assert!(
                PagePosition::resume(LIST, Some(foreign)).is_err(),
                "{foreign}"
            );
        }
    }

    #[test]
    fn page_token_cycles_are_noticed_within_a_few_rounds() {
        for before in [0, 1, 5, 40] {
            for length in [1, 2, 3, 7, 64, 100] {
                let next = |page: u32| {
                    format!(
                        "p{}",
                        page.min(before + (page.max(before) - before) % length)
                    )
                };
                let (page, stuck) = walk(next);
                assert_eq!(stuck, StuckList::Circle);
                assert!(
                    page <= 3 * (before + length) + 3,
                    "{before} {length} {page}"
                );
            }
        }
    }

    #[test]
    fn a_list_ends_somewhere_and_a_token_stays_small() {
        assert_eq!(
            walk(|page| page.to_string()),
            (MAX_PAGES - 1, StuckList::TooLong)
        );
        assert_eq!(
            PagePosition::first(LIST).then(&"x".repeat(2048)),
            Err(StuckList::TooLarge)
        );
    }
}
