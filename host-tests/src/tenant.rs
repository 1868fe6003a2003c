//! A connector set up for one tenant: what an embedding host works with.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::gateway::{BaseUrl, ClientError, Credentials, EgressOptions, Gateway, Pacer};
use crate::records::{Descriptor, EntitlementList, Page, ResourceId, Tenant};
use crate::runtime::{CallLimits, Called, Connector};
use crate::sync::Source;

/// What is one tenant's own: where its provider is, its secrets, its limits.
#[derive(Clone, Debug)]
pub struct TenantConfig {
    /// What it is called in summaries and in the audit trail.
    pub name: String,
    /// Where the provider is.
    pub base_url: BaseUrl,
    /// The tenant's secrets.
    pub credentials: Credentials,
    /// Limits of each call.
    pub limits: CallLimits,
    /// How the network is used.
    pub egress: EgressOptions,
    /// What gives requests their turn. Tenants that share a key share a clone of one pacer.
    pub pacer: Pacer,
}

impl TenantConfig {
    /// A tenant with default limits and a pacer of its own, named after its base URL.
    pub fn new(base_url: BaseUrl, credentials: Credentials) -> Self {
        Self {
            name: base_url.to_string(),
            base_url,
            credentials,
            limits: CallLimits::default(),
            egress: EgressOptions::default(),
            pacer: Pacer::new(Duration::from_secs(300)),
        }
    }
}

/// A connector that is ready to read one tenant.
#[derive(Clone, Debug)]
pub struct TenantConnector {
    connector: Connector,
    gateway: Arc<Gateway>,
    limits: CallLimits,
}

impl TenantConnector {
    /// Sets a connector up for a tenant. Sends nothing.
    ///
    /// # Errors
    /// The certificate roots cannot be read, or TLS cannot be set up.
    pub fn new(connector: &Connector, config: TenantConfig) -> Result<Self, ClientError> {
        let gateway = Gateway::new(
            connector.descriptor(),
            config.base_url,
            config.credentials,
            &config.egress,
            config.pacer,
        )?;
        Ok(Self {
            connector: connector.clone(),
            gateway: Arc::new(gateway.for_tenant(&config.name)),
            limits: config.limits,
        })
    }

    /// The way this tenant's requests take.
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// The connector that reads this tenant.
    pub fn connector(&self) -> &Connector {
        &self.connector
    }
}

impl Source for TenantConnector {
    fn descriptor(&self) -> &Descriptor {
        self.connector.descriptor()
    }

    fn component_sha256(&self) -> &str {
        self.connector.sha256()
    }

    fn base_url(&self) -> String {
        self.gateway.base_url().to_string()
    }

    fn has_credential(&self, name: &str) -> bool {
        self.gateway.has_credential(name)
    }

    fn pacer(&self) -> &Pacer {
        self.gateway.pacer()
    }

    fn validate(&self) -> impl Future<Output = Called<Tenant>> + Send {
        let http = Arc::clone(&self.gateway);
        self.connector.validate(http, &self.limits)
    }

    fn list_entitlements(
        &self,
        resource_type: &str,
    ) -> impl Future<Output = Called<EntitlementList>> + Send {
        let http = Arc::clone(&self.gateway);
        self.connector
            .list_entitlements(http, &self.limits, resource_type)
    }

    fn list_resources(
        &self,
        resource_type: &str,
        parent: Option<&ResourceId>,
        cursor: Option<&str>,
    ) -> impl Future<Output = Called<Page>> + Send {
        let http = Arc::clone(&self.gateway);
        self.connector
            .list_resources(http, &self.limits, resource_type, parent, cursor)
    }

    fn list_grants(
        &self,
        resource: &ResourceId,
        cursor: Option<&str>,
    ) -> impl Future<Output = Called<Page>> + Send {
        let http = Arc::clone(&self.gateway);
        self.connector
            .list_grants(http, &self.limits, resource, cursor)
    }
}
