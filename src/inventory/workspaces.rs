//! Workspaces, from `/workspaces` by cursor, and the access that follows from their visibility alone.

use super::{
    catalogue,
    draft::{Draft, presentable},
    known_roles::SUPER_ADMIN,
    organization::{self, Reach},
    paging::{self, Paging},
    team_roles,
    types::names,
};
use crate::{
    error::Error,
    model::{Details, GrantsSource, Page, Resource, ResourceId},
    postman::{
        endpoints::Endpoint,
        lenient::{List, Object, Scalar},
        wire::{Workspace, Workspaces},
    },
    transport::Transport,
};

const FROM_TEAM: &str = "visibility team: every member of the team can open the workspace";
const FROM_SUPER_ADMIN: &str =
    "team role Super Admin: its holders can view and manage everything in every workspace";
const FROM_PUBLIC: &str = "visibility public: whoever has the address can open the workspace";
const FROM_PERSONAL: &str = "visibility personal: the creator is taken for the owner, which is wrong if ownership has moved";

/// Postman's own names of the facts that access follows from.
const CREATED_BY: &str = "created_by";
const VISIBILITY: &str = "visibility";

/// One page of the team's workspaces.
pub fn list(
    transport: &impl Transport,
    team: &ResourceId,
    cursor: Option<&str>,
) -> Result<Page, Error> {
    let (mut place, reach) = organization::resume(team, cursor)?;
    let sent = place.at().to_owned();
    let endpoint = Endpoint::Workspaces { cursor: &sent };
    let answer = paging::get(transport, &endpoint, &mut place)?;
    let wire: Workspaces<'_> = answer.read()?;
    let List::Items(workspaces) = wire.workspaces else {
        return Err(answer.lacks("no list in `workspaces`"));
    };
    let mut draft = Draft::default();
    draft.expect(workspaces.len(), 2 * workspaces.len());
    let reach = match reach {
        Reach::NotAsked if workspaces.iter().any(is_of_team) => {
            organization::ask(transport, &mut draft, team)?
        }
        reach => reach,
    };
    for (index, workspace) in workspaces.into_iter().enumerate() {
        if let Some(workspace) = draft.object(names::WORKSPACE, index, workspace) {
            add(&mut draft, team, index, &workspace);
        }
    }
    let paging = Paging {
        metas: [&wire.meta, &wire.metadata],
        top: &wire.next_cursor,
    };
    let place = place.in_list(reach.list());
    draft.page.next = paging::follow(&mut draft, &answer, place, &paging)?;
    imply_all(&mut draft, team, reach);
    Ok(draft.finish(&answer))
}

/// The access that follows from the records of the page: of two with one id, from the one that is kept.
fn imply_all(draft: &mut Draft, team: &ResourceId, reach: Reach) {
    draft.keep_first_records();
    let mut workspaces = std::mem::take(&mut draft.page.resources);
    for workspace in &workspaces {
        imply(draft, (team, reach), workspace);
    }
    workspaces.append(&mut draft.page.resources);
    draft.page.resources = workspaces;
}

/// Returns true if access follows from what the visibility `team` means.
fn is_of_team(workspace: &Object<Workspace<'_>>) -> bool {
    let Object::Here(workspace) = workspace else {
        return false;
    };
    matches!(&workspace.visibility, Scalar::Text(text) if presentable(text).as_deref() == Some("team"))
}

fn add(draft: &mut Draft, team: &ResourceId, index: usize, workspace: &Workspace<'_>) {
    let Some(id) = draft.identity(names::WORKSPACE, index, &workspace.id) else {
        return;
    };
    let name = draft.text("name", &workspace.name, &id);
    let display_name = name.unwrap_or_else(|| format!("Workspace {}", id.id));
    let visibility = visibility(draft, &workspace.visibility, &id);
    let personal = visibility.as_deref() == Some("personal");
    // Only of a personal workspace does access follow from it.
    let creator = draft.reference(
        names::USER,
        "createdBy",
        &workspace.created_by,
        &id,
        personal,
    );
    let mut resource = Resource::listed(id.clone(), Some(team), display_name);
    resource.description = draft.text("about", &workspace.about, &id);
    resource.created_at = draft.moment("createdAt", &workspace.created_at, &id);
    resource.updated_at = draft.moment("updatedAt", &workspace.updated_at, &id);
    if !personal {
        resource.grants = GrantsSource::ListsAndListGrants;
    }
    resource.profile = [
        (CREATED_BY, creator.map(|user| user.id)),
        (VISIBILITY, visibility),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key, value?)))
    .collect();
    draft.page.resources.push(resource);
}

/// The visibility as it came; a notice where there is none, for access follows from it.
fn visibility(draft: &mut Draft, sent: &Scalar<'_>, id: &ResourceId) -> Option<String> {
    if !matches!(sent, Scalar::Absent | Scalar::Null | Scalar::Text(_)) {
        draft.unreadable("visibility", Some(id), true);
        return None;
    }
    let visibility = draft.text("visibility", sent, id);
    if visibility.is_none() {
        let message =
            "Postman sent no `visibility`: access that would follow from it cannot be told";
        draft.notice("missing-field", Some(id), false, message.to_owned());
    }
    visibility
}

/// The access that Postman gives without listing it.
fn imply(draft: &mut Draft, (team, reach): (&ResourceId, Reach), workspace: &Resource) {
    let id = &workspace.id;
    match workspace.fact(VISIBILITY) {
        Some("team") => match reach.obstacle() {
            None => draft.grant(
                id,
                catalogue::ACCESS,
                team,
                Some(team_roles::MEMBER),
                Some(FROM_TEAM),
            ),
            Some(why) => draft.notice("unknown-access", Some(id), false, why.to_owned()),
        },
        Some("public") => imply_for_everyone(draft, id),
        Some("personal") => match workspace.fact(CREATED_BY) {
            Some(creator) => {
                let creator = ResourceId::new(names::USER, creator);
                for slug in [catalogue::ADMIN, catalogue::MEMBER] {
                    draft.grant(id, slug, &creator, None, Some(FROM_PERSONAL));
                }
            }
            None => {
                let message =
                    "Postman does not say who made this personal workspace: its owner is missing";
                draft.notice("missing-field", Some(id), false, message.to_owned());
            }
        },
        Some("private" | "partner") | None => {}
        Some(other) => {
            let message = format!(
                "visibility `{other}` is none that this connector knows: access that would follow from it cannot be told"
            );
            draft.notice("unknown-visibility", Some(id), false, message);
        }
    }
    draft.grant(
        id,
        catalogue::ADMIN,
        team,
        Some(SUPER_ADMIN),
        Some(FROM_SUPER_ADMIN),
    );
}

fn imply_for_everyone(draft: &mut Draft, workspace: &ResourceId) {
    let everyone = ResourceId::new(names::EVERYONE, "everyone");
    draft.grant(
        workspace,
        catalogue::ACCESS,
        &everyone,
        None,
        Some(FROM_PUBLIC),
    );
    draft.page.resources.push(Resource {
        description: Some("Whoever has the address of what is public.".to_owned()),
        ..Resource::mentioned(everyone, "Everyone".to_owned(), Details::Group)
    });
}
