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
                // Nobody has read this yet: no provider here says when somebody last signed in.
                last_login: None,
            }),
            model::Details::Group => Self::Group,
            model::Details::Tenant => Self::Tenant,
            model::Details::Secret(secret) => Self::Secret(contract::SecretDetails {
                created_by: secret.created_by.map(Into::into),
                opens: secret.opens.map(Into::into),
                expires_at: secret.expires_at,
                last_used_at: secret.last_used_at,
            }),
            model::Details::Other => Self::Other,
        }
    }
}

impl From<model::GrantsSource> for contract::GrantsSource {
    fn from(source: model::GrantsSource) -> Self {
        match source {
            model::GrantsSource::Lists => Self::Lists,
            model::GrantsSource::ListsAndListGrants => Self::ListsAndListGrants,
            model::GrantsSource::ListsAndMoreOnRequest => Self::ListsAndMoreOnRequest,
        }
    }
}

impl From<model::Evidence> for contract::Evidence {
    fn from(evidence: model::Evidence) -> Self {
        match evidence {
            model::Evidence::Listed => Self::Listed,
            model::Evidence::Mentioned => Self::Mentioned,
        }
    }
}

impl From<model::Resource> for contract::Resource {
    fn from(resource: model::Resource) -> Self {
        Self {
            id: resource.id.into(),
            parent: resource.parent.map(Into::into),
            display_name: resource.display_name,
            description: resource.description,
            evidence: resource.evidence.into(),
            status: resource.status.into(),
            created_at: resource.created_at,
            updated_at: resource.updated_at,
            details: resource.details.into(),
            profile: resource
                .profile
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            grants: resource.grants.into(),
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

impl From<model::Grant> for contract::Grant {
    fn from(grant: model::Grant) -> Self {
        Self {
            resource: grant.resource.into(),
            entitlement: grant.entitlement.into_owned(),
            principal: grant.principal.into(),
            implied_by: grant.implied_by.map(str::to_owned),
            expands: grant.expands.map(str::to_owned),
        }
    }
}

impl From<model::Notice> for contract::Notice {
    fn from(notice: model::Notice) -> Self {
        Self {
            code: notice.code.to_owned(),
            about: notice.about.map(Into::into),
            omits: notice.omits,
            message: notice.message,
        }
    }
}

impl From<model::RateLimit> for contract::RateLimit {
    fn from(limit: model::RateLimit) -> Self {
        Self {
            limit: limit.limit,
            remaining: limit.remaining,
            window: limit.window,
            reset_after: limit.reset_after,
            month_limit: limit.month_limit,
            month_remaining: limit.month_remaining,
        }
    }
}

impl From<model::Page> for contract::Page {
    fn from(page: model::Page) -> Self {
        Self {
            resources: all(page.resources),
            entitlements: all(page.entitlements),
            grants: all(page.grants),
            notices: all(page.notices),
            next: page.next,
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
            rate_limit: tenant.rate_limit.map(Into::into),
        }
    }
}

impl From<error::Error> for contract::Error {
    fn from(error: error::Error) -> Self {
        let problem = contract::Problem {
            message: error.problem.message,
            detail: error.problem.detail,
            credential: error.problem.credential.map(str::to_owned),
            status: error.problem.status,
            retry_after: error.problem.retry_after,
        };
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
