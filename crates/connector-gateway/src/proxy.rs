//! A proxy stands between this machine and the provider only where the operator names it.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use url::{Host, Url};

/// The reason why a text is not a proxy's address. Never repeats the text: it can contain a
/// password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProxyError {
    /// Not a URL of a host.
    #[error("it is not a URL such as http://proxy.example:3128")]
    Unreadable,
    /// SOCKS and the like.
    #[error("its scheme is {0}: it must be http or https")]
    Scheme(String),
    /// More than an origin.
    #[error("it has a path, a query or a fragment: leave out everything after the port")]
    MoreThanOrigin,
}

/// The operator's proxy: it is asked to connect to the provider, and sees its name, never what is
/// sent. It looks the provider's name up itself, so that the host cannot check addresses.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    url: Url,
    except: Option<String>,
}

impl Proxy {
    /// Hosts that are reached without it, in the form of `NO_PROXY`.
    #[must_use]
    pub fn except_hosts(mut self, hosts: &str) -> Self {
        self.except = Some(hosts.to_owned());
        self
    }

    /// Returns whether its URL contains a user name or a password.
    pub fn has_password(&self) -> bool {
        !self.url.username().is_empty() || self.url.password().is_some()
    }

    /// Returns the host and port, as an error names them.
    pub(super) fn authority(&self) -> String {
        let port = self.url.port_or_known_default().unwrap_or_default();
        format!("{}:{port}", self.url.host_str().unwrap_or_default())
    }

    /// Returns the proxy's name, where it has one and not an address.
    pub(super) fn name(&self) -> Option<String> {
        match self.url.host() {
            Some(Host::Domain(name)) => Some(name.to_owned()),
            _ => None,
        }
    }

    /// Returns the proxy for the client, for `https` only: plain `http` does not leave this machine.
    pub(super) fn proxy_rule(&self) -> reqwest::Result<reqwest::Proxy> {
        let except = self.except.as_deref();
        let except = except.and_then(reqwest::NoProxy::from_string);
        Ok(reqwest::Proxy::https(self.url.as_str())?.no_proxy(except))
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({})", self.authority())
    }
}

impl FromStr for Proxy {
    type Err = ProxyError;

    fn from_str(text: &str) -> Result<Self, ProxyError> {
        let url = Url::parse(text.trim()).map_err(|_| ProxyError::Unreadable)?;
        match url.scheme() {
            "http" | "https" => {}
            other => return Err(ProxyError::Scheme(other.to_owned())),
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(ProxyError::MoreThanOrigin);
        }
        Ok(Self { url, except: None })
    }
}
