//! Pages and the records in them.

use super::{all, wt};
use connector_types::{
    AccountType, Details, Entitlement, Evidence, Grant, GrantsSource, Notice, Page, Profile,
    Purpose, RateLimit, Resource, SecretDetails, Status, Texts, UserDetails,
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

impl From<wt::Evidence> for Evidence {
    fn from(from: wt::Evidence) -> Self {
        match from {
            wt::Evidence::Listed => Self::Listed,
            wt::Evidence::Mentioned => Self::Mentioned,
        }
    }
}

impl From<wt::GrantsSource> for GrantsSource {
    fn from(from: wt::GrantsSource) -> Self {
        match from {
            wt::GrantsSource::Lists => Self::Lists,
            wt::GrantsSource::ListsAndListGrants => Self::ListsAndListGrants,
            wt::GrantsSource::ListsAndMoreOnRequest => Self::ListsAndMoreOnRequest,
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
            wt::Details::Secret(secret) => Self::Secret(SecretDetails {
                created_by: secret.created_by.map(Into::into),
                opens: secret.opens.map(Into::into),
                expires_at: secret.expires_at,
                last_used_at: secret.last_used_at,
            }),
            wt::Details::Other => Self::Other,
        }
    }
}

impl From<wt::Resource> for Resource {
    fn from(from: wt::Resource) -> Self {
        Self {
            id: from.id.into(),
            parent: from.parent.map(Into::into),
            display_name: from.display_name,
            description: from.description,
            evidence: from.evidence.into(),
            status: from.status.into(),
            created_at: from.created_at,
            updated_at: from.updated_at,
            details: from.details.into(),
            profile: Profile(from.profile),
            grants: from.grants.into(),
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

impl From<wt::Grant> for Grant {
    fn from(from: wt::Grant) -> Self {
        Self {
            resource: from.resource.into(),
            entitlement: from.entitlement.into(),
            principal: from.principal.into(),
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
            omits: from.omits,
            message: from.message,
        }
    }
}

impl From<wt::RateLimit> for RateLimit {
    fn from(from: wt::RateLimit) -> Self {
        Self {
            limit: from.limit,
            remaining: from.remaining,
            window: from.window,
            reset_after: from.reset_after,
            month_limit: from.month_limit,
            month_remaining: from.month_remaining,
        }
    }
}

impl From<wt::Page> for Page {
    fn from(from: wt::Page) -> Self {
        // Many grants name a few ids: each is kept once, and what the guest handed over goes as it is read.
        let mut texts = Texts::default();
        let grants = from.grants.into_iter();
        Self {
            resources: all(from.resources),
            entitlements: all(from.entitlements),
            grants: grants.map(|one| texts.shared(one.into())).collect(),
            notices: all(from.notices),
            next: from.next,
            rate_limit: from.rate_limit.map(Into::into),
        }
    }
}
