//! Names are looked up here, so that a name that does not resolve is told apart from a server that
//! does not answer, and so that plain `http` stays on this machine whatever a name server says.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

/// Why a name led to no address.
#[derive(Debug, Error)]
pub(super) enum ResolveError {
    /// The name server knows no address.
    #[error("the name {0} does not resolve")]
    Unknown(String),
    /// Addresses, but none that may be dialled.
    #[error("the name {0} does not lead to this machine, and plain http goes no further")]
    NotLoopback(String),
}

/// The system's name service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resolver {
    /// Whether only this machine may be dialled.
    pub(super) loopback_only: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let loopback_only = self.loopback_only;
        Box::pin(async move {
            let name = name.as_str().to_owned();
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let found: Vec<SocketAddr> = found.map(Iterator::collect).unwrap_or_default();
            if found.is_empty() {
                return Err(ResolveError::Unknown(name).into());
            }
            let allowed = |address: &SocketAddr| !loopback_only || address.ip().is_loopback();
            let allowed: Vec<_> = found.into_iter().filter(allowed).collect();
            match allowed.is_empty() {
                true => Err(ResolveError::NotLoopback(name).into()),
                false => Ok(Box::new(allowed.into_iter()) as Addrs),
            }
        })
    }
}
