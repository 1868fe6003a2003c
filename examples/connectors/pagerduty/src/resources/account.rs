//! The account, read from its users: as a resource, and as what a key can see. No endpoint shows it.

use connector_sdk::connector::{ListScope, ResourceReader, refuse_page_token};
use connector_sdk::error::{Error, ErrorKind};
use connector_sdk::lenient::{LenientList, LenientObject, Scalar};
use connector_sdk::model::{
    CredentialState, CredentialStatus, Details, EntitlementList, Impact, Page, Resource,
    ResourceId, Tenant,
};
use connector_sdk::page::PageBuilder;
use connector_sdk::transport::Transport;

use crate::ResourceKind;
use crate::api::PROVIDER;
use crate::api::access::CREDENTIAL;
use crate::api::client::{PagerDutyResponse, get};
use crate::api::endpoints::PagerDutyRequest;
use crate::api::wire::{Listing, Me, User};
use crate::resources::roles::{ADMIN, BASE, OWNER, is_role};

/// The reader of the account.
pub struct Accounts;

impl<T: Transport> ResourceReader<T> for Accounts {
    fn list_entitlements(&self, _transport: &T) -> Result<EntitlementList, Error> {
        Ok(EntitlementList::built_in(BASE.entitlements()))
    }

    fn list_resources(&self, transport: &T, scope: ListScope<'_>) -> Result<Page, Error> {
        refuse_page_token(scope.page_token)?;
        list(transport)
    }
}

/// Reads the account as the one page of its type.
fn list(transport: &impl Transport) -> Result<Page, Error> {
    let answer = get(transport, &PagerDutyRequest::FirstUser)?;
    let account = first_account(&answer)?;
    let mut page = PageBuilder::new(PROVIDER);
    let display_name = account.id.clone();
    page.page.resources.push(Resource {
        details: Details::Tenant,
        ..Resource::listed(account, display_name)
    });
    Ok(answer.finish(page))
}

/// Checks that the key works and returns what it can see. A key of the whole account belongs to no
/// user: PagerDuty refuses it at `/users/me` (with a 400, according to its own client library), and
/// then the account itself is the owner.
///
/// # Errors
///
/// Returns an error if PagerDuty refuses the key, or does not state the key's account.
pub fn validate(transport: &impl Transport) -> Result<Tenant, Error> {
    match get(transport, &PagerDutyRequest::Me) {
        Ok(answer) => of_user(&answer),
        Err(error) if is_of_no_user(&error) => of_account(transport),
        Err(error) => Err(error),
    }
}

fn is_of_no_user(error: &Error) -> bool {
    error.kind == ErrorKind::UnexpectedResponse && error.problem.status == Some(400)
}

fn of_user(answer: &PagerDutyResponse<'_>) -> Result<Tenant, Error> {
    let Me { user } = answer.read()?;
    let user = user.here().unwrap_or_default();
    let owner = user.id.id();
    let owner = owner.and_then(|id| ResourceId::parse(ResourceKind::User, id));
    let owner = owner.ok_or_else(|| answer.lacks("no user with an id"))?;
    let account = account_of(&user)
        .ok_or_else(|| answer.lacks("the user does not say which account it is of"))?;
    let mut page = PageBuilder::new(PROVIDER);
    let name = page.text("name", &user.name, &owner);
    note_limited_view(&mut page, &user, &owner);
    page.note_lost_name(&answer.body);
    Ok(Tenant {
        display_name: account.id.clone(),
        id: account,
        credential_owner_name: name.unwrap_or_else(|| owner.id.clone()),
        credential_owner: owner,
        notices: page.page.notices,
        credentials: vec![accepted()],
        rate_limit: answer.rate_limit,
    })
}

/// Adds a notice if the owner is no administrator: private teams are shown to their members and administrators:
/// <https://support.pagerduty.com/main/docs/advanced-permissions>.
fn note_limited_view(page: &mut PageBuilder, user: &User<'_>, owner: &ResourceId) {
    if !is_role(&user.role, OWNER) && !is_role(&user.role, ADMIN) {
        let message = "The key's owner is no administrator: private teams of others are missing.";
        page.notice(
            "owner-is-no-admin",
            Some(owner),
            Impact::ItemOmitted,
            message.to_owned(),
        );
    }
}

fn of_account(transport: &impl Transport) -> Result<Tenant, Error> {
    let answer = get(transport, &PagerDutyRequest::FirstUser)?;
    let account = first_account(&answer)?;
    Ok(Tenant {
        display_name: account.id.clone(),
        credential_owner: account.clone(),
        credential_owner_name: "a key of the whole account".to_owned(),
        id: account,
        notices: Vec::new(),
        credentials: vec![accepted()],
        rate_limit: answer.rate_limit,
    })
}

/// Returns the state of the one credential after PagerDuty has accepted it.
fn accepted() -> CredentialState {
    CredentialState {
        credential: CREDENTIAL,
        status: CredentialStatus::Accepted,
    }
}

/// Returns the account of the first user of a list.
fn first_account(answer: &PagerDutyResponse<'_>) -> Result<ResourceId, Error> {
    let listing: Listing<'_, User<'_>> = answer.read()?;
    let LenientList::Items(users) = listing.items else {
        return Err(answer.lacks("no list in `users`"));
    };
    let first = users.into_iter().next();
    let account = first
        .and_then(LenientObject::here)
        .as_ref()
        .and_then(account_of);
    account.ok_or_else(|| answer.lacks("no user that says which account it is of"))
}

/// Returns the account in a user's `html_url`: its subdomain, the only name of an account that PagerDuty shows.
/// (Unconfirmed: that accounts of the EU have a further label, as in `acme.eu`. An owner can change it.)
fn account_of(user: &User<'_>) -> Option<ResourceId> {
    let Scalar::Text(url) = &user.html_url else {
        return None;
    };
    let authority = url.strip_prefix("https://")?.split('/').next()?;
    let name = authority.strip_suffix(".pagerduty.com")?;
    ResourceId::parse(ResourceKind::Account, name)
}
