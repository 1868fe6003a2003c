//! Users and their team roles, from `/users`: everybody in one answer.

use super::{draft::Draft, paging::Paging, team, team_roles, types::names};
use crate::{
    error::Error,
    model::{AccountType, Details, Page, Resource, ResourceId, UserDetails},
    postman::{
        client::{Answer, get},
        endpoints::Endpoint,
        json::Record,
        lenient::{List, Object},
        wire::{Data, User},
    },
    transport::Transport,
};

/// All users of the team.
pub fn list(transport: &impl Transport, team: &ResourceId) -> Result<Page, Error> {
    let answer = get(transport, &Endpoint::Users)?;
    let mut draft = Draft::default();
    let users = whole_list(&answer, &mut draft)?;
    draft.expect(users.len(), users.iter().map(grants_of).sum());
    for (index, user) in users.into_iter().enumerate() {
        if let Some(user) = draft.object(names::USER, index, user) {
            add(&mut draft, team, index, user);
        }
    }
    let (owner, rate_limit) = team::member_with_key(transport, team)?;
    note_missing(&mut draft, owner);
    let mut page = draft.finish(&answer);
    page.rate_limit = rate_limit.or(page.rate_limit);
    Ok(page)
}

/// A list without anybody, or without the key's owner, is not whole: nothing follows from who is absent.
fn note_missing(draft: &mut Draft, owner: Option<ResourceId>) {
    let is_listed = |id: &ResourceId| draft.page.resources.iter().any(|user| user.id == *id);
    let message = match owner {
        None if draft.page.resources.is_empty() => {
            "Postman's user list is empty, though a team has at least one member: its users are missing"
                .to_owned()
        }
        Some(owner) if !is_listed(&owner) => format!(
            "Postman's user list lacks the key's owner (user {}), who is a member of the team: others may be missing, too",
            owner.id
        ),
        _ => return,
    };
    draft.notice("missing-users", None, true, message);
}

/// The items of a list that Postman sends in one answer.
pub fn whole_list<'b, T: Record<'b> + Default>(
    answer: &'b Answer<'_>,
    draft: &mut Draft,
) -> Result<Vec<Object<T>>, Error> {
    let Data {
        data,
        meta,
        metadata,
        next_cursor,
    }: Data<'b, T> = answer.read()?;
    let List::Items(items) = data else {
        return Err(answer.lacks("no list in `data`"));
    };
    let paging = Paging {
        metas: [&meta, &metadata],
        top: &next_cursor,
    };
    if paging.next().is_some() {
        let message = "Postman says that the list goes on, which its description does not foresee: the rest is missing";
        draft.notice("unforeseen-pages", None, true, message.to_owned());
    }
    Ok(items)
}

/// How many grants a user makes.
fn grants_of(user: &Object<User<'_>>) -> usize {
    match user {
        Object::Here(user) => 1 + user.roles.count(),
        _ => 0,
    }
}

fn add(draft: &mut Draft, team: &ResourceId, index: usize, user: User<'_>) {
    let Some(id) = draft.identity(names::USER, index, &user.id) else {
        return;
    };
    let name = draft.text("name", &user.name, &id);
    let login = draft.text("username", &user.username, &id);
    let email = draft.text("email", &user.email, &id);
    let joined_at = draft.moment("joinedAt", &user.joined_at, &id);
    let display_name = [&name, &login, &email]
        .into_iter()
        .find_map(Clone::clone)
        .unwrap_or_else(|| format!("User {}", id.id));
    draft.grant(team, team_roles::MEMBER, &id, None, None);
    team_roles::grant(draft, team, &id, None, user.roles);
    let mut resource = Resource::listed(id, Some(team), display_name);
    resource.details = Details::User(UserDetails {
        email,
        login,
        account_type: AccountType::Unknown,
    });
    resource
        .profile
        .extend(joined_at.map(|moment| ("joined_at", moment)));
    draft.page.resources.push(resource);
}
