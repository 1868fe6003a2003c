//! Collection access keys, from `/collection-access-keys` by cursor: who issued them and what they
//! open, never the key.

use super::{
    draft::Draft,
    paging::{self, Paging},
    types::names,
};
use crate::{
    calendar,
    error::Error,
    model::{Details, Page, Resource, ResourceId, SecretDetails, Status},
    postman::{
        client::get,
        endpoints::Endpoint,
        lenient::{List, Scalar},
        wire::{AccessKey, Data},
    },
    transport::Transport,
};

/// One page of the team's collection access keys. Deleted ones are not listed.
pub fn list(
    transport: &impl Transport,
    team: &ResourceId,
    cursor: Option<&str>,
) -> Result<Page, Error> {
    let place = paging::resume(names::COLLECTION_ACCESS_KEY, team, cursor)?;
    let sent = place.at().to_owned();
    let endpoint = Endpoint::AccessKeys { cursor: &sent };
    let answer = get(transport, &endpoint)?;
    let wire: Data<'_, AccessKey<'_>> = answer.read()?;
    let List::Items(keys) = wire.data else {
        return Err(answer.lacks("no list in `data`"));
    };
    let mut draft = Draft::default();
    for (index, key) in keys.into_iter().enumerate() {
        if let Some(key) = draft.object("collection access key", index, key)
            && !is_deleted(&key)
        {
            add(&mut draft, team, index, &key);
        }
    }
    let paging = Paging {
        metas: [&wire.meta, &wire.metadata],
        top: &wire.next_cursor,
    };
    draft.page.next = paging::follow(&mut draft, &answer, place, &paging)?;
    Ok(draft.finish(&answer))
}

/// Only a moment says that a key is gone: with anything else there, it may still open its collection.
fn is_deleted(key: &AccessKey<'_>) -> bool {
    matches!(&key.deleted_at, Scalar::Text(text) if calendar::utc(text).is_some())
}

fn add(draft: &mut Draft, team: &ResourceId, index: usize, key: &AccessKey<'_>) {
    let Some(id) = draft.identity(names::COLLECTION_ACCESS_KEY, index, &key.id) else {
        return;
    };
    // What is not blank here is no moment either: the notice says so.
    draft.moment("deletedAt", &key.deleted_at, &id);
    let name = format!("Collection access key {}", id.id);
    let mut resource = Resource::listed(id.clone(), Some(team), name);
    resource.status = status(draft, &id, &key.status);
    resource.created_at = draft.moment("createdAt", &key.created_at, &id);
    resource.updated_at = draft.moment("updatedAt", &key.updated_at, &id);
    resource.details = Details::Secret(SecretDetails {
        created_by: draft.reference(names::USER, "userId", &key.user_id, &id, false),
        opens: draft.reference(
            names::COLLECTION,
            "collectionId",
            &key.collection_id,
            &id,
            true,
        ),
        expires_at: draft.moment("expiresAfter", &key.expires_after, &id),
        last_used_at: draft.moment("lastUsedAt", &key.last_used_at, &id),
    });
    draft.page.resources.push(resource);
}

fn status(draft: &mut Draft, id: &ResourceId, status: &Scalar<'_>) -> Status {
    match status {
        Scalar::Text(text) if text == "ACTIVE" => Status::Enabled,
        Scalar::Text(text) if text == "INACTIVE" => Status::Disabled,
        blank if blank.is_blank() => Status::Unknown,
        _ => {
            let message =
                "`status` is neither ACTIVE nor INACTIVE: whether the key works cannot be told";
            draft.notice("unknown-status", Some(id), false, message.to_owned());
            Status::Unknown
        }
    }
}
