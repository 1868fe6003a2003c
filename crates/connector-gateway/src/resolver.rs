//! Names are looked up here, once for each connection, and every address is checked before one is
//! dialled: what was checked is what is dialled, for nothing looks the name up again.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

use super::address::{AddressKind, AllowedNetworks, kind};
use connector_runtime::BoxFuture;

/// Looks names up. The system's is [`SystemNames`]; a test has its own.
pub trait NameService: fmt::Debug + Send + Sync {
    /// Returns all addresses of a name.
    fn look_up<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The system's name service.
#[derive(Clone, Copy, Debug)]
pub struct SystemNames;

impl NameService for SystemNames {
    fn look_up<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// The reason why a name resolved to no address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum ResolveError {
    /// The name server knows no address.
    #[error("the name {0} does not resolve")]
    Unknown(String),
    /// At least one address may not be dialled. A provider's name does not lead inside and outside
    /// at once, so that the others are not dialled either.
    #[error("the name {0} leads to {1}")]
    Refused(String, AddressKind),
    /// `localhost`, and an address beyond this machine.
    #[error("the name {0} does not lead to this machine")]
    NotLoopback(String),
}

/// Which addresses may be dialled under a name.
#[derive(Clone, Debug)]
pub(super) struct Resolver {
    pub(super) names: Arc<dyn NameService>,
    /// True if only this machine may be dialed: the base URL says `localhost`.
    pub(super) loopback_only: bool,
    pub(super) allowed: AllowedNetworks,
    /// The operator's proxy, which may stand anywhere.
    pub(super) proxy: Option<String>,
}

impl Resolver {
    async fn vet_addresses(&self, name: &str) -> Result<Vec<IpAddr>, ResolveError> {
        let found = self.names.look_up(name).await.unwrap_or_default();
        if found.is_empty() {
            return Err(ResolveError::Unknown(name.to_owned()));
        }
        if self.proxy.as_deref() == Some(name) {
            return Ok(found);
        }
        for address in &found {
            self.check_resolved(name, *address)?;
        }
        Ok(found)
    }

    fn check_resolved(&self, name: &str, address: IpAddr) -> Result<(), ResolveError> {
        if self.loopback_only {
            return if kind(address) == AddressKind::Loopback {
                Ok(())
            } else {
                Err(ResolveError::NotLoopback(name.to_owned()))
            };
        }
        let checked = self.allowed.check_address(address);
        checked.map_err(|kind| ResolveError::Refused(name.to_owned(), kind))
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let own = self.clone();
        Box::pin(async move {
            let vetted = own.vet_addresses(name.as_str()).await?;
            // Port 0 stands for the one of the URL.
            let addresses = vetted.into_iter().map(|ip| SocketAddr::new(ip, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
