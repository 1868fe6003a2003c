//! `/collection-access-keys`.

use super::super::answer::SimulatedResponse;
use super::super::json::{IdType, JsonObject, MissingNotation, json_array};
use super::super::listing::ListEntry;
use super::super::request::SimulatedRequest;
use super::super::service::SimulatorService;
use super::super::team::AccessKey;
use super::paging::page_of;
use super::write_entries;

/// Keys of one page; the number is a guess, for no `limit` is published.
const PAGE: usize = 25;

/// Returns the team's keys to collections, with their tokens masked as Postman masks them.
pub(in super::super) fn list_keys(
    service: &SimulatorService,
    request: &SimulatedRequest,
) -> SimulatedResponse {
    let of_collection = request.query_value("collectionId");
    let wanted = |entry: &&ListEntry| match (entry, of_collection) {
        (_, None) => true,
        (ListEntry::Junk(_), Some(_)) => false,
        (ListEntry::Item(at) | ListEntry::Changed(at), Some(uid)) => service
            .team
            .keys
            .get(*at)
            .is_some_and(|key| key.opens.as_deref() == Some(uid)),
    };
    let entries: Vec<ListEntry> = service.lists.keys.iter().filter(wanted).cloned().collect();
    let page = match page_of(service, request, &entries, Some(PAGE)) {
        Ok(page) => page,
        Err(refusal) => return refusal,
    };
    let keys = write_entries(&page.entries, |at| {
        service.team.keys.get(at).map(|key| write(service, key))
    });
    let mut body = JsonObject::new(service.item_style("keys"));
    body.raw_field("data", &json_array(keys));
    page.close(service, "keys", "meta", &mut body);
    SimulatedResponse::json_answer(body.close())
}

fn write(service: &SimulatorService, key: &AccessKey) -> String {
    let style = service.item_style(&key.id);
    let mut object = JsonObject::new(style);
    object.text_field("id", &key.id);
    object.text_field(
        "token",
        &format!("PMAT-******{:02X}BR", style.draws.draw_below("token", 256)),
    );
    object.optional_field("status", key.status, MissingNotation::Absent);
    object.id("teamId", service.team.id, IdType::Number);
    object.optional_id("userId", key.created_by, IdType::Number);
    object.optional_field(
        "collectionId",
        key.opens.as_deref(),
        MissingNotation::Absent,
    );
    object.time_field("expiresAfter", key.expires, MissingNotation::Null);
    match key.last_used {
        Some(_) => object.time_field("lastUsedAt", key.last_used, MissingNotation::Empty),
        // The published value for a key that was never used; an absent field says nothing.
        None => object.text_field("lastUsedAt", ""),
    };
    object.time_field("createdAt", key.created, MissingNotation::Absent);
    object.time_field("updatedAt", key.updated, MissingNotation::Absent);
    // Never unreadable: whether a key is deleted has to be clear.
    match key.deleted {
        Some(_) => object.time_field("deletedAt", key.deleted, MissingNotation::Null),
        None => object.optional_field("deletedAt", None, MissingNotation::Null),
    };
    object.close()
}
