//! SCIM accounts, from `/scim/v2/Users` by number: the only place that shows those switched off.

use crate::ResourceKind;
use crate::api::PROVIDER;
use crate::api::client::Answer;
use crate::api::endpoints::Endpoint;
use crate::api::wire::{ScimList, ScimUser};
use crate::resources::paging;
use connector_sdk::connector::{ListScope, ResourceReader};
use connector_sdk::error::Error;
use connector_sdk::json::Record;
use connector_sdk::lenient::{List, Object, Scalar};
use connector_sdk::model::{AccountType, Details, Page, Resource, ResourceId, Status, UserDetails};
use connector_sdk::page::PageBuilder;
use connector_sdk::page_token;
use connector_sdk::page_token::PagePosition;
use connector_sdk::transport::Transport;

/// The reader of SCIM accounts.
pub struct ScimAccounts;

impl<T: Transport> ResourceReader<T> for ScimAccounts {
    fn list_resources(&self, transport: &T, scope: ListScope<'_>) -> Result<Page, Error> {
        list(transport, scope.parent()?, scope.page_token)
    }
}

/// One page of the team's SCIM accounts.
fn list(
    transport: &impl Transport,
    team: &ResourceId,
    cursor: Option<&str>,
) -> Result<Page, Error> {
    let mut place = page_token::resume(ResourceKind::ScimAccount.name(), team, cursor)?;
    let endpoint = Endpoint::ScimUsers {
        before: paging::before(&place),
    };
    let answer = paging::get(transport, &endpoint, &mut place)?;
    let id = |account: &ScimUser<'_>| account.id.id().map(Into::into);
    list_scim(&answer, place, id, |page, index, account| {
        if let Some(account) = page.object("SCIM account", index, account) {
            add(page, index, account);
        }
    })
}

/// The page of an answer of SCIM, whose lists are walked by number.
pub fn list_scim<'b, T: Record<'b> + Default>(
    answer: &'b Answer<'_>,
    place: PagePosition,
    id: fn(&T) -> Option<String>,
    mut add: impl FnMut(&mut PageBuilder, usize, Object<T>),
) -> Result<Page, Error> {
    let wire: ScimList<'b, T> = answer.read()?;
    let total = wire.total_results.count();
    let items = match wire.resources {
        List::Items(items) => items,
        // SCIM lets an empty list be left out (RFC 7644, section 3.4.2).
        List::Absent | List::Null if total == Some(paging::before(&place)) => Vec::new(),
        _ => return Err(answer.lacks("no list in `Resources`")),
    };
    let first = match items.first() {
        Some(Object::Here(item)) => id(item).unwrap_or_default(),
        _ => String::new(),
    };
    let counted = paging::Counted {
        received: items.len(),
        first: &first,
        total,
        asked: answer.asked,
    };
    let mut page = PageBuilder::new(PROVIDER);
    for (index, item) in items.into_iter().enumerate() {
        add(&mut page, index, item);
    }
    page.page.next_page_token = paging::count(&mut page, answer, place, &counted)?;
    Ok(answer.finish(page))
}

fn add(page: &mut PageBuilder, index: usize, account: ScimUser<'_>) {
    let Some(id) = page.identity(ResourceKind::ScimAccount, index, &account.id) else {
        return;
    };
    let login = page.text("userName", &account.user_name, &id);
    let name = match account.name {
        Object::Here(name) => {
            let parts = [
                page.text("name.givenName", &name.given_name, &id),
                page.text("name.familyName", &name.family_name, &id),
            ];
            let whole = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
            page.text("name", &Scalar::Text(whole.into()), &id)
        }
        other => {
            page.note_other("name", &other, &id);
            None
        }
    };
    let display_name = name
        .or_else(|| login.clone())
        .unwrap_or_else(|| format!("SCIM account {}", id.id));
    let external_id = page.text("externalId", &account.external_id, &id);
    let mut resource = Resource::listed(id.clone(), display_name);
    resource.status = match page.flag("active", &account.active, &id) {
        Some(true) => Status::Enabled,
        Some(false) => Status::Disabled,
        None => Status::Unknown,
    };
    match account.meta {
        Object::Here(meta) => {
            resource.created_at = page.moment("meta.created", &meta.created, &id);
            resource.updated_at = page.moment("meta.lastModified", &meta.last_modified, &id);
        }
        other => page.note_other("meta", &other, &id),
    }
    resource.details = Details::User(UserDetails {
        email: login.clone().filter(|login| login.contains('@')),
        login,
        account_type: AccountType::Unknown,
    });
    resource
        .attributes
        .extend(external_id.map(|id| ("external_id", id)));
    page.page.resources.push(resource);
}
