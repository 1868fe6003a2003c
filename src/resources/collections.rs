//! Collections of a workspace, from `/collections` by offset, and who holds which role on one,
//! from `/collections/{id}/roles`.

use crate::ResourceKind;
use crate::api::PROVIDER;
use crate::api::client::get;
use crate::api::endpoints::PostmanRequest;
use crate::api::role_principals::CollectionRoles;
use crate::api::wire::{self, Collection, CollectionPrincipal};
use crate::resources::{paging, team_roles, workspace_roles};
use connector_sdk::connector::{ListScope, ResourceReader, refuse_page_token};
use connector_sdk::error::Error;
use connector_sdk::lenient::{LenientList, LenientObject, Scalar};
use connector_sdk::model::{
    BorrowedText, Entitlement, GrantListing, Page, Purpose, Resource, ResourceId,
};
use connector_sdk::model::{EntitlementList, Impact};
use connector_sdk::page::PageBuilder;
use connector_sdk::page_token;
use connector_sdk::transport::Transport;

/// The reader of collections.
pub struct Collections;

impl<T: Transport> ResourceReader<T> for Collections {
    fn list_entitlements(&self, _transport: &T) -> Result<EntitlementList, Error> {
        Ok(EntitlementList::built_in(entitlements()))
    }

    fn list_resources(&self, transport: &T, scope: ListScope<'_>) -> Result<Page, Error> {
        list(transport, scope.parent()?, scope.page_token)
    }

    fn list_grants(
        &self,
        transport: &T,
        resource: &ResourceId,
        page_token: Option<&str>,
    ) -> Result<Page, Error> {
        refuse_page_token(page_token)?;
        list_roles(transport, resource)
    }
}

const VIEWER: &str = "viewer";
const EDITOR: &str = "editor";

/// Returns the entitlements that every collection has.
fn entitlements() -> Vec<Entitlement> {
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

fn entitlement(
    slug: BorrowedText,
    display_name: BorrowedText,
    description: BorrowedText,
) -> Entitlement {
    Entitlement {
        resource_type: ResourceKind::Collection.name(),
        slug,
        display_name,
        description,
        purpose: Purpose::Permission,
        grantable_to: vec![
            ResourceKind::User.name(),
            ResourceKind::Group.name(),
            ResourceKind::Team.name(),
        ],
        exclusion_group: None,
        rank: None,
    }
}

/// Reads one page of a workspace's collections.
fn list(
    transport: &impl Transport,
    workspace: &ResourceId,
    cursor: Option<&str>,
) -> Result<Page, Error> {
    let mut place = page_token::resume(ResourceKind::Collection.name(), workspace, cursor)?;
    let endpoint = PostmanRequest::Collections {
        workspace,
        offset: paging::before(&place),
    };
    let answer = paging::get(transport, &endpoint, &mut place)?;
    let wire::ListAnswer { list, rest } = answer.read_list::<wire::Collections<'_>>()?;
    let LenientList::Items(collections) = list.collections else {
        return Err(answer.lacks("no list in `collections`"));
    };
    let mut page = PageBuilder::new(PROVIDER).within(workspace);
    let first = match collections.first() {
        Some(LenientObject::Here(collection)) => uid(collection).unwrap_or_default(),
        _ => String::new(),
    };
    // A list without its length came whole: Postman counts only where it was asked for a page. Just
    // as many as were asked for may still be a page.
    let is_page = rest.has_meta()
        || u64::try_from(collections.len()).is_ok_and(|received| received == answer.asked);
    let asked = if is_page { answer.asked } else { u64::MAX };
    let counted = paging::OffsetPage {
        received: collections.len(),
        first: &first,
        total: rest.total(),
        asked,
    };
    page.each_object(
        ResourceKind::Collection.name(),
        collections,
        |page, index, one| add(page, index, &one),
    );
    page.page.next_page_token = paging::count(&mut page, &answer, place, &counted)?;
    if page.page.next_page_token.is_none() {
        paging::note_unread_rest(&mut page, &rest, None);
    }
    Ok(answer.finish(page))
}

/// Returns the uid, put together from owner and id where it is missing.
fn uid(collection: &Collection<'_>) -> Option<String> {
    collection.uid.id().map(Into::into).or_else(|| {
        let (owner, id) = (collection.owner.id()?, collection.id.id()?);
        Some(format!("{owner}-{id}"))
    })
}

fn add(page: &mut PageBuilder, index: usize, collection: &Collection<'_>) {
    let uid = uid(collection).map_or(Scalar::Absent, |uid| Scalar::Text(uid.into()));
    let Some(id) = page.identity(ResourceKind::Collection, index, &uid) else {
        return;
    };
    let name = page.text("name", &collection.name, &id);
    let display_name = name.unwrap_or_else(|| format!("Collection {}", id.id));
    let owner = page.reference(
        ResourceKind::User,
        "owner",
        &collection.owner,
        &id,
        Impact::AttributeUnknown,
    );
    let mut resource = Resource::listed(id.clone(), display_name);
    resource.created_at = page.moment("createdAt", &collection.created_at, &id);
    resource.updated_at = page.moment("updatedAt", &collection.updated_at, &id);
    resource.grants = GrantListing::ListGrantsRequired;
    let is_public = collection.is_public.as_bool();
    if is_public.is_none() && !collection.is_public.is_blank() {
        page.unreadable("isPublic", Some(&id), Impact::AttributeUnknown);
    }
    resource.attributes = [
        ("api_path", Some(format!("/collections/{}", id.id))),
        ("is_public", is_public.map(|flag| flag.to_string())),
        ("owner", owner.map(|user| user.id)),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key, value?)))
    .collect();
    page.page.resources.push(resource);
}

/// Reads all roles on one collection.
fn list_roles(transport: &impl Transport, collection: &ResourceId) -> Result<Page, Error> {
    let endpoint = PostmanRequest::CollectionRoles(collection);
    let answer = get(transport, &endpoint)?;
    let mut roles: CollectionRoles<'_> = answer.read()?;
    let mut principals = Vec::new();
    for field in workspace_roles::PRINCIPAL_FIELDS {
        principals.extend(std::iter::from_fn(|| roles.take(field.field)).map(|list| (field, list)));
    }
    if principals.is_empty() {
        return Err(answer.lacks("neither `user` nor `group` nor `team`"));
    }
    let mut page = PageBuilder::new(PROVIDER).within(collection);
    for (field, list) in principals {
        let list = page.entries(field.field, list, collection, false);
        page.each_object("role", list, |page, _, entry| {
            add_role(page, collection, field, &entry);
        });
    }
    workspace_roles::note_other_principals(&mut page, collection, &roles.lists);
    Ok(answer.finish(page))
}

fn add_role(
    page: &mut PageBuilder,
    collection: &ResourceId,
    principal_field: workspace_roles::PrincipalField,
    entry: &CollectionPrincipal<'_>,
) {
    let id = entry.id.id();
    let principal = id.and_then(|id| ResourceId::parse(principal_field.kind, id));
    let role = entry.role.as_str().and_then(slug);
    let (Some(principal), Some(slug)) = (principal, role) else {
        page.unreadable(principal_field.field, Some(collection), Impact::ItemOmitted);
        return;
    };
    if slug != VIEWER && slug != EDITOR {
        describe(page, collection, &slug);
    }
    page.grant(collection, slug, &principal, principal_field.expands, None);
    workspace_roles::add_partner(page, &principal);
}

/// Returns `viewer` for `VIEWER`; a character that is no letter or digit becomes `-`.
fn slug(role: &str) -> Option<BorrowedText> {
    let slug: String = connector_sdk::page::presentable(role)?
        .to_ascii_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    Some(slug.into())
}

fn describe(page: &mut PageBuilder, collection: &ResourceId, slug: &str) {
    if page.has_entitlement(slug) {
        return;
    }
    let name = team_roles::readable(slug);
    let message =
        format!("the role `{slug}` is unknown to this connector; it is recorded as `{name}`");
    page.notice("unknown-role", Some(collection), Impact::None, message);
    let what = "A collection role that Postman's description does not explain.";
    let unknown = entitlement(slug.to_owned().into(), name.into(), what.into());
    page.page.entitlements.push(unknown);
}
