//! Generated types to and from the host's own. One exhaustive conversion each, none with a
//! wildcard: a case that the contract gains stops them from compiling.

mod description;
mod page;

pub(crate) use page::ListedPage;

use super::bindings::exports::governance::connector::inventory as wi;
use super::bindings::governance::connector::{http_client as wh, types as wt};
use super::{CallFailure, HttpError, HttpRequest, Response};
use connector_types::{
    CredentialState, CredentialStatus, EntitlementList, ErrorCase, Problem, ResourceId, Tenant,
};

fn convert_all<A, B: From<A>>(items: Vec<A>) -> Vec<B> {
    items.into_iter().map(Into::into).collect()
}

impl From<wh::Request> for HttpRequest {
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
            HttpError::HeldBack(seconds) => Self::HeldBack(seconds),
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

impl From<wi::Tenant> for Tenant {
    fn from(from: wi::Tenant) -> Self {
        Self {
            id: from.id.into(),
            display_name: from.display_name,
            credential_owner: from.credential_owner.into(),
            credential_owner_name: from.credential_owner_name,
            notices: convert_all(from.notices),
            credentials: convert_all(from.credentials),
            rate_limit: from.rate_limit.map(Into::into),
        }
    }
}

impl From<wi::CredentialState> for CredentialState {
    fn from(from: wi::CredentialState) -> Self {
        Self {
            credential: from.credential,
            status: from.status.into(),
        }
    }
}

impl From<wi::CredentialStatus> for CredentialStatus {
    fn from(from: wi::CredentialStatus) -> Self {
        match from {
            wi::CredentialStatus::Accepted => Self::Accepted,
            wi::CredentialStatus::Rejected(problem) => Self::Rejected(problem.into()),
            wi::CredentialStatus::NotConfigured => Self::NotConfigured,
            wi::CredentialStatus::NotChecked => Self::NotChecked,
        }
    }
}

impl From<wi::EntitlementList> for EntitlementList {
    fn from(from: wi::EntitlementList) -> Self {
        Self {
            entitlements: convert_all(from.entitlements),
            notices: convert_all(from.notices),
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
        .cut()
    }
}

impl From<wt::Error> for CallFailure {
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
