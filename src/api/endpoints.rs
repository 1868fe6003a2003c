//! Every path that can be asked for, typed. What the connector describes is made from these.

use crate::api::analytics::Metric;
pub use crate::api::templates::ALL;
use crate::api::templates::{
    ACCESS_KEYS, ACCOUNTS, ANALYTICS, AUDIT_LOGS, COLLECTION_ROLES, COLLECTIONS, GROUP, GROUPS, ME,
    ROLE_CATALOGUE, SCIM_GROUPS, SCIM_USERS, TEAM, TEAMS, USERS, WORKSPACE_ROLES, WORKSPACES,
};
use connector_sdk::manifest::EndpointTemplate;
use connector_sdk::model::ResourceId;
use connector_sdk::urls::{path_segment, query_value};

/// Name of the required credential: a Postman API key or access token.
pub const POSTMAN: &str = "postman";
/// Name of the optional credential for Postman's SCIM interface.
pub const SCIM: &str = "scim";

/// Items a page, where Postman lets one choose: the most that `/workspaces` and SCIM take.
const PAGE: u64 = 100;
/// Events per page of `/audit/logs`, the most that it accepts.
const AUDIT_PAGE: u64 = 300;
/// Items a page of `/collections`, which takes 1 to 99 (seen live; its description states no maximum).
const COLLECTIONS_PAGE: u64 = 99;
/// Rows a page of `/analytics`, which takes 1 to 10,000.
const ANALYTICS_PAGE: u64 = 5_000;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostmanRequest<'a> {
    /// The credential's owner, asked for to validate the credential: nothing has shown yet that Postman
    /// answers at this base URL.
    Validate,
    /// The credential's owner.
    Me,
    /// All users of the team, in one answer.
    Users,
    /// All groups of the team, in one answer.
    Groups,
    /// One group, with its managers.
    Group(&'a ResourceId),
    /// A page of the teams of an organization; the cursor is empty at the beginning.
    Teams {
        /// Postman's `metadata.nextCursor`.
        cursor: &'a str,
    },
    /// One team of an organization, with its members.
    Team(&'a ResourceId),
    /// A page of workspaces; the cursor is empty at the beginning.
    Workspaces {
        /// Postman's `meta.nextCursor`.
        cursor: &'a str,
    },
    /// The roles of a workspace, in one answer.
    WorkspaceRoles(&'a ResourceId),
    /// The workspace roles of the team's plan.
    RoleCatalogue,
    /// A page of a workspace's collections.
    Collections {
        /// The workspace.
        workspace: &'a ResourceId,
        /// The number of collections before this page.
        offset: u64,
    },
    /// The roles of a collection, in one answer.
    CollectionRoles(&'a ResourceId),
    /// A page of collection access keys; the cursor is empty at the beginning.
    AccessKeys {
        /// Postman's `meta.nextCursor`.
        cursor: &'a str,
    },
    /// A page of the audit log, newest events first; the first page has an empty cursor.
    AuditLogs {
        /// Postman's `nextCursor`.
        cursor: &'a str,
    },
    /// A page of SCIM accounts.
    ScimUsers {
        /// The number of accounts before this page.
        before: u64,
    },
    /// A page of SCIM groups.
    ScimGroups {
        /// The number of groups before this page.
        before: u64,
    },
    /// A page of a metric of the team's analytics.
    Analytics {
        /// The metric.
        metric: Metric,
        /// The number of rows before this page.
        offset: u64,
    },
    /// The seats that the team pays for.
    Accounts,
}

impl PostmanRequest<'_> {
    /// Returns the template of the request.
    pub fn template(&self) -> &'static EndpointTemplate {
        match self {
            Self::Validate | Self::Me => &ME,
            Self::Users => &USERS,
            Self::Groups => &GROUPS,
            Self::Group(_) => &GROUP,
            Self::Teams { .. } => &TEAMS,
            Self::Team(_) => &TEAM,
            Self::Workspaces { .. } => &WORKSPACES,
            Self::WorkspaceRoles(_) => &WORKSPACE_ROLES,
            Self::RoleCatalogue => &ROLE_CATALOGUE,
            Self::Collections { .. } => &COLLECTIONS,
            Self::CollectionRoles(_) => &COLLECTION_ROLES,
            Self::AccessKeys { .. } => &ACCESS_KEYS,
            Self::AuditLogs { .. } => &AUDIT_LOGS,
            Self::ScimUsers { .. } => &SCIM_USERS,
            Self::ScimGroups { .. } => &SCIM_GROUPS,
            Self::Analytics { .. } => &ANALYTICS,
            Self::Accounts => &ACCOUNTS,
        }
    }

    /// Returns how many items to ask for, where that can be chosen, else 0.
    pub fn page_size(&self) -> u64 {
        match self {
            Self::Workspaces { .. } | Self::ScimUsers { .. } | Self::ScimGroups { .. } => PAGE,
            Self::Collections { .. } => COLLECTIONS_PAGE,
            Self::AuditLogs { .. } => AUDIT_PAGE,
            Self::Analytics { .. } => ANALYTICS_PAGE,
            Self::Validate
            | Self::Me
            | Self::Users
            | Self::Groups
            | Self::Group(_)
            | Self::Teams { .. }
            | Self::Team(_)
            | Self::WorkspaceRoles(_)
            | Self::RoleCatalogue
            | Self::CollectionRoles(_)
            | Self::AccessKeys { .. }
            | Self::Accounts => 0,
        }
    }

    /// Returns the path and query, percent-encoded, for a page of at most `size` items where that can be
    /// chosen.
    pub fn path_of_page(&self, size: u64) -> String {
        match self {
            Self::Validate
            | Self::Me
            | Self::Users
            | Self::Groups
            | Self::RoleCatalogue
            | Self::Accounts => self.template().path.to_owned(),
            Self::Analytics { metric, offset } => {
                let query = metric.query();
                format!("/analytics?{query}&limit={size}&offset={offset}")
            }
            Self::Group(group) => format!("/groups/{}", path_segment(&group.id)),
            Self::Teams { cursor } => with_cursor("/teams".to_owned(), '?', cursor),
            Self::Team(team) => format!("/teams/{}?include=members", path_segment(&team.id)),
            Self::Workspaces { cursor } => {
                with_cursor(format!("/workspaces?limit={size}"), '&', cursor)
            }
            Self::WorkspaceRoles(workspace) => {
                format!("/workspaces/{}/roles", path_segment(&workspace.id))
            }
            Self::Collections { workspace, offset } => {
                let workspace = query_value(&workspace.id);
                format!("/collections?workspace={workspace}&limit={size}&offset={offset}")
            }
            Self::CollectionRoles(collection) => {
                format!("/collections/{}/roles", path_segment(&collection.id))
            }
            Self::AccessKeys { cursor } => {
                with_cursor("/collection-access-keys".to_owned(), '?', cursor)
            }
            Self::AuditLogs { cursor } => with_cursor(
                format!("/audit/logs?limit={size}&orderBy=desc"),
                '&',
                cursor,
            ),
            Self::ScimUsers { before } | Self::ScimGroups { before } => {
                let start = before.saturating_add(1);
                let path = self.template().path;
                format!("{path}?startIndex={start}&count={size}")
            }
        }
    }

    /// Returns whether the request repeats a cursor of Postman's, so that it may have expired.
    pub fn has_cursor(&self) -> bool {
        matches!(self, Self::Workspaces { cursor } | Self::Teams { cursor } | Self::AccessKeys { cursor } | Self::AuditLogs { cursor } if !cursor.is_empty())
    }

    /// Returns whether a team without it is read all the same: no answer of it says anything of the key.
    pub fn is_extra(&self) -> bool {
        matches!(
            self,
            Self::Analytics { .. } | Self::Accounts | Self::AuditLogs { .. }
        )
    }

    /// Returns whether it belongs to a feature that a plan may lack, so that there may be nothing at its path.
    pub fn is_of_feature(&self) -> bool {
        let is_list = matches!(
            self,
            Self::Groups | Self::ScimUsers { .. } | Self::ScimGroups { .. }
        );
        is_list || self.is_extra()
    }

    /// Returns whether the path names one resource, so that there may be nothing under it.
    pub fn names_one(&self) -> bool {
        self.template().path.contains('{')
    }
}

fn with_cursor(path: String, separator: char, cursor: &str) -> String {
    if cursor.is_empty() {
        return path;
    }
    format!("{path}{separator}cursor={}", query_value(cursor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ResourceKind;

    #[test]
    fn every_endpoint_has_its_path_and_says_what_it_names() {
        let id = ResourceId::fixed(ResourceKind::Group, "a:1@b");
        let id = || &id;

        for (endpoint, path, has_cursor, names_one) in [
            (PostmanRequest::Validate, "/me", false, false),
            (PostmanRequest::Me, "/me", false, false),
            (PostmanRequest::Users, "/users", false, false),
            (PostmanRequest::Groups, "/groups", false, false),
            (PostmanRequest::Group(id()), "/groups/a:1@b", false, true),
            (PostmanRequest::Teams { cursor: "" }, "/teams", false, false),
            (
                PostmanRequest::Teams { cursor: "Nz=" },
                "/teams?cursor=Nz%3D",
                true,
                false,
            ),
            (
                PostmanRequest::Team(id()),
                "/teams/a:1@b?include=members",
                false,
                true,
            ),
            (
                PostmanRequest::Workspaces { cursor: "" },
                "/workspaces?limit=100",
                false,
                false,
            ),
            (
                PostmanRequest::Workspaces { cursor: "-._~" },
                "/workspaces?limit=100&cursor=-._~",
                true,
                false,
            ),
            (
                PostmanRequest::WorkspaceRoles(id()),
                "/workspaces/a:1@b/roles",
                false,
                true,
            ),
            (
                PostmanRequest::RoleCatalogue,
                "/workspaces-roles",
                false,
                false,
            ),
            (
                PostmanRequest::Collections {
                    workspace: id(),
                    offset: 7,
                },
                "/collections?workspace=a%3A1%40b&limit=99&offset=7",
                false,
                false,
            ),
            (
                PostmanRequest::CollectionRoles(id()),
                "/collections/a:1@b/roles",
                false,
                true,
            ),
            (
                PostmanRequest::AccessKeys { cursor: "c" },
                "/collection-access-keys?cursor=c",
                true,
                false,
            ),
            (
                PostmanRequest::AuditLogs { cursor: "7" },
                "/audit/logs?limit=300&orderBy=desc&cursor=7",
                true,
                false,
            ),
            (
                PostmanRequest::ScimUsers { before: 100 },
                "/scim/v2/Users?startIndex=101&count=100",
                false,
                false,
            ),
            (
                PostmanRequest::ScimGroups { before: 0 },
                "/scim/v2/Groups?startIndex=1&count=100",
                false,
                false,
            ),
            (
                PostmanRequest::Analytics {
                    metric: Metric::Members,
                    offset: 7,
                },
                "/analytics?resource=team&metrics=members&view=detailed&limit=5000&offset=7",
                false,
                false,
            ),
            (PostmanRequest::Accounts, "/accounts", false, false),
        ] {
            assert_eq!(endpoint.path_of_page(endpoint.page_size()), path);
            assert_eq!(
                (endpoint.has_cursor(), endpoint.names_one()),
                (has_cursor, names_one),
                "{path}"
            );
            let is_scim = endpoint.template().credential == SCIM;
            assert_eq!(is_scim, path.starts_with("/scim"), "{path}");
        }
    }

    #[test]
    fn a_cursor_stays_within_its_value() {
        let cursor = "a/b=&c é";
        let path = PostmanRequest::Workspaces { cursor }.path_of_page(25);
        assert_eq!(path, "/workspaces?limit=25&cursor=a%2Fb%3D%26c%20%C3%A9");
        let path = PostmanRequest::AccessKeys { cursor: "" }.path_of_page(0);
        assert_eq!(path, "/collection-access-keys");
    }
}
