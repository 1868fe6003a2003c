//! What PagerDuty sends, as far as it is read here.

use serde::Deserialize;
use serde_json::Value;

/// One page of a list: `{"users": […], "limit": 100, "offset": 0, "total": null, "more": false}`.
#[derive(Debug)]
pub struct Listing {
    /// The items, each read by itself so that an odd one costs no other.
    pub items: Vec<Value>,
    /// Whether there are further pages.
    pub more: bool,
    /// How many items a page has. PagerDuty may allow fewer than were asked for.
    pub limit: Option<u64>,
}

impl Listing {
    /// Reads the list called `name`; `None` where there is none, or where it does not say whether it goes on.
    pub fn read(mut body: Value, name: &str) -> Option<Self> {
        let more = body.get("more")?.as_bool()?;
        let limit = body.get("limit").and_then(Value::as_u64);
        match body.get_mut(name).map(Value::take) {
            Some(Value::Array(items)) => Some(Self { items, more, limit }),
            _ => None,
        }
    }
}

/// A user, in `GET /users` and `GET /users/me`.
#[derive(Debug, Deserialize)]
pub struct User {
    /// Identifier, such as `PXPGF42`.
    pub id: String,
    /// Name.
    pub name: Option<String>,
    /// Address, which is the login too.
    pub email: Option<String>,
    /// Base role: one of [`crate::roles::BASE`].
    pub role: Option<String>,
    /// Job title.
    pub job_title: Option<String>,
    /// Whether the invitation was not yet taken up.
    pub invitation_sent: Option<bool>,
    /// Where people see the user: `https://{account}.pagerduty.com/users/{id}`.
    pub html_url: Option<String>,
}

/// A team, in `GET /teams`.
#[derive(Debug, Deserialize)]
pub struct Team {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The team that it lies in.
    pub parent: Option<Reference>,
    /// The role that whoever joins it gets.
    pub default_role: Option<String>,
}

/// A member, in `GET /teams/{id}/members`.
#[derive(Debug, Deserialize)]
pub struct Member {
    /// Who.
    pub user: Reference,
    /// Team role: one of [`crate::roles::TEAM`].
    pub role: Option<String>,
}

/// Something that is referred to.
#[derive(Debug, Deserialize)]
pub struct Reference {
    /// Identifier.
    pub id: String,
}
