//! The door: the contract's calls.

use crate::bindings::exports::governance::connector::{description, inventory};
use crate::bindings::governance::connector::types::{Error, Notice, Page, ResourceId};
use crate::client::{Answer, CREDENTIAL, Endpoint, TEMPLATES, get, invalid_argument, is_id};
use crate::draft::{Draft, id, text};
use crate::lists;
use crate::roles::{self, ACCOUNT, ADMIN, OWNER, TEAM_TYPE, USER};
use crate::wire::User;

/// The connector as the contract knows it.
pub struct Component;

/// Name, name for people, what it is, parent.
const TYPES: [(&str, &str, &str, Option<&str>); 3] = [
    (
        ACCOUNT,
        "Account",
        "The tenant. Base roles are held on it.",
        None,
    ),
    (
        USER,
        "User",
        "Somebody with a login, or who was invited.",
        Some(ACCOUNT),
    ),
    (
        TEAM_TYPE,
        "Team",
        "A set of users with team roles.",
        Some(ACCOUNT),
    ),
];

impl description::Guest for Component {
    fn describe() -> description::Descriptor {
        description::Descriptor {
            name: "pagerduty".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            resource_types: TYPES.iter().map(resource_type).collect(),
            credentials: vec![credential()],
            base_urls: vec![
                base_url(
                    "https://api.pagerduty.com",
                    "Accounts of the US service region",
                ),
                base_url(
                    "https://api.eu.pagerduty.com",
                    "Accounts of the EU service region",
                ),
            ],
            endpoints: TEMPLATES.iter().map(endpoint).collect(),
        }
    }
}

fn resource_type(kind: &(&str, &str, &str, Option<&str>)) -> description::ResourceType {
    let (id, display_name, description, parent) = kind;
    description::ResourceType {
        id: (*id).to_owned(),
        display_name: (*display_name).to_owned(),
        description: (*description).to_owned(),
        parent: parent.map(str::to_owned),
        met_in_passing: false,
        opt_in: false,
        needs: None,
    }
}

fn credential() -> description::Credential {
    let form = |name: &str, prefix: &str, description: &str| description::CredentialForm {
        name: name.to_owned(),
        header: "Authorization".to_owned(),
        prefix: prefix.to_owned(),
        description: description.to_owned(),
    };
    description::Credential {
        name: CREDENTIAL.to_owned(),
        description: "Opens the account. A read-only key is enough.".to_owned(),
        required: true,
        forms: vec![
            form(
                "api-key",
                "Token token=",
                "An API key. PagerDuty: Integrations > API Access Keys, or My Profile > User Settings.",
            ),
            form(
                "access-token",
                "Bearer ",
                "An OAuth token of an app with users.read and teams.read.",
            ),
        ],
    }
}

fn base_url(url: &str, description: &str) -> description::BaseUrl {
    description::BaseUrl {
        url: url.to_owned(),
        description: description.to_owned(),
    }
}

fn endpoint(template: &(&str, &[&str], &str)) -> description::Endpoint {
    let (path, query, purpose) = template;
    description::Endpoint {
        path: (*path).to_owned(),
        query: query.iter().map(|key| (*key).to_owned()).collect(),
        credential: CREDENTIAL.to_owned(),
        rate: None,
        purpose: (*purpose).to_owned(),
    }
}

impl inventory::Guest for Component {
    /// A key of the whole account is nobody's: PagerDuty refuses it at `/users/me` (with a 400, says its
    /// own client library), and then the account itself stands for its owner.
    fn validate() -> Result<inventory::Tenant, Error> {
        match get(Endpoint::Me) {
            Ok(answer) => of_user(answer),
            Err(Error::UnexpectedResponse(problem)) if problem.status == Some(400) => of_account(),
            Err(error) => Err(error),
        }
    }

    fn list_entitlements(resource_type: String) -> Result<inventory::EntitlementList, Error> {
        known(&resource_type)?;
        Ok(inventory::EntitlementList {
            entitlements: roles::entitlements(&resource_type),
            notices: Vec::new(),
            rate_limit: None,
        })
    }

    fn list_resources(
        resource_type: String,
        parent: Option<ResourceId>,
        cursor: Option<String>,
    ) -> Result<Page, Error> {
        known(&resource_type)?;
        let cursor = cursor.as_deref();
        match (resource_type.as_str(), parent) {
            (ACCOUNT, None) if cursor.is_none() => lists::account(),
            (ACCOUNT, None) => Err(invalid_argument("cursor: this list has one page")),
            (USER, Some(parent)) if is_account(&parent) => lists::users(&parent, cursor),
            (TEAM_TYPE, Some(parent)) if is_account(&parent) => lists::teams(&parent, cursor),
            _ => Err(invalid_argument(
                "parent: users and teams are listed under an account, accounts under nothing",
            )),
        }
    }

    fn list_grants(resource: ResourceId, cursor: Option<String>) -> Result<Page, Error> {
        known(&resource.resource_type)?;
        match resource.resource_type.as_str() {
            TEAM_TYPE if is_id(&resource.id) => lists::members(&resource, cursor.as_deref()),
            TEAM_TYPE => Err(invalid_argument(
                "the id of the team is none of PagerDuty's",
            )),
            _ if cursor.is_some() => Err(invalid_argument("cursor: this list has one page")),
            _ => Ok(Draft::new().0),
        }
    }
}

fn known(resource_type: &str) -> Result<(), Error> {
    match TYPES.iter().any(|(id, ..)| *id == resource_type) {
        true => Ok(()),
        false => Err(invalid_argument("there is no such type of resource")),
    }
}

fn is_account(parent: &ResourceId) -> bool {
    parent.resource_type == ACCOUNT && lists::is_account(&parent.id)
}

fn of_user(mut answer: Answer<'_>) -> Result<inventory::Tenant, Error> {
    let user = answer.body.get_mut("user").map(serde_json::Value::take);
    let user: Option<User> = user.and_then(|user| serde_json::from_value(user).ok());
    let user = user.filter(|user| is_id(&user.id));
    let user = user.ok_or_else(|| answer.lacks("no user with an id"))?;
    let account = lists::account_of(&user);
    let account =
        account.ok_or_else(|| answer.lacks("the user does not say which account it is of"))?;
    Ok(inventory::Tenant {
        display_name: account.id.clone(),
        id: account,
        credential_owner_name: user
            .name
            .as_deref()
            .and_then(text)
            .unwrap_or_else(|| user.id.clone()),
        credential_owner: id(USER, &user.id),
        notices: limits_of(&user),
        rate_limit: answer.rate_limit,
    })
}

/// Private teams are shown to their members and to administrators:
/// <https://support.pagerduty.com/main/docs/advanced-permissions>.
fn limits_of(user: &User) -> Vec<Notice> {
    match user.role.as_deref() {
        Some(OWNER | ADMIN) => Vec::new(),
        _ => vec![Notice {
            code: "owner-is-no-admin".to_owned(),
            about: Some(id(USER, &user.id)),
            omits: true,
            message: "The key's owner is no administrator: private teams of others are missing."
                .to_owned(),
        }],
    }
}

fn of_account() -> Result<inventory::Tenant, Error> {
    let answer = get(Endpoint::Users(1, 0))?;
    let rate_limit = answer.rate_limit;
    let account = lists::first_account(answer)?;
    Ok(inventory::Tenant {
        display_name: account.id.clone(),
        credential_owner: account.clone(),
        credential_owner_name: "a key of the whole account".to_owned(),
        id: account,
        notices: Vec::new(),
        rate_limit,
    })
}
