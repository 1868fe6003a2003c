//! SCIM accounts, from `/scim/v2/Users` by number: the only place that shows those switched off.

use super::{draft::Draft, paging, types::names};
use crate::{
    error::Error,
    model::{AccountType, Details, Page, Resource, ResourceId, Status, UserDetails},
    postman::{
        endpoints::Endpoint,
        lenient::{List, Object, Scalar},
        wire::{ScimUser, ScimUsers},
    },
    transport::Transport,
};

/// One page of the team's SCIM accounts.
pub fn list(
    transport: &impl Transport,
    team: &ResourceId,
    cursor: Option<&str>,
) -> Result<Page, Error> {
    let mut place = paging::resume(names::SCIM_ACCOUNT, team, cursor)?;
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
    let mut draft = Draft::default();
    let first = match accounts.first() {
        Some(Object::Here(account)) => account.id.id().unwrap_or_default().into_owned(),
        _ => String::new(),
    };
    let page = paging::Counted {
        received: accounts.len(),
        first: &first,
        total,
        asked: answer.asked,
    };
    for (index, account) in accounts.into_iter().enumerate() {
        if let Some(account) = draft.object("SCIM account", index, account) {
            add(&mut draft, team, index, account);
        }
    }
    draft.page.next = paging::count(&mut draft, &answer, place, &page)?;
    Ok(draft.finish(&answer))
}

fn add(draft: &mut Draft, team: &ResourceId, index: usize, account: ScimUser<'_>) {
    let Some(id) = draft.identity(names::SCIM_ACCOUNT, index, &account.id) else {
        return;
    };
    let login = draft.text("userName", &account.user_name, &id);
    let name = match account.name {
        Object::Here(name) => {
            let parts = [
                draft.text("name.givenName", &name.given_name, &id),
                draft.text("name.familyName", &name.family_name, &id),
            ];
            let whole = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
            draft.text("name", &Scalar::Text(whole.into()), &id)
        }
        other => {
            draft.note_other("name", &other, &id);
            None
        }
    };
    let display_name = name
        .or_else(|| login.clone())
        .unwrap_or_else(|| format!("SCIM account {}", id.id));
    let external_id = draft.text("externalId", &account.external_id, &id);
    let mut resource = Resource::listed(id.clone(), Some(team), display_name);
    resource.status = status(draft, &id, &account.active);
    match account.meta {
        Object::Here(meta) => {
            resource.created_at = draft.moment("meta.created", &meta.created, &id);
            resource.updated_at = draft.moment("meta.lastModified", &meta.last_modified, &id);
        }
        other => draft.note_other("meta", &other, &id),
    }
    resource.details = Details::User(UserDetails {
        email: login.clone().filter(|login| login.contains('@')),
        login,
        account_type: AccountType::Unknown,
    });
    resource
        .profile
        .extend(external_id.map(|id| ("external_id", id)));
    draft.page.resources.push(resource);
}

fn status(draft: &mut Draft, id: &ResourceId, active: &Scalar<'_>) -> Status {
    match active {
        Scalar::Bool(true) => Status::Enabled,
        Scalar::Bool(false) => Status::Disabled,
        // Some identity providers write booleans as text.
        Scalar::Text(text) if text.eq_ignore_ascii_case("true") => Status::Enabled,
        Scalar::Text(text) if text.eq_ignore_ascii_case("false") => Status::Disabled,
        blank if blank.is_blank() => Status::Unknown,
        _ => {
            draft.unreadable("active", Some(id), false);
            Status::Unknown
        }
    }
}
