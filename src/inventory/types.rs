//! The kinds of resource that the connector reads.

use crate::{error::Error, postman::endpoints::SCIM};

/// Names of the types, as they stand in ids.
pub mod names {
    /// The Postman team that a credential belongs to.
    pub const TEAM: &str = "team";
    /// A person in the team.
    pub const USER: &str = "user";
    /// A group of users.
    pub const GROUP: &str = "group";
    /// A workspace.
    pub const WORKSPACE: &str = "workspace";
    /// Somebody from outside the team.
    pub const PARTNER: &str = "partner";
    /// Whoever has the address.
    pub const EVERYONE: &str = "everyone";
    /// A collection in a workspace.
    pub const COLLECTION: &str = "collection";
    /// A key that opens one collection.
    pub const COLLECTION_ACCESS_KEY: &str = "collection-access-key";
    /// An account as the identity provider manages it.
    pub const SCIM_ACCOUNT: &str = "scim-account";
}

/// One kind of resource.
pub struct ResourceType {
    /// Its name in ids.
    pub id: &'static str,
    /// Name for people to read.
    pub display_name: &'static str,
    /// What it is.
    pub description: &'static str,
    /// The type that it is listed under.
    pub parent: Option<&'static str>,
    /// Whether it is met only in pages of other types.
    pub met_in_passing: bool,
    /// Whether to leave it out unless told otherwise.
    pub opt_in: bool,
    /// The optional credential without which it cannot be read.
    pub needs: Option<&'static str>,
}

const PLAIN: ResourceType = ResourceType {
    id: "",
    display_name: "",
    description: "",
    parent: Some(names::TEAM),
    met_in_passing: false,
    opt_in: false,
    needs: None,
};

/// Every kind, parents before children.
pub const TYPES: [ResourceType; 9] = [
    ResourceType {
        id: names::TEAM,
        display_name: "Team",
        description: "The Postman team that the credential belongs to.",
        parent: None,
        ..PLAIN
    },
    ResourceType {
        id: names::USER,
        display_name: "User",
        description: "A person who belongs to the team.",
        ..PLAIN
    },
    ResourceType {
        id: names::GROUP,
        display_name: "Group",
        description: "A group of users, on Enterprise plans.",
        ..PLAIN
    },
    ResourceType {
        id: names::WORKSPACE,
        display_name: "Workspace",
        description: "A place for collections and other work, with roles of its own.",
        ..PLAIN
    },
    ResourceType {
        id: names::PARTNER,
        display_name: "Partner",
        description: "Somebody from outside the team who was invited to a workspace.",
        parent: None,
        met_in_passing: true,
        ..PLAIN
    },
    ResourceType {
        id: names::EVERYONE,
        display_name: "Everyone",
        description: "Whoever has the address of what is public.",
        parent: None,
        met_in_passing: true,
        ..PLAIN
    },
    ResourceType {
        id: names::COLLECTION,
        display_name: "Collection",
        description: "A collection of requests, with roles of its own.",
        parent: Some(names::WORKSPACE),
        opt_in: true,
        ..PLAIN
    },
    ResourceType {
        id: names::COLLECTION_ACCESS_KEY,
        display_name: "Collection access key",
        description: "A secret that opens one collection to whoever holds it.",
        ..PLAIN
    },
    ResourceType {
        id: names::SCIM_ACCOUNT,
        display_name: "SCIM account",
        description: "An account as the identity provider manages it, switched off ones too.",
        needs: Some(SCIM),
        ..PLAIN
    },
];

/// The type of this name.
pub fn find(id: &str) -> Result<&'static ResourceType, Error> {
    TYPES.iter().find(|known| known.id == id).ok_or_else(|| {
        let known: Vec<&str> = TYPES.iter().map(|known| known.id).collect();
        Error::invalid_argument(format!(
            "resource-type: none of this name; there are {}",
            known.join(", ")
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_described_as_the_contract_has_it() {
        let told: Vec<_> = TYPES
            .iter()
            .map(|of| (of.id, of.parent, of.met_in_passing, of.opt_in, of.needs))
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
        ];
        assert_eq!(told, wanted);
        for of in &TYPES {
            assert!(!of.display_name.is_empty() && of.description.ends_with('.'));
            assert_eq!(find(of.id).map(|found| found.id).ok(), Some(of.id));
        }
    }
}
