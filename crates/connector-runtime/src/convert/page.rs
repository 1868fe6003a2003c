//! Pages and the records in them.

use super::{convert_all, wt};
use connector_types::{
    AccountType, Attributes, Audience, ChangeExtent, Details, Entitlement, Evidence, GrantListing,
    GrantSet, Impact, LastUse, Notice, Page, Purpose, RateLimit, Resource, ResourceId,
    SecretDetails, Status, Text, UserDetails,
};

impl From<wt::Status> for Status {
    fn from(from: wt::Status) -> Self {
        match from {
            wt::Status::Enabled => Self::Enabled,
            wt::Status::Disabled => Self::Disabled,
            wt::Status::Unknown => Self::Unknown,
        }
    }
}

impl From<wt::AccountType> for AccountType {
    fn from(from: wt::AccountType) -> Self {
        match from {
            wt::AccountType::Human => Self::Human,
            wt::AccountType::Service => Self::Service,
            wt::AccountType::External => Self::External,
            wt::AccountType::Unknown => Self::Unknown,
        }
    }
}

impl From<wt::GrantListing> for GrantListing {
    fn from(from: wt::GrantListing) -> Self {
        match from {
            wt::GrantListing::Complete => Self::Complete,
            wt::GrantListing::ListGrantsRequired => Self::ListGrantsRequired,
            wt::GrantListing::ListGrantsOptional => Self::ListGrantsOptional,
        }
    }
}

impl From<wt::LastUse> for LastUse {
    fn from(from: wt::LastUse) -> Self {
        match from {
            wt::LastUse::NotStated => Self::NotStated,
            wt::LastUse::Never => Self::Never,
            wt::LastUse::At(time) => Self::At(time),
        }
    }
}

impl From<wt::Audience> for Audience {
    fn from(from: wt::Audience) -> Self {
        match from {
            wt::Audience::Anyone => Self::Anyone,
            wt::Audience::Organization => Self::Organization,
        }
    }
}

impl From<wt::Impact> for Impact {
    fn from(from: wt::Impact) -> Self {
        match from {
            wt::Impact::None => Self::None,
            wt::Impact::ItemOmitted => Self::ItemOmitted,
            wt::Impact::AccessUnknown => Self::AccessUnknown,
            wt::Impact::AttributeUnknown => Self::AttributeUnknown,
        }
    }
}

impl From<wt::Purpose> for Purpose {
    fn from(from: wt::Purpose) -> Self {
        match from {
            wt::Purpose::Assignment => Self::Assignment,
            wt::Purpose::Permission => Self::Permission,
            wt::Purpose::Ownership => Self::Ownership,
            wt::Purpose::Other => Self::Other,
        }
    }
}

impl From<wt::Details> for Details {
    fn from(from: wt::Details) -> Self {
        match from {
            wt::Details::User(user) => Self::User(UserDetails {
                email: user.email,
                login: user.login,
                account_type: user.account_type.into(),
                last_login: user.last_login,
            }),
            wt::Details::Group => Self::Group,
            wt::Details::Tenant => Self::Tenant,
            wt::Details::Audience(audience) => Self::Audience(audience.into()),
            wt::Details::Secret(secret) => Self::Secret(SecretDetails {
                created_by: secret.created_by.map(Into::into),
                access_to: secret.access_to.map(Into::into),
                expires_at: secret.expires_at,
                last_used: secret.last_used.into(),
            }),
            wt::Details::Other => Self::Other,
            wt::Details::Change(extent) => Self::Change(extent.into()),
        }
    }
}

impl From<wt::ChangeExtent> for ChangeExtent {
    fn from(from: wt::ChangeExtent) -> Self {
        match from {
            wt::ChangeExtent::None => Self::None,
            wt::ChangeExtent::Resources(ids) => Self::Resources(convert_all(ids)),
            wt::ChangeExtent::Unknown => Self::Unknown,
        }
    }
}

/// Returns the record of a listed resource: its type and its parent are those of the call.
fn convert_resource(
    from: wt::Resource,
    resource_type: &Text,
    parent: Option<&ResourceId>,
) -> Resource {
    Resource {
        id: ResourceId::new(resource_type.clone(), from.id),
        parent: parent.cloned(),
        display_name: from.display_name,
        description: from.description,
        evidence: Evidence::Listed,
        status: from.status.into(),
        created_at: from.created_at,
        updated_at: from.updated_at,
        details: from.details.into(),
        attributes: Attributes(from.attributes),
        grants: from.grants.into(),
    }
}

impl From<wt::Reference> for Resource {
    fn from(from: wt::Reference) -> Self {
        let id: ResourceId = from.id.into();
        let name = from.display_name.unwrap_or_else(|| id.id.to_string());
        Self {
            id,
            parent: from.parent.map(Into::into),
            display_name: name,
            description: from.description,
            evidence: Evidence::Referenced,
            status: from.status.into(),
            created_at: from.created_at,
            updated_at: from.updated_at,
            details: from.details.into(),
            attributes: Attributes(from.attributes),
            grants: GrantListing::Complete,
        }
    }
}

impl From<wt::Entitlement> for Entitlement {
    fn from(from: wt::Entitlement) -> Self {
        Self {
            resource_type: from.resource_type,
            slug: from.slug,
            display_name: from.display_name,
            description: from.description,
            purpose: from.purpose.into(),
            grantable_to: from.grantable_to,
            exclusion_group: from.exclusion_group,
            rank: from.rank,
        }
    }
}

impl From<wt::GrantSet> for GrantSet {
    fn from(from: wt::GrantSet) -> Self {
        Self {
            resource: from.resource.into(),
            entitlements: convert_all(from.entitlements),
            principal_type: from.principal_type.into(),
            principal_ids: convert_all(from.principal_ids),
            implied_by: from.implied_by.map(Into::into),
            expands: from.expands.map(Into::into),
        }
    }
}

impl From<wt::Notice> for Notice {
    fn from(from: wt::Notice) -> Self {
        Self {
            code: from.code,
            about: from.about.map(Into::into),
            impact: from.impact.into(),
            message: from.message,
        }
    }
}

impl From<wt::RateLimit> for RateLimit {
    fn from(from: wt::RateLimit) -> Self {
        Self {
            credential: from.credential,
            limit: from.limit,
            remaining: from.remaining,
            window: from.window,
            reset_after: from.reset_after,
            monthly_limit: from.monthly_limit,
            monthly_remaining: from.monthly_remaining,
        }
    }
}

/// A page with the arguments of the call that it answers, which it does not repeat.
pub(crate) struct ListedPage<'a> {
    /// The page.
    pub(crate) page: wt::Page,
    /// The type of its resources.
    pub(crate) resource_type: &'a str,
    /// The parent of its resources.
    pub(crate) parent: Option<&'a ResourceId>,
}

impl From<ListedPage<'_>> for Page {
    fn from(from: ListedPage<'_>) -> Self {
        let ListedPage {
            page,
            resource_type,
            parent,
        } = from;
        let resource_type = Text::from(resource_type);
        let resources = page.resources.into_iter();
        // Collected in place, in the memory of the list: one with all users is large.
        let listed = resources.map(|one| convert_resource(one, &resource_type, parent));
        let mut resources: Vec<Resource> = listed.collect();
        resources.extend(page.references.into_iter().map(Into::into));
        Self {
            resources,
            entitlements: convert_all(page.entitlements),
            grants: convert_all(page.grants),
            notices: convert_all(page.notices),
            next_page_token: page.next_page_token,
            rate_limit: page.rate_limit.map(Into::into),
        }
    }
}
