//! Answers of any size, as Postman's description shows them, and a client that gives one of them.

use std::fmt::Write;
use std::sync::Arc;

use connector_host::records::{Page, ResourceId};
use connector_host::runtime::{
    BoxFuture, CallClock, CallLimits, CallOutput, Connector, HttpClient, HttpError, HttpRequest,
    Response,
};

/// A list whose length can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// `/users`
    Users,
    /// `/groups`, ten members each
    Groups,
    /// `/workspaces`
    Workspaces,
    /// `/workspaces/{id}/roles`: an item is the role of a principal
    Roles,
}

impl List {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Users, Self::Groups, Self::Workspaces, Self::Roles];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Groups => "groups",
            Self::Workspaces => "workspaces",
            Self::Roles => "roles",
        }
    }

    /// An answer with so many items.
    pub fn body(self, items: usize) -> String {
        let (before, after) = match self {
            Self::Users | Self::Groups => ("{\"data\":[", "]}"),
            Self::Workspaces => ("{\"workspaces\":[", "],\"meta\":{\"nextCursor\":\"\"}}"),
            Self::Roles => return roles(items),
        };
        let mut body = before.to_owned();
        for n in 0..items {
            if n > 0 {
                body.push(',');
            }
            self.item(n, &mut body);
        }
        body + after
    }

    fn item(self, n: usize, to: &mut String) {
        let id = 10_000_000 + n;
        let written = match self {
            Self::Users => write!(
                to,
                r#"{{"id":{id},"name":"Taylor Lee {n}","username":"taylor-lee-{n}","email":"taylor.lee.{n}@example.com","roles":["user","flow-editor"],"joinedAt":"2023-04-08T10:00:05.000Z"}}"#
            ),
            Self::Groups => write!(
                to,
                r#"{{"id":{id},"teamId":5150,"name":"Group {n}","summary":"Who looks after {n}.","createdBy":10000001,"createdAt":"2024-04-08T10:00:05.000Z","updatedAt":"2024-05-08T10:00:05.000Z","members":[10000001,10000002,10000003,10000004,10000005,10000006,10000007,10000008,10000009,10000010],"roles":["user"]}}"#
            ),
            Self::Workspaces | Self::Roles => write!(
                to,
                r#"{{"id":"6d1c2f70-5a11-4f0e-8b1d-{id:012}","name":"Workspace {n}","type":"team","visibility":"team","createdBy":"10000001","about":"What number {n} is for.","createdAt":"2022-08-01T06:57:37.000Z","updatedAt":"2025-01-30T08:49:54.000Z"}}"#
            ),
        };
        written.expect("a text takes all");
    }

    /// Asks the connector for the list, which answers with `body`.
    pub async fn ask(
        self,
        connector: &Connector,
        limits: &CallLimits,
        body: &Body,
    ) -> CallOutput<Page> {
        let http: Arc<dyn HttpClient> = Arc::new(body.clone());
        let team = id("team", "5150");
        let workspace = id("workspace", WORKSPACE);
        let of = match self {
            Self::Users => "user",
            Self::Groups => "group",
            Self::Workspaces => "workspace",
            Self::Roles => return connector.list_grants(http, limits, &workspace, None).await,
        };
        connector
            .list_resources(http, limits, of, Some(&team), None)
            .await
    }
}

/// The workspace whose roles are asked for.
pub const WORKSPACE: &str = "6d1c2f70-5a11-4f0e-8b1d-30c1a5b0e001";

/// Viewers, editors and admins in turn.
fn roles(items: usize) -> String {
    let role = |which: usize, name: &str| {
        let users = (0..items).filter(|n| n % 3 == which);
        let users: Vec<_> = users.map(|n| format!("\"{}\"", 10_000_000 + n)).collect();
        let users = users.join(",");
        format!(
            r#"{{"id":"{}","displayName":"{name}","user":[{users}]}}"#,
            which + 1
        )
    };
    let all = [role(0, "Viewer"), role(1, "Editor"), role(2, "Admin")];
    format!("{{\"roles\":[{}]}}", all.join(","))
}

fn id(resource_type: &str, id: &str) -> ResourceId {
    ResourceId::new(resource_type, id)
}

/// The answer of `/me`, which the list of users requests too: its owner is the first user.
pub const OWNER: &[u8] = br#"{"user":{"id":10000000,"username":"taylor-lee-0","email":"taylor.lee.0@example.com","teamId":5150,"roles":["admin"]},"operations":[]}"#;

/// Gives one body to whatever else is asked.
#[derive(Clone)]
pub struct Body(Arc<Vec<u8>>);

impl Body {
    /// A client that answers with this.
    pub fn new(body: String) -> Self {
        Self(Arc::new(body.into_bytes()))
    }
}

impl HttpClient for Body {
    fn get<'a>(
        &'a self,
        request: HttpRequest,
        _clock: &'a CallClock,
    ) -> BoxFuture<'a, Result<Response, HttpError>> {
        let response = Response {
            status: 200,
            headers: vec![("content-type".to_owned(), b"application/json".to_vec())],
            body: match request.path_with_query.as_str() {
                "/me" => OWNER.to_vec(),
                _ => self.0.to_vec(),
            },
            endpoint: None,
        };
        Box::pin(async { Ok(response) })
    }
}
