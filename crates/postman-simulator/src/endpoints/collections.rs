//! `/collections` and `/collections/{collectionId}/roles`.

use super::super::answer::SimulatedResponse;
use super::super::json::{IdType, JsonObject, Style, Unset, array};
use super::super::listing::{Ids, ListEntry, entries};
use super::super::problem;
use super::super::request::SimulatedRequest;
use super::super::service::SimulatorService;
use super::super::team::{Collection, CollectionRole, RolesAnswer, Workspace};
use super::paging::most;
use super::roles::group_keys;
use super::written;

/// Collections of a workspace, or of all that can be seen; an unknown workspace has none.
pub(in super::super) fn list(
    service: &SimulatorService,
    request: &SimulatedRequest,
) -> SimulatedResponse {
    pages(service, request).unwrap_or_else(|refusal| refusal)
}

fn pages(
    service: &SimulatorService,
    request: &SimulatedRequest,
) -> Result<SimulatedResponse, SimulatedResponse> {
    let limit = parameter(
        request,
        "limit",
        "positive integer smaller than 100",
        |limit| (1..100).contains(&limit),
    )?;
    let offset = parameter(request, "offset", "non-negative integer", |_| true)?;
    let offset = offset.unwrap_or_default();
    let entries = named(service, shown_to(service, request), request.query("name"));
    let rest = entries.get(offset..).unwrap_or_default();
    let length = limit.map_or(rest.len(), |limit| limit.min(most(service)));
    let shown = rest.get(..length).unwrap_or(rest);
    let all = &service.team.collections;
    let collections = written(shown, |at| {
        all.get(at).map(|collection| write(service, collection))
    });
    let mut body = JsonObject::new(service.style("collections"));
    body.raw("collections", &array(collections));
    if let Some(limit) = limit {
        let total = entries.len();
        let meta = format!("{{\"total\":{total},\"offset\":{offset},\"limit\":{limit}}}");
        body.raw(meta_key(service), &meta);
    }
    Ok(SimulatedResponse::json(body.close()))
}

/// A number in the query, which has to be as it is `wanted`. What `limit` takes is seen live.
fn parameter(
    request: &SimulatedRequest,
    name: &str,
    wanted: &str,
    is_taken: fn(usize) -> bool,
) -> Result<Option<usize>, SimulatedResponse> {
    let number = request.query(name).map(|text| text.parse().ok());
    match number {
        None => Ok(None),
        Some(Some(number)) if is_taken(number) => Ok(Some(number)),
        Some(_) => Err(problem::invalid_parameter(name, wanted)),
    }
}

/// The entries of the workspace that is asked for, or of all.
fn shown_to(service: &SimulatorService, request: &SimulatedRequest) -> Vec<ListEntry> {
    match request.query("workspace") {
        Some(id) => service
            .workspace(id)
            .map(|workspace| of_workspace(service, workspace))
            .unwrap_or_default(),
        None => service
            .team
            .visible_collections()
            .into_iter()
            .map(ListEntry::Item)
            .collect(),
    }
}

fn meta_key(service: &SimulatorService) -> &'static str {
    match service.options.traps.metadata_key && service.dice("collections").roll("meta", 3) == 0 {
        true => "metadata",
        false => "meta",
    }
}

/// What the list of one workspace shows.
pub(in super::super) fn of_workspace(
    service: &SimulatorService,
    workspace: &Workspace,
) -> Vec<ListEntry> {
    let dice = service.dice(&format!("collections of {}", workspace.id));
    let entries = entries(
        workspace.collections.len(),
        dice,
        &service.options.traps,
        Ids::InPaths,
    );
    let numbered = entries.into_iter().filter_map(|entry| match entry {
        ListEntry::Item(at) => workspace.collections.get(at).copied().map(ListEntry::Item),
        ListEntry::Changed(at) => workspace
            .collections
            .get(at)
            .copied()
            .map(ListEntry::Changed),
        junk @ ListEntry::Junk(_) => Some(junk),
    });
    numbered.collect()
}

fn named(
    service: &SimulatorService,
    mut entries: Vec<ListEntry>,
    name: Option<&str>,
) -> Vec<ListEntry> {
    let all = &service.team.collections;
    if let Some(name) = name {
        entries.retain(|entry| match entry {
            ListEntry::Item(at) | ListEntry::Changed(at) => all
                .get(*at)
                .is_some_and(|collection| collection.name.as_deref() == Some(name)),
            ListEntry::Junk(_) => false,
        });
    }
    entries
}

fn write(service: &SimulatorService, collection: &Collection) -> String {
    let style = service.style(&collection.id);
    // The owner is enough to tell the uid.
    let without_uid = service.options.traps.null_fields
        && collection.shows_owner
        && style.dice.roll("uid", 20) == 0;
    let mut object = JsonObject::new(style);
    object
        .text("id", &collection.id)
        .name("name", collection.name.as_deref());
    let owner = Some(collection.owner).filter(|_| collection.shows_owner);
    object.optional_id("owner", owner, IdType::Text);
    object.time("createdAt", collection.created, Unset::Absent);
    object.time("updatedAt", collection.updated, Unset::Absent);
    if !without_uid {
        object.text("uid", &collection.uid());
    }
    object.flag("isPublic", collection.is_public).close()
}

/// Who holds which role on a collection; ids are numbers here.
pub(in super::super) fn roles(service: &SimulatorService, uid: &str) -> SimulatedResponse {
    let at = service.collections.get(uid);
    let Some(collection) = at.and_then(|at| service.team.collections.get(*at)) else {
        return problem::no_collection();
    };
    let style = service.style(&format!("roles of {}", collection.id));
    match collection.answer {
        _ if !service.team.readable().roles => problem::forbidden(style.dice),
        RolesAnswer::NotFound => problem::no_collection(),
        RolesAnswer::Forbidden => problem::no_access(style.dice),
        RolesAnswer::Given => {
            SimulatedResponse::json(roles_body(service, style, &collection.roles))
        }
    }
}

fn roles_body(service: &SimulatorService, style: Style<'_>, roles: &[CollectionRole]) -> String {
    let held = |ids: fn(&CollectionRole) -> &[u64]| -> Vec<(u64, &'static str)> {
        roles
            .iter()
            .flat_map(|role| ids(role).iter().map(|id| (*id, role.role)))
            .collect()
    };
    let mut body = JsonObject::new(style);
    let groups = held(|role| &role.groups);
    for (key, groups) in group_keys(service, style.dice, &groups) {
        body.list(key, holders(style, groups));
    }
    body.list("team", holders(style, &held(|role| &role.teams)));
    body.list("user", holders(style, &held(|role| &role.users)));
    body.close()
}

fn holders(style: Style<'_>, held: &[(u64, &'static str)]) -> Vec<String> {
    let written = held.iter().map(|(id, role)| {
        let mut holder = JsonObject::new(Style {
            dice: style.dice.at(*id),
            ..style
        });
        holder
            .text("role", role)
            .id("id", *id, IdType::Number)
            .close()
    });
    written.collect()
}
