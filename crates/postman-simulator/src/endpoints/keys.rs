//! `/collection-access-keys`.

use super::super::answer::SimulatedResponse;
use super::super::json::{IdType, JsonObject, Unset, array};
use super::super::listing::ListEntry;
use super::super::request::SimulatedRequest;
use super::super::service::SimulatorService;
use super::super::team::AccessKey;
use super::paging::page;
use super::written;

/// Keys of one page; the number is a guess, for no `limit` is published.
const PAGE: usize = 25;

/// The team's keys to collections, with their tokens masked as Postman masks them.
pub(in super::super) fn list(
    service: &SimulatorService,
    request: &SimulatedRequest,
) -> SimulatedResponse {
    let of_collection = request.query("collectionId");
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
    let page = match page(service, request, &entries, Some(PAGE)) {
        Ok(page) => page,
        Err(refusal) => return refusal,
    };
    let keys = written(&page.entries, |at| {
        service.team.keys.get(at).map(|key| write(service, key))
    });
    let mut body = JsonObject::new(service.style("keys"));
    body.raw("data", &array(keys));
    page.close(service, "keys", "meta", &mut body);
    SimulatedResponse::json(body.close())
}

fn write(service: &SimulatorService, key: &AccessKey) -> String {
    let style = service.style(&key.id);
    let mut object = JsonObject::new(style);
    object.text("id", &key.id);
    object.text(
        "token",
        &format!("PMAT-******{:02X}BR", style.dice.roll("token", 256)),
    );
    object.optional("status", key.status, Unset::Absent);
    object.id("teamId", service.team.id, IdType::Number);
    object.optional_id("userId", key.created_by, IdType::Number);
    object.optional("collectionId", key.opens.as_deref(), Unset::Absent);
    object.time("expiresAfter", key.expires, Unset::Null);
    match key.last_used {
        Some(_) => object.time("lastUsedAt", key.last_used, Unset::Empty),
        // The published value for a key that was never used; an absent field says nothing.
        None => object.text("lastUsedAt", ""),
    };
    object.time("createdAt", key.created, Unset::Absent);
    object.time("updatedAt", key.updated, Unset::Absent);
    // Never unreadable: whether a key is deleted has to be clear.
    match key.deleted {
        Some(_) => object.time("deletedAt", key.deleted, Unset::Null),
        None => object.optional("deletedAt", None, Unset::Null),
    };
    object.close()
}
