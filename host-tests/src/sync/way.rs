//! The way of a walk through the pages of its list: where it goes on, and whether it comes to an end.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use crate::records::Problem;

/// Where a walk is.
#[derive(Debug, Default)]
pub(super) struct Way {
    /// The cursor of the next page; `None` at the first.
    cursor: Option<String>,
    /// Digests of the cursors so far: a thousand cursors may be 8 MB.
    seen: HashSet<[u8; 32]>,
    /// Pages that were read, those before a list began again among them.
    pages: u64,
    place: Place,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    UnderWay,
    AtTheEnd,
    InACircle,
}

impl Way {
    /// The way at its beginning, when so many pages were read before it began again.
    pub(super) fn again(pages: u64) -> Self {
        Self {
            pages,
            ..Self::default()
        }
    }

    /// Pages that were read so far.
    pub(super) fn pages(&self) -> u64 {
        self.pages
    }

    /// The cursor of the page to read next; `None` is the first page.
    pub(super) fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// Whether the last page was read.
    ///
    /// # Errors
    /// The list would never end.
    pub(super) fn is_at_the_end(&self) -> Result<bool, Problem> {
        match self.place {
            Place::UnderWay => Ok(false),
            Place::AtTheEnd => Ok(true),
            Place::InACircle => Err(circle()),
        }
    }

    /// Takes note of a page that was read, and of the cursor after it.
    pub(super) fn passed(&mut self, next: Option<String>) {
        self.pages += 1;
        self.place = match &next {
            None => Place::AtTheEnd,
            Some(next) if !self.seen.insert(Sha256::digest(next).into()) => Place::InACircle,
            Some(_) => Place::UnderWay,
        };
        self.cursor = next;
    }
}

fn circle() -> Problem {
    Problem::new(
        "The list came back to a page that it had already shown, so that it would never end. What was read of it is kept; report it.",
        "a cursor was given out twice in one walk",
    )
}
