//! Which endpoint a path belongs to.

/// The endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SimulatedEndpoint {
    Me,
    Users,
    User,
    Groups,
    Group,
    Workspaces,
    Workspace,
    WorkspaceRoles,
    RoleCatalogue,
    Collections,
    CollectionRoles,
    AccessKeys,
    Teams,
    Team,
    AuditLogs,
    ScimUsers,
    ScimGroups,
    Analytics,
    Accounts,
    Token,
    /// Every other path.
    Unknown,
}

impl SimulatedEndpoint {
    /// All of them, in the order of their counters.
    pub(super) const ALL: [Self; 21] = [
        Self::Me,
        Self::Users,
        Self::User,
        Self::Groups,
        Self::Group,
        Self::Workspaces,
        Self::Workspace,
        Self::WorkspaceRoles,
        Self::RoleCatalogue,
        Self::Collections,
        Self::CollectionRoles,
        Self::AccessKeys,
        Self::Teams,
        Self::Team,
        Self::AuditLogs,
        Self::ScimUsers,
        Self::ScimGroups,
        Self::Analytics,
        Self::Accounts,
        Self::Token,
        Self::Unknown,
    ];

    /// Its path with `{name}` for what varies; `unknown` for the rest.
    pub(super) fn path_template(self) -> &'static str {
        match self {
            Self::Me => "/me",
            Self::Users => "/users",
            Self::User => "/users/{userId}",
            Self::Groups => "/groups",
            Self::Group => "/groups/{groupId}",
            Self::Workspaces => "/workspaces",
            Self::Workspace => "/workspaces/{workspaceId}",
            Self::WorkspaceRoles => "/workspaces/{workspaceId}/roles",
            Self::RoleCatalogue => "/workspaces-roles",
            Self::Collections => "/collections",
            Self::CollectionRoles => "/collections/{collectionId}/roles",
            Self::AccessKeys => "/collection-access-keys",
            Self::Teams => "/teams",
            Self::Team => "/teams/{teamId}",
            Self::AuditLogs => "/audit/logs",
            Self::ScimUsers => "/scim/v2/Users",
            Self::ScimGroups => "/scim/v2/Groups",
            Self::Analytics => "/analytics",
            Self::Accounts => "/accounts",
            Self::Token => "/oauth2/token",
            Self::Unknown => "unknown",
        }
    }

    /// Returns whether it belongs to SCIM, which has a key of its own.
    pub(super) fn is_scim(self) -> bool {
        matches!(self, Self::ScimUsers | Self::ScimGroups)
    }

    /// Returns the endpoint of a path, and the variable segment.
    pub(super) fn match_segments(segments: &[String]) -> (Self, String) {
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (endpoint, id) = match segments.as_slice() {
            // A slash too many makes another path, not an empty id.
            some if some.contains(&"") => (Self::Unknown, ""),
            ["me"] => (Self::Me, ""),
            ["users"] => (Self::Users, ""),
            ["users", id] => (Self::User, *id),
            ["groups"] => (Self::Groups, ""),
            ["groups", id] => (Self::Group, *id),
            ["workspaces"] => (Self::Workspaces, ""),
            ["workspaces", id] => (Self::Workspace, *id),
            ["workspaces", id, "roles"] => (Self::WorkspaceRoles, *id),
            ["workspaces-roles"] => (Self::RoleCatalogue, ""),
            ["collections"] => (Self::Collections, ""),
            ["collections", id, "roles"] => (Self::CollectionRoles, *id),
            ["collection-access-keys"] => (Self::AccessKeys, ""),
            ["teams"] => (Self::Teams, ""),
            ["teams", id] => (Self::Team, *id),
            ["audit", "logs"] => (Self::AuditLogs, ""),
            ["scim", "v2", "Users"] => (Self::ScimUsers, ""),
            ["scim", "v2", "Groups"] => (Self::ScimGroups, ""),
            ["analytics"] => (Self::Analytics, ""),
            ["accounts"] => (Self::Accounts, ""),
            ["oauth2", "token"] => (Self::Token, ""),
            _ => (Self::Unknown, ""),
        };
        (endpoint, id.to_owned())
    }
}
