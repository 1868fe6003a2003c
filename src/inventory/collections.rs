//! Collections of a workspace, from `/collections` by offset, and who holds which role on one,
//! from `/collections/{id}/roles`.

use super::{draft::Draft, paging, path_id, team_roles, types::names, workspace_roles};
use crate::{
    error::Error,
    model::{Entitlement, GrantsSource, Page, Purpose, Resource, ResourceId, Text},
    postman::{
        client::get,
        endpoints::Endpoint,
        holders::CollectionRoles,
        lenient::{List, Object, Scalar},
        wire::{Collection, Collections, RoleHolder},
    },
    transport::Transport,
};

const VIEWER: &str = "viewer";
const EDITOR: &str = "editor";

/// The entitlements that every collection has.
pub fn entitlements() -> Vec<Entitlement> {
    vec![
        ranked(VIEWER, "Viewer", "Can view and fork the collection.", 1),
        ranked(EDITOR, "Editor", "Can edit the collection.", 2),
    ]
}

fn ranked(slug: &'static str, name: &'static str, what: &'static str, rank: u32) -> Entitlement {
    Entitlement {
        exclusion_group: Some("role"),
        rank: Some(rank),
        ..entitlement(slug.into(), name.into(), what.into())
    }
}

fn entitlement(slug: Text, display_name: Text, description: Text) -> Entitlement {
    Entitlement {
        resource_type: names::COLLECTION,
        slug,
        display_name,
        description,
        purpose: Purpose::Permission,
        grantable_to: vec![names::USER, names::GROUP, names::TEAM],
        exclusion_group: None,
        rank: None,
    }
}

/// One page of a workspace's collections.
pub fn list(
    transport: &impl Transport,
    workspace: &ResourceId,
    cursor: Option<&str>,
) -> Result<Page, Error> {
    let mut place = paging::resume(names::COLLECTION, workspace, cursor)?;
    let endpoint = Endpoint::Collections {
        workspace: path_id(workspace)?,
        offset: paging::before(&place),
    };
    let answer = paging::get(transport, &endpoint, &mut place)?;
    let wire: Collections<'_> = answer.read()?;
    let List::Items(collections) = wire.collections else {
        return Err(answer.lacks("no list in `collections`"));
    };
    let mut draft = Draft::within(workspace);
    let first = match collections.first() {
        Some(Object::Here(collection)) => uid(collection).unwrap_or_default(),
        _ => String::new(),
    };
    // A list without its length came whole: Postman counts only where it was asked for a page. Just
    // as many as were asked for may still be a page.
    let is_page = matches!(wire.meta, Object::Here(_))
        || u64::try_from(collections.len()).is_ok_and(|received| received == answer.asked);
    let asked = if is_page { answer.asked } else { u64::MAX };
    let page = paging::Counted {
        received: collections.len(),
        first: &first,
        total: paging::total(&wire.meta).or_else(|| paging::total(&wire.metadata)),
        asked,
    };
    for (index, collection) in collections.into_iter().enumerate() {
        if let Some(collection) = draft.object(names::COLLECTION, index, collection) {
            add(&mut draft, workspace, index, &collection);
        }
    }
    draft.page.next = paging::count(&mut draft, &answer, place, &page)?;
    Ok(draft.finish(&answer))
}

/// The uid, put together from owner and id where it is missing.
fn uid(collection: &Collection<'_>) -> Option<String> {
    collection.uid.id().map(Into::into).or_else(|| {
        let (owner, id) = (collection.owner.id()?, collection.id.id()?);
        Some(format!("{owner}-{id}"))
    })
}

fn add(draft: &mut Draft, workspace: &ResourceId, index: usize, collection: &Collection<'_>) {
    let uid = uid(collection).map_or(Scalar::Absent, |uid| Scalar::Text(uid.into()));
    let Some(id) = draft.identity(names::COLLECTION, index, &uid) else {
        return;
    };
    let name = draft.text("name", &collection.name, &id);
    let display_name = name.unwrap_or_else(|| format!("Collection {}", id.id));
    let owner = draft.reference(names::USER, "owner", &collection.owner, &id, false);
    let mut resource = Resource::listed(id.clone(), Some(workspace), display_name);
    resource.created_at = draft.moment("createdAt", &collection.created_at, &id);
    resource.updated_at = draft.moment("updatedAt", &collection.updated_at, &id);
    resource.grants = GrantsSource::ListsAndListGrants;
    let is_public = match &collection.is_public {
        Scalar::Bool(is_public) => Some(is_public.to_string()),
        other => {
            if !other.is_blank() {
                draft.unreadable("isPublic", Some(&id), false);
            }
            None
        }
    };
    resource.profile = [
        ("api_path", Some(format!("/collections/{}", id.id))),
        ("is_public", is_public),
        ("owner", owner.map(|user| user.id)),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key, value?)))
    .collect();
    draft.page.resources.push(resource);
}

/// All roles on one collection.
pub fn list_roles(transport: &impl Transport, collection: ResourceId) -> Result<Page, Error> {
    let endpoint = Endpoint::CollectionRoles(path_id(&collection)?);
    let answer = get(transport, &endpoint)?;
    let mut roles: CollectionRoles<'_> = answer.read()?;
    let holders = workspace_roles::HOLDERS.map(|holder| (holder, roles.take(holder.field)));
    if holders.iter().all(|(_, list)| matches!(list, List::Absent)) {
        return Err(answer.lacks("neither `user` nor `group` nor `team`"));
    }
    let mut draft = Draft::within(&collection);
    for (kind, list) in holders {
        let list = draft.entries(kind.field, list, &collection, false);
        for (index, holder) in list.into_iter().enumerate() {
            if let Some(holder) = draft.object("role", index, holder) {
                add_role(&mut draft, &collection, kind, &holder);
            }
        }
    }
    workspace_roles::note_other_holders(&mut draft, &collection, &roles.lists);
    Ok(draft.finish(&answer))
}

fn add_role(
    draft: &mut Draft,
    collection: &ResourceId,
    kind: workspace_roles::Holder,
    holder: &RoleHolder<'_>,
) {
    let id = holder
        .id
        .id()
        .filter(|id| super::usable_id(kind.resource_type, id));
    let role = match &holder.role {
        Scalar::Text(role) => slug(role),
        _ => None,
    };
    let (Some(id), Some(slug)) = (id, role) else {
        draft.unreadable(kind.field, Some(collection), true);
        return;
    };
    if slug != VIEWER && slug != EDITOR {
        describe(draft, collection, &slug);
    }
    let principal = ResourceId::new(kind.resource_type, id);
    draft.grant(collection, slug, &principal, kind.expands, None);
    workspace_roles::mention(draft, principal);
}

/// `VIEWER` as `viewer`; what is no letter or digit becomes `-`.
fn slug(role: &str) -> Option<Text> {
    let slug: String = super::draft::presentable(role)?
        .to_ascii_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    Some(slug.into())
}

fn describe(draft: &mut Draft, collection: &ResourceId, slug: &str) {
    if draft.has_entitlement(slug) {
        return;
    }
    let name = team_roles::readable(slug);
    let message =
        format!("the role `{slug}` is none that this connector knows; it is kept as `{name}`");
    draft.notice("unknown-role", Some(collection), false, message);
    let what = "A collection role that Postman's description does not explain.";
    let unknown = entitlement(slug.to_owned().into(), name.into(), what.into());
    draft.page.entitlements.push(unknown);
}
