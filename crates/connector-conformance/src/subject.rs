//! The subject of the contract checks: its calls, regardless of the implementation behind them.

use std::sync::Arc;

use connector_runtime::{BoxFuture, CallFailure, CallLimits, CallOutput, Connector, HttpClient};
use connector_types::{Descriptor, EntitlementList, Page, ResourceId, Tenant};

/// A call of the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContractCall {
    /// `validate`.
    Validate,
    /// `list-entitlements` of a type.
    Entitlements(String),
    /// `list-resources` of a type, under a parent, from a page token on.
    Resources(String, Option<ResourceId>, Option<String>),
    /// `list-grants` on a resource, from a page token on.
    Grants(ResourceId, Option<String>),
}

impl ContractCall {
    /// Returns the call as text, for a report.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Validate => "validate".to_owned(),
            Self::Entitlements(of) => format!("list-entitlements {of}"),
            Self::Resources(of, None, _) => format!("list-resources {of}"),
            Self::Resources(of, Some(parent), _) => format!("list-resources {of} under {parent}"),
            Self::Grants(of, _) => format!("list-grants {of}"),
        }
    }

    pub(super) fn with_page_token(&self, page_token: &str) -> Self {
        let page_token = Some(page_token.to_owned());
        match self.clone() {
            Self::Resources(of, parent, _) => Self::Resources(of, parent, page_token),
            Self::Grants(of, _) => Self::Grants(of, page_token),
            other @ (Self::Validate | Self::Entitlements(_)) => other,
        }
    }
}

/// The answer of any call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallResult {
    /// Of `validate`.
    Tenant(Box<Tenant>),
    /// Of `list-entitlements`.
    Entitlements(EntitlementList),
    /// Of `list-resources` and `list-grants`.
    Page(Page),
}

impl CallResult {
    pub(super) fn page(&self) -> Option<&Page> {
        match self {
            Self::Page(page) => Some(page),
            Self::Tenant(_) | Self::Entitlements(_) => None,
        }
    }
}

/// An implementation of the contract's calls: a loaded connector, or a wrapper around one.
pub trait CheckedConnector: Send + Sync {
    /// Returns its description.
    fn descriptor(&self) -> &Descriptor;

    /// Returns the SHA-256 of the component, in lower-case hexadecimal.
    fn sha256(&self) -> &str;

    /// Makes a call, whose requests go to `http`.
    fn call<'a>(
        &'a self,
        call: &'a ContractCall,
        http: Arc<dyn HttpClient>,
        limits: &'a CallLimits,
    ) -> BoxFuture<'a, Result<CallResult, CallFailure>>;
}

impl CheckedConnector for Connector {
    fn descriptor(&self) -> &Descriptor {
        self.descriptor()
    }

    fn sha256(&self) -> &str {
        self.sha256()
    }

    fn call<'a>(
        &'a self,
        call: &'a ContractCall,
        http: Arc<dyn HttpClient>,
        limits: &'a CallLimits,
    ) -> BoxFuture<'a, Result<CallResult, CallFailure>> {
        Box::pin(async move {
            match call {
                ContractCall::Validate => {
                    wrap_result(self.validate(http, limits).await, |tenant| {
                        CallResult::Tenant(Box::new(tenant))
                    })
                }
                ContractCall::Entitlements(of) => wrap_result(
                    self.list_entitlements(http, limits, of).await,
                    CallResult::Entitlements,
                ),
                ContractCall::Resources(of, parent, page_token) => {
                    let (parent, page_token) = (parent.as_ref(), page_token.as_deref());
                    let called = self.list_resources(http, limits, of, parent, page_token);
                    wrap_result(called.await, CallResult::Page)
                }
                ContractCall::Grants(of, page_token) => {
                    let called = self.list_grants(http, limits, of, page_token.as_deref());
                    wrap_result(called.await, CallResult::Page)
                }
            }
        })
    }
}

fn wrap_result<T>(
    called: CallOutput<T>,
    make: impl Fn(T) -> CallResult,
) -> Result<CallResult, CallFailure> {
    called.result.map(make)
}
