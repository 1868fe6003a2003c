//! One call of the built component, answered from a table instead of a network.

use std::sync::Arc;

use connector_host::CallLimits;
use connector_host::records::ResourceId;
use connector_host::runtime::{BoxFuture, CallClock, HttpClient, HttpError, HttpRequest, Response};
use serde_json::Value;

use crate::postman::connector;
use crate::result::Outcome;

/// The team, a workspace and so on that the recorded answers are about.
const TEAM: (&str, &str) = ("team", "5150");
const REPORT: (&str, &str) = ("analytics-report", "5150");
const GROUP: (&str, &str) = ("group", "771");
const WORKSPACE: (&str, &str) = ("workspace", "6d1c2f70-5a11-4f0e-8b1d-30c1a5b0e001");
const COLLECTION: (&str, &str) = (
    "collection",
    "40118822-0c7b21aa-77f4-4c39-9d5b-5b8ac1f0d101",
);

/// A call of the contract.
#[derive(Clone, Copy)]
pub enum Call {
    Validate,
    Entitlements(&'static str),
    List(&'static str, Option<(&'static str, &'static str)>),
    /// The second page of the list of teams, which shows those of an organization.
    SubTeams,
    Grants((&'static str, &'static str)),
}

/// Each table's name, the recorded answer that it distorts, the path that gives the answer, and the
/// call that asks for it.
pub const CASES: [(&str, &str, &str, Call); 20] = [
    ("validate", "me", "/me", Call::Validate),
    ("me", "me", "/me", Call::List("team", None)),
    ("sub-teams", "teams", "/teams", Call::SubTeams),
    ("users", "users", "/users", Call::List("user", Some(TEAM))),
    (
        "groups",
        "groups",
        "/groups",
        Call::List("group", Some(TEAM)),
    ),
    ("group", "group", "/groups/771", Call::Grants(GROUP)),
    (
        "workspaces",
        "workspaces",
        "/workspaces",
        Call::List("workspace", Some(TEAM)),
    ),
    (
        "teams",
        "teams",
        "/teams",
        Call::List("workspace", Some(TEAM)),
    ),
    (
        "workspace-roles",
        "workspace-roles",
        "/workspaces/6d1c2f70-5a11-4f0e-8b1d-30c1a5b0e001/roles",
        Call::Grants(WORKSPACE),
    ),
    (
        "workspaces-roles",
        "workspaces-roles",
        "/workspaces-roles",
        Call::Entitlements("workspace"),
    ),
    (
        "collections",
        "collections",
        "/collections",
        Call::List("collection", Some(WORKSPACE)),
    ),
    (
        "collection-roles",
        "collection-roles",
        "/collections/40118822-0c7b21aa-77f4-4c39-9d5b-5b8ac1f0d101/roles",
        Call::Grants(COLLECTION),
    ),
    (
        "collection-access-keys",
        "collection-access-keys",
        "/collection-access-keys",
        Call::List("collection-access-key", Some(TEAM)),
    ),
    (
        "scim-users",
        "scim-users",
        "/scim/v2/Users",
        Call::List("scim-account", Some(TEAM)),
    ),
    (
        "scim-groups",
        "scim-groups",
        "/scim/v2/Groups",
        Call::List("scim-group", Some(TEAM)),
    ),
    (
        "analytics-report",
        "analytics",
        "/analytics",
        Call::List("analytics-report", Some(TEAM)),
    ),
    (
        "accounts",
        "accounts",
        "/accounts",
        Call::List("analytics-report", Some(TEAM)),
    ),
    (
        "activities",
        "members",
        "/analytics",
        Call::List("activity", Some(REPORT)),
    ),
    (
        "invitations",
        "pending-invites",
        "/analytics",
        Call::List("invitation", Some(REPORT)),
    ),
    (
        "audit-events",
        "audit-logs",
        "/audit/logs",
        Call::List("audit-event", None),
    ),
];

/// The owner of the key, who stands in the recorded user list, where that list is what is distorted.
const OWNER: &str = r#"{"user":{"id":40118822,"username":"noor-haddad","teamId":5150,"roles":["user"]},"operations":[]}"#;

/// The users whose addresses stand in the recorded activity.
const USERS: &str = r#"{"data":[{"id":40118822,"email":"noor.haddad@example.com"},{"id":40118823,"email":"ola.berg@example.com"}]}"#;

/// Answers one path with one body. `validate` asks for groups too, of which there are none, a list of
/// users for the key's owner, and a list of workspaces for the teams of an organization, which this one is not.
struct Answering {
    path: &'static str,
    body: String,
}

impl HttpClient for Answering {
    fn get<'a>(
        &'a self,
        request: HttpRequest,
        _clock: &'a CallClock,
    ) -> BoxFuture<'a, Result<Response, HttpError>> {
        let path = request
            .path_with_query
            .split('?')
            .next()
            .unwrap_or_default();
        let body = match path {
            path if path == self.path => self.body.clone(),
            "/groups" | "/teams" => r#"{"data":[]}"#.to_owned(),
            "/me" => OWNER.to_owned(),
            "/workspaces" => r#"{"workspaces":[{"id":"w1","visibility":"team"}]}"#.to_owned(),
            "/users" => USERS.to_owned(),
            "/analytics" => r#"{"data":{"summary":{"rows":[]}}}"#.to_owned(),
            "/accounts" => r#"{"slots":{"total":3,"consumed":2}}"#.to_owned(),
            SCIM => return Box::pin(async { Err(HttpError::NoCredential) }),
            other => panic!("{other} was asked for"),
        };
        let response = Response {
            status: 200,
            headers: vec![("content-type".to_owned(), b"application/json".to_vec())],
            body: body.into_bytes(),
            endpoint: None,
        };
        Box::pin(async { Ok(response) })
    }
}

/// Asked to learn whether the tenant has a key for SCIM.
const SCIM: &str = "/scim/v2/Users";

/// Half a surrogate pair, as an escape: written for each U+FFFD.
const HALF: &str = r"\ud83d";

/// Returns the component's result for a body at a path.
pub async fn ask(path: &'static str, call: Call, body: &Value) -> Outcome {
    let connector = connector().await;
    let limits = CallLimits::default();
    let http = Arc::new(Answering {
        path,
        body: body.to_string().replace(char::REPLACEMENT_CHARACTER, HALF),
    });
    match call {
        Call::Validate => Outcome::of(connector.validate(http, &limits).await.result),
        Call::Entitlements(of) => {
            Outcome::of(connector.list_entitlements(http, &limits, of).await.result)
        }
        Call::List(of, parent) => {
            let parent = parent.map(id);
            let called = connector.list_resources(http, &limits, of, parent.as_ref(), None);
            Outcome::of(called.await.result)
        }
        Call::SubTeams => {
            let root = connector.list_resources(http.clone(), &limits, "team", None, None);
            let next = root.await.result.expect("the root").next_page_token;
            let called = connector.list_resources(http, &limits, "team", None, next.as_deref());
            Outcome::of(called.await.result)
        }
        Call::Grants(of) => Outcome::of(
            connector
                .list_grants(http, &limits, &id(of), None)
                .await
                .result,
        ),
    }
}

fn id((resource_type, id): (&str, &str)) -> ResourceId {
    ResourceId::new(resource_type, id)
}
