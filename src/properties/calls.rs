//! Every call that reads an answer, and a good answer to each.

use crate::PostmanConnector;
use connector_sdk::Connector;
use connector_sdk::connector::GivenId;
use connector_sdk::error::Error;
use connector_sdk::model::{Page, Resource};
use http::{HeaderMap, Request, Response};
use serde_json::{Value, json};

/// The call of the connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectorQuery {
    /// Resources of a type, under a parent.
    Resources(Option<GivenId<'static>>),
    /// Grants on one resource.
    Grants(&'static str),
    /// The entitlements on a type.
    Entitlements,
    /// The check of the credential.
    Validate,
}

/// One call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestedCall {
    /// The type of resource that it is about.
    pub of: &'static str,
    /// The call.
    pub ask: ConnectorQuery,
    /// The field of the answer that its items stand in.
    pub list: &'static str,
    /// The path of the request.
    pub path: &'static str,
}

const UNDER_TEAM: ConnectorQuery = ConnectorQuery::Resources(Some(("team", "5150")));
const UNDER_REPORT: ConnectorQuery = ConnectorQuery::Resources(Some(("analytics-report", "5150")));

const fn call(
    of: &'static str,
    ask: ConnectorQuery,
    list: &'static str,
    path: &'static str,
) -> TestedCall {
    TestedCall {
        of,
        ask,
        list,
        path,
    }
}

/// Every call that reads an answer.
pub const CALLS: [TestedCall; 18] = [
    call("user", UNDER_TEAM, "data", "/users"),
    call("group", UNDER_TEAM, "data", "/groups"),
    call("workspace", UNDER_TEAM, "workspaces", "/workspaces?"),
    call(
        "collection",
        ConnectorQuery::Resources(Some(("workspace", "w1"))),
        "collections",
        "/collections?",
    ),
    call(
        "collection-access-key",
        UNDER_TEAM,
        "data",
        "/collection-access-keys",
    ),
    call("scim-account", UNDER_TEAM, "Resources", "/scim/v2/Users?"),
    call("scim-group", UNDER_TEAM, "Resources", "/scim/v2/Groups?"),
    call("activity", UNDER_REPORT, "rows", "/analytics?"),
    call("invitation", UNDER_REPORT, "rows", "/analytics?"),
    call(
        "audit-event",
        ConnectorQuery::Resources(None),
        "trails",
        "/audit/logs?",
    ),
    call(
        "workspace",
        ConnectorQuery::Grants("w1"),
        "roles",
        "/workspaces/w1/roles",
    ),
    call(
        "collection",
        ConnectorQuery::Grants("1-c"),
        "user",
        "/collections/1-c/roles",
    ),
    call(
        "group",
        ConnectorQuery::Grants("771"),
        "managers",
        "/groups/771",
    ),
    call("analytics-report", UNDER_TEAM, "", "/analytics?"),
    call("analytics-report", UNDER_TEAM, "", "/accounts"),
    call("team", ConnectorQuery::Resources(None), "", "/me"),
    call(
        "workspace",
        ConnectorQuery::Entitlements,
        "",
        "/workspaces-roles",
    ),
    call("team", ConnectorQuery::Validate, "", "/me"),
];

/// Those whose answer is a list of items that stand for themselves.
pub const LISTS: usize = 12;

/// Makes the call, every request of which gets this answer; entitlements and tenant as a page of them.
pub fn answered(
    call: &TestedCall,
    cursor: Option<&str>,
    answer: &(u16, HeaderMap, Vec<u8>),
) -> Result<Page, Error> {
    ask(call, cursor, &|_, request: Request<()>| {
        if let Some(aside) = known_answer(call, &request) {
            return Ok(Response::new(aside.to_vec()));
        }
        let (status, headers, body) = answer;
        let mut response = Response::new(body.clone());
        *response.status_mut() = http::StatusCode::from_u16(*status).unwrap_or_default();
        *response.headers_mut() = headers.clone();
        Ok(response)
    })
}

/// The answer of `/me`, if a call asks for it beside its own answer: a key whose owner is in no
/// list.
const OWNER: &[u8] = br#"{"user":{"id":7,"username":"","email":"","teamId":5150},"operations":[]}"#;

/// Answers that a call asks for beside its own, by type and path.
const ASIDES: [(&str, &str, &[u8]); 3] = [
    ("activity", "/users", br#"{"data":[]}"#),
    (
        "analytics-report",
        "/accounts",
        br#"{"slots":{"total":9,"consumed":7}}"#,
    ),
    ("analytics-report", "/analytics", br#"{"data":{"rows":[]}}"#),
];

/// Returns the answer to a request that is not the one whose answer the call reads.
fn known_answer(call: &TestedCall, request: &Request<()>) -> Option<&'static [u8]> {
    let path = request.uri().path();
    if path == call.path.trim_end_matches('?') {
        return None;
    }
    let mut asides = ASIDES.iter();
    let known = asides.find(|(of, aside, _)| *of == call.of && *aside == path);
    let known = known.map(|(.., answer)| *answer);
    known.or_else(|| (path == "/me").then_some(OWNER))
}

/// Makes the call with a provider of one's own.
pub fn ask(
    call: &TestedCall,
    cursor: Option<&str>,
    transport: &impl connector_sdk::transport::Transport,
) -> Result<Page, Error> {
    match call.ask {
        ConnectorQuery::Resources(parent) => {
            PostmanConnector::list_resources(transport, call.of, parent, cursor)
        }
        ConnectorQuery::Grants(id) => {
            PostmanConnector::list_grants(transport, (call.of, id), cursor)
        }
        ConnectorQuery::Entitlements => PostmanConnector::list_entitlements(transport, call.of)
            .map(|list| Page {
                entitlements: list.entitlements,
                notices: list.notices,
                rate_limit: list.rate_limit,
                ..Page::default()
            }),
        ConnectorQuery::Validate => PostmanConnector::validate(transport).map(|tenant| Page {
            resources: vec![
                Resource::listed(tenant.id, tenant.display_name),
                Resource::listed(tenant.credential_owner, tenant.credential_owner_name),
            ],
            notices: tenant.notices,
            rate_limit: tenant.rate_limit,
            ..Page::default()
        }),
    }
}

/// Returns a good item of a list, one for each number.
pub fn item(call: &TestedCall, number: u16) -> Value {
    let n = u64::from(number) + 1;
    let role = ["admin", "user", "billing", "member", "seat-auditor"][usize::from(number % 5)];
    let visibility =
        ["team", "public", "personal", "private", "partner", "odd"][usize::from(number % 6)];
    match (call.of, call.ask) {
        ("user", _) => json!({"id": n, "name": format!("N {n}"), "username": format!("u{n}"),
            "email": format!("u{n}@example.com"), "roles": [role], "joinedAt": "2023-02-01T09:15:20.000Z"}),
        ("group", ConnectorQuery::Resources(_)) => {
            json!({"id": n, "name": "g", "summary": "s", "createdBy": 7,
            "createdAt": "2024-04-08T10:00:05Z", "members": [n, "2"], "roles": [role]})
        }
        ("workspace", ConnectorQuery::Resources(_)) => json!({"id": format!("w{n}"), "name": "w",
            "visibility": visibility, "createdBy": "7", "about": "a", "createdAt": "2022-08-01T06:57:37Z"}),
        ("collection", ConnectorQuery::Resources(_)) => {
            json!({"id": format!("c{n}"), "uid": format!("7-c{n}"),
            "owner": "7", "name": "c", "isPublic": true, "updatedAt": "2023-04-01T12:00:00Z"})
        }
        ("collection-access-key", _) => json!({"id": format!("k{n}="), "status": "ACTIVE",
            "userId": 7, "collectionId": format!("7-c{n}"), "expiresAfter": "2024-06-11T13:21:11Z"}),
        ("scim-group", _) => {
            json!({"id": format!("g{n}"), "displayName": "G", "externalId": "E",
            "members": [{"value": format!("a{n}"), "display": "A"}],
            "meta": {"created": "2023-02-01T09:00:00Z"}})
        }
        ("scim-account", _) => {
            json!({"id": format!("a{n}"), "userName": format!("u{n}@example.com"),
            "name": {"givenName": "G", "familyName": "F"}, "externalId": "E", "active": false,
            "meta": {"created": "2023-02-01T09:00:00Z"}})
        }
        ("activity", _) => {
            json!({"id": n, "user_name": format!("N {n}"), "email": format!("u{n}@example.com"),
            "added_in_team": "2023-02-01", "last_active": "2024-02-01T09:15:20Z", "invited_by": "N 1",
            "invite_type": "email", "user_role": role})
        }
        ("invitation", _) => {
            json!({"id": format!("i{n}="), "email_id": format!("u{n}@example.com"),
            "timestamp": "2023-02-01T09:15:20Z", "invited_by": "N 1", "workspace_id": format!("w{n}")})
        }
        ("audit-event", _) => json!({"id": n, "action": "workspace.update_user_roles",
            "timestamp": "2023-02-01T09:15:20.000Z", "data": {"workspace": {"id": format!("w{n}")}}}),
        ("workspace", _) => json!({"id": n.to_string(), "displayName": "R", "user": [n, "2"],
            "group": ["771"], "partner": ["60220011"]}),
        ("collection", _) => {
            json!({"id": n, "role": if number.is_multiple_of(2) { "VIEWER" } else { "OWNER" }})
        }
        _ => json!(n),
    }
}

/// Returns an answer that holds these items.
pub fn body(call: &TestedCall, items: &[Value]) -> Value {
    match (call.of, call.ask) {
        ("team", _) => json!({"user": {"id": 7, "username": "u", "email": "u@example.com",
            "fullName": "N", "teamId": 5150, "teamName": "T", "teamDomain": "d", "roles": ["admin"]},
            "operations": [{"name": "api_usage", "limit": 1000, "usage": 10.5}]}),
        ("analytics-report", _) if call.path == "/accounts" => {
            json!({"data": {"slots": {"total": 9, "consumed": 7, "unbilled": 1}}})
        }
        ("analytics-report", _) => {
            json!({"data": {"summary": {"schema": {"columns": [{"name": "date"},
            "team_members", "unused_licenses", "user_id", "timestamp"]}, "rows": [["2024-02-01", 7, 2, 60, "2024-02-01"]]}}})
        }
        ("activity" | "invitation", _) => {
            json!({"data": {"detailed": {"schema": {"columns": ["id"]}, "rows": items}}})
        }
        (_, ConnectorQuery::Entitlements) => {
            json!({"roles": {"user": [{"id": "1", "displayName": "Viewer",
            "description": "d"}, {"id": "9"}], "partner": [{"id": "5", "displayName": "Editor"}]}})
        }
        ("group", ConnectorQuery::Grants(_)) => json!({"id": 771, "managers": items}),
        ("scim-account" | "scim-group", _) => {
            json!({"Resources": items, "totalResults": items.len()})
        }
        _ => json!({call.list: items}),
    }
}
