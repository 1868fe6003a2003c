//! `/workspaces` and `/workspaces/{workspaceId}`.

use super::super::answer::SimulatedResponse;
use super::super::generate::scim_id;
use super::super::json::{IdType, JsonObject, MissingNotation, Style, json_array, json_text};
use super::super::listing::ListEntry;
use super::super::problem;
use super::super::request::SimulatedRequest;
use super::super::service::SimulatorService;
use super::super::team::{Visibility, Workspace};
use super::paging::{limit_parameter, page_of};
use super::write_entries;
use std::borrow::Cow;

/// The visibilities that `type` filters by.
const FILTERS: [Visibility; 5] = [
    Visibility::Personal,
    Visibility::Team,
    Visibility::Private,
    Visibility::Public,
    Visibility::Partner,
];

/// Returns the workspaces that the key's owner can see: all at once without paging object, or a page of
/// `limit`.
pub(in super::super) fn list_workspaces(
    service: &SimulatorService,
    request: &SimulatedRequest,
) -> SimulatedResponse {
    list_pages(service, request).unwrap_or_else(|refusal| refusal)
}

fn list_pages(
    service: &SimulatorService,
    request: &SimulatedRequest,
) -> Result<SimulatedResponse, SimulatedResponse> {
    let entries = filter_entries(service, request)?;
    let limit = limit_parameter(request)?;
    let page = page_of(service, request, &entries, limit)?;
    let scim = request.query_has("include", "scim");
    let workspaces = write_entries(&page.entries, |at| {
        let workspace = service.team.workspaces.get(at)?;
        Some(brief_object(service, workspace, scim))
    });
    let mut body = JsonObject::new(service.item_style("workspaces"));
    body.raw_field("workspaces", &json_array(workspaces));
    if limit.is_some() {
        page.close(service, "workspaces", "meta", &mut body);
    }
    Ok(SimulatedResponse::json_answer(body.close()))
}

/// Returns the entries that pass the filters of the query. Unknown ids pass nothing, which is no error.
fn filter_entries<'a>(
    service: &'a SimulatorService,
    request: &SimulatedRequest,
) -> Result<Cow<'a, [ListEntry]>, SimulatedResponse> {
    let filter = WorkspaceFilter::new(service, request)?;
    if filter.passes_all() {
        return Ok(Cow::Borrowed(&service.lists.workspaces));
    }
    let passes = |entry: &&ListEntry| match entry {
        ListEntry::Item(at) | ListEntry::Changed(at) => service
            .team
            .workspaces
            .get(*at)
            .is_some_and(|workspace| filter.passes_filter(workspace)),
        ListEntry::Junk(_) => false,
    };
    Ok(service
        .lists
        .workspaces
        .iter()
        .filter(passes)
        .cloned()
        .collect())
}

struct WorkspaceFilter {
    visibility: Option<Visibility>,
    creators: Option<Vec<u64>>,
    /// The collection that must be in it; `Some(None)` is an unknown one.
    element: Option<Option<usize>>,
}

impl WorkspaceFilter {
    fn new(
        service: &SimulatorService,
        request: &SimulatedRequest,
    ) -> Result<Self, SimulatedResponse> {
        let visibility = match request.query_value("type") {
            None => None,
            Some(text) => {
                let known = FILTERS.into_iter().find(|known| known.text() == text);
                Some(known.ok_or_else(problem::bad_visibility)?)
            }
        };
        let creators = request
            .query_value("createdBy")
            .map(|list| list.split(',').map(str::parse).collect());
        let creators = creators
            .transpose()
            .map_err(|_| problem::not_an_integer("createdBy"))?;
        let element = match (
            request.query_value("elementType"),
            request.query_value("elementId"),
        ) {
            (None, None) => None,
            (Some("collection"), Some(uid)) => Some(service.collections.get(uid).copied()),
            (Some(_), Some(_)) => Some(None),
            (Some(_), None) => return Err(problem::missing_pair("elementId", "elementType")),
            (None, Some(_)) => return Err(problem::missing_pair("elementType", "elementId")),
        };
        Ok(Self {
            visibility,
            creators,
            element,
        })
    }

    fn passes_all(&self) -> bool {
        self.visibility.is_none() && self.creators.is_none() && self.element.is_none()
    }

    fn passes_filter(&self, workspace: &Workspace) -> bool {
        let creator = workspace.created_by.unwrap_or_default();
        self.visibility
            .is_none_or(|wanted| workspace.visibility == Some(wanted))
            && self
                .creators
                .as_ref()
                .is_none_or(|creators| creators.contains(&creator))
            && self
                .element
                .is_none_or(|element| element.is_some_and(|at| workspace.collections.contains(&at)))
    }
}

fn brief_object(service: &SimulatorService, workspace: &Workspace, scim: bool) -> String {
    let mut object = JsonObject::new(service.item_style(&workspace.id));
    add_common_fields(&mut object, workspace, service);
    if let Some(team) = workspace.own_team {
        let key = match service.item_draws(&workspace.id).draw_below("team key", 2) {
            0 => "team",
            _ => "teamId",
        };
        object.raw_field(key, &json_text(&team.to_string()));
    }
    if let Some(creator) = workspace.created_by.filter(|_| scim) {
        object.raw_field(
            "scim",
            &format!(
                "{{\"createdBy\":\"{}\"}}",
                scim_id(service.options.seed, creator)
            ),
        );
    }
    object.close()
}

fn add_common_fields(
    object: &mut JsonObject<'_>,
    workspace: &Workspace,
    service: &SimulatorService,
) {
    object.text_field("id", &workspace.id);
    object.name("name", workspace.name.as_deref());
    // Seen live: `type` says `team` for personal workspaces too.
    object.text_field("type", "team");
    object.optional_field(
        "visibility",
        workspace.visibility.map(Visibility::text),
        MissingNotation::Absent,
    );
    object.optional_id("createdBy", workspace.created_by, IdType::Text);
    let unset = if service.options.quirks.empty_about {
        MissingNotation::Empty
    } else {
        MissingNotation::Absent
    };
    object.optional_field("about", workspace.about.as_deref(), unset);
    object.time_field("createdAt", workspace.created, MissingNotation::Absent);
    object.time_field("updatedAt", workspace.updated, MissingNotation::Absent);
}

/// Returns one workspace with its content; empty lists are left out (seen live).
pub(in super::super) fn get_workspace(
    service: &SimulatorService,
    id: &str,
    request: &SimulatedRequest,
) -> SimulatedResponse {
    let Some(workspace) = service.find_workspace(id) else {
        return problem::no_workspace();
    };
    let unwrapped =
        service.options.quirks.unwrapped && service.item_draws(id).draw_below("unwrapped", 2) == 0;
    let workspace = whole_object(service, workspace, request, unwrapped);
    SimulatedResponse::json_answer(if unwrapped {
        workspace
    } else {
        format!("{{\"workspace\":{workspace}}}")
    })
}

fn whole_object(
    service: &SimulatorService,
    workspace: &Workspace,
    request: &SimulatedRequest,
    unwrapped: bool,
) -> String {
    let style = service.item_style(&workspace.id);
    let mut object = JsonObject::new(style);
    add_common_fields(&mut object, workspace, service);
    object.optional_field(
        "description",
        workspace.about.as_deref(),
        MissingNotation::Null,
    );
    object.optional_id("updatedBy", workspace.created_by, IdType::Text);
    if request.query_has("include", "team") {
        let key = if unwrapped { "teamId" } else { "team" };
        let team = if workspace.is_personal() {
            "null".to_owned()
        } else {
            json_text(&workspace.own_team.unwrap_or(service.team.id).to_string())
        };
        object.raw_field(key, &team);
    }
    if !workspace.collections.is_empty() {
        object.raw_field(
            "collections",
            &json_array(workspace_collections(service, workspace, style)),
        );
    }
    if let Some(creator) = workspace
        .created_by
        .filter(|_| request.query_has("include", "scim"))
    {
        let id = scim_id(service.options.seed, creator);
        object.raw_field(
            "scim",
            &format!("{{\"createdBy\":\"{id}\",\"updatedBy\":\"{id}\"}}"),
        );
    }
    object.close()
}

fn workspace_collections(
    service: &SimulatorService,
    workspace: &Workspace,
    style: Style<'_>,
) -> Vec<String> {
    let collections = workspace
        .collections
        .iter()
        .filter_map(|at| service.team.collections.get(*at));
    let written = collections.map(|collection| {
        let mut object = JsonObject::new(style);
        object
            .text_field("id", &collection.id)
            .name("name", collection.name.as_deref());
        object.text_field("uid", &collection.uid()).close()
    });
    written.collect()
}
