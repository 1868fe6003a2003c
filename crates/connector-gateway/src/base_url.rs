//! The address of a tenant's provider: one origin, and a path prefix if a company puts one before
//! it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use thiserror::Error;
use url::{Host, Url};

use connector_types::Descriptor;

/// The reason why a text is not a base URL that a key may be sent to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BaseUrlError {
    /// Not a URL at all.
    #[error("it is not a URL: {0}")]
    Unreadable(String),
    /// Neither `https` nor `http`.
    #[error("its scheme is {0}: it must be https")]
    Scheme(String),
    /// Plain `http` to another machine would show the key to the network.
    #[error("plain http is allowed to this machine only (localhost, 127.0.0.1, [::1]): use https")]
    PlainHttp,
    /// A user name or a password.
    #[error("it holds a user name or a password: credentials are set as variables, not in the URL")]
    UserInfo,
    /// A query or a fragment.
    #[error("it has a query or a fragment: leave out everything from ? or # on")]
    QueryOrFragment,
    /// A path that is not plain.
    #[error(
        "its path is not plain: only letters, digits and -._~/ may be in it, without dot segments"
    )]
    Path,
}

/// The origin of a provider and the path prefix under which its API lies. Shown without secrets:
/// it has none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    url: Url,
    loopback: bool,
}

impl BaseUrl {
    /// Returns whether the provider is this machine.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Returns whether the connection is unencrypted, which is only possible on loopback.
    pub fn is_plain_http(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// Returns whether a key for one of them may go to the other: scheme, host and port are the
    /// same.
    pub fn same_origin(&self, other: &Self) -> bool {
        self.url.origin() == other.url.origin()
    }

    /// Returns whether it leads to an origin that a connector's description names.
    pub fn is_described_by(&self, descriptor: &Descriptor) -> bool {
        let described = descriptor.base_urls.iter();
        let mut described = described.filter_map(|place| place.url.parse::<Self>().ok());
        described.any(|place| place.same_origin(self))
    }

    /// Returns the host and port, as an error names them.
    pub(super) fn authority(&self) -> String {
        let port = self.url.port_or_known_default().unwrap_or_default();
        format!("{}:{port}", self.url.host_str().unwrap_or_default())
    }

    /// Returns the address, where it is one and not a name.
    pub(super) fn address(&self) -> Option<IpAddr> {
        match self.url.host()? {
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
            Host::Domain(_) => None,
        }
    }

    /// Returns the whole URL of a path that the policy has let pass. `None` when it would lead anywhere
    /// but below this base, or would be sent in another spelling than was checked.
    pub(super) fn join(&self, path_with_query: &str) -> Option<Url> {
        let text = format!("{self}{path_with_query}");
        let joined = Url::parse(&text).ok()?;
        let same = joined.as_str() == text && joined.origin() == self.url.origin();
        let bare = joined.username().is_empty() && joined.password().is_none();
        (same && bare && joined.fragment().is_none()).then_some(joined)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        let text = text.trim();
        let url = Url::parse(text).map_err(|e| BaseUrlError::Unreadable(e.to_string()))?;
        let loopback = is_loopback(&url);
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            "http" => return Err(BaseUrlError::PlainHttp),
            other => return Err(BaseUrlError::Scheme(other.to_owned())),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::UserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::QueryOrFragment);
        }
        if !has_plain_path(&url, text) {
            return Err(BaseUrlError::Path);
        }
        Ok(Self { url, loopback })
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        Some(Host::Domain(name)) => name.trim_end_matches('.') == "localhost",
        None => false,
    }
}

/// Compares with the text: the parser has already taken dot segments and backslashes away.
fn has_plain_path(url: &Url, text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
    let prefix = url.path().trim_end_matches('/');
    let authority = text.split_once("://").map_or("", |(_, rest)| rest);
    let written = authority.find(['/', '\\']);
    let written = written
        .and_then(|at| authority.get(at..))
        .unwrap_or_default();
    prefix.chars().all(plain) && !prefix.contains("//") && written.trim_end_matches('/') == prefix
}
