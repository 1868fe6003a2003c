//! A loaded connector: checked, compiled, described, ready to be called any number of times.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use thiserror::Error;
use wasmtime::Store;
use wasmtime::component::{Component, HasSelf, Linker};

use super::bindings::exports::governance::connector::description as wd;
use super::bindings::{Connector as Instance, ConnectorPre};
use super::call::{self, CallFailure, CallOutput, CallState};
use super::convert::ListedPage;
use super::structure;
use super::{
    BoxFuture, CallClock, CallLimits, HttpClient, HttpError, HttpRequest, Response, Sandbox,
};
use connector_policy as manifest;
use connector_types::{Descriptor, EntitlementList, Page, ResourceId, Tenant, hexadecimal};

/// The only names that a connector may import.
const IMPORTS: [&str; 2] = [
    "governance:connector/http-client@0.2.0",
    "governance:connector/types@0.2.0",
];
/// The largest component that is looked at, in bytes.
const MAX_COMPONENT: usize = 64 << 20;

/// The largest description that is read, in bytes. [`manifest::check`] allows for less.
const MAX_DESCRIPTION: usize = 4 << 20;

/// The reason why a component cannot be used as a connector.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The bytes are not a component that this engine can run.
    #[error("not a WebAssembly component that this host can run: {0}")]
    Invalid(String),
    /// The component wants more of the world than a connector may have.
    #[error(
        "the component imports {0}, and a connector may import nothing but governance:connector/http-client@0.2.0"
    )]
    ForbiddenImport(String),
    /// The component does not export what the contract asks for.
    #[error("the component does not follow governance:connector@0.2.0: {0}")]
    WrongWorld(String),
    /// The component does not manage to describe itself.
    #[error("the connector cannot describe itself: {0}")]
    Describe(CallFailure),
    /// The description contradicts itself.
    #[error("the connector's description is not usable: {0}")]
    Descriptor(String),
}

/// A connector. Cheap to clone; every call runs in an instance of its own.
#[derive(Clone)]
pub struct Connector {
    sandbox: Sandbox,
    component: ConnectorPre<CallState>,
    sha256: Arc<str>,
    descriptor: Arc<Descriptor>,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connector")
            .field("name", &self.descriptor.name)
            .field("sha256", &self.sha256)
            .finish_non_exhaustive()
    }
}

impl Connector {
    /// Checks and compiles a component, and calls its `describe`. Compiling uses all processors for
    /// a moment; it runs on a thread where that does not disturb.
    ///
    /// # Errors
    ///
    /// Returns an error if the bytes are no component, import more than the contract's one
    /// interface, export less than the contract requires, or describe themselves in a form that no
    /// host can follow.
    pub async fn load(sandbox: &Sandbox, bytes: &[u8]) -> Result<Self, LoadError> {
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        let component = compile_component(sandbox, bytes.to_vec(), digest).await?;
        let descriptor = describe(sandbox, &component).await?;
        manifest::check(&descriptor).map_err(LoadError::Descriptor)?;
        Ok(Self {
            sandbox: sandbox.clone(),
            component,
            sha256: hexadecimal(&digest).into(),
            descriptor: Arc::new(descriptor),
        })
    }

    /// Returns the connector's description.
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// Returns the SHA-256 of the component's bytes, in lower-case hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Returns the sandbox that it runs in.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Calls `validate`.
    pub async fn validate(
        &self,
        http: Arc<dyn HttpClient>,
        limits: &CallLimits,
    ) -> CallOutput<Tenant> {
        let run = async |guest: Instance, store: &mut Store<CallState>| {
            let inventory = guest.governance_connector_inventory();
            inventory.call_validate(&mut *store).await
        };
        self.call(http, limits, run, call::accept_answer).await
    }

    /// Calls `list-entitlements`.
    pub async fn list_entitlements(
        &self,
        http: Arc<dyn HttpClient>,
        limits: &CallLimits,
        resource_type: &str,
    ) -> CallOutput<EntitlementList> {
        let run = async |guest: Instance, store: &mut Store<CallState>| {
            let inventory = guest.governance_connector_inventory();
            inventory
                .call_list_entitlements(&mut *store, resource_type)
                .await
        };
        self.call(http, limits, run, call::accept_answer).await
    }

    /// Calls `list-resources` for one page.
    pub async fn list_resources(
        &self,
        http: Arc<dyn HttpClient>,
        limits: &CallLimits,
        resource_type: &str,
        parent: Option<&ResourceId>,
        page_token: Option<&str>,
    ) -> CallOutput<Page> {
        let given = parent.cloned().map(Into::into);
        let run = async |guest: Instance, store: &mut Store<CallState>| {
            let inventory = guest.governance_connector_inventory();
            inventory
                .call_list_resources(&mut *store, resource_type, given.as_ref(), page_token)
                .await
        };
        let listed = |page| ListedPage {
            page,
            resource_type,
            parent,
        };
        let accept =
            |answer: Result<_, _>, limits: &_| call::accept_answer(answer.map(listed), limits);
        self.call(http, limits, run, accept).await
    }

    /// Calls `list-grants` for one page.
    pub async fn list_grants(
        &self,
        http: Arc<dyn HttpClient>,
        limits: &CallLimits,
        resource: &ResourceId,
        page_token: Option<&str>,
    ) -> CallOutput<Page> {
        let given = resource.clone().into();
        let run = async |guest: Instance, store: &mut Store<CallState>| {
            let inventory = guest.governance_connector_inventory();
            inventory
                .call_list_grants(&mut *store, &given, page_token)
                .await
        };
        let listed = |page| ListedPage {
            page,
            resource_type: &resource.resource_type,
            parent: None,
        };
        let accept =
            |answer: Result<_, _>, limits: &_| call::accept_answer(answer.map(listed), limits);
        self.call(http, limits, run, accept).await
    }

    async fn call<A, T>(
        &self,
        http: Arc<dyn HttpClient>,
        limits: &CallLimits,
        run: impl AsyncFnOnce(Instance, &mut Store<CallState>) -> wasmtime::Result<A>,
        accept: impl FnOnce(A, &CallLimits) -> Result<T, CallFailure>,
    ) -> CallOutput<T> {
        call::run(&self.sandbox, &self.component, http, limits, run, accept).await
    }
}

/// Returns what bytes are by their first eight, if they are no component.
fn other_format(bytes: &[u8]) -> Option<&'static str> {
    match bytes.get(..8) {
        Some([0, b'a', b's', b'm', _, _, 1, 0]) => None,
        Some([0, b'a', b's', b'm', ..]) => Some("it is a core module: build a component"),
        Some(_) | None => Some("it is not WebAssembly"),
    }
}

async fn compile_component(
    sandbox: &Sandbox,
    bytes: Vec<u8>,
    digest: [u8; 32],
) -> Result<ConnectorPre<CallState>, LoadError> {
    if bytes.len() > MAX_COMPONENT {
        let text = format!("it is larger than {MAX_COMPONENT} bytes");
        return Err(LoadError::Invalid(text));
    }
    if let Some(reason) = other_format(&bytes) {
        return Err(LoadError::Invalid(reason.to_owned()));
    }
    let on = sandbox.clone();
    let component = tokio::task::spawn_blocking(move || read_compiled(&on, &bytes, &digest))
        .await
        .map_err(|e| LoadError::Invalid(e.to_string()))?
        .map_err(|e| LoadError::Invalid(format!("{e:#}")))?;
    check_imports(sandbox, &component)?;
    link_component(sandbox, &component).map_err(|e| LoadError::WrongWorld(format!("{e:#}")))
}

/// Returns the compiled component from the cache, if there is one that has it.
fn read_compiled(
    sandbox: &Sandbox,
    bytes: &[u8],
    digest: &[u8; 32],
) -> wasmtime::Result<Component> {
    let (engine, cache) = (sandbox.engine(), sandbox.cache());
    if let Some(component) = cache.and_then(|cache| cache.load(engine, digest)) {
        return Ok(component);
    }
    structure::check_structure(bytes).map_err(wasmtime::Error::msg)?;
    let component = Component::from_binary(engine, bytes)?;
    if let Some(cache) = cache {
        // A cache that is full is no reason not to run: the next start compiles again.
        let _ = cache.store_compiled(engine, digest, &component.serialize()?);
    }
    Ok(component)
}

fn check_imports(sandbox: &Sandbox, component: &Component) -> Result<(), LoadError> {
    let world = component.component_type();
    let mut names = world.imports(sandbox.engine()).map(|(name, _)| name);
    match names.find(|name| !IMPORTS.contains(name)) {
        Some(name) => Err(LoadError::ForbiddenImport(name.to_owned())),
        None => Ok(()),
    }
}

fn link_component(
    sandbox: &Sandbox,
    component: &Component,
) -> wasmtime::Result<ConnectorPre<CallState>> {
    let mut linker = Linker::new(sandbox.engine());
    Instance::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    ConnectorPre::new(linker.instantiate_pre(component)?)
}

async fn describe(
    sandbox: &Sandbox,
    component: &ConnectorPre<CallState>,
) -> Result<Descriptor, LoadError> {
    let run = async |guest: Instance, store: &mut Store<CallState>| {
        let description = guest.governance_connector_description();
        description.call_describe(&mut *store).await
    };
    let limits = CallLimits {
        requests: 0,
        returned_bytes: MAX_DESCRIPTION,
        ..CallLimits::default()
    };
    let accept = |described: wd::Descriptor, _: &_| Ok(described.into());
    let described = call::run(sandbox, component, Arc::new(NoHttp), &limits, run, accept).await;
    described.result.map_err(LoadError::Describe)
}

/// Stands behind `describe`, which has nothing to ask for.
struct NoHttp;

impl HttpClient for NoHttp {
    fn get<'a>(
        &'a self,
        _request: HttpRequest,
        _clock: &'a CallClock,
    ) -> BoxFuture<'a, Result<Response, HttpError>> {
        Box::pin(async { Err(HttpError::Denied("describe sends no request".into())) })
    }
}
