//! The connector client that a sync reads from.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use connector_gateway::RateLimiter;
use connector_runtime::{CallOutput, LimitHit, Sent};
use connector_types::{Descriptor, EntitlementList, Page, ResourceId, Tenant};

/// The answers of a recording that are still to be given.
pub trait RecordedAnswers: Send + Sync {
    /// Returns whether the present scope has another answer to this request.
    fn has_next(&self, sent: &Sent) -> bool;
}

/// The calls of the contract, for one tenant. Each call is complete in itself: a source keeps
/// nothing between them.
pub trait Source: Send + Sync + 'static {
    /// Returns the manifest of the connector.
    fn descriptor(&self) -> &Descriptor;

    /// Returns the SHA-256 of the component, in hexadecimal.
    fn component_sha256(&self) -> &str;

    /// Returns the provider's address.
    fn base_url(&self) -> String;

    /// Returns whether the tenant has a secret for this credential.
    fn has_credential(&self, name: &str) -> bool;

    /// Returns the rate limiter that admits requests.
    fn rate_limiter(&self) -> &RateLimiter;

    /// Returns the longest time that a sync of this tenant may take in all.
    fn longest_sync(&self) -> Duration {
        Duration::MAX
    }

    /// Pages after which a list of this tenant is taken for endless.
    fn most_pages(&self) -> u64 {
        u64::MAX
    }

    /// Returns the recording that a source replays: it decides which calls are made again, and
    /// neither waits nor the results of other calls do.
    fn recorded_answers(&self) -> Option<Arc<dyn RecordedAnswers>> {
        None
    }

    /// Takes note of processor time that the host spent on this tenant's answers, outside of calls.
    fn charge_time(&self, _time: Duration) {}

    /// Counts memory that is in use until the sync has ended toward the tenant's own.
    ///
    /// # Errors
    /// Returns the limit if the tenant would exceed it.
    fn hold(&self, _bytes: usize) -> Result<(), LimitHit> {
        Ok(())
    }

    /// Calls `validate`.
    fn validate(&self) -> impl Future<Output = CallOutput<Tenant>> + Send;

    /// Calls `list-entitlements`.
    fn list_entitlements(
        &self,
        resource_type: &str,
    ) -> impl Future<Output = CallOutput<EntitlementList>> + Send;

    /// Calls `list-resources` for one page.
    fn list_resources(
        &self,
        resource_type: &str,
        parent: Option<&ResourceId>,
        page_token: Option<&str>,
    ) -> impl Future<Output = CallOutput<Page>> + Send;

    /// Calls `list-grants` for one page.
    fn list_grants(
        &self,
        resource: &ResourceId,
        page_token: Option<&str>,
    ) -> impl Future<Output = CallOutput<Page>> + Send;
}
