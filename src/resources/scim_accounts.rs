//! SCIM accounts, from `/scim/v2/Users` by number: the only list that shows those switched off.

use crate::ResourceKind;
use crate::api::endpoints::PostmanRequest;
use crate::api::wire::ScimUser;
use crate::resources::{paging, scim};
use connector_sdk::connector::{ListScope, ResourceReader};
use connector_sdk::error::Error;
use connector_sdk::lenient::{LenientObject, Scalar};
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

/// Reads one page of the team's SCIM accounts.
fn list(
    transport: &impl Transport,
    team: &ResourceId,
    cursor: Option<&str>,
) -> Result<Page, Error> {
    let mut place = page_token::resume(ResourceKind::ScimAccount.name(), team, cursor)?;
    let endpoint = PostmanRequest::ScimUsers {
        before: paging::before(&place),
    };
    let answer = paging::get(transport, &endpoint, &mut place)?;
    let id = |account: &ScimUser<'_>| account.id.id().map(Into::into);
    scim::list(&answer, place, ("SCIM account", id), add)
}

fn add(page: &mut PageBuilder, index: usize, account: ScimUser<'_>) {
    let Some(id) = page.identity(ResourceKind::ScimAccount, index, &account.id) else {
        return;
    };
    let login = page.text("userName", &account.user_name, &id);
    let name = match account.name {
        LenientObject::Here(name) => {
            let parts = [
                page.text("name.givenName", &name.given_name, &id),
                page.text("name.familyName", &name.family_name, &id),
            ];
            let whole = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
            page.text("name", &Scalar::Text(whole.into()), &id)
        }
        other @ (LenientObject::Absent | LenientObject::Null | LenientObject::Other) => {
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
    scim::read_times(page, &mut resource, account.meta);
    resource.details = Details::User(UserDetails {
        email: login.clone().filter(|login| login.contains('@')),
        login,
        account_type: AccountType::Unknown,
        last_login: None,
    });
    resource
        .attributes
        .extend(external_id.map(|id| ("external_id", id)));
    page.page.resources.push(resource);
}
