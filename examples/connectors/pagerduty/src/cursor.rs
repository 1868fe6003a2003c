//! Where a list goes on: a number of items, bound to the list that it counts.
//!
//! PagerDuty's classic paging has no cursor of its own but `offset`, which any list would take.

use crate::bindings::governance::connector::types::Error;
use crate::client::invalid_argument;

/// A list: the call that reads it, what it lists, and where.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    /// Name of the call.
    pub call: &'static str,
    /// Type of resource.
    pub of: &'a str,
    /// Identifier of the parent, or of the resource whose grants these are.
    pub within: &'a str,
}

impl List<'_> {
    /// The cursor of the page that begins after `offset` items.
    pub fn cursor(self, offset: u64) -> String {
        let Self { call, of, within } = self;
        let guard = fingerprint(&format!("{call}\n{of}\n{within}\n{offset}"));
        format!("{offset}-{guard:016x}")
    }

    /// How many items come before the page that `cursor` stands for; none without one.
    ///
    /// # Errors
    /// It was altered, or is another list's.
    pub fn offset(self, cursor: Option<&str>) -> Result<u64, Error> {
        let Some(cursor) = cursor else { return Ok(0) };
        let given = cursor
            .split_once('-')
            .and_then(|(offset, _)| offset.parse().ok());
        given
            .filter(|offset| self.cursor(*offset) == cursor)
            .ok_or_else(|| {
                invalid_argument(
                    "cursor: it was altered or is another list's; start again without one",
                )
            })
    }
}

/// FNV-1a: a guard against mistakes. Forgers gain nothing that a call without a cursor does not give.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: List<'_> = List {
        call: "list-resources",
        of: "user",
        within: "acme",
    };

    #[test]
    fn a_page_token_works_in_its_own_list_alone() {
        let cursor = LIST.cursor(200);
        assert_eq!(LIST.offset(Some(&cursor)).unwrap(), 200);
        assert_eq!(LIST.offset(None).unwrap(), 0);
        for other in [
            List { of: "team", ..LIST },
            List {
                within: "acm",
                ..LIST
            },
            List {
                call: "list-grants",
                ..LIST
            },
        ] {
            assert!(other.offset(Some(&cursor)).is_err(), "{other:?}");
        }
    }

    #[test]
    fn the_same_number_written_otherwise_is_no_cursor() {
        let (_, guard) = LIST
            .cursor(200)
            .split_once('-')
            .map(|(_, guard)| ((), guard.to_owned()))
            .unwrap();
        for offset in ["0200", "+200", " 200", "200 ", "2e2", ""] {
            assert!(
                LIST.offset(Some(&format!("{offset}-{guard}"))).is_err(),
                "{offset}"
            );
        }
    }
}
