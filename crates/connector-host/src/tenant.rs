//! A connector set up for one tenant: what an embedding host works with.

use std::fmt::Debug;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::recording::{Recorded, Recorder};
use connector_gateway::{
    BaseUrl, ClientError, Credentials, EgressOptions, Gateway, RateLimiter, TokenFailure,
};
use connector_runtime::{
    CallFailure, CallLimits, CallOutput, Connector, HttpClient, LimitHit, MemoryHold, Totals, Usage,
};
use connector_sync::Source;
use connector_types::lock;
use connector_types::{
    Descriptor, EntitlementList, ErrorCase, Page, Problem, ResourceId, Tenant, Weigh,
};

/// The settings of one tenant: its provider, its secrets, its limits.
#[derive(Clone, Debug)]
pub struct TenantConfig {
    /// The name in summaries and in the audit trail.
    pub name: String,
    /// The base URL of the provider.
    pub base_url: BaseUrl,
    /// The tenant's secrets.
    pub credentials: Credentials,
    /// The source from which the secrets can be read again when the provider no longer accepts them
    /// (none).
    pub renewal: Option<Arc<dyn Renewal>>,
    /// Limits of each call.
    pub limits: CallLimits,
    /// The network settings.
    pub egress: EgressOptions,
    /// The rate limiter of its requests. Tenants that share a key share a clone of one rate
    /// limiter.
    pub rate_limiter: RateLimiter,
    /// The recorder of the HTTP exchange (none).
    pub recorder: Option<Arc<Recorder>>,
}

impl TenantConfig {
    /// Returns a tenant with default limits and its own rate limiter, named after its base URL.
    pub fn new(base_url: BaseUrl, credentials: Credentials) -> Self {
        Self {
            name: base_url.to_string(),
            base_url,
            credentials,
            renewal: None,
            limits: CallLimits::default(),
            egress: EgressOptions::default(),
            rate_limiter: RateLimiter::new(Duration::from_secs(300)),
            recorder: None,
        }
    }
}

/// A source from which a tenant's secrets can be read again.
pub trait Renewal: Debug + Send + Sync {
    /// Returns all secrets as they stand there now; `None` where they are those that were read before, or
    /// cannot be read. May read files.
    fn read_again(&self) -> Option<Credentials>;
}

/// A connector that is ready to read one tenant. Clones are one tenant.
#[derive(Clone, Debug)]
pub struct TenantConnector {
    connector: Connector,
    config: Arc<TenantConfig>,
    gateway: Arc<Mutex<Arc<Gateway>>>,
    renewing: Arc<tokio::sync::Mutex<()>>,
    usage_totals: Arc<Mutex<UsageTotals>>,
}

#[derive(Debug)]
struct UsageTotals {
    totals: Totals,
    returned: usize,
    /// The memory of stored failures.
    failures: MemoryHold,
}

impl TenantConnector {
    /// Sets a connector up for a tenant. Sends nothing.
    ///
    /// # Errors
    /// Returns an error if the certificate roots cannot be read or TLS cannot be set up.
    pub fn new(connector: &Connector, config: TenantConfig) -> Result<Self, ClientError> {
        let gateway = build_gateway(connector, &config, config.credentials.clone())?;
        Ok(Self {
            connector: connector.clone(),
            gateway: Arc::new(Mutex::new(Arc::new(gateway))),
            renewing: Arc::default(),
            usage_totals: Arc::new(Mutex::new(UsageTotals {
                totals: Totals::default(),
                returned: 0,
                failures: MemoryHold::new(&config.limits.budget),
            })),
            config: Arc::new(config),
        })
    }

    /// Returns the current gateway of this tenant's requests: it changes after its secrets have
    /// been renewed.
    pub fn gateway(&self) -> Arc<Gateway> {
        Arc::clone(&lock(&self.gateway))
    }

    /// Returns the connector that reads this tenant.
    pub fn connector(&self) -> &Connector {
        &self.connector
    }

    /// Returns the recorder of this tenant's HTTP exchange, if there is one.
    pub fn tenant_recorder(&self) -> Option<&Recorder> {
        self.config.recorder.as_deref()
    }

    /// Returns the totals of the calls so far.
    pub fn usage_totals(&self) -> Totals {
        lock(&self.usage_totals).totals.clone()
    }

    /// Makes a call; once more where the provider did not take the secret and another one is found.
    async fn call<T: Weigh, F: Future<Output = CallOutput<T>>>(
        &self,
        call: impl Fn(Arc<dyn HttpClient>) -> F,
    ) -> CallOutput<T> {
        if let Err(full) = self.memory_room() {
            return CallOutput {
                result: Err(full),
                usage: Usage::default(),
            };
        }
        let gateway = self.gateway();
        let called = self.count(call(self.recorded_client(&gateway)).await);
        if !is_unauthenticated(&called) || !self.renew_gateway(&gateway).await {
            return explain_token(called, &gateway);
        }
        let gateway = self.gateway();
        let again = self.count(call(self.recorded_client(&gateway)).await);
        let again = explain_token(again, &gateway);
        CallOutput {
            usage: again.usage.after_call(&called.usage),
            result: again.result,
        }
    }

    /// Returns the gateway, behind the recorder if there is one.
    fn recorded_client(&self, gateway: &Arc<Gateway>) -> Arc<dyn HttpClient> {
        let gateway = Arc::clone(gateway);
        match &self.config.recorder {
            None => gateway,
            Some(recorder) => Arc::new(Recorded::new(Arc::clone(recorder), gateway)),
        }
    }

    /// Replaces the gateway that was `used` by one with the secrets as they are now. `false` is:
    /// there are no others.
    async fn renew_gateway(&self, used: &Arc<Gateway>) -> bool {
        let _one_at_a_time = self.renewing.lock().await;
        if !Arc::ptr_eq(used, &self.gateway()) {
            return true;
        }
        let Some(renewal) = self.config.renewal.clone() else {
            return false;
        };
        let read = tokio::task::spawn_blocking(move || renewal.read_again());
        let renewed = read.await.ok().flatten();
        let renewed =
            renewed.and_then(|secrets| build_gateway(&self.connector, &self.config, secrets).ok());
        let Some(renewed) = renewed else {
            return false;
        };
        *lock(&self.gateway) = Arc::new(renewed.replace_gateway(used));
        true
    }

    fn memory_room(&self) -> Result<(), CallFailure> {
        let most = self.config.limits.tenant_returned_bytes;
        if lock(&self.usage_totals).returned > most {
            Err(CallFailure::Limited(LimitHit::TenantReturnedBytes(most)))
        } else {
            Ok(())
        }
    }

    fn count<T: Weigh>(&self, called: CallOutput<T>) -> CallOutput<T> {
        let CallOutput { result, usage } = called;
        let mut usage_totals = lock(&self.usage_totals);
        usage_totals.totals.add(&usage);
        if let Ok(answer) = &result {
            usage_totals.returned = usage_totals.returned.saturating_add(answer.weight());
        }
        drop(usage_totals);
        let result = result.and_then(|answer| self.memory_room().map(|()| answer));
        CallOutput { result, usage }
    }
}

fn build_gateway(
    connector: &Connector,
    config: &TenantConfig,
    credentials: Credentials,
) -> Result<Gateway, ClientError> {
    let (limits, egress) = (&config.limits, &config.egress);
    let total_timeout = limits.request_time.unwrap_or(egress.total_timeout);
    let egress = EgressOptions {
        max_body: limits.body_bytes.unwrap_or(egress.max_body),
        total_timeout,
        ..egress.clone()
    };
    let gateway = Gateway::new(
        connector.descriptor(),
        config.base_url.clone(),
        credentials,
        &egress,
        config.rate_limiter.clone(),
    )?;
    Ok(gateway.for_tenant(&config.name))
}

/// Replaces the connector's error by the reason why there is no access token, if the last request was
/// not sent for that reason.
fn explain_token<T>(called: CallOutput<T>, gateway: &Gateway) -> CallOutput<T> {
    let sent = called.usage.sent.last();
    let sent = sent.filter(|sent| sent.error.is_some());
    let failed = sent.and_then(|sent| {
        let failure = gateway.token_failure(&sent.credential)?;
        Some((sent.credential.clone(), failure))
    });
    match (called.result, failed) {
        (Err(CallFailure::Reported { .. }), Some((credential, TokenFailure { case, problem }))) => {
            let credential = Some(credential);
            let problem = Problem {
                credential,
                ..problem
            };
            CallOutput {
                result: Err(CallFailure::Reported { case, problem }),
                usage: called.usage,
            }
        }
        (result, _) => CallOutput {
            result,
            usage: called.usage,
        },
    }
}

fn is_unauthenticated<T>(called: &CallOutput<T>) -> bool {
    matches!(
        &called.result,
        Err(CallFailure::Reported {
            case: ErrorCase::Unauthenticated,
            ..
        })
    )
}

impl Source for TenantConnector {
    fn descriptor(&self) -> &Descriptor {
        self.connector.descriptor()
    }

    fn component_sha256(&self) -> &str {
        self.connector.sha256()
    }

    fn base_url(&self) -> String {
        self.config.base_url.to_string()
    }

    fn has_credential(&self, name: &str) -> bool {
        self.config.credentials.has_credential(name)
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

    fn charge_time(&self, time: Duration) {
        lock(&self.usage_totals).totals.cpu += time;
    }

    fn hold(&self, bytes: usize) -> Result<(), LimitHit> {
        lock(&self.usage_totals).failures.grow_by(bytes)
    }

    fn validate(&self) -> impl Future<Output = CallOutput<Tenant>> + Send {
        self.call(|http| self.connector.validate(http, &self.config.limits))
    }

    fn list_entitlements(
        &self,
        resource_type: &str,
    ) -> impl Future<Output = CallOutput<EntitlementList>> + Send {
        self.call(move |http| {
            let limits = &self.config.limits;
            self.connector
                .list_entitlements(http, limits, resource_type)
        })
    }

    fn list_resources(
        &self,
        resource_type: &str,
        parent: Option<&ResourceId>,
        page_token: Option<&str>,
    ) -> impl Future<Output = CallOutput<Page>> + Send {
        self.call(move |http| {
            let limits = &self.config.limits;
            self.connector
                .list_resources(http, limits, resource_type, parent, page_token)
        })
    }

    fn list_grants(
        &self,
        resource: &ResourceId,
        page_token: Option<&str>,
    ) -> impl Future<Output = CallOutput<Page>> + Send {
        self.call(move |http| {
            let limits = &self.config.limits;
            self.connector
                .list_grants(http, limits, resource, page_token)
        })
    }
}
