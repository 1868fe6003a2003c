//! `/scim/v2/Users` and `/scim/v2/Groups`.

use super::super::answer::{SCIM, SimulatedResponse};
use super::super::generate::scim_id;
use super::super::json::{JsonObject, Unset, array, quoted};
use super::super::listing::ListEntry;
use super::super::problem;
use super::super::request::SimulatedRequest;
use super::super::service::SimulatorService;
use super::super::team::{ScimAccount, TeamGroup};
use super::paging::{integer, most};
use super::written;

/// Most entries of one page, and the usual number.
const PAGE: usize = 100;

/// A key that does not open SCIM.
pub(in super::super) fn wrong_key() -> SimulatedResponse {
    problem::scim(
        401,
        "Unable to access the team. Check if you have entered a valid API key.",
    )
}

/// The accounts of the single sign-on, those that are switched off included.
pub(in super::super) fn users(
    service: &SimulatorService,
    request: &SimulatedRequest,
) -> SimulatedResponse {
    let accounts = &service.team.scim;
    let Some(filter) = ScimFilter::of(request, &["userName", "active"]) else {
        return unsupported();
    };
    let passes = |entry: &&ListEntry| match entry {
        ListEntry::Item(at) | ListEntry::Changed(at) => accounts
            .get(*at)
            .is_some_and(|account| filter.passes_account(account)),
        ListEntry::Junk(_) => filter == ScimFilter::All,
    };
    let entries: Vec<ListEntry> = service.lists.scim.iter().filter(passes).cloned().collect();
    answer(service, request, &entries, |at| {
        accounts.get(at).map(|account| write(service, account))
    })
}

/// The groups as the single sign-on knows them.
pub(in super::super) fn groups(
    service: &SimulatorService,
    request: &SimulatedRequest,
) -> SimulatedResponse {
    let groups = &service.team.groups;
    let Some(filter) = ScimFilter::of(request, &["displayName"]) else {
        return unsupported();
    };
    let shown = (0..groups.len()).filter(|at| {
        groups
            .get(*at)
            .is_some_and(|group| filter.passes_group(group))
    });
    let entries: Vec<ListEntry> = shown.map(ListEntry::Item).collect();
    answer(service, request, &entries, |at| {
        groups.get(at).map(|group| write_group(service, group))
    })
}

fn unsupported() -> SimulatedResponse {
    problem::scim(400, "The filter is not supported.")
}

#[derive(PartialEq, Eq)]
enum ScimFilter {
    All,
    Equal { attribute: String, value: String },
}

impl ScimFilter {
    /// Reads `attribute eq "value"`; `None` where it is anything else.
    fn of(request: &SimulatedRequest, attributes: &[&str]) -> Option<Self> {
        let Some(text) = request.query("filter") else {
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

fn answer(
    service: &SimulatorService,
    request: &SimulatedRequest,
    entries: &[ListEntry],
    write: impl Fn(usize) -> Option<String>,
) -> SimulatedResponse {
    if !service.team.readable().scim {
        return problem::scim(403, "SCIM provisioning is not available for your team.");
    }
    let (Ok(start), Ok(count)) = (
        integer(request, "startIndex", 1),
        integer(request, "count", 0),
    ) else {
        return problem::scim(400, "The startIndex or count parameter is invalid.");
    };
    let start = start.unwrap_or(1);
    let count = count.unwrap_or(PAGE).min(PAGE).min(most(service));
    let rest = entries.get(start - 1..).unwrap_or_default();
    let resources = written(rest.get(..count).unwrap_or(rest), write);
    let mut body = JsonObject::new(service.style("scim"));
    body.raw(
        "schemas",
        r#"["urn:ietf:params:scim:api:messages:2.0:ListResponse"]"#,
    );
    body.raw("totalResults", &entries.len().to_string())
        .raw("startIndex", &start.to_string());
    body.raw("itemsPerPage", &resources.len().to_string())
        .raw("Resources", &array(resources));
    SimulatedResponse::new(200, SCIM, body.close())
}

fn write(service: &SimulatorService, account: &ScimAccount) -> String {
    let style = service.style(&account.id);
    let mut object = JsonObject::new(style);
    object.raw(
        "schemas",
        r#"["urn:ietf:params:scim:schemas:core:2.0:User"]"#,
    );
    object
        .text("id", &account.id)
        .text("userName", &account.user_name);
    if account.given.is_some() || account.family.is_some() {
        let mut name = JsonObject::new(style);
        name.optional("givenName", account.given, Unset::Absent);
        name.optional("familyName", account.family, Unset::Absent);
        object.raw("name", &name.close());
    }
    object.optional("externalId", account.external_id.as_deref(), Unset::Absent);
    object.flag("active", account.active);
    let mut meta = JsonObject::new(style);
    meta.text("resourceType", "User");
    meta.time("created", account.created, Unset::Absent).time(
        "lastModified",
        account.modified,
        Unset::Absent,
    );
    object.raw("meta", &meta.close()).close()
}

/// Members are the accounts' ids.
fn write_group(service: &SimulatorService, group: &TeamGroup) -> String {
    let id = |id| quoted(&scim_id(service.options.seed, id));
    let members = group
        .members
        .iter()
        .map(|member| format!("{{\"value\":{},\"display\":\"\"}}", id(*member)));
    let mut object = JsonObject::new(service.style("scim group"));
    object
        .raw(
            "schemas",
            r#"["urn:ietf:params:scim:schemas:core:2.0:Group"]"#,
        )
        .raw("id", &id(group.id));
    object.text("displayName", group.name.as_deref().unwrap_or_default());
    object
        .raw("members", &array(members))
        .raw("meta", r#"{"resourceType":"Group"}"#)
        .close()
}
