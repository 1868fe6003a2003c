//! Pagination of lists: by Postman's cursor, or by a number of items.

use crate::api::client::{AcceptedResponse, get_page};
use crate::api::endpoints::PostmanRequest;
use crate::api::wire::Continuation;
use connector_sdk::error::Error;
use connector_sdk::lenient::Scalar;
use connector_sdk::model::Impact;
use connector_sdk::page::PageBuilder;
use connector_sdk::page_token::PagePosition;
use connector_sdk::transport::Transport;

/// Returns the page at `place`, with as many items as Postman takes: the pages that follow ask for no more.
pub fn get<'e>(
    transport: &impl Transport,
    endpoint: &'e PostmanRequest<'e>,
    place: &mut PagePosition,
) -> Result<AcceptedResponse<'e>, Error> {
    let answer = get_page(transport, endpoint, place.size(endpoint.page_size()))?;
    place.keep_size(answer.asked);
    Ok(answer)
}

/// Returns the token of the page that Postman's `nextCursor` leads to, after one of so many `items`.
pub fn follow(
    page: &mut PageBuilder,
    answer: &AcceptedResponse<'_>,
    place: PagePosition,
    (rest, items): (&Continuation<'_>, usize),
) -> Result<Option<String>, Error> {
    match next_cursor(page, place.at(), rest, items) {
        None => Ok(None),
        Some(next) => advance(answer, place, &next),
    }
}

/// Returns Postman's `nextCursor`. Absent, null and empty end the list; so does the cursor that was `sent`, with
/// a notice. An end that contradicts what else is stated has a notice, too.
pub fn next_cursor(
    page: &mut PageBuilder,
    sent: &str,
    rest: &Continuation<'_>,
    items: usize,
) -> Option<String> {
    if rest.is_unreadable() {
        lost(page);
    }
    match rest.next().map(Scalar::id) {
        None => note_unread_rest(page, rest, sent.is_empty().then_some(items)),
        Some(None) => lost(page),
        Some(Some(next)) if next == sent => {
            let message =
                "Postman gave the cursor that it was given, which is taken for the list's end";
            page.notice("repeated-cursor", None, Impact::None, message.to_owned());
        }
        Some(Some(next)) => return Some(next.into()),
    }
    None
}

/// Adds a notice if Postman states that its list has more than was read of it; `items` are those of an answer that
/// begins its list.
pub fn note_unread_rest(page: &mut PageBuilder, rest: &Continuation<'_>, items: Option<usize>) {
    if !items.map_or_else(|| rest.has_more(), |items| rest.is_longer(items)) {
        return;
    }
    let message = "Postman says that the list has more than this, which its description does not foresee: the rest is missing";
    page.notice(
        "unforeseen-pages",
        None,
        Impact::ItemOmitted,
        message.to_owned(),
    );
}

/// Adds the notice of a list that may have more items at an unknown position.
fn lost(page: &mut PageBuilder) {
    let message = "Postman's statement on the next page cannot be read: later items may be missing";
    page.notice(
        "unreadable-cursor",
        None,
        Impact::ItemOmitted,
        message.to_owned(),
    );
}

fn advance(
    answer: &AcceptedResponse<'_>,
    place: PagePosition,
    next: &str,
) -> Result<Option<String>, Error> {
    let token = place.then(next).map(Some);
    token.map_err(|stuck| answer.lacks(&stuck.to_string()))
}

/// The page of a list that is read by counting.
pub struct OffsetPage<'a> {
    /// The number of items on the page.
    pub received: usize,
    /// The first one's identifier.
    pub first: &'a str,
    /// The number of items in the whole list, if Postman states it.
    pub total: Option<u64>,
    /// The number of items that were asked for.
    pub asked: u64,
}

/// Returns the number of items before the page at `place`.
pub fn before(place: &PagePosition) -> u64 {
    split(place).0
}

fn split(place: &PagePosition) -> (u64, &str) {
    let (before, first) = place.at().split_once(' ').unwrap_or((place.at(), ""));
    (before.parse().unwrap_or(0), first)
}

/// Returns the token of the page after `counted`. A page that begins as the one before does not advance:
/// the provider does not count, and what it would not show must not go unseen.
pub fn count(
    page: &mut PageBuilder,
    answer: &AcceptedResponse<'_>,
    place: PagePosition,
    counted: &OffsetPage<'_>,
) -> Result<Option<String>, Error> {
    let received = u64::try_from(counted.received).unwrap_or(u64::MAX);
    let (before, first_before) = split(&place);
    if received > 0 && !counted.first.is_empty() && counted.first == first_before {
        return Err(answer.lacks("the list shows the same page again"));
    }
    let seen = before.saturating_add(received);
    // A total below what was already seen counts something else.
    let goes_on = match counted.total.filter(|total| *total >= seen) {
        Some(total) => seen < total,
        None => received >= counted.asked,
    };
    if !goes_on {
        return Ok(None);
    }
    if received == 0 {
        let message = format!("the list ended after {seen} items though Postman counts more");
        page.notice("short-list", None, Impact::ItemOmitted, message);
        return Ok(None);
    }
    advance(answer, place, &format!("{seen} {}", counted.first))
}
