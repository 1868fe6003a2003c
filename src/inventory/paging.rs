//! How lists go on: by Postman's cursor, or by a number of items.

use super::draft::Draft;
use crate::{
    cursor::{List, Place, Stuck},
    error::Error,
    model::ResourceId,
    postman::{
        client::{Answer, get_page},
        endpoints::Endpoint,
        lenient::{Object, Scalar},
        wire::Meta,
    },
    transport::Transport,
};

/// The place that a caller's cursor stands for in the list of `of` under `parent`.
pub fn resume(of: &str, parent: &ResourceId, cursor: Option<&str>) -> Result<Place, Error> {
    let within = format!("{}:{}", parent.resource_type, parent.id);
    let list = List {
        of,
        within: &within,
    };
    Place::resume(list, cursor).map_err(|why| {
        Error::invalid_argument(format!(
            "cursor: {why}; start again without one, or give the last page's `next` unaltered"
        ))
    })
}

/// The page at `place`, with as many items as Postman takes: the pages that follow ask for no more.
pub fn get<'e>(
    transport: &impl Transport,
    endpoint: &'e Endpoint<'e>,
    place: &mut Place,
) -> Result<Answer<'e>, Error> {
    let answer = get_page(transport, endpoint, place.size(endpoint.page_size()))?;
    place.keep_size(answer.asked);
    Ok(answer)
}

/// What an answer says of where its list goes on. Postman writes `meta` or `metadata`, or puts the
/// cursor on the top level.
pub struct Paging<'p> {
    /// `meta` and `metadata`.
    pub metas: [&'p Object<Meta<'p>>; 2],
    /// `nextCursor` on the top level.
    pub top: &'p Scalar<'p>,
}

impl<'p> Paging<'p> {
    /// The cursor that is stated first, where any is.
    pub fn next(&self) -> Option<&'p Scalar<'p>> {
        self.metas
            .into_iter()
            .filter_map(|meta| match meta {
                Object::Here(meta) => Some(&meta.next_cursor),
                _ => None,
            })
            .chain([self.top])
            .find(|next| !next.is_blank())
    }
}

/// The token of the page that Postman's `nextCursor` leads to. Absent, null and empty end the list;
/// so does the cursor that was sent, with a notice.
pub fn follow(
    draft: &mut Draft,
    answer: &Answer<'_>,
    place: Place,
    paging: &Paging<'_>,
) -> Result<Option<String>, Error> {
    if paging
        .metas
        .iter()
        .any(|meta| matches!(meta, Object::Other))
    {
        lost(draft);
    }
    match paging.next() {
        None => Ok(None),
        Some(next) => match next.id() {
            None => {
                lost(draft);
                Ok(None)
            }
            Some(next) if next == place.at() => {
                let message =
                    "Postman gave the cursor that it was given, which is taken for the list's end";
                draft.notice("repeated-cursor", None, false, message.to_owned());
                Ok(None)
            }
            Some(next) => advance(answer, place, &next),
        },
    }
}

/// The list may go on, but nobody can tell where.
fn lost(draft: &mut Draft) {
    let message =
        "Postman's word on where the list goes on cannot be read: what may follow is missing";
    draft.notice("unreadable-cursor", None, true, message.to_owned());
}

fn advance(answer: &Answer<'_>, place: Place, next: &str) -> Result<Option<String>, Error> {
    place.then(next).map(Some).map_err(|stuck| {
        answer.lacks(match stuck {
            Stuck::Circle => "the list runs in a circle",
            Stuck::TooLong => "the list has more pages than any list can have",
            Stuck::TooLarge => "the cursor is too long",
        })
    })
}

/// The page of a list that is walked by counting.
pub struct Counted<'a> {
    /// How many items the page has.
    pub received: usize,
    /// The first one's identifier.
    pub first: &'a str,
    /// How many items the whole list has, where Postman says so.
    pub total: Option<u64>,
    /// How many items were asked for.
    pub asked: u64,
}

/// How many items come before the page at `place`.
pub fn before(place: &Place) -> u64 {
    split(place).0
}

fn split(place: &Place) -> (u64, &str) {
    let (before, first) = place.at().split_once(' ').unwrap_or((place.at(), ""));
    (before.parse().unwrap_or(0), first)
}

/// The token of the page after `page`. A page that begins as the one before does not advance:
/// the provider does not count, and what it would not show must not go unseen.
pub fn count(
    draft: &mut Draft,
    answer: &Answer<'_>,
    place: Place,
    page: &Counted<'_>,
) -> Result<Option<String>, Error> {
    let received = u64::try_from(page.received).unwrap_or(u64::MAX);
    let (before, first_before) = split(&place);
    if received > 0 && !page.first.is_empty() && page.first == first_before {
        return Err(answer.lacks("the list shows the same page again"));
    }
    let seen = before.saturating_add(received);
    // A total below what was already seen counts something else.
    let goes_on = match page.total.filter(|total| *total >= seen) {
        Some(total) => seen < total,
        None => received >= page.asked,
    };
    if !goes_on {
        return Ok(None);
    }
    if received == 0 {
        let message = format!("the list ended after {seen} items though Postman counts more");
        draft.notice("short-list", None, true, message);
        return Ok(None);
    }
    advance(answer, place, &format!("{seen} {}", page.first))
}

/// The list's length, where Postman states it.
pub fn total(meta: &Object<Meta<'_>>) -> Option<u64> {
    match meta {
        Object::Here(meta) => meta.total.count(),
        _ => None,
    }
}
