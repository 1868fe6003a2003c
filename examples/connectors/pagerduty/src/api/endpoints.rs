//! Every request that can be made. The manifest declares these and no others.

use connector_sdk::manifest::EndpointTemplate;
use connector_sdk::model::ResourceId;
use connector_sdk::urls::path_segment;

use crate::api::access::CREDENTIAL;

/// Items to ask for on one page: the most that PagerDuty gives.
pub const PAGE: u64 = 100;

const ME: EndpointTemplate = EndpointTemplate {
    path: "/users/me",
    query: &[],
    credential: CREDENTIAL,
    rate: None,
    purpose: "Names the owner of the key. Keys of a whole account have no owner, and are refused there.",
    what: "the key's owner",
};
const USERS: EndpointTemplate = EndpointTemplate {
    path: "/users",
    query: &["limit", "offset"],
    credential: CREDENTIAL,
    rate: None,
    purpose: "Users with their base roles. Without it no user is known.",
    what: "the users",
};
const TEAMS: EndpointTemplate = EndpointTemplate {
    path: "/teams",
    query: &["limit", "offset"],
    credential: CREDENTIAL,
    rate: None,
    purpose: "Teams. Plans without teams are refused there.",
    what: "the teams",
};
const MEMBERS: EndpointTemplate = EndpointTemplate {
    path: "/teams/{id}/members",
    query: &["limit", "offset"],
    credential: CREDENTIAL,
    rate: None,
    purpose: "The members of a team with their team roles.",
    what: "the team's members",
};

/// Every kind of request there is.
pub const TEMPLATES: [&EndpointTemplate; 4] = [&ME, &USERS, &TEAMS, &MEMBERS];

/// One request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagerDutyRequest<'a> {
    /// The key's owner.
    Me,
    /// One user, the first one of any kind.
    FirstUser,
    /// A page of users.
    Users {
        /// Users before this page.
        offset: u64,
    },
    /// A page of teams.
    Teams {
        /// Teams before this page.
        offset: u64,
    },
    /// A page of the members of a team.
    Members {
        /// The team.
        team: &'a ResourceId,
        /// Members before this page.
        offset: u64,
    },
}

impl PagerDutyRequest<'_> {
    /// Returns the kind of request that this is.
    pub fn template(&self) -> &'static EndpointTemplate {
        match self {
            Self::Me => &ME,
            Self::FirstUser | Self::Users { .. } => &USERS,
            Self::Teams { .. } => &TEAMS,
            Self::Members { .. } => &MEMBERS,
        }
    }

    /// Returns path and query.
    pub fn path(&self) -> String {
        let page = |path: &str, offset| format!("{path}?limit={PAGE}&offset={offset}");
        match self {
            Self::Me => ME.path.to_owned(),
            Self::FirstUser => "/users?limit=1&offset=0".to_owned(),
            Self::Users { offset } => page("/users", offset),
            Self::Teams { offset } => page("/teams", offset),
            Self::Members { team, offset } => page(
                &format!("/teams/{}/members", path_segment(&team.id)),
                offset,
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ResourceKind;

    #[test]
    fn every_path_and_query_key_is_declared() {
        let team = ResourceId::fixed(ResourceKind::Team, "PT1");
        for (endpoint, wanted) in [
            (PagerDutyRequest::Me, "/users/me"),
            (PagerDutyRequest::FirstUser, "/users?limit=1&offset=0"),
            (
                PagerDutyRequest::Users { offset: 0 },
                "/users?limit=100&offset=0",
            ),
            (
                PagerDutyRequest::Teams { offset: 100 },
                "/teams?limit=100&offset=100",
            ),
            (
                PagerDutyRequest::Members {
                    team: &team,
                    offset: 7,
                },
                "/teams/PT1/members?limit=100&offset=7",
            ),
        ] {
            let path = endpoint.path();
            assert_eq!(path, wanted);
            let template = endpoint.template();
            assert!(TEMPLATES.contains(&template));
            let (path, query) = path.split_once('?').unwrap_or((&path, ""));
            assert_eq!(path, template.path.replace("{id}", "PT1"));
            let keys = query.split('&').filter_map(|pair| pair.split_once('='));
            assert!(keys.map(|(key, _)| key).eq(template.query.iter().copied()));
        }
    }
}
