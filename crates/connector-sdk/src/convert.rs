//! Converts records and errors to the contract's: exhaustive, without a wildcard arm.

use crate::bindings::exports::governance::connector::inventory as out;
use crate::bindings::governance::connector::types as contract;
use crate::{error, model};

impl From<model::ResourceId> for contract::ResourceId {
    fn from(id: model::ResourceId) -> Self {
        Self {
            resource_type: id.resource_type.to_owned(),
            id: id.id,
        }
    }
}

impl From<model::Status> for contract::Status {
    fn from(status: model::Status) -> Self {
        match status {
            model::Status::Enabled => Self::Enabled,
            model::Status::Disabled => Self::Disabled,
            model::Status::Unknown => Self::Unknown,
        }
    }
}

impl From<model::AccountType> for contract::AccountType {
    fn from(account_type: model::AccountType) -> Self {
        match account_type {
            model::AccountType::Human => Self::Human,
            model::AccountType::Service => Self::Service,
            model::AccountType::External => Self::External,
            model::AccountType::Unknown => Self::Unknown,
        }
    }
}

impl From<model::Details> for contract::Details {
    fn from(details: model::Details) -> Self {
        match details {
            model::Details::User(user) => Self::User(contract::UserDetails {
                email: user.email,
                login: user.login,
                account_type: user.account_type.into(),
                last_login: user.last_login,
            }),
            model::Details::Group => Self::Group,
            model::Details::Tenant => Self::Tenant,
            model::Details::Audience(audience) => Self::Audience(audience.into()),
            model::Details::Secret(secret) => Self::Secret(contract::SecretDetails {
                created_by: secret.created_by.map(Into::into),
                access_to: secret.access_to.map(Into::into),
                expires_at: secret.expires_at,
                last_used: secret.last_used.into(),
            }),
            model::Details::Other => Self::Other,
            model::Details::Change(extent) => Self::Change(extent.into()),
        }
    }
}

impl From<model::EventExtent> for contract::ChangeExtent {
    fn from(extent: model::EventExtent) -> Self {
        match extent {
            model::EventExtent::None => Self::None,
            model::EventExtent::Resources(ids) => {
                Self::Resources(ids.into_iter().map(Into::into).collect())
            }
            model::EventExtent::Unknown => Self::Unknown,
        }
    }
}

impl From<model::LastUse> for contract::LastUse {
    fn from(last_use: model::LastUse) -> Self {
        match last_use {
            model::LastUse::NotStated => Self::NotStated,
            model::LastUse::Never => Self::Never,
            model::LastUse::At(time) => Self::At(time),
        }
    }
}

impl From<model::Audience> for contract::Audience {
    fn from(audience: model::Audience) -> Self {
        match audience {
            model::Audience::Anyone => Self::Anyone,
            model::Audience::Organization => Self::Organization,
        }
    }
}

impl From<model::GrantListing> for contract::GrantListing {
    fn from(listing: model::GrantListing) -> Self {
        match listing {
            model::GrantListing::Complete => Self::Complete,
            model::GrantListing::ListGrantsRequired => Self::ListGrantsRequired,
            model::GrantListing::ListGrantsOptional => Self::ListGrantsOptional,
        }
    }
}

impl From<model::Resource> for contract::Resource {
    fn from(resource: model::Resource) -> Self {
        Self {
            id: resource.id.id,
            display_name: resource.display_name,
            description: resource.description,
            status: resource.status.into(),
            created_at: resource.created_at,
            updated_at: resource.updated_at,
            details: resource.details.into(),
            attributes: attributes(resource.attributes),
            grants: resource.grants.into(),
        }
    }
}

impl From<model::Reference> for contract::Reference {
    fn from(reference: model::Reference) -> Self {
        let resource = reference.resource;
        Self {
            id: resource.id.into(),
            parent: reference.parent.map(Into::into),
            display_name: Some(resource.display_name),
            description: resource.description,
            status: resource.status.into(),
            created_at: resource.created_at,
            updated_at: resource.updated_at,
            details: resource.details.into(),
            attributes: attributes(resource.attributes),
        }
    }
}

impl From<model::Purpose> for contract::Purpose {
    fn from(purpose: model::Purpose) -> Self {
        match purpose {
            model::Purpose::Assignment => Self::Assignment,
            model::Purpose::Permission => Self::Permission,
            model::Purpose::Ownership => Self::Ownership,
            model::Purpose::Other => Self::Other,
        }
    }
}

impl From<model::Entitlement> for contract::Entitlement {
    fn from(entitlement: model::Entitlement) -> Self {
        Self {
            resource_type: entitlement.resource_type.to_owned(),
            slug: entitlement.slug.into_owned(),
            display_name: entitlement.display_name.into_owned(),
            description: entitlement.description.into_owned(),
            purpose: entitlement.purpose.into(),
            grantable_to: entitlement
                .grantable_to
                .into_iter()
                .map(str::to_owned)
                .collect(),
            exclusion_group: entitlement.exclusion_group.map(str::to_owned),
            rank: entitlement.rank,
        }
    }
}

impl From<model::GrantSet> for contract::GrantSet {
    fn from(set: model::GrantSet) -> Self {
        let entitlements = set
            .entitlements
            .into_iter()
            .map(model::BorrowedText::into_owned);
        Self {
            resource: set.resource.into(),
            entitlements: entitlements.collect(),
            principal_type: set.principal_type.to_owned(),
            principal_ids: set.principal_ids,
            implied_by: set.implied_by.map(str::to_owned),
            expands: set.expands.map(str::to_owned),
        }
    }
}

impl From<model::Impact> for contract::Impact {
    fn from(impact: model::Impact) -> Self {
        match impact {
            model::Impact::None => Self::None,
            model::Impact::ItemOmitted => Self::ItemOmitted,
            model::Impact::AccessUnknown => Self::AccessUnknown,
            model::Impact::AttributeUnknown => Self::AttributeUnknown,
        }
    }
}

impl From<model::Notice> for contract::Notice {
    fn from(notice: model::Notice) -> Self {
        Self {
            code: notice.code.to_owned(),
            about: notice.about.map(Into::into),
            impact: notice.impact.into(),
            message: notice.message,
        }
    }
}

impl From<model::RateLimit> for contract::RateLimit {
    fn from(limit: model::RateLimit) -> Self {
        Self {
            credential: limit.credential.to_owned(),
            limit: limit.limit,
            remaining: limit.remaining,
            window: limit.window,
            reset_after: limit.reset_after,
            monthly_limit: limit.monthly_limit,
            monthly_remaining: limit.monthly_remaining,
        }
    }
}

impl From<model::Page> for contract::Page {
    fn from(page: model::Page) -> Self {
        Self {
            resources: all(page.resources),
            references: all(page.references),
            entitlements: all(page.entitlements),
            grants: all(page.grants),
            notices: all(page.notices),
            next_page_token: page.next_page_token,
            rate_limit: page.rate_limit.map(Into::into),
        }
    }
}

impl From<model::EntitlementList> for out::EntitlementList {
    fn from(list: model::EntitlementList) -> Self {
        Self {
            entitlements: all(list.entitlements),
            notices: all(list.notices),
            rate_limit: list.rate_limit.map(Into::into),
        }
    }
}

impl From<model::Tenant> for out::Tenant {
    fn from(tenant: model::Tenant) -> Self {
        Self {
            id: tenant.id.into(),
            display_name: tenant.display_name,
            credential_owner: tenant.credential_owner.into(),
            credential_owner_name: tenant.credential_owner_name,
            notices: all(tenant.notices),
            credentials: all(tenant.credentials),
            rate_limit: tenant.rate_limit.map(Into::into),
        }
    }
}

impl From<model::CredentialState> for out::CredentialState {
    fn from(state: model::CredentialState) -> Self {
        Self {
            credential: state.credential.to_owned(),
            status: state.status.into(),
        }
    }
}

impl From<model::CredentialStatus> for out::CredentialStatus {
    fn from(status: model::CredentialStatus) -> Self {
        match status {
            model::CredentialStatus::Accepted => Self::Accepted,
            model::CredentialStatus::Rejected(problem) => Self::Rejected(problem.into()),
            model::CredentialStatus::NotConfigured => Self::NotConfigured,
            model::CredentialStatus::NotChecked => Self::NotChecked,
        }
    }
}

impl From<error::Problem> for contract::Problem {
    fn from(problem: error::Problem) -> Self {
        Self {
            message: problem.message,
            detail: problem.detail,
            credential: problem.credential.map(str::to_owned),
            status: problem.status,
            retry_after: problem.retry_after,
        }
    }
}

impl From<error::Error> for contract::Error {
    fn from(error: error::Error) -> Self {
        let problem = error.problem.into();
        match error.kind {
            error::ErrorKind::Misconfigured => Self::Misconfigured(problem),
            error::ErrorKind::InvalidArgument => Self::InvalidArgument(problem),
            error::ErrorKind::Expired => Self::Expired(problem),
            error::ErrorKind::Unauthenticated => Self::Unauthenticated(problem),
            error::ErrorKind::Forbidden => Self::Forbidden(problem),
            error::ErrorKind::NotOffered => Self::NotOffered(problem),
            error::ErrorKind::NotFound => Self::NotFound(problem),
            error::ErrorKind::RateLimited => Self::RateLimited(problem),
            error::ErrorKind::QuotaExhausted => Self::QuotaExhausted(problem),
            error::ErrorKind::Unavailable => Self::Unavailable(problem),
            error::ErrorKind::UnexpectedResponse => Self::UnexpectedResponse(problem),
            error::ErrorKind::Other => Self::Other(problem),
        }
    }
}

fn all<T, U: From<T>>(items: Vec<T>) -> Vec<U> {
    items.into_iter().map(Into::into).collect()
}

fn attributes(all: Vec<(&'static str, String)>) -> Vec<(String, String)> {
    let owned = all
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    owned.collect()
}
