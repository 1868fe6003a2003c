//! A connector behind a service, ready to be read as a tenant.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::answer::{header, misconfigured_failure, read};
use super::ask::{ReplicaResult, answer_usage, ask_first, ask_replica, no_permit};
use super::config::service_gateway;
use super::replicas::{Replica, Replicas};
use super::{ConnectError, ServiceConfig, api};
use connector_gateway::{Gateway, RateLimiter, WaitTooLong};
use connector_policy as manifest;
use connector_runtime::{CallFailure, CallOutput, LimitHit, MemoryHold, Response, Usage};
use connector_sync::Source;
use connector_types::lock;
use connector_types::{
    CountRecords, Descriptor, EntitlementList, ErrorCase, Page, RateLimit, ResourceId, Tenant,
    TypeIndex, Weigh,
};

/// A connector that runs as a service, with the provider's credential in its engine's keeping.
#[derive(Debug)]
pub struct ServiceConnector {
    gateway: Arc<Gateway>,
    config: ServiceConfig,
    descriptor: Descriptor,
    types: TypeIndex,
    credentials: BTreeSet<String>,
    replicas: Replicas,
    returned: AtomicUsize,
    /// The memory of stored failures.
    failures: Mutex<MemoryHold>,
}

/// One credential, as the service reports it.
#[derive(Deserialize)]
struct ServiceCredential {
    name: String,
    set: bool,
}

impl ServiceConnector {
    /// Asks a service what it is.
    ///
    /// # Errors
    /// Returns an error if it cannot be reached, rejects the token, or has another contract.
    pub async fn connect(config: ServiceConfig) -> Result<Self, ConnectError> {
        let gateway = service_gateway(&config)?;
        let descriptor: Descriptor = ask_first(&gateway, &config, api::DESCRIBE).await?;
        manifest::check(&descriptor).map_err(ConnectError::Descriptor)?;
        let credentials: Vec<ServiceCredential> =
            ask_first(&gateway, &config, api::CREDENTIALS).await?;
        let set = credentials.into_iter().filter(|credential| credential.set);
        let replica = Replica {
            connector: descriptor.name.clone(),
            version: descriptor.version.clone(),
        };
        Ok(Self {
            gateway: Arc::new(gateway),
            failures: Mutex::new(MemoryHold::new(&config.limits.budget)),
            config,
            types: TypeIndex::new(&descriptor),
            descriptor,
            credentials: set.map(|credential| credential.name).collect(),
            replicas: Replicas::new(replica),
            returned: AtomicUsize::new(0),
        })
    }

    /// Returns the gateway that requests to the service pass through.
    pub fn gateway(&self) -> Arc<Gateway> {
        Arc::clone(&self.gateway)
    }

    /// Returns the versions that answered.
    pub fn service_replicas(&self) -> &Replicas {
        &self.replicas
    }

    /// Makes a call; `said` finds what its answer states of the provider's limits.
    async fn call<T: DeserializeOwned + CountRecords + Weigh>(
        &self,
        call: ServiceCall<'_>,
        said: impl Fn(&T) -> Option<RateLimit>,
    ) -> CallOutput<T> {
        let credential = self.types.credential(call.resource_type);
        let endpoint = self.types.order(call.resource_type);
        let permit = match credential {
            Some(name) => Some(self.config.rate_limiter.acquire(name, endpoint, None).await),
            None => None,
        };
        if let Some(Err(WaitTooLong(wait))) = permit {
            return CallOutput {
                result: Err(no_permit(wait)),
                usage: Usage::default(),
            };
        }
        let path = call.path.clone();
        let answer = ask_replica(&self.gateway, &self.config, call.path).await;
        let usage = answer_usage(&answer, credential, &path);
        let result = self.decode_result(answer, call.goes_on);
        if let (Some(name), Ok(Some(said))) = (credential, result.as_ref().map(said)) {
            self.config.rate_limiter.record_limit(name, endpoint, &said);
        }
        CallOutput { result, usage }
    }

    fn decode_result<T: DeserializeOwned + CountRecords + Weigh>(
        &self,
        answer: ReplicaResult,
        goes_on: bool,
    ) -> Result<T, CallFailure> {
        let other_version = match &answer {
            Ok(answer) => self.note_answer(answer)?,
            Err(_) => false,
        };
        let record = read(answer).map_err(|failure| match failure {
            // The list was begun by a replica of another version, whose page tokens this one does not
            // know: it is begun again.
            CallFailure::Reported {
                case: ErrorCase::InvalidArgument,
                problem,
            } if goes_on && (other_version || self.is_mixed()) => CallFailure::Reported {
                case: ErrorCase::Expired,
                problem,
            },
            other @ (CallFailure::Reported { .. }
            | CallFailure::TimedOut(_)
            | CallFailure::Limited(_)
            | CallFailure::Trapped(_)) => other,
        });
        let record: T = record?;
        self.config.limits.check_records(&record)?;
        let weight = record.weight();
        let returned = self.returned.fetch_add(weight, Relaxed);
        let most = self.config.limits.tenant_returned_bytes;
        if returned.saturating_add(weight) > most {
            Err(CallFailure::Limited(LimitHit::TenantReturnedBytes(most)))
        } else {
            Ok(record)
        }
    }

    /// Records the replica that answered. There is none if a component in front of the service
    /// answered.
    fn note_answer(&self, answer: &Response) -> Result<bool, CallFailure> {
        match header(answer, api::CONNECTOR).map(str::parse) {
            Some(Ok(replica)) => {
                let contract = header(answer, api::CONTRACT);
                self.replicas.note_contract(&replica, contract)
            }
            None if answer.status != 200 => Ok(false),
            None | Some(Err(())) => Err(misconfigured_failure(
                "What answers under this URL is no connector's service, or something before it takes the header `connector` away.",
                "no header `connector` in an answer",
            )),
        }
    }

    fn is_mixed(&self) -> bool {
        self.replicas.answer_counts().len() > 1
    }
}

/// One call, as the service is asked for it.
struct ServiceCall<'a> {
    /// The type that is read; none in particular for `validate`.
    resource_type: &'a str,
    path: String,
    /// True if it continues a scope that was begun before.
    goes_on: bool,
}

impl<'a> ServiceCall<'a> {
    fn of(resource_type: Option<&'a str>, path: String) -> Self {
        Self {
            resource_type: resource_type.unwrap_or_default(),
            path,
            goes_on: false,
        }
    }

    fn going_on(self, page_token: Option<&str>) -> Self {
        Self {
            goes_on: page_token.is_some(),
            ..self
        }
    }
}

impl Source for ServiceConnector {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// Returns an empty text: a service states its connector's name and version, and cannot prove its bytes.
    fn component_sha256(&self) -> &str {
        ""
    }

    fn base_url(&self) -> String {
        self.config.base_url.to_string()
    }

    fn has_credential(&self, name: &str) -> bool {
        self.credentials.contains(name)
    }

    fn rate_limiter(&self) -> &RateLimiter {
        &self.config.rate_limiter
    }

    fn longest_sync(&self) -> Duration {
        self.config.limits.sync
    }

    fn most_pages(&self) -> u64 {
        self.config.limits.pages
    }

    fn hold(&self, bytes: usize) -> Result<(), LimitHit> {
        lock(&self.failures).grow_by(bytes)
    }

    async fn validate(&self) -> CallOutput<Tenant> {
        let said = |tenant: &Tenant| tenant.rate_limit.clone();
        let call = ServiceCall::of(None, api::VALIDATE.to_owned());
        self.call(call, said).await
    }

    async fn list_entitlements(&self, resource_type: &str) -> CallOutput<EntitlementList> {
        let said = |list: &EntitlementList| list.rate_limit.clone();
        let call = ServiceCall::of(Some(resource_type), api::entitlements_path(resource_type));
        self.call(call, said).await
    }

    async fn list_resources(
        &self,
        resource_type: &str,
        parent: Option<&ResourceId>,
        page_token: Option<&str>,
    ) -> CallOutput<Page> {
        let path = api::resources_path(resource_type, parent, page_token);
        let call = ServiceCall::of(Some(resource_type), path).going_on(page_token);
        self.call(call, |page: &Page| page.rate_limit.clone()).await
    }

    async fn list_grants(
        &self,
        resource: &ResourceId,
        page_token: Option<&str>,
    ) -> CallOutput<Page> {
        let path = api::grants_path(resource, page_token);
        let call = ServiceCall::of(Some(&resource.resource_type), path).going_on(page_token);
        self.call(call, |page: &Page| page.rate_limit.clone()).await
    }
}
