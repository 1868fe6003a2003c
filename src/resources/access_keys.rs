//! Collection access keys, from `/collection-access-keys` by cursor: who issued them and what they
//! open, never the key.

use crate::ResourceKind;
use crate::api::PROVIDER;
use crate::api::client::get;
use crate::api::endpoints::PostmanRequest;
use crate::api::wire::{AccessKey, Data, ListAnswer};
use crate::resources::paging;
use connector_sdk::connector::{ListScope, ResourceReader};
use connector_sdk::error::Error;
use connector_sdk::lenient::{LenientList, Scalar};
use connector_sdk::model::{
    Details, Impact, LastUse, Page, Resource, ResourceId, SecretDetails, Status,
};
use connector_sdk::page::PageBuilder;
use connector_sdk::page_token;
use connector_sdk::timestamps;
use connector_sdk::transport::Transport;

/// The reader of collection access keys.
pub struct AccessKeys;

impl<T: Transport> ResourceReader<T> for AccessKeys {
    fn list_resources(&self, transport: &T, scope: ListScope<'_>) -> Result<Page, Error> {
        list(transport, scope.parent()?, scope.page_token)
    }
}

/// Reads one page of the team's collection access keys. Deleted ones are not listed.
fn list(
    transport: &impl Transport,
    team: &ResourceId,
    cursor: Option<&str>,
) -> Result<Page, Error> {
    let place = page_token::resume(ResourceKind::CollectionAccessKey.name(), team, cursor)?;
    let sent = place.at().to_owned();
    let endpoint = PostmanRequest::AccessKeys { cursor: &sent };
    let answer = get(transport, &endpoint)?;
    let ListAnswer { list, rest } = answer.read_list::<Data<AccessKey<'_>>>()?;
    let LenientList::Items(keys) = list.data else {
        return Err(answer.lacks("no list in `data`"));
    };
    let mut page = PageBuilder::new(PROVIDER);
    let items = keys.len();
    page.each_object("collection access key", keys, |page, index, key| {
        if !is_deleted(&key) {
            add(page, index, &key);
        }
    });
    page.page.next_page_token = paging::follow(&mut page, &answer, place, (&rest, items))?;
    Ok(answer.finish(page))
}

/// Returns whether a key is deleted: only a time says so; with any other value it may still open its collection.
fn is_deleted(key: &AccessKey<'_>) -> bool {
    matches!(&key.deleted_at, Scalar::Text(text) if timestamps::utc(text).is_some())
}

fn add(page: &mut PageBuilder, index: usize, key: &AccessKey<'_>) {
    let Some(id) = page.identity(ResourceKind::CollectionAccessKey, index, &key.id) else {
        return;
    };
    // What is not blank here is no moment either: the notice says so.
    page.moment("deletedAt", &key.deleted_at, &id);
    let name = format!("Collection access key {}", id.id);
    let mut resource = Resource::listed(id.clone(), name);
    resource.status = status(page, &id, &key.status);
    resource.created_at = page.moment("createdAt", &key.created_at, &id);
    resource.updated_at = page.moment("updatedAt", &key.updated_at, &id);
    resource.details = Details::Secret(SecretDetails {
        created_by: page.reference(
            ResourceKind::User,
            "userId",
            &key.user_id,
            &id,
            Impact::AttributeUnknown,
        ),
        access_to: page.reference(
            ResourceKind::Collection,
            "collectionId",
            &key.collection_id,
            &id,
            Impact::ItemOmitted,
        ),
        expires_at: page.moment("expiresAfter", &key.expires_after, &id),
        last_used: last_use(page, &id, &key.last_used_at),
    });
    page.page.resources.push(resource);
}

/// Reads the last use: Postman writes `""` for a key that was never used.
fn last_use(page: &mut PageBuilder, id: &ResourceId, time: &Scalar<'_>) -> LastUse {
    match page.moment("lastUsedAt", time, id) {
        Some(time) => LastUse::At(time),
        None if *time != Scalar::Absent && time.is_blank() => LastUse::Never,
        None => LastUse::NotStated,
    }
}

fn status(page: &mut PageBuilder, id: &ResourceId, status: &Scalar<'_>) -> Status {
    match status.as_str() {
        Some("ACTIVE") => Status::Enabled,
        Some("INACTIVE") => Status::Disabled,
        _ if status.is_blank() => Status::Unknown,
        _ => {
            let message =
                "`status` is neither ACTIVE nor INACTIVE: whether the key works is unknown";
            page.notice(
                "unknown-status",
                Some(id),
                Impact::AttributeUnknown,
                message.to_owned(),
            );
            Status::Unknown
        }
    }
}
