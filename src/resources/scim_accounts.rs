//! SCIM accounts, from `/scim/v2/Users` by number: the only place that shows those switched off.

use crate::ResourceKind;
use crate::api::PROVIDER;
use crate::api::endpoints::Endpoint;
use crate::api::wire::{ScimUser, ScimUsers};
use crate::resources::paging;
use connector_sdk::connector::{ListScope, ResourceReader};
use connector_sdk::error::Error;
use connector_sdk::lenient::{List, Object, Scalar};
use connector_sdk::model::{AccountType, Details, Page, Resource, ResourceId, Status, UserDetails};
use connector_sdk::page::PageBuilder;
use connector_sdk::page_token;
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
    let before = paging::before(&place);
    let endpoint = Endpoint::ScimUsers { before };
    let answer = paging::get(transport, &endpoint, &mut place)?;
    let wire: ScimUsers<'_> = answer.read()?;
    let total = wire.total_results.count();
    let accounts = match wire.resources {
        List::Items(accounts) => accounts,
        // SCIM lets an empty list be left out (RFC 7644, section 3.4.2).
        List::Absent | List::Null if total == Some(before) => Vec::new(),
        _ => return Err(answer.lacks("no list in `Resources`")),
    };
    let mut page = PageBuilder::new(PROVIDER);
    let first = match accounts.first() {
        Some(Object::Here(account)) => account.id.id().unwrap_or_default().into_owned(),
        _ => String::new(),
    };
    let counted = paging::Counted {
        received: accounts.len(),
        first: &first,
        total,
        asked: answer.asked,
    };
    for (index, account) in accounts.into_iter().enumerate() {
        if let Some(account) = page.object("SCIM account", index, account) {
            add(&mut page, team, index, account);
        }
    }
    page.page.next = paging::count(&mut page, &answer, place, &counted)?;
    Ok(answer.finish(page))
}

fn add(page: &mut PageBuilder, team: &ResourceId, index: usize, account: ScimUser<'_>) {
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
    let mut resource = Resource::listed(id.clone(), Some(team), display_name);
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
        .profile
        .extend(external_id.map(|id| ("external_id", id)));
    page.page.resources.push(resource);
}
