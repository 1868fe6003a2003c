//! Users and their team roles, from `/users`: all in one answer.

use crate::ResourceKind;
use crate::api::PROVIDER;
use crate::api::client::{AcceptedResponse, get};
use crate::api::endpoints::PostmanRequest;
use crate::api::wire::User;
use crate::resources::{paging, team, team_roles};
use connector_sdk::connector::{ListScope, ResourceReader, refuse_page_token};
use connector_sdk::error::Error;
use connector_sdk::json::JsonRecord;
use connector_sdk::lenient::Scalar;
use connector_sdk::model::{AccountType, Details, Impact, Page, Resource, ResourceId, UserDetails};
use connector_sdk::page::PageBuilder;
use connector_sdk::transport::Transport;
use std::mem::take;

/// The reader of users.
pub struct Users;

impl<T: Transport> ResourceReader<T> for Users {
    fn list_resources(&self, transport: &T, scope: ListScope<'_>) -> Result<Page, Error> {
        refuse_page_token(scope.page_token)?;
        list(transport, scope.parent()?)
    }
}

/// Reads all users of the team.
fn list(transport: &impl Transport, team: &ResourceId) -> Result<Page, Error> {
    let answer = get(transport, &PostmanRequest::Users)?;
    let mut page = PageBuilder::new(PROVIDER);
    whole_list(
        &answer,
        &mut page,
        ResourceKind::User,
        |page, index, user| {
            add(page, team, index, user);
        },
    )?;
    let (owner, rate_limit) = team::member_with_key(transport, team)?;
    note_missing(&mut page, owner);
    let mut page = answer.finish(page);
    page.rate_limit = rate_limit.or(page.rate_limit);
    Ok(page)
}

/// Adds a notice to a list without any user, or without the key's owner, which is not whole: nothing follows from who is
/// absent.
fn note_missing(page: &mut PageBuilder, owner: Option<ResourceId>) {
    let is_listed = |id: &ResourceId| page.page.resources.iter().any(|user| user.id == *id);
    let message = match owner {
        None if page.page.resources.is_empty() => {
            "Postman's user list is empty, though a team has at least one member: its users are missing"
                .to_owned()
        }
        Some(owner) if !is_listed(&owner) => format!(
            "Postman's user list lacks the key's owner (user {}), who is a member of the team: others may be missing, too",
            owner.id
        ),
        _ => return,
    };
    page.notice("missing-users", None, Impact::AccessUnknown, message);
}

/// Adds the items of a list that Postman sends in one answer.
pub fn whole_list<'b, T: JsonRecord<'b> + Default>(
    answer: &'b AcceptedResponse<'_>,
    page: &mut PageBuilder,
    kind: ResourceKind,
    add: impl FnMut(&mut PageBuilder, usize, &mut T),
) -> Result<(), Error> {
    let (rest, items) = answer.read_objects(page, (kind.name(), "data"), add)?;
    paging::note_unread_rest(page, &rest, Some(items));
    Ok(())
}

fn add(page: &mut PageBuilder, team: &ResourceId, index: usize, user: &mut User<'_>) {
    let Some(id) = page.identity(ResourceKind::User, index, &user.id) else {
        return;
    };
    let name = page.text("name", &user.name, &id);
    let login = page.text("username", &user.username, &id);
    let email = page.text("email", &user.email, &id);
    let joined_at = page.moment("joinedAt", &user.joined_at, &id);
    let display_name = name
        .or_else(|| login.clone())
        .or_else(|| email.clone())
        .unwrap_or_else(|| format!("User {}", id.id));
    let account_type = account_type(user);
    page.grant(team, team_roles::MEMBER, &id, None, None);
    team_roles::grant(page, team, &id, None, take(&mut user.roles));
    let mut resource = Resource::listed(id, display_name);
    resource.details = Details::User(UserDetails {
        email,
        login,
        account_type,
        last_login: None,
    });
    let joined_at = joined_at.map(|moment| ("joined_at", moment));
    resource.attributes = joined_at.into_iter().collect();
    page.page.resources.push(resource);
}

/// Returns the kind of account that a row shows: as it says, else a program's where Postman sends login or address
/// without a value, as `/me` does of a service account. A row without both fields says nothing.
fn account_type(user: &User<'_>) -> AccountType {
    let is = |flag: &Scalar<'_>| *flag == Scalar::Bool(true);
    let words = [&user.kind, &user.account_type, &user.user_type];
    let words = words.into_iter().filter_map(Scalar::words);
    let words: Vec<String> = words.map(str::to_ascii_lowercase).collect();
    let says = |of: &[&str]| {
        words
            .iter()
            .any(|word| of.iter().any(|it| word.contains(it)))
    };
    if is(&user.is_service) || says(&["service", "bot", "machine"]) {
        AccountType::Service
    } else if is(&user.is_partner) || is(&user.is_guest) || says(&["partner", "guest", "external"])
    {
        AccountType::External
    } else if is_service(user) {
        AccountType::Service
    } else {
        AccountType::Unknown
    }
}

fn is_service(user: &User<'_>) -> bool {
    let names = [&user.username, &user.email];
    names.iter().all(|name| name.is_blank()) && names.iter().any(|name| **name != Scalar::Absent)
}
