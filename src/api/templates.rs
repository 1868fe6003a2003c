//! Every kind of request as the manifest declares it.

use connector_sdk::manifest::{EndpointTemplate, Rate};

use crate::api::endpoints::{POSTMAN, SCIM};

/// Postman's limit on lists of workspaces and collections.
const LISTS: Option<Rate> = Some(Rate {
    requests: 10,
    window_seconds: 10,
});

/// Declares each kind of request, and the list of all of them. The host denies what is not in that list.
macro_rules! endpoint_templates {
    ($($name:ident: $template:expr;)*) => {
        $(pub(super) const $name: EndpointTemplate = $template;)*

        /// Every kind of request there is.
        pub const ALL: &[&EndpointTemplate] = &[$(&$name),*];
    };
}

endpoint_templates! {
    ME: EndpointTemplate {
        path: "/me",
        query: &[],
        credential: POSTMAN,
        rate: None,
        purpose: "The team and the owner of the credential; without it nothing can be read.",
        what: "the credential's owner and team",
    };
    USERS: EndpointTemplate {
        path: "/users",
        query: &[],
        credential: POSTMAN,
        rate: None,
        purpose: "The team's users and their team roles; without it both are missing. Needs a Team plan or higher.",
        what: "the user list",
    };
    GROUPS: EndpointTemplate {
        path: "/groups",
        query: &[],
        credential: POSTMAN,
        rate: None,
        purpose: "Groups, their members and team roles; without it access through groups is unknown. Needs an Enterprise plan.",
        what: "the groups",
    };
    GROUP: EndpointTemplate {
        path: "/groups/{group}",
        query: &[],
        credential: POSTMAN,
        rate: None,
        purpose: "A group's managers, read only on request; without it they are missing.",
        what: "the group's managers",
    };
    TEAMS: EndpointTemplate {
        path: "/teams",
        query: &["cursor"],
        credential: POSTMAN,
        rate: None,
        purpose: "The teams of an organization; without it they are missing, and access by the visibility `team` is unknown.",
        what: "the organization's teams",
    };
    TEAM: EndpointTemplate {
        path: "/teams/{team}",
        query: &["include"],
        credential: POSTMAN,
        rate: None,
        purpose: "The members of one team of an organization; without it they are missing, and access through the team is unknown.",
        what: "the team's members",
    };
    WORKSPACES: EndpointTemplate {
        path: "/workspaces",
        query: &["cursor", "limit"],
        credential: POSTMAN,
        rate: LISTS,
        purpose: "Workspaces and their visibility; without it workspaces and all access to them are missing.",
        what: "the workspaces",
    };
    WORKSPACE_ROLES: EndpointTemplate {
        path: "/workspaces/{workspace}/roles",
        query: &[],
        credential: POSTMAN,
        rate: None,
        purpose: "Who holds which role in a workspace; without it the workspace's members are missing.",
        what: "the workspace's roles",
    };
    ROLE_CATALOGUE: EndpointTemplate {
        path: "/workspaces-roles",
        query: &[],
        credential: POSTMAN,
        rate: None,
        purpose: "Postman's own texts for workspace roles; without it built-in texts are used.",
        what: "the catalogue of workspace roles",
    };
    COLLECTIONS: EndpointTemplate {
        path: "/collections",
        query: &["limit", "offset", "workspace"],
        credential: POSTMAN,
        rate: LISTS,
        purpose: "The collections of a workspace, read only on request; without it they are missing.",
        what: "the workspace's collections",
    };
    COLLECTION_ROLES: EndpointTemplate {
        path: "/collections/{collection}/roles",
        query: &[],
        credential: POSTMAN,
        rate: None,
        purpose: "Who holds which role on a collection; without it they are missing.",
        what: "the collection's roles",
    };
    ACCESS_KEYS: EndpointTemplate {
        path: "/collection-access-keys",
        query: &["cursor"],
        credential: POSTMAN,
        rate: None,
        purpose: "Keys that open single collections to anyone who has them; without it they are missing.",
        what: "the collection access keys",
    };
    AUDIT_LOGS: EndpointTemplate {
        path: "/audit/logs",
        query: &["cursor", "limit", "orderBy"],
        credential: POSTMAN,
        rate: None,
        purpose: "The audit log, read only for a sync of what changed; without it such a sync reads everything. Needs an Enterprise plan.",
        what: "the audit log",
    };
    SCIM_USERS: EndpointTemplate {
        path: "/scim/v2/Users",
        query: &["count", "startIndex"],
        credential: SCIM,
        rate: None,
        purpose: "Accounts under SCIM, the only list that shows disabled ones; without it they are missing.",
        what: "the SCIM accounts",
    };
    SCIM_GROUPS: EndpointTemplate {
        path: "/scim/v2/Groups",
        query: &["count", "startIndex"],
        credential: SCIM,
        rate: None,
        purpose: "Groups under SCIM and their members; without it they are missing.",
        what: "the SCIM groups",
    };

    ANALYTICS: EndpointTemplate {
        path: "/analytics",
        query: &[
            "duration",
            "limit",
            "metrics",
            "offset",
            "resource",
            "view",
            "workspaceType",
        ],
        credential: POSTMAN,
        rate: None,
        purpose: "Last activity, partners, pending invitations and seats, read only on request; without it they are missing. Needs an Enterprise plan.",
        what: "the team's analytics",
    };
    ACCOUNTS: EndpointTemplate {
        path: "/accounts",
        query: &[],
        credential: POSTMAN,
        rate: None,
        purpose: "The seats that the team pays for, read only on request; without it analytics alone count them.",
        what: "the team's seats",
    };
}
