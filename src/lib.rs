//! Reads who has access to what in a Postman team, as a component of the
//! `governance:connector` contract.
//!
//! In reading order: this file has the table of resource kinds, [`resources`] one file for each kind (how
//! it is read, and what it becomes), [`api`] what can be asked of Postman, how it answers and how it fails.
//! Everything else that a connector needs is in [`connector_sdk`].

pub mod api;
#[cfg(any(test, feature = "properties"))]
pub mod properties;
pub mod resources;

use connector_sdk::Connector;
use connector_sdk::connector::{ReferenceOnly, ResourceReader};
use connector_sdk::error::Error;
use connector_sdk::kind::{Kind, is_plain_id};
use connector_sdk::manifest::{Manifest, ResourceType, TypeKind};
use connector_sdk::model::{Page, Tenant};
use connector_sdk::transport::Transport;

use api::access::{BASE_URLS, CREDENTIALS};
use api::endpoints::{ALL, SCIM};
use resources::access_keys::AccessKeys;
use resources::activities::Activities;
use resources::analytics_reports::AnalyticsReports;
use resources::audit_events;
use resources::collections::Collections;
use resources::groups::GroupReader;
use resources::invitations::Invitations;
use resources::scim_accounts::ScimAccounts;
use resources::scim_groups::ScimGroups;
use resources::team::{self, Teams};
use resources::users::Users;
use resources::workspaces::Workspaces;

connector_sdk::kinds! {
    /// A kind of resource.
    pub enum ResourceKind {
        /// The Postman team that a credential belongs to.
        Team = "team",
        /// A person in the team.
        User = "user",
        /// A group of users.
        Group = "group",
        /// A workspace.
        Workspace = "workspace",
        /// An account from outside the team.
        Partner = "partner",
        /// Everyone with the address.
        Everyone = "everyone",
        /// A collection in a workspace.
        Collection = "collection",
        /// A key that opens one collection.
        CollectionAccessKey = "collection-access-key",
        /// An account as the identity provider manages it.
        ScimAccount = "scim-account",
        /// A group as the identity provider manages it.
        ScimGroup = "scim-group",
        /// Figures of the team's use.
        AnalyticsReport = "analytics-report",
        /// The use of an account.
        Activity = "activity",
        /// An invitation that nobody has accepted.
        Invitation = "invitation",
    }
}

impl Kind for ResourceKind {
    const ALL: &'static [Self] = Self::ALL;

    fn name(self) -> &'static str {
        self.name()
    }

    fn declaration(self) -> ResourceType {
        let team = Some(Self::Team.name());
        match self {
            Self::Team => {
                let description = "The Postman team that the credential belongs to.";
                ResourceType::listed(TypeKind::Tenant, "Team", description, None)
            }
            Self::User => ResourceType::listed(
                TypeKind::Account,
                "User",
                "A person who belongs to the team.",
                team,
            ),
            Self::Group => ResourceType::listed(
                TypeKind::Group,
                "Group",
                "A group of users, on Enterprise plans.",
                team,
            ),
            Self::Workspace => {
                let description =
                    "A workspace for collections and other work, with roles of its own.";
                ResourceType::listed(TypeKind::Container, "Workspace", description, team)
            }
            Self::Partner => {
                let description =
                    "An account from outside the team that was invited to a workspace.";
                ResourceType::referenced(TypeKind::Account, "Partner", description)
            }
            Self::Everyone => ResourceType::referenced(
                TypeKind::Audience,
                "Everyone",
                "Anyone who has the address of a public resource.",
            ),
            Self::Collection => {
                let description = "A collection of requests, with roles of its own.";
                let parent = Some(Self::Workspace.name());
                ResourceType {
                    opt_in: true,
                    ..ResourceType::listed(TypeKind::Other, "Collection", description, parent)
                }
            }
            Self::CollectionAccessKey => {
                let description = "A secret that opens one collection to anyone who has it.";
                ResourceType::listed(
                    TypeKind::Credential,
                    "Collection access key",
                    description,
                    team,
                )
            }
            Self::ScimAccount => {
                let description =
                    "An account as the identity provider manages it, disabled ones too.";
                ResourceType {
                    needs: Some(SCIM),
                    ..ResourceType::listed(TypeKind::Account, "SCIM account", description, team)
                }
            }
            Self::ScimGroup => {
                let description = "A group of SCIM accounts, as the identity provider manages it.";
                ResourceType {
                    needs: Some(SCIM),
                    ..ResourceType::listed(TypeKind::Group, "SCIM group", description, team)
                }
            }
            Self::AnalyticsReport => {
                let description =
                    "Postman's analytics of the team, with its seats, on Enterprise plans.";
                ResourceType {
                    opt_in: true,
                    ..ResourceType::listed(
                        TypeKind::Subscription,
                        "Analytics report",
                        description,
                        team,
                    )
                }
            }
            Self::Activity => {
                let description = "When a member was last active, and who invited them.";
                let parent = Some(Self::AnalyticsReport.name());
                ResourceType::listed(TypeKind::Usage, "Activity", description, parent)
            }
            Self::Invitation => {
                let description = "An invitation that is pending.";
                let parent = Some(Self::AnalyticsReport.name());
                ResourceType::listed(TypeKind::Invitation, "Invitation", description, parent)
            }
        }
    }

    /// Keys, SCIM accounts and invitations have opaque ids, which may be Base64.
    fn is_id(self, id: &str) -> bool {
        match self {
            Self::CollectionAccessKey | Self::ScimAccount | Self::ScimGroup | Self::Invitation => {
                is_plain_id(id, b"_.:@-=+/")
            }
            Self::Team
            | Self::User
            | Self::Group
            | Self::Workspace
            | Self::Partner
            | Self::Everyone
            | Self::Collection
            | Self::AnalyticsReport
            | Self::Activity => is_plain_id(id, b"_.:@-"),
        }
    }
}

/// The connector for Postman.
pub struct PostmanConnector;

impl Connector for PostmanConnector {
    type Kind = ResourceKind;

    const MANIFEST: Manifest = Manifest {
        name: "postman",
        version: env!("CARGO_PKG_VERSION"),
        credentials: &CREDENTIALS,
        base_urls: &BASE_URLS,
        endpoints: ALL,
        change_log: Some(audit_events::LOG),
    };

    fn reader<'a, T: Transport + 'a>(kind: ResourceKind) -> &'a dyn ResourceReader<T> {
        match kind {
            ResourceKind::Team => &Teams,
            ResourceKind::User => &Users,
            ResourceKind::Group => &GroupReader,
            ResourceKind::Workspace => &Workspaces,
            ResourceKind::Partner | ResourceKind::Everyone => &ReferenceOnly,
            ResourceKind::Collection => &Collections,
            ResourceKind::CollectionAccessKey => &AccessKeys,
            ResourceKind::ScimAccount => &ScimAccounts,
            ResourceKind::ScimGroup => &ScimGroups,
            ResourceKind::AnalyticsReport => &AnalyticsReports,
            ResourceKind::Activity => &Activities,
            ResourceKind::Invitation => &Invitations,
        }
    }

    fn list_changes<T: Transport>(transport: &T, page_token: Option<&str>) -> Result<Page, Error> {
        audit_events::list(transport, page_token)
    }

    fn validate(transport: &impl Transport) -> Result<Tenant, Error> {
        team::validate(transport)
    }
}

connector_sdk::export!(PostmanConnector);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_declared_as_the_contract_has_it() {
        let declared: Vec<_> = ResourceKind::ALL
            .iter()
            .map(|kind| {
                let it = kind.declaration();
                assert!(!it.display_name.is_empty() && it.description.ends_with('.'));
                assert_eq!(ResourceKind::parse(kind.name()), Ok(*kind));
                (
                    kind.name(),
                    it.parent,
                    it.reference_only,
                    it.opt_in,
                    it.needs,
                )
            })
            .collect();
        let team = Some("team");
        let wanted = [
            ("team", None, false, false, None),
            ("user", team, false, false, None),
            ("group", team, false, false, None),
            ("workspace", team, false, false, None),
            ("partner", None, true, false, None),
            ("everyone", None, true, false, None),
            ("collection", Some("workspace"), false, true, None),
            ("collection-access-key", team, false, false, None),
            ("scim-account", team, false, false, Some("scim")),
            ("scim-group", team, false, false, Some("scim")),
            ("analytics-report", team, false, true, None),
            ("activity", Some("analytics-report"), false, false, None),
            ("invitation", Some("analytics-report"), false, false, None),
        ];
        assert_eq!(declared, wanted);
    }
}
