//! The provider's address: one origin, and a path prefix if a company puts one before it.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use http::Uri;

/// The origin of the provider and the prefix of every path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderUrl {
    /// True if the connection is encrypted; false on loopback only.
    pub https: bool,
    /// Host and port as they stand in the URL.
    pub authority: String,
    /// Empty, or a path that starts with `/` and does not end with one.
    pub prefix: String,
}

/// The reason why a text is not a base URL that a credential may be sent to. Its text states the
/// necessary change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderUrlError {
    /// Not a URL with scheme and host.
    Unreadable,
    /// Neither `https` nor `http`.
    Scheme,
    /// Plain `http` to another machine would show the credential to the network.
    PlainHttp,
    /// A user name or a password.
    UserInfo,
    /// A query or a fragment.
    QueryOrFragment,
    /// A path with anything but plain segments.
    Path,
}

impl fmt::Display for ProviderUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "it is not a URL such as https://api.example.com",
            Self::Scheme => "its scheme must be https",
            Self::PlainHttp => {
                "plain http is allowed to this machine only (localhost, 127.0.0.1, [::1]): use https"
            }
            Self::UserInfo => {
                "it holds a user name or a password: set a CONNECTOR_CREDENTIAL_ variable instead"
            }
            Self::QueryOrFragment => {
                "it has a query or a fragment: leave out everything from ? or # on"
            }
            Self::Path => {
                "its path is not plain: only letters, digits and -._~/ may be in it, without dot segments"
            }
        })
    }
}

impl ProviderUrl {
    /// Returns host and port, as an error names them.
    pub fn address(&self) -> String {
        let host = host_of(&self.authority);
        match (host == self.authority, self.https) {
            (false, _) => self.authority.clone(),
            (true, true) => format!("{host}:443"),
            (true, false) => format!("{host}:80"),
        }
    }

    /// Returns the path and query to send for those of a request.
    pub fn path(&self, path_with_query: &str) -> String {
        format!("{}{path_with_query}", self.prefix)
    }
}

impl FromStr for ProviderUrl {
    type Err = ProviderUrlError;

    fn from_str(text: &str) -> Result<Self, ProviderUrlError> {
        if text.contains(['?', '#']) {
            return Err(ProviderUrlError::QueryOrFragment);
        }
        let uri: Uri = text.parse().map_err(|_| ProviderUrlError::Unreadable)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(ProviderUrlError::Unreadable);
        };
        if authority.as_str().contains('@') {
            return Err(ProviderUrlError::UserInfo);
        }
        check_host(authority.host())?;
        let https = match scheme {
            "https" => true,
            "http" if is_loopback(authority.host()) => false,
            "http" => return Err(ProviderUrlError::PlainHttp),
            _ => return Err(ProviderUrlError::Scheme),
        };
        check_port(authority)?;
        Ok(Self {
            https,
            authority: authority.as_str().to_owned(),
            prefix: prefix(uri.path())?,
        })
    }
}

/// Returns the authority without its port; the colons of an IPv6 address are in brackets.
fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => host,
        _ => authority,
    }
}

/// Checks that a host is a name, an IPv4 address, or an IPv6 address in brackets.
fn check_host(host: &str) -> Result<(), ProviderUrlError> {
    let named = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let plain = !host.is_empty() && host.bytes().all(named);
    if plain || ipv6(host).is_some() {
        Ok(())
    } else {
        Err(ProviderUrlError::Unreadable)
    }
}

/// Checks the port: `host:` and `host:99999` are authorities by their grammar, and have no port.
fn check_port(authority: &http::uri::Authority) -> Result<(), ProviderUrlError> {
    let rest = authority.as_str().strip_prefix(authority.host());
    match (rest, authority.port_u16()) {
        (Some(""), _) => Ok(()),
        (Some(_), Some(port)) if port != 0 => Ok(()),
        _ => Err(ProviderUrlError::Unreadable),
    }
}

fn is_loopback(host: &str) -> bool {
    let v4: Option<Ipv4Addr> = host.parse().ok();
    host.eq_ignore_ascii_case("localhost")
        || v4.is_some_and(|address| address.is_loopback())
        || ipv6(host).is_some_and(|address| address.is_loopback())
}

fn ipv6(host: &str) -> Option<Ipv6Addr> {
    host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

fn prefix(path: &str) -> Result<String, ProviderUrlError> {
    let prefix = path.strip_suffix('/').unwrap_or(path);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let segment = |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(plain);
    if prefix.split('/').skip(1).all(segment) {
        Ok(prefix.to_owned())
    } else {
        Err(ProviderUrlError::Path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_and_prefix_stay() {
        for (text, https, authority, prefix) in [
            ("https://api.example.com", true, "api.example.com", ""),
            ("https://api.example.com/", true, "api.example.com", ""),
            (
                "https://gate.example:8443/p/q/",
                true,
                "gate.example:8443",
                "/p/q",
            ),
            ("http://127.0.0.1:8080", false, "127.0.0.1:8080", ""),
            ("http://127.8.9.1", false, "127.8.9.1", ""),
            ("http://LocalHost:1", false, "LocalHost:1", ""),
            ("http://[::1]:8080/x", false, "[::1]:8080", "/x"),
        ] {
            let url: ProviderUrl = text.parse().unwrap();
            assert_eq!(
                (url.https, url.authority.as_str(), url.prefix.as_str()),
                (https, authority, prefix)
            );
        }
        let url: ProviderUrl = "https://gate.example/p/".parse().unwrap();
        assert_eq!(url.path("/me?a=b"), "/p/me?a=b");
    }

    #[test]
    fn an_authority_includes_its_port() {
        for (text, address) in [
            ("https://api.example.com", "api.example.com:443"),
            ("https://gate.example:8443/p", "gate.example:8443"),
            ("http://127.0.0.1", "127.0.0.1:80"),
            ("http://[::1]", "[::1]:80"),
            ("http://[::1]:8080", "[::1]:8080"),
        ] {
            let url: ProviderUrl = text.parse().unwrap();
            assert_eq!(url.address(), address);
        }
    }

    #[test]
    fn what_is_no_base_url_is_refused_for_its_reason() {
        use ProviderUrlError::{Path, PlainHttp, QueryOrFragment, Scheme, Unreadable, UserInfo};
        for (text, reason) in [
            ("api.example.com", Unreadable),
            ("/relative", Unreadable),
            ("https://", Unreadable),
            ("https:///path", Unreadable),
            ("https://a b.example", Unreadable),
            ("https://exämple.com", Unreadable),
            ("https://a.example:", Unreadable),
            ("https://a.example:0", Unreadable),
            ("https://a.example:65536", Unreadable),
            ("https://a.example:port", Unreadable),
            ("https://[::1", Unreadable),
            ("https://[example]", Unreadable),
            ("https://a.example\r\nx: y", Unreadable),
            ("ftp://a.example", Scheme),
            ("http://a.example", PlainHttp),
            ("http://10.0.0.1", PlainHttp),
            ("http://[::2]", PlainHttp),
            ("http://localhost.a.example", PlainHttp),
            ("http://127.0.0.1.a.example", PlainHttp),
            ("https://user:secret@a.example", UserInfo),
            ("http://localhost@a.example", UserInfo),
            ("https://a.example?q", QueryOrFragment),
            ("https://a.example/#f", QueryOrFragment),
            ("https://a.example//", Path),
            ("https://a.example/p//q", Path),
            ("https://a.example/p/../q", Path),
            ("https://a.example/p/%2e%2e", Path),
            ("https://a.example/p;q", Path),
        ] {
            assert_eq!(text.parse::<ProviderUrl>(), Err(reason), "{text}");
        }
    }
}
