//! Workspaces, from `/workspaces` by cursor, and the access that follows from their visibility alone.

use crate::ResourceKind;
use crate::api::PROVIDER;
use crate::api::endpoints::PostmanRequest;
use crate::api::wire::Workspace;
use crate::resources::known_roles::{PARTNER_MANAGER, SUPER_ADMIN};
use crate::resources::organization::Reach;
use crate::resources::workspace_roles;
use crate::resources::{catalogue, organization, paging, team_roles};
use connector_sdk::connector::{ListScope, ResourceReader, refuse_page_token};
use connector_sdk::error::Error;
use connector_sdk::lenient::Scalar;
use connector_sdk::model::{
    Audience, Details, EntitlementList, GrantListing, Impact, Page, Reference, Resource, ResourceId,
};
use connector_sdk::page::{PageBuilder, presentable};
use connector_sdk::transport::Transport;

/// The reader of workspaces.
pub struct Workspaces;

impl<T: Transport> ResourceReader<T> for Workspaces {
    fn list_entitlements(&self, transport: &T) -> Result<EntitlementList, Error> {
        catalogue::list(transport)
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
        workspace_roles::list(transport, resource)
    }
}

const FROM_TEAM: &str = "visibility team: every member of the team can open the workspace";
const FROM_SUPER_ADMIN: &str =
    "team role Super Admin: its members can view and manage everything in every workspace";
const FROM_OWN_TEAM: &str =
    "visibility team: every member of the workspace's own team can open the workspace";
const FROM_PARTNER_MANAGER: &str =
    "team role Partner Manager: its members manage every Partner Workspace";
const FROM_PUBLIC: &str = "visibility public: anyone who has the address can open the workspace";
const FROM_PERSONAL: &str = "visibility personal: the creator is taken for the owner, which is wrong if ownership has moved";

/// Postman's own names of the facts that access follows from.
const CREATED_BY: &str = "created_by";
const TEAM: &str = "team";
const VISIBILITY: &str = "visibility";

/// Reads one page of the team's workspaces.
fn list(
    transport: &impl Transport,
    team: &ResourceId,
    cursor: Option<&str>,
) -> Result<Page, Error> {
    let (mut place, reach) = organization::resume(team, cursor)?;
    let sent = place.at().to_owned();
    let endpoint = PostmanRequest::Workspaces { cursor: &sent };
    let answer = paging::get(transport, &endpoint, &mut place)?;
    let mut page = PageBuilder::new(PROVIDER);
    let mut has_team = false;
    let list = (ResourceKind::Workspace.name(), "workspaces");
    let (rest, items) = answer.read_objects(&mut page, list, |page, index, one| {
        has_team |= is_of_team(one);
        add(page, index, one);
    })?;
    let reach = if reach == Reach::NotAsked && has_team {
        // What is said of the team comes before what is said of single workspaces.
        let notices = std::mem::take(&mut page.page.notices);
        let reach = organization::ask(transport, &mut page, team)?;
        page.page.notices.extend(notices);
        reach
    } else {
        reach
    };
    let place = place.in_list(reach.list());
    page.page.next_page_token = paging::follow(&mut page, &answer, place, (&rest, items))?;
    imply_all(&mut page, team, reach);
    Ok(answer.finish(page))
}

/// Adds the access that follows from the records of the page: of two with one id, from the first.
fn imply_all(page: &mut PageBuilder, team: &ResourceId, reach: Reach) {
    page.keep_first_records();
    let workspaces = std::mem::take(&mut page.page.resources);
    for workspace in &workspaces {
        imply(page, (team, reach), workspace);
    }
    page.page.resources = workspaces;
}

/// Returns true if access follows from what the visibility `team` means.
fn is_of_team(workspace: &Workspace<'_>) -> bool {
    matches!(&workspace.visibility, Scalar::Text(text) if presentable(text).map(known_visibility).as_deref() == Some("team"))
}

fn add(page: &mut PageBuilder, index: usize, workspace: &Workspace<'_>) {
    let Some(id) = page.identity(ResourceKind::Workspace, index, &workspace.id) else {
        return;
    };
    let name = page.text("name", &workspace.name, &id);
    let display_name = name.unwrap_or_else(|| format!("Workspace {}", id.id));
    let visibility = visibility(page, &workspace.visibility, &id);
    let personal = visibility.as_deref() == Some("personal");
    // Only of a personal workspace does access follow from it.
    let creator = page.reference(
        ResourceKind::User,
        "createdBy",
        &workspace.created_by,
        &id,
        if personal {
            Impact::ItemOmitted
        } else {
            Impact::AttributeUnknown
        },
    );
    let mut resource = Resource::listed(id.clone(), display_name);
    resource.description = page.text("about", &workspace.about, &id);
    resource.created_at = page.moment("createdAt", &workspace.created_at, &id);
    resource.updated_at = page.moment("updatedAt", &workspace.updated_at, &id);
    if !personal {
        resource.grants = GrantListing::ListGrantsRequired;
    }
    resource.attributes = [
        (CREATED_BY, creator.map(|user| user.id)),
        (TEAM, own_team(workspace).map(|own| own.id)),
        (VISIBILITY, visibility),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key, value?)))
    .collect();
    resource.attributes.shrink_to_fit();
    page.page.resources.push(resource);
}

/// Returns the team of an organization that a workspace belongs to, where its record shows it.
fn own_team(workspace: &Workspace<'_>) -> Option<ResourceId> {
    let shown = workspace.team.id_in(&["id", "teamId"]);
    let id = shown.or_else(|| workspace.team_id.id().map(Into::into))?;
    ResourceId::parse(ResourceKind::Team, id)
}

/// Returns a documented visibility as it is documented, in whatever case it came; another one as it is.
fn known_visibility(sent: String) -> String {
    let mut known = ["personal", "private", "team", "partner", "public"].into_iter();
    known
        .find(|known| known.eq_ignore_ascii_case(&sent))
        .map_or(sent, str::to_owned)
}

/// Returns the visibility; a notice where there is none, for access follows from it.
fn visibility(page: &mut PageBuilder, sent: &Scalar<'_>, id: &ResourceId) -> Option<String> {
    if !matches!(sent, Scalar::Absent | Scalar::Null | Scalar::Text(_)) {
        page.unreadable("visibility", Some(id), Impact::ItemOmitted);
        return None;
    }
    let visibility = page.text("visibility", sent, id).map(known_visibility);
    if visibility.is_none() {
        let message = "Postman sent no `visibility`: access that would follow from it is unknown";
        page.notice(
            "missing-field",
            Some(id),
            Impact::AccessUnknown,
            message.to_owned(),
        );
    }
    visibility
}

/// Adds the access that Postman gives without listing it.
fn imply(page: &mut PageBuilder, (team, reach): (&ResourceId, Reach), workspace: &Resource) {
    let id = &workspace.id;
    match workspace.attribute(VISIBILITY) {
        Some("team") => imply_for_team(page, (team, reach), workspace),
        Some("partner") => page.grant(
            id,
            catalogue::MANAGE,
            team,
            Some(PARTNER_MANAGER),
            Some(FROM_PARTNER_MANAGER),
        ),
        Some("public") => imply_for_everyone(page, id),
        Some("personal") => match creator_of(workspace) {
            Some(creator) => {
                for slug in [catalogue::ADMIN, catalogue::MEMBER] {
                    page.grant(id, slug, &creator, None, Some(FROM_PERSONAL));
                }
            }
            None => {
                let message =
                    "Postman does not say who made this personal workspace: its owner is missing";
                page.notice(
                    "missing-field",
                    Some(id),
                    Impact::AccessUnknown,
                    message.to_owned(),
                );
            }
        },
        Some("private") | None => {}
        Some(other) => {
            let message = format!(
                "visibility `{other}` is unknown to this connector: access that would follow from it is unknown"
            );
            page.notice(
                "unknown-visibility",
                Some(id),
                Impact::AccessUnknown,
                message,
            );
        }
    }
    page.grant(
        id,
        catalogue::ADMIN,
        team,
        Some(SUPER_ADMIN),
        Some(FROM_SUPER_ADMIN),
    );
}

/// Adds access for the members of the team that a workspace belongs to.
fn imply_for_team(
    page: &mut PageBuilder,
    (team, reach): (&ResourceId, Reach),
    workspace: &Resource,
) {
    let id = &workspace.id;
    let own = team_in(workspace).filter(|own| own != team);
    let (team, rule) = match (&own, reach.obstacle()) {
        (Some(own), _) => (own, FROM_OWN_TEAM),
        (None, None) => (team, FROM_TEAM),
        (None, Some(why)) => {
            page.notice(
                "unknown-access",
                Some(id),
                Impact::AccessUnknown,
                why.to_owned(),
            );
            return;
        }
    };
    let members = Some(team_roles::MEMBER);
    page.grant(id, catalogue::ACCESS, team, members, Some(rule));
}

/// Returns the team that the workspace belongs to, as the record names it.
fn team_in(workspace: &Resource) -> Option<ResourceId> {
    ResourceId::parse(ResourceKind::Team, workspace.attribute(TEAM)?)
}

/// Returns the creator that the record names.
fn creator_of(workspace: &Resource) -> Option<ResourceId> {
    ResourceId::parse(ResourceKind::User, workspace.attribute(CREATED_BY)?)
}

fn imply_for_everyone(page: &mut PageBuilder, workspace: &ResourceId) {
    let everyone = ResourceId::fixed(ResourceKind::Everyone, "everyone");
    page.grant(
        workspace,
        catalogue::ACCESS,
        &everyone,
        None,
        Some(FROM_PUBLIC),
    );
    let details = Details::Audience(Audience::Anyone);
    let mut reference = Reference::new(everyone, "Everyone".to_owned(), details);
    reference.resource.description =
        Some("Anyone who has the address of a public resource.".to_owned());
    page.page.references.push(reference);
}
