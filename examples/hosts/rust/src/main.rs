//! A complete host on plain wasmtime: reads a tenant and prints its grants.
//!
//! ```console
//! $ CONNECTOR_KEY=… plain-host postman-connector.wasm https://api.getpostman.com
//! ```
//!
//! This file has the engine and one call, `http` the import of the connector, `sync` the order of
//! the calls. The host has one credential and makes one call at a time. Its exit code is 0 if every
//! scope was read to its end, and 3 if one was not: then conclude nothing from what is absent.

mod http;
mod sync;

use std::process::ExitCode;
use std::sync::Arc;

use bindings::exports::governance::connector::inventory::EntitlementList;
use bindings::governance::connector::types::{Error, Page};
use bindings::{Connector, ConnectorPre};
use http::{InstanceState, ProviderAccess};
use sync::{SyncScope, SyncState};
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Config, Engine, Result, Store, bail};

/// Instructions that one call may take.
const FUEL: u64 = 20_000_000_000;

/// Generated from the contract.
mod bindings {
    #![allow(missing_docs, reason = "generated code, documented in wit/")]
    wasmtime::component::bindgen!({
        path: "../../../wit",
        world: "connector",
        imports: { default: async },
        exports: { default: async },
        additional_derives: [PartialEq, Eq, PartialOrd, Ord],
    });
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [component, base_url] = arguments.as_slice() else {
        bail!("usage: CONNECTOR_KEY=… plain-host COMPONENT.wasm BASE_URL");
    };
    let mut host = ExampleHost::load(component)?;
    let (guest, mut store) = host.instantiate().await?;
    let description = guest.governance_connector_description();
    let manifest = description.call_describe(&mut store).await?;
    host.tenant = Some(Arc::new(ProviderAccess::new(&manifest, base_url)?));
    let mut sync = SyncState::new(&host);
    sync.run(&manifest.resource_types).await?;
    for grant in sync.grants() {
        println!("{grant}");
    }
    for gap in &sync.gaps {
        eprintln!("warning: not read: {gap}");
    }
    Ok(ExitCode::from(if sync.gaps.is_empty() { 0 } else { 3 }))
}

/// A compiled connector and the tenant that it reads.
struct ExampleHost {
    engine: Engine,
    connector: ConnectorPre<InstanceState>,
    /// `None` while the connector describes itself.
    tenant: Option<Arc<ProviderAccess>>,
}

impl ExampleHost {
    /// Compiles a component. One that imports more than the contract has does not link.
    fn load(path: &str) -> Result<Self> {
        let engine = Engine::new(Config::new().consume_fuel(true))?;
        let component = Component::from_file(&engine, path)?;
        let mut linker = Linker::new(&engine);
        Connector::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
        Ok(Self {
            connector: ConnectorPre::new(linker.instantiate_pre(&component)?)?,
            engine,
            tenant: None,
        })
    }

    /// Returns a fresh instance with its own limits.
    async fn instantiate(&self) -> Result<(Connector, Store<InstanceState>)> {
        let state = InstanceState::new(self.tenant.clone());
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.limits);
        store.set_fuel(FUEL)?;
        Ok((self.connector.instantiate_async(&mut store).await?, store))
    }

    /// Makes one call. The outer error is a trap or a limit.
    async fn call(&self, scope: &SyncScope, token: Option<&str>) -> Result<Result<Page, Error>> {
        let (guest, mut store) = self.instantiate().await?;
        let inventory = guest.governance_connector_inventory();
        match scope {
            SyncScope::Entitlements(kind) => {
                let list = inventory.call_list_entitlements(&mut store, kind).await?;
                Ok(list.map(page_of))
            }
            SyncScope::Resources(kind, parent) => {
                let parent = parent.as_ref();
                let page = inventory.call_list_resources(&mut store, kind, parent, token);
                page.await
            }
            SyncScope::Grants(id) => inventory.call_list_grants(&mut store, id, token).await,
        }
    }
}

/// Returns a list of entitlements as the one page of its scope.
fn page_of(list: EntitlementList) -> Page {
    Page {
        resources: Vec::new(),
        references: Vec::new(),
        entitlements: list.entitlements,
        grants: Vec::new(),
        notices: list.notices,
        next_page_token: None,
        rate_limit: list.rate_limit,
    }
}
