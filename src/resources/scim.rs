//! Lists under SCIM, which are read by number.

use crate::api::PROVIDER;
use crate::api::client::AcceptedResponse;
use crate::api::wire::{ScimList, ScimMeta};
use crate::resources::paging;
use connector_sdk::error::Error;
use connector_sdk::json::JsonRecord;
use connector_sdk::lenient::{LenientList, LenientObject};
use connector_sdk::model::{Page, Resource};
use connector_sdk::page::PageBuilder;
use connector_sdk::page_token::PagePosition;

/// Returns the page of an answer that lists items of a name, with the id that an item has.
///
/// # Errors
/// Returns an error if the answer has no list, or one that cannot go on.
pub fn list<'b, T: JsonRecord<'b> + Default>(
    answer: &'b AcceptedResponse<'_>,
    place: PagePosition,
    (what, id): (&str, fn(&T) -> Option<String>),
    add: impl FnMut(&mut PageBuilder, usize, T),
) -> Result<Page, Error> {
    let wire: ScimList<'b, T> = answer.read()?;
    let total = wire.total_results.count();
    let items = match wire.resources {
        LenientList::Items(items) => items,
        // SCIM lets an empty list be left out (RFC 7644, section 3.4.2).
        LenientList::Absent | LenientList::Null if total == Some(paging::before(&place)) => {
            Vec::new()
        }
        LenientList::Absent | LenientList::Null | LenientList::Other => {
            return Err(answer.lacks("no list in `Resources`"));
        }
    };
    let first = match items.first() {
        Some(LenientObject::Here(item)) => id(item).unwrap_or_default(),
        _ => String::new(),
    };
    let counted = paging::OffsetPage {
        received: items.len(),
        first: &first,
        total,
        asked: answer.asked,
    };
    let mut page = PageBuilder::new(PROVIDER);
    page.each_object(what, items, add);
    page.page.next_page_token = paging::count(&mut page, answer, place, &counted)?;
    Ok(answer.finish(page))
}

/// Reads when a resource was made and changed.
pub fn read_times(
    page: &mut PageBuilder,
    resource: &mut Resource,
    meta: LenientObject<ScimMeta<'_>>,
) {
    if let LenientObject::Here(meta) = meta {
        resource.created_at = page.moment("meta.created", &meta.created, &resource.id);
        resource.updated_at = page.moment("meta.lastModified", &meta.last_modified, &resource.id);
    } else {
        page.note_other("meta", &meta, &resource.id);
    }
}
