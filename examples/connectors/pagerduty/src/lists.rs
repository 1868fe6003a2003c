//! What is read: the account, its users with their base roles, its teams with their members.

use crate::bindings::governance::connector::types::{
    AccountType, Details, Error, Grant, GrantsSource, Page, ResourceId, Status, UserDetails,
};
use crate::client::{Answer, Endpoint, LAST, PAGE, get};
use crate::cursor::List;
use crate::draft::{Draft, held, id, listed, text};
use crate::roles::{ACCOUNT, ADMIN, MANAGER, OWNER, TEAM_TYPE, USER};
use crate::wire::{Listing, Member, Team, User};

/// The account, told by its users: no endpoint shows it.
///
/// # Errors
/// Users cannot be read, or the first one does not say where its account is.
pub fn account() -> Result<Page, Error> {
    let answer = get(Endpoint::Users(1, 0))?;
    let rate_limit = answer.rate_limit;
    let found = first_account(answer)?;
    let mut draft = Draft::new();
    draft.resource(listed(found, None, [None, None], Details::Tenant));
    draft.0.rate_limit = rate_limit;
    Ok(draft.0)
}

/// The account of the first user of a list.
///
/// # Errors
/// There is none, or it does not say where its account is.
pub fn first_account(mut answer: Answer<'_>) -> Result<ResourceId, Error> {
    let listing = Listing::read(answer.body.take(), "users");
    let first = listing.and_then(|listing| listing.items.into_iter().next());
    let user: Option<User> = first.and_then(|user| serde_json::from_value(user).ok());
    let found = user.and_then(|user| account_of(&user));
    found.ok_or_else(|| answer.lacks("no user that says which account it is of"))
}

/// The account in a user's `html_url`: its subdomain, the only name of an account that PagerDuty shows.
/// (Unconfirmed: that accounts of the EU have a further label, as in `acme.eu`. An owner can change it.)
pub fn account_of(user: &User) -> Option<ResourceId> {
    let rest = user.html_url.as_deref()?.strip_prefix("https://")?;
    let name = rest.split('/').next()?.strip_suffix(".pagerduty.com")?;
    is_account(name).then(|| id(ACCOUNT, name))
}

/// Whether this can be an account's name.
pub fn is_account(name: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    !name.is_empty() && name.len() <= 128 && name.bytes().all(plain)
}

/// One page of the users of an account.
///
/// # Errors
/// The cursor is not of this list, or PagerDuty does not give the page.
pub fn users(account: &ResourceId, cursor: Option<&str>) -> Result<Page, Error> {
    let list = List {
        call: "list-resources",
        of: USER,
        within: &account.id,
    };
    let offset = list.offset(cursor)?;
    let (mut draft, items) = page(list, offset, Endpoint::Users(PAGE, offset), "users")?;
    for item in items {
        if let Some(user) = draft.item(item, USER, |user: &User| &user.id) {
            add_user(&mut draft, account, &user);
        }
    }
    Ok(draft.0)
}

fn add_user(draft: &mut Draft, account: &ResourceId, user: &User) {
    let own = id(USER, &user.id);
    let email = user.email.as_deref().and_then(text);
    draft.role(account, user.role.as_deref(), &own);
    if user.role.as_deref() == Some(OWNER) {
        let implied_by = Some("owner-is-admin".to_owned());
        draft.grant(Grant {
            implied_by,
            ..held(account, ADMIN, &own)
        });
    }
    let details = Details::User(UserDetails {
        email: email.clone(),
        login: email,
        account_type: AccountType::Unknown,
        last_login: None,
    });
    let names = [user.name.as_deref(), user.email.as_deref()];
    let mut resource = listed(own, Some(account), names, details);
    // Who has not taken up the invitation cannot sign in, and is not switched off.
    if user.invitation_sent == Some(true) {
        resource.status = Status::Unknown;
        resource
            .profile
            .push(("invitation_sent".to_owned(), "true".to_owned()));
    }
    let title = user.job_title.as_deref().and_then(text);
    resource
        .profile
        .extend(title.map(|title| ("job_title".to_owned(), title)));
    draft.resource(resource);
}

/// One page of the teams of an account.
///
/// # Errors
/// As of [`users`].
pub fn teams(account: &ResourceId, cursor: Option<&str>) -> Result<Page, Error> {
    let list = List {
        call: "list-resources",
        of: TEAM_TYPE,
        within: &account.id,
    };
    let offset = list.offset(cursor)?;
    let (mut draft, items) = page(list, offset, Endpoint::Teams(offset), "teams")?;
    for item in items {
        if let Some(team) = draft.item(item, TEAM_TYPE, |team: &Team| &team.id) {
            add_team(&mut draft, account, &team);
        }
    }
    Ok(draft.0)
}

fn add_team(draft: &mut Draft, account: &ResourceId, team: &Team) {
    let own = id(TEAM_TYPE, &team.id);
    // "Manages users, teams and everything in them": no list shows it.
    draft.grant(Grant {
        implied_by: Some("admins-manage-every-team".to_owned()),
        expands: Some(ADMIN.to_owned()),
        ..held(&own, MANAGER, account)
    });
    let mut resource = listed(
        own,
        Some(account),
        [team.name.as_deref(), None],
        Details::Group,
    );
    resource.description = team.description.as_deref().and_then(text);
    resource.grants = GrantsSource::ListsAndListGrants;
    let default_role = team.default_role.as_deref().and_then(text);
    resource
        .profile
        .extend(default_role.map(|role| ("default_role".to_owned(), role)));
    let parent = team.parent.as_ref().and_then(|parent| text(&parent.id));
    resource
        .profile
        .extend(parent.map(|parent| ("parent_team".to_owned(), parent)));
    draft.resource(resource);
}

/// One page of the members of a team.
///
/// # Errors
/// As of [`users`].
pub fn members(team: &ResourceId, cursor: Option<&str>) -> Result<Page, Error> {
    let list = List {
        call: "list-grants",
        of: TEAM_TYPE,
        within: &team.id,
    };
    let offset = list.offset(cursor)?;
    let (mut draft, items) = page(list, offset, Endpoint::Members(&team.id, offset), "members")?;
    for item in items {
        if let Some(member) = draft.item(item, "member", |member: &Member| &member.user.id) {
            draft.role(team, member.role.as_deref(), &id(USER, &member.user.id));
        }
    }
    Ok(draft.0)
}

/// Asks for a page and says where the list goes on: as far on as PagerDuty's own `limit` says, which
/// may be less than was asked for.
fn page(
    list: List<'_>,
    offset: u64,
    from: Endpoint<'_>,
    name: &str,
) -> Result<(Draft, Vec<serde_json::Value>), Error> {
    let mut answer = get(from)?;
    let listing = Listing::read(answer.body.take(), name)
        .ok_or_else(|| answer.lacks("no list, or none that says whether it goes on"))?;
    let mut draft = Draft::new();
    draft.0.rate_limit = answer.rate_limit;
    let step = listing
        .limit
        .filter(|limit| (1..=PAGE).contains(limit))
        .unwrap_or(PAGE);
    let next = offset.saturating_add(step);
    if listing.more && next.saturating_add(PAGE) <= LAST {
        draft.0.next = Some(list.cursor(next));
    } else if listing.more {
        let message = format!(
            "PagerDuty shows the first {LAST} {name} alone: what comes after them is missing"
        );
        draft.notice("list-cut", None, true, message);
    }
    Ok((draft, listing.items))
}
