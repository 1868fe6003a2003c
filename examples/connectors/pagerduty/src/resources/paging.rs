//! Pagination of lists: by a number of items, as far as PagerDuty's limit on offsets.

use connector_sdk::error::Error;
use connector_sdk::json::JsonRecord;
use connector_sdk::lenient::{LenientList, LenientObject, Scalar};
use connector_sdk::model::{Impact, ResourceId};
use connector_sdk::page::PageBuilder;
use connector_sdk::page_token;
use connector_sdk::page_token::PagePosition;

use crate::api::client::PagerDutyResponse;
use crate::api::endpoints::PAGE;
use crate::api::wire::Listing;

/// PagerDuty refuses `offset` and `limit` that are more than this together.
const LAST: u64 = 10_000;

/// Returns the position that a page token stands for in a list, and the number of items before it.
///
/// # Errors
/// Returns an error if the token was altered, or is another list's.
pub fn resume(
    list: &str,
    within: &ResourceId,
    page_token: Option<&str>,
) -> Result<(PagePosition, u64), Error> {
    let place = page_token::resume(list, within, page_token)?;
    let offset = offset(&place);
    Ok((place, offset))
}

fn offset(place: &PagePosition) -> u64 {
    place.at().parse().unwrap_or(0)
}

/// Returns the items of an answer, and gives the page the token of the next one.
///
/// # Errors
/// Returns an error if there is no list, or none that says if there are further pages.
pub fn items<'b, T: JsonRecord<'b> + Default>(
    answer: &'b PagerDutyResponse<'_>,
    page: &mut PageBuilder,
    place: PagePosition,
) -> Result<Vec<LenientObject<T>>, Error> {
    let listing: Listing<'b, T> = answer.read()?;
    let (LenientList::Items(items), Scalar::Bool(more)) = (listing.items, listing.more) else {
        return Err(answer.lacks("no list, or none that says if there is more"));
    };
    if more {
        page.page.next_page_token = follow(page, answer, place, &listing.limit)?;
    }
    Ok(items)
}

/// Returns the token of the next page. It begins after as many items as PagerDuty's own `limit` says, which may be fewer than were
/// asked for.
fn follow(
    page: &mut PageBuilder,
    answer: &PagerDutyResponse<'_>,
    place: PagePosition,
    limit: &Scalar<'_>,
) -> Result<Option<String>, Error> {
    let stated = limit.count().filter(|limit| (1..=PAGE).contains(limit));
    let next = offset(&place).saturating_add(stated.unwrap_or(PAGE));
    if next.saturating_add(PAGE) > LAST {
        let what = answer.endpoint.template().what;
        let message = format!(
            "PagerDuty shows the first {LAST} of {what} alone: what comes after them is missing"
        );
        page.notice("list-cut", None, Impact::ItemOmitted, message);
        return Ok(None);
    }
    let token = place.then(&next.to_string()).map(Some);
    token.map_err(|stuck| answer.lacks(&stuck.to_string()))
}
