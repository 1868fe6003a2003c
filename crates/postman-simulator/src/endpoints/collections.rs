//! `/collections` and `/collections/{collectionId}/roles`.

use super::super::answer::SimulatedResponse;
use super::super::json::{IdType, JsonObject, MissingNotation, Style, json_array};
use super::super::listing::{Ids, ListEntry, entries};
use super::super::problem;
use super::super::request::SimulatedRequest;
use super::super::service::SimulatorService;
use super::super::team::{Collection, CollectionRole, RolesAnswer, Workspace};
use super::paging::page_limit;
use super::roles::group_keys;
use super::write_entries;

/// Collections of a workspace, or of all that can be seen; an unknown workspace has none.
pub(in super::super) fn list_collections(
    service: &SimulatorService,
    request: &SimulatedRequest,
) -> SimulatedResponse {
    list_pages(service, request).unwrap_or_else(|refusal| refusal)
}

fn list_pages(
    service: &SimulatorService,
    request: &SimulatedRequest,
) -> Result<SimulatedResponse, SimulatedResponse> {
    let limit = read_parameter(
        request,
        "limit",
        "positive integer smaller than 100",
        |limit| (1..100).contains(&limit),
    )?;
    let offset = read_parameter(request, "offset", "non-negative integer", |_| true)?;
    let offset = offset.unwrap_or_default();
    let entries = filter_by_name(
        service,
        shown_to(service, request),
        request.query_value("name"),
    );
    let rest = entries.get(offset..).unwrap_or_default();
    let length = limit.map_or(rest.len(), |limit| limit.min(page_limit(service)));
    let shown = rest.get(..length).unwrap_or(rest);
    let all = &service.team.collections;
    let collections = write_entries(shown, |at| {
        all.get(at).map(|collection| write(service, collection))
    });
    let mut body = JsonObject::new(service.item_style("collections"));
    body.raw_field("collections", &json_array(collections));
    if let Some(limit) = limit {
        let total = entries.len();
        let meta = format!("{{\"total\":{total},\"offset\":{offset},\"limit\":{limit}}}");
        body.raw_field(meta_key(service), &meta);
    }
    Ok(SimulatedResponse::json_answer(body.close()))
}

/// Returns a number in the query, which has to be as it is `wanted`. What `limit` takes is seen live.
fn read_parameter(
    request: &SimulatedRequest,
    name: &str,
    wanted: &str,
    is_taken: fn(usize) -> bool,
) -> Result<Option<usize>, SimulatedResponse> {
    let number = request.query_value(name).map(|text| text.parse().ok());
    match number {
        None => Ok(None),
        Some(Some(number)) if is_taken(number) => Ok(Some(number)),
        Some(_) => Err(problem::invalid_parameter(name, wanted)),
    }
}

/// Returns the entries of the workspace that is asked for, or of all.
fn shown_to(service: &SimulatorService, request: &SimulatedRequest) -> Vec<ListEntry> {
    match request.query_value("workspace") {
        Some(id) => service
            .find_workspace(id)
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
    if service.options.quirks.metadata_key
        && service.item_draws("collections").draw_below("meta", 3) == 0
    {
        "metadata"
    } else {
        "meta"
    }
}

/// Returns the entries of one workspace's list.
pub(in super::super) fn of_workspace(
    service: &SimulatorService,
    workspace: &Workspace,
) -> Vec<ListEntry> {
    let draws = service.item_draws(&format!("collections of {}", workspace.id));
    let entries = entries(
        workspace.collections.len(),
        draws,
        &service.options.quirks,
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

fn filter_by_name(
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
    let style = service.item_style(&collection.id);
    // The owner is enough to derive the uid.
    let without_uid = service.options.quirks.null_fields
        && collection.shows_owner
        && style.draws.draw_below("uid", 20) == 0;
    let mut object = JsonObject::new(style);
    object
        .text_field("id", &collection.id)
        .name("name", collection.name.as_deref());
    let owner = Some(collection.owner).filter(|_| collection.shows_owner);
    object.optional_id("owner", owner, IdType::Text);
    object.time_field("createdAt", collection.created, MissingNotation::Absent);
    object.time_field("updatedAt", collection.updated, MissingNotation::Absent);
    if !without_uid {
        object.text_field("uid", &collection.uid());
    }
    object.flag_field("isPublic", collection.is_public).close()
}

/// Returns the roles on a collection with their principals; ids are numbers here.
pub(in super::super) fn collection_roles(
    service: &SimulatorService,
    uid: &str,
) -> SimulatedResponse {
    let at = service.collections.get(uid);
    let Some(collection) = at.and_then(|at| service.team.collections.get(*at)) else {
        return problem::no_collection();
    };
    let style = service.item_style(&format!("roles of {}", collection.id));
    match collection.answer {
        _ if !service.team.readable_workspaces().roles => problem::forbidden_answer(style.draws),
        RolesAnswer::NotFound => problem::no_collection(),
        RolesAnswer::Forbidden => problem::no_access(style.draws),
        RolesAnswer::Given => {
            SimulatedResponse::json_answer(roles_body(service, style, &collection.roles))
        }
    }
}

fn roles_body(service: &SimulatorService, style: Style<'_>, roles: &[CollectionRole]) -> String {
    let principals = |ids: fn(&CollectionRole) -> &[u64]| -> Vec<(u64, &'static str)> {
        roles
            .iter()
            .flat_map(|role| ids(role).iter().map(|id| (*id, role.role)))
            .collect()
    };
    let mut body = JsonObject::new(style);
    let groups = principals(|role| &role.groups);
    for (key, groups) in group_keys(service, style.draws, &groups) {
        body.list_field(key, role_principals(style, groups));
    }
    body.list_field(
        "team",
        role_principals(style, &principals(|role| &role.teams)),
    );
    body.list_field(
        "user",
        role_principals(style, &principals(|role| &role.users)),
    );
    body.close()
}

fn role_principals(style: Style<'_>, principals: &[(u64, &'static str)]) -> Vec<String> {
    let written = principals.iter().map(|(id, role)| {
        let mut principal = JsonObject::new(Style {
            draws: style.draws.at_index(*id),
            ..style
        });
        principal
            .text_field("role", role)
            .id("id", *id, IdType::Number)
            .close()
    });
    written.collect()
}
