//! Roughly how much memory records take: what a host that keeps them has to reckon with.

use std::mem::size_of;

use super::{
    ChangeExtent, Details, Entitlement, EntitlementList, Grant, GrantSet, LastUse, Notice, Page,
    Problem, Resource, ResourceId, Tenant, Text,
};

/// A record that can be weighed.
pub trait Weigh {
    /// Bytes of the record and of every text in it.
    fn weight(&self) -> usize;
}

/// An answer, which is made of records.
pub trait CountRecords {
    /// Returns the number of records, and of the items of lists within them.
    fn records(&self) -> usize;
}

impl CountRecords for Page {
    fn records(&self) -> usize {
        let extents = self.resources.iter().filter_map(Resource::extent);
        let changed = extents.map(|extent| extent.resources().len());
        let facts = self.resources.iter().map(|one| one.attributes.0.len());
        let types = self.entitlements.iter().map(|one| one.grantable_to.len());
        let own = [
            self.resources.len(),
            self.entitlements.len(),
            self.grants.iter().map(GrantSet::len).sum(),
            self.notices.len(),
        ];
        changed.chain(facts).chain(types).chain(own).sum()
    }
}

impl CountRecords for EntitlementList {
    fn records(&self) -> usize {
        let types = self.entitlements.iter().map(|one| one.grantable_to.len());
        types.sum::<usize>() + self.entitlements.len() + self.notices.len()
    }
}

impl CountRecords for Tenant {
    fn records(&self) -> usize {
        self.notices.len()
    }
}

impl Weigh for String {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.len()
    }
}

impl Weigh for Text {
    /// Returns the weight of the text as if no other record shared it.
    fn weight(&self) -> usize {
        size_of::<Self>() + self.len()
    }
}

impl<T: Weigh> Weigh for Option<T> {
    fn weight(&self) -> usize {
        self.as_ref().map_or(size_of::<Self>(), Weigh::weight)
    }
}

impl<T: Weigh> Weigh for [T] {
    fn weight(&self) -> usize {
        self.iter().map(Weigh::weight).sum()
    }
}

impl Weigh for ResourceId {
    fn weight(&self) -> usize {
        self.resource_type.weight() + self.id.weight()
    }
}

impl Weigh for Details {
    fn weight(&self) -> usize {
        match self {
            Self::User(user) => {
                user.email.weight() + user.login.weight() + user.last_login.weight()
            }
            Self::Secret(secret) => {
                let ids = secret.created_by.weight() + secret.access_to.weight();
                ids + secret.expires_at.weight() + secret.last_used.weight()
            }
            Self::Change(extent) => extent.weight(),
            Self::Group | Self::Tenant | Self::Audience(_) | Self::Other => size_of::<Self>(),
        }
    }
}

impl Weigh for ChangeExtent {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.resources().weight()
    }
}

impl Weigh for Resource {
    fn weight(&self) -> usize {
        let attributes = self.attributes.0.iter();
        let attributes = attributes.map(|(name, value)| name.weight() + value.weight());
        self.id.weight()
            + self.parent.weight()
            + self.display_name.weight()
            + self.description.weight()
            + self.created_at.weight()
            + self.updated_at.weight()
            + self.details.weight()
            + attributes.sum::<usize>()
    }
}

impl Weigh for Entitlement {
    fn weight(&self) -> usize {
        self.resource_type.weight()
            + self.slug.weight()
            + self.display_name.weight()
            + self.description.weight()
            + self.grantable_to.weight()
            + self.exclusion_group.weight()
    }
}

impl Weigh for LastUse {
    fn weight(&self) -> usize {
        match self {
            Self::At(time) => time.weight(),
            Self::NotStated | Self::Never => size_of::<Self>(),
        }
    }
}

impl Weigh for GrantSet {
    /// Returns the weight of its grants: a host stores each one, and a set of a few texts may have very many.
    fn weight(&self) -> usize {
        let shared = self.resource.weight()
            + self.principal_type.weight()
            + self.implied_by.weight()
            + self.expands.weight();
        shared * self.len()
            + self.entitlements.weight() * self.principal_ids.len()
            + self.principal_ids.weight() * self.entitlements.len()
    }
}

impl Weigh for Grant {
    fn weight(&self) -> usize {
        self.resource.weight()
            + self.entitlement.weight()
            + self.principal.weight()
            + self.implied_by.weight()
            + self.expands.weight()
    }
}

impl Weigh for Notice {
    fn weight(&self) -> usize {
        self.code.weight() + self.about.weight() + self.message.weight()
    }
}

impl Weigh for Problem {
    fn weight(&self) -> usize {
        let texts = self.message.weight() + self.detail.weight() + self.credential.weight();
        size_of::<Self>() + texts
    }
}

impl Weigh for Page {
    fn weight(&self) -> usize {
        self.resources.weight()
            + self.entitlements.weight()
            + self.grants.weight()
            + self.notices.weight()
            + self.next_page_token.weight()
    }
}

impl Weigh for EntitlementList {
    fn weight(&self) -> usize {
        self.entitlements.weight() + self.notices.weight()
    }
}

impl Weigh for Tenant {
    fn weight(&self) -> usize {
        self.id.weight()
            + self.display_name.weight()
            + self.credential_owner.weight()
            + self.credential_owner_name.weight()
            + self.notices.weight()
            + self
                .credentials
                .iter()
                .map(|one| one.credential.weight())
                .sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_set_weighs_as_much_as_its_grants() {
        let texts = |texts: &[&str]| texts.iter().map(|text| Text::from(*text)).collect();
        let set = GrantSet {
            resource: ResourceId::new("workspace", "w1"),
            entitlements: texts(&["admin", "member"]),
            principal_type: "group".into(),
            principal_ids: texts(&["7", "80", "900"]),
            implied_by: None,
            expands: Some("member".into()),
        };
        let grants: Vec<Grant> = set.grants().collect();
        assert_eq!(grants.len(), 6);
        assert_eq!(set.weight(), grants.weight());
    }
}
