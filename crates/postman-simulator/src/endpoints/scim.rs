//! `/scim/v2/Users` and `/scim/v2/Groups`.

use super::super::answer::{SCIM, SimulatedResponse};
use super::super::generate::scim_id;
use super::super::json::{JsonObject, MissingNotation, json_array, json_text};
use super::super::listing::ListEntry;
use super::super::problem;
use super::super::request::SimulatedRequest;
use super::super::service::SimulatorService;
use super::super::team::{ScimAccount, TeamGroup};
use super::paging::{integer_parameter, page_limit};
use super::write_entries;

/// Most entries of one page, and the usual number.
const PAGE: usize = 100;

/// Returns a key that does not open SCIM.
pub(in super::super) fn wrong_key() -> SimulatedResponse {
    problem::scim_error(
        401,
        "Unable to access the team. Check if you have entered a valid API key.",
    )
}

/// Returns the accounts of the single sign-on, those that are switched off included.
pub(in super::super) fn list_users(
    service: &SimulatorService,
    request: &SimulatedRequest,
) -> SimulatedResponse {
    let accounts = &service.team.scim;
    let Some(filter) = ScimFilter::from_request(request, &["userName", "active"]) else {
        return unsupported_filter();
    };
    let passes = |entry: &&ListEntry| match entry {
        ListEntry::Item(at) | ListEntry::Changed(at) => accounts
            .get(*at)
            .is_some_and(|account| filter.passes_account(account)),
        ListEntry::Junk(_) => filter == ScimFilter::All,
    };
    let entries: Vec<ListEntry> = service.lists.scim.iter().filter(passes).cloned().collect();
    list_answer(service, request, &entries, |at| {
        accounts.get(at).map(|account| write(service, account))
    })
}

/// Returns the groups of the single sign-on.
pub(in super::super) fn list_groups(
    service: &SimulatorService,
    request: &SimulatedRequest,
) -> SimulatedResponse {
    let groups = &service.team.groups;
    let Some(filter) = ScimFilter::from_request(request, &["displayName"]) else {
        return unsupported_filter();
    };
    let shown = (0..groups.len()).filter(|at| {
        groups
            .get(*at)
            .is_some_and(|group| filter.passes_group(group))
    });
    let entries: Vec<ListEntry> = shown.map(ListEntry::Item).collect();
    list_answer(service, request, &entries, |at| {
        groups.get(at).map(|group| write_group(service, group))
    })
}

fn unsupported_filter() -> SimulatedResponse {
    problem::scim_error(400, "The filter is not supported.")
}

#[derive(PartialEq, Eq)]
enum ScimFilter {
    All,
    Equal { attribute: String, value: String },
}

impl ScimFilter {
    /// Reads `attribute eq "value"`; `None` where it is anything else.
    fn from_request(request: &SimulatedRequest, attributes: &[&str]) -> Option<Self> {
        let Some(text) = request.query_value("filter") else {
            return Some(Self::All);
        };
        let (attribute, value) = text.split_once(" eq ")?;
        let value = value.strip_prefix('"')?.strip_suffix('"')?.to_owned();
        let known = attributes.contains(&attribute);
        known.then(|| Self::Equal {
            attribute: attribute.to_owned(),
            value,
        })
    }

    fn passes_account(&self, account: &ScimAccount) -> bool {
        match self {
            Self::All => true,
            Self::Equal { attribute, value } if attribute == "active" => account
                .active
                .is_some_and(|active| active.to_string() == *value),
            Self::Equal { value, .. } => account.user_name == *value,
        }
    }

    fn passes_group(&self, group: &TeamGroup) -> bool {
        match self {
            Self::All => true,
            Self::Equal { value, .. } => group.name.as_deref() == Some(value),
        }
    }
}

fn list_answer(
    service: &SimulatorService,
    request: &SimulatedRequest,
    entries: &[ListEntry],
    write: impl Fn(usize) -> Option<String>,
) -> SimulatedResponse {
    if !service.team.readable_workspaces().scim {
        return problem::scim_error(403, "SCIM provisioning is not available for your team.");
    }
    let (Ok(start), Ok(count)) = (
        integer_parameter(request, "startIndex", 1),
        integer_parameter(request, "count", 0),
    ) else {
        return problem::scim_error(400, "The startIndex or count parameter is invalid.");
    };
    let start = start.unwrap_or(1);
    let count = count.unwrap_or(PAGE).min(PAGE).min(page_limit(service));
    let rest = entries.get(start - 1..).unwrap_or_default();
    let resources = write_entries(rest.get(..count).unwrap_or(rest), write);
    let mut body = JsonObject::new(service.item_style("scim"));
    body.raw_field(
        "schemas",
        r#"["urn:ietf:params:scim:api:messages:2.0:ListResponse"]"#,
    );
    body.raw_field("totalResults", &entries.len().to_string())
        .raw_field("startIndex", &start.to_string());
    body.raw_field("itemsPerPage", &resources.len().to_string())
        .raw_field("Resources", &json_array(resources));
    SimulatedResponse::new(200, SCIM, body.close())
}

fn write(service: &SimulatorService, account: &ScimAccount) -> String {
    let style = service.item_style(&account.id);
    let mut object = JsonObject::new(style);
    object.raw_field(
        "schemas",
        r#"["urn:ietf:params:scim:schemas:core:2.0:User"]"#,
    );
    object
        .text_field("id", &account.id)
        .text_field("userName", &account.user_name);
    if account.given.is_some() || account.family.is_some() {
        let mut name = JsonObject::new(style);
        name.optional_field("givenName", account.given, MissingNotation::Absent);
        name.optional_field("familyName", account.family, MissingNotation::Absent);
        object.raw_field("name", &name.close());
    }
    object.optional_field(
        "externalId",
        account.external_id.as_deref(),
        MissingNotation::Absent,
    );
    object.flag_field("active", account.active);
    let mut meta = JsonObject::new(style);
    meta.text_field("resourceType", "User");
    meta.time_field("created", account.created, MissingNotation::Absent)
        .time_field("lastModified", account.modified, MissingNotation::Absent);
    object.raw_field("meta", &meta.close()).close()
}

/// Members are the accounts' ids.
fn write_group(service: &SimulatorService, group: &TeamGroup) -> String {
    let id = |id| json_text(&scim_id(service.options.seed, id));
    let members = group
        .members
        .iter()
        .map(|member| format!("{{\"value\":{},\"display\":\"\"}}", id(*member)));
    let mut object = JsonObject::new(service.item_style("scim group"));
    object
        .raw_field(
            "schemas",
            r#"["urn:ietf:params:scim:schemas:core:2.0:Group"]"#,
        )
        .raw_field("id", &id(group.id));
    object.text_field("displayName", group.name.as_deref().unwrap_or_default());
    object
        .raw_field("members", &json_array(members))
        .raw_field("meta", r#"{"resourceType":"Group"}"#)
        .close()
}
