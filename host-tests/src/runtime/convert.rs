//! Generated types to and from the host's own. One exhaustive conversion each, none with a
//! wildcard: a case that the contract gains stops this file from compiling.

use super::bindings::exports::governance::connector::{description as wd, inventory as wi};
use super::bindings::governance::connector::{http_client as wh, types as wt};
use super::{Failure, HttpError, Request, Response};
use crate::records::{
    AccountType, BaseUrlOption, Credential, CredentialForm, Descriptor, Details, Endpoint,
    Entitlement, EntitlementList, ErrorCase, Evidence, Grant, GrantsSource, Notice, Page, Problem,
    Profile, Purpose, RateLimit, Resource, ResourceId, ResourceType, SecretDetails, Status, Tenant,
    Text, UserDetails,
};

fn all<A, B: From<A>>(items: Vec<A>) -> Vec<B> {
    items.into_iter().map(Into::into).collect()
}

impl From<wh::Request> for Request {
    fn from(from: wh::Request) -> Self {
        Self {
            credential: from.credential,
            path_with_query: from.path_with_query,
            headers: from.headers,
        }
    }
}

impl From<Response> for wh::Response {
    fn from(from: Response) -> Self {
        Self {
            status: from.status,
            headers: from.headers,
            body: from.body,
        }
    }
}

impl From<HttpError> for wh::Error {
    fn from(from: HttpError) -> Self {
        match from {
            HttpError::Denied(text) => Self::Denied(text),
            HttpError::NoCredential => Self::NoCredential,
            HttpError::Timeout => Self::Timeout,
            HttpError::Connection(text) => Self::Connection(text),
            HttpError::BodyTooLarge(limit) => Self::BodyTooLarge(limit),
            HttpError::Other(text) => Self::Other(text),
        }
    }
}

impl From<ResourceId> for wt::ResourceId {
    fn from(from: ResourceId) -> Self {
        Self {
            resource_type: from.resource_type.to_string(),
            id: from.id.to_string(),
        }
    }
}

impl From<wt::ResourceId> for ResourceId {
    fn from(from: wt::ResourceId) -> Self {
        Self::new(from.resource_type, from.id)
    }
}

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

/// Most texts of a grant are those of the grant before it, and are kept once.
fn grants(from: Vec<wt::Grant>) -> Vec<Grant> {
    let mut all: Vec<Grant> = Vec::with_capacity(from.len());
    for one in from {
        let before = all.last();
        let id = |id: wt::ResourceId, before: Option<&ResourceId>| ResourceId {
            resource_type: shared(id.resource_type, before.map(|it| &it.resource_type)),
            id: shared(id.id, before.map(|it| &it.id)),
        };
        let word = |text: Option<String>, before: Option<&Text>| text.map(|it| shared(it, before));
        let grant = Grant {
            resource: id(one.resource, before.map(|it| &it.resource)),
            entitlement: shared(one.entitlement, before.map(|it| &it.entitlement)),
            principal: id(one.principal, before.map(|it| &it.principal)),
            implied_by: word(one.implied_by, before.and_then(|it| it.implied_by.as_ref())),
            expands: word(one.expands, before.and_then(|it| it.expands.as_ref())),
        };
        all.push(grant);
    }
    all
}

fn shared(text: String, before: Option<&Text>) -> Text {
    let same = before.filter(|before| **before == text);
    same.cloned().unwrap_or_else(|| text.into())
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
        Self {
            resources: all(from.resources),
            entitlements: all(from.entitlements),
            grants: grants(from.grants),
            notices: all(from.notices),
            next: from.next,
            rate_limit: from.rate_limit.map(Into::into),
        }
    }
}

impl From<wi::Tenant> for Tenant {
    fn from(from: wi::Tenant) -> Self {
        Self {
            id: from.id.into(),
            display_name: from.display_name,
            credential_owner: from.credential_owner.into(),
            credential_owner_name: from.credential_owner_name,
            notices: all(from.notices),
            rate_limit: from.rate_limit.map(Into::into),
        }
    }
}

impl From<wi::EntitlementList> for EntitlementList {
    fn from(from: wi::EntitlementList) -> Self {
        Self {
            entitlements: all(from.entitlements),
            notices: all(from.notices),
            rate_limit: from.rate_limit.map(Into::into),
        }
    }
}

impl From<wt::Problem> for Problem {
    fn from(from: wt::Problem) -> Self {
        Self {
            message: from.message,
            detail: from.detail,
            credential: from.credential,
            status: from.status,
            retry_after: from.retry_after,
        }
    }
}

impl From<wt::Error> for Failure {
    fn from(from: wt::Error) -> Self {
        let (case, problem) = match from {
            wt::Error::Misconfigured(problem) => (ErrorCase::Misconfigured, problem),
            wt::Error::InvalidArgument(problem) => (ErrorCase::InvalidArgument, problem),
            wt::Error::Expired(problem) => (ErrorCase::Expired, problem),
            wt::Error::Unauthenticated(problem) => (ErrorCase::Unauthenticated, problem),
            wt::Error::Forbidden(problem) => (ErrorCase::Forbidden, problem),
            wt::Error::NotOffered(problem) => (ErrorCase::NotOffered, problem),
            wt::Error::NotFound(problem) => (ErrorCase::NotFound, problem),
            wt::Error::RateLimited(problem) => (ErrorCase::RateLimited, problem),
            wt::Error::QuotaExhausted(problem) => (ErrorCase::QuotaExhausted, problem),
            wt::Error::Unavailable(problem) => (ErrorCase::Unavailable, problem),
            wt::Error::UnexpectedResponse(problem) => (ErrorCase::UnexpectedResponse, problem),
            wt::Error::Other(problem) => (ErrorCase::Other, problem),
        };
        Self::Reported {
            case,
            problem: problem.into(),
        }
    }
}

impl From<wd::ResourceType> for ResourceType {
    fn from(from: wd::ResourceType) -> Self {
        Self {
            id: from.id,
            display_name: from.display_name,
            description: from.description,
            parent: from.parent,
            met_in_passing: from.met_in_passing,
            opt_in: from.opt_in,
            needs: from.needs,
        }
    }
}

impl From<wd::CredentialForm> for CredentialForm {
    fn from(from: wd::CredentialForm) -> Self {
        Self {
            name: from.name,
            header: from.header,
            prefix: from.prefix,
            description: from.description,
        }
    }
}

impl From<wd::Credential> for Credential {
    fn from(from: wd::Credential) -> Self {
        Self {
            name: from.name,
            description: from.description,
            required: from.required,
            forms: all(from.forms),
        }
    }
}

impl From<wd::BaseUrl> for BaseUrlOption {
    fn from(from: wd::BaseUrl) -> Self {
        Self {
            url: from.url,
            description: from.description,
        }
    }
}

impl From<wd::Endpoint> for Endpoint {
    fn from(from: wd::Endpoint) -> Self {
        Self {
            path: from.path,
            query: from.query,
            credential: from.credential,
            rate: from.rate,
            purpose: from.purpose,
        }
    }
}

impl From<wd::Descriptor> for Descriptor {
    fn from(from: wd::Descriptor) -> Self {
        Self {
            name: from.name,
            version: from.version,
            resource_types: all(from.resource_types),
            credentials: all(from.credentials),
            base_urls: all(from.base_urls),
            endpoints: all(from.endpoints),
        }
    }
}
