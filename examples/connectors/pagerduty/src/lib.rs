//! Reads access data of a PagerDuty account, as a component of the `governance:connector` contract:
//! the connector to copy for another provider.
//!
//! It reads REST v2 as PagerDuty publishes it: <https://developer.pagerduty.com/api-reference>.
//! Behavior that is neither published nor seen live by us is marked *unconfirmed* in the relevant
//! code.
//!
//! In reading order: this file has the table of resource kinds, [`resources`] one file for each
//! list (its requests, and the conversion to records), [`api`] the requests to PagerDuty, its
//! answers and its failures. Everything else that a connector needs is in [`connector_sdk`].

pub mod api;
pub mod resources;

use connector_sdk::Connector;
use connector_sdk::connector::ResourceReader;
use connector_sdk::error::Error;
use connector_sdk::kind::{Kind, is_plain_id};
use connector_sdk::manifest::{Manifest, ResourceType, TypeKind};
use connector_sdk::model::Tenant;
use connector_sdk::transport::Transport;

use api::access::{BASE_URLS, CREDENTIALS};
use api::endpoints::TEMPLATES;
use resources::account::{self, Accounts};
use resources::teams::PagerDutyTeams;
use resources::users::PagerDutyUsers;

connector_sdk::kinds! {
    /// A kind of resource.
    pub enum ResourceKind {
        /// The tenant: an account of PagerDuty's.
        Account = "account",
        /// A person with a login or an invitation.
        User = "user",
        /// A set of users.
        Team = "team",
    }
}

impl Kind for ResourceKind {
    const ALL: &'static [Self] = Self::ALL;

    fn name(self) -> &'static str {
        self.name()
    }

    fn declaration(self) -> ResourceType {
        let account = Some(Self::Account.name());
        match self {
            Self::Account => {
                let description = "The tenant. Base roles are entitlements on it.";
                ResourceType::listed(TypeKind::Tenant, "Account", description, None)
            }
            Self::User => {
                let description = "A person with a login, or who was invited.";
                ResourceType::listed(TypeKind::Account, "User", description, account)
            }
            Self::Team => ResourceType::listed(
                TypeKind::Group,
                "Team",
                "A set of users with team roles.",
                account,
            ),
        }
    }

    /// Accounts go by their subdomain, all else by an id such as `PXPGF42`.
    fn is_id(self, id: &str) -> bool {
        match self {
            Self::Account => {
                is_plain_id(id, b"-.") && !id.bytes().any(|byte| byte.is_ascii_uppercase())
            }
            Self::User | Self::Team => id.len() <= 64 && is_plain_id(id, b""),
        }
    }
}

/// The connector for PagerDuty.
pub struct PagerDutyConnector;

impl Connector for PagerDutyConnector {
    type Kind = ResourceKind;

    const MANIFEST: Manifest = Manifest {
        name: "pagerduty",
        version: env!("CARGO_PKG_VERSION"),
        credentials: &CREDENTIALS,
        base_urls: &BASE_URLS,
        endpoints: &TEMPLATES,
        change_log: None,
    };

    fn reader<'a, T: Transport + 'a>(kind: ResourceKind) -> &'a dyn ResourceReader<T> {
        match kind {
            ResourceKind::Account => &Accounts,
            ResourceKind::User => &PagerDutyUsers,
            ResourceKind::Team => &PagerDutyTeams,
        }
    }

    fn validate(transport: &impl Transport) -> Result<Tenant, Error> {
        account::validate(transport)
    }
}

connector_sdk::export!(PagerDutyConnector);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_separator_is_in_no_identifier() {
        let long = "P".repeat(65);
        for id in [
            "", ".", "..", "P/1", "P%2f1", "P?x", "P.1", "é", "P 1", &long,
        ] {
            assert!(!ResourceKind::User.is_id(id), "{id}");
            assert!(!ResourceKind::Team.is_id(id), "{id}");
        }
        for id in ["", "..", "a/b", "Acme", "a_b", "a?b", &"a".repeat(129)] {
            assert!(!ResourceKind::Account.is_id(id), "{id}");
        }
        assert!(ResourceKind::User.is_id("PXPGF42") && ResourceKind::Account.is_id("acme-1.eu"));
    }
}
