//! The position of a scope among the pages of its list: its next page, and whether it comes to an
//! end.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use super::CheckpointPage;
use connector_types::{Evidence, Impact, Notice, Page, Problem, ResourceId};

/// With how many resources of the page before it a page begins in a list that has moved. One alone says
/// nothing: providers show items twice, next to each other and at the borders of pages too.
const SHOWN_AGAIN: usize = 2;

/// The number of pages without items that may follow each other: a provider that leaves out the
/// items that a key may not see has some.
const EMPTY_PAGES: u32 = 5;

/// The position of a scope.
#[derive(Debug, Default)]
pub(super) struct PageCursor {
    /// The page token of the next page; `None` at the first.
    page_token: Option<String>,
    /// Digests of the page tokens so far, and of what the pages showed: a thousand page tokens may be 8 MB.
    seen: HashSet<[u8; 32]>,
    shown: HashSet<[u8; 32]>,
    /// Pages without anything on them, up to here.
    empty: u32,
    /// Pages that were read, those before a list began again among them.
    pages: u64,
    state: PageState,
    /// The resources that the last page listed.
    listed: HashSet<ResourceId>,
    moved: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum PageState {
    #[default]
    Reading,
    Ended,
    Circular,
}

impl PageCursor {
    /// Returns the position at the start, when this many pages were read before a restart.
    pub(super) fn restarted(pages: u64) -> Self {
        Self {
            pages,
            ..Self::default()
        }
    }

    /// Pages that were read so far.
    pub(super) fn pages(&self) -> u64 {
        self.pages
    }

    /// Returns the page token of the next page; `None` is the first page.
    pub(super) fn page_token(&self) -> Option<&str> {
        self.page_token.as_deref()
    }

    /// Returns whether the last page was read.
    ///
    /// # Errors
    /// Returns an error if the list would never end.
    pub(super) fn is_at_the_end(&self) -> Result<bool, Problem> {
        match self.state {
            PageState::Reading => Ok(false),
            PageState::Ended => Ok(true),
            PageState::Circular => Err(circle()),
        }
    }

    /// Returns whether the list moved while it was read, so that a page showed again an item of the
    /// page before it.
    pub(super) fn has_moved(&self) -> bool {
        self.moved
    }

    /// Detects whether a page begins with what the page before it listed of this type.
    pub(super) fn detect_shift(&mut self, page: &Page, resource_type: &str) {
        let listed = page.resources.iter().filter(|one| {
            one.evidence == Evidence::Listed && one.id.resource_type == resource_type
        });
        let begins = listed.clone().take(SHOWN_AGAIN);
        let again = begins.filter(|one| self.listed.contains(&one.id)).count();
        self.moved |= again == SHOWN_AGAIN;
        // The last page is followed by none.
        self.listed = match self.state {
            PageState::Reading => listed.map(|one| one.id.clone()).collect(),
            PageState::Ended | PageState::Circular => HashSet::new(),
        };
    }

    /// Takes note of a page that was read: of the page token after it, and of the digest of what it shows.
    pub(super) fn passed(&mut self, next: Option<&str>, print: Option<[u8; 32]>) {
        self.pages += 1;
        self.state = match next {
            None => PageState::Ended,
            Some(next) if self.has_seen(next) || self.has_shown(print) => PageState::Circular,
            Some(_) => PageState::Reading,
        };
        self.page_token = next.map(str::to_owned);
    }

    /// Compares the last page with all before it: one of several items that was shown before is no end, since the
    /// provider ignores page tokens.
    pub(super) fn check_end(&mut self, page: &Page, print: Option<[u8; 32]>) {
        let is_shown = print.is_some_and(|print| self.shown.contains(&print));
        if self.state == PageState::Ended && is_shown && page.resources.len() >= SHOWN_AGAIN {
            self.state = PageState::Circular;
        }
    }

    /// Continues after the pages of an interrupted scope, the last of which lists these resources.
    pub(super) fn resume(&mut self, pages: &[CheckpointPage], last: Vec<ResourceId>) {
        for page in pages {
            self.passed(page.next.as_deref(), page.print);
            self.moved |= page.moved;
        }
        self.listed = last.into_iter().collect();
    }

    /// Returns whether this page token was given out before.
    fn has_seen(&mut self, page_token: &str) -> bool {
        !self.seen.insert(Sha256::digest(page_token).into())
    }

    /// Returns whether a page shows what an earlier one showed: page tokens may be new each time, and the
    /// list would never end all the same.
    fn has_shown(&mut self, print: Option<[u8; 32]>) -> bool {
        match print {
            Some(print) => {
                self.empty = 0;
                !self.shown.insert(print)
            }
            None => {
                self.empty += 1;
                self.empty > EMPTY_PAGES
            }
        }
    }
}

/// Returns a digest of the identities on a page, which stay where times and counts change; `None` where
/// there is nothing on it. Notices count where there is nothing else.
pub(super) fn fingerprint(page: &Page) -> Option<[u8; 32]> {
    let Page {
        resources,
        entitlements,
        grants,
        notices,
        ..
    } = page;
    let mut print = Sha256::new();
    let mut add = |texts: &[&str]| {
        for text in texts {
            print.update(text.len().to_le_bytes());
            print.update(text);
        }
    };
    for ResourceId { resource_type, id } in resources.iter().map(|one| &one.id) {
        add(&["resource", resource_type, id]);
    }
    for one in entitlements {
        add(&["entitlement", &one.resource_type, &one.slug]);
    }
    for one in grants {
        let on = &one.resource;
        add(&["grants", &on.resource_type, &on.id, &one.principal_type]);
        for list in [&one.entitlements, &one.principal_ids] {
            add(&["list"]);
            list.iter().for_each(|text| add(&[text]));
        }
    }
    if resources.is_empty() && entitlements.is_empty() && grants.is_empty() {
        for one in notices {
            add(&["notice", &one.code, &one.message]);
        }
        if notices.is_empty() {
            return None;
        }
    }
    Some(print.finalize().into())
}

/// Says that a list moved each time it was read.
pub(super) fn moved(resource_type: &str) -> Notice {
    Notice {
        code: "list-moved".to_owned(),
        about: None,
        impact: Impact::None,
        message: format!(
            "A list of {resource_type} moved while it was read, and again when it was read a second time: a page began with what the page before it had shown. Everything that the last reading showed is stored; items may have been missed. Read it again when less is changing."
        ),
    }
}

fn circle() -> Problem {
    Problem::new(
        "The list came back to a page that it had already shown: it would never end, or lacks what should stand there. The items read so far are stored; report it.",
        "a page token, or the content of a page, came twice in one scope",
    )
}
