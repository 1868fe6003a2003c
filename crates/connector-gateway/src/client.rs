//! The HTTPS client of one tenant.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, Weak};
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::address::{AddressKind, AllowedNetworks};
use super::resolver::{NameService, Resolver, SystemNames};
use super::transport::HttpTransport;
use super::{BaseUrl, Proxy};
use connector_runtime::Limit;
use connector_types::bounded::read_file;
use connector_types::lock;

/// The reason why no client could be made.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The file of further roots cannot be read.
    #[error("{path}: {reason}")]
    CaFile {
        /// The file.
        path: PathBuf,
        /// The description of the error.
        reason: String,
    },
    /// Neither the system nor a file gave a root certificate.
    #[error(
        "no root certificates were found on this system: install ca-certificates, or name a file with --ca-file"
    )]
    NoRoots,
    /// The TLS library refused its settings.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// The description's endpoints cannot be matched.
    #[error("the connector's description is not usable: {0}")]
    Policy(String),
    /// The base URL is an address that may not be dialled.
    #[error("the base URL {0} is {1}")]
    Address(String, AddressKind),
}

/// The network settings. Times are for one request.
#[derive(Clone, Debug)]
pub struct EgressOptions {
    /// From dialling to a ready connection, TLS included (10 s).
    pub connect_timeout: Duration,
    /// The longest silence: until the first byte, and between any two (30 s).
    pub read_timeout: Duration,
    /// From start to last byte (as the limit `request-seconds`).
    pub total_timeout: Duration,
    /// Decoded body, in bytes (as the limit `body-mib`).
    pub max_body: u64,
    /// A PEM file of root certificates, beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Networks beside the public one in which the provider may stand (none).
    pub allowed: AllowedNetworks,
    /// The proxy between this machine and the provider (none, regardless of the environment).
    pub proxy: Option<Proxy>,
    /// The name service (the system's).
    pub names: Arc<dyn NameService>,
    /// The transport that replaces the HTTPS client (none). Of all these settings, only `max_body`
    /// applies to it.
    pub transport: Option<Arc<dyn HttpTransport>>,
}

impl Default for EgressOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            total_timeout: Duration::from_secs(Limit::RequestTime.row().default_amount()),
            max_body: Limit::BodyBytes.row().default_amount(),
            ca_file: None,
            allowed: AllowedNetworks::default(),
            proxy: None,
            names: Arc::new(SystemNames),
            transport: None,
        }
    }
}

/// The longest time of a request to a collector.
const COLLECTOR_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes the client of one tenant: no redirects, no cookies, no retries of its own, no proxy but
/// the operator's.
pub(super) fn build_client(
    base_url: &BaseUrl,
    options: &EgressOptions,
) -> Result<reqwest::Client, ClientError> {
    // An address is dialled without a look-up, so that no resolver would see it.
    if let Some(address) = base_url.address().filter(|_| !base_url.is_loopback()) {
        let checked = options.allowed.check_address(address);
        checked.map_err(|kind| ClientError::Address(base_url.to_string(), kind))?;
    }
    let builder = reqwest::Client::builder()
        .user_agent(concat!("connector-host/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .default_headers(accepted_coding())
        .retry(reqwest::retry::never())
        .no_proxy()
        .https_only(!base_url.is_plain_http())
        .tls_backend_preconfigured(tls_config(
            base_url.is_plain_http(),
            options.ca_file.as_deref(),
        )?)
        .dns_resolver(build_resolver(base_url, options))
        .connect_timeout(options.connect_timeout)
        .read_timeout(options.read_timeout)
        .timeout(options.total_timeout);
    let builder = match &options.proxy {
        Some(proxy) if !base_url.is_loopback() => {
            builder.proxy(proxy.proxy_rule().map_err(tls_error)?)
        }
        _ => builder,
    };
    builder.build().map_err(tls_error)
}

/// Returns the header for the codings that [`super::DecodedBody`] decodes.
fn accepted_coding() -> HeaderMap {
    HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("gzip"))])
}

fn build_resolver(base_url: &BaseUrl, options: &EgressOptions) -> Resolver {
    Resolver {
        names: Arc::clone(&options.names),
        loopback_only: base_url.is_loopback(),
        allowed: options.allowed,
        proxy: options.proxy.as_ref().and_then(Proxy::name),
    }
}

/// Returns the error without the library's text, which may repeat a URL.
fn tls_error(error: reqwest::Error) -> ClientError {
    ClientError::Tls(error.without_url().to_string())
}

/// Builds the client of a collector of traces, which is no provider. It trusts the system's roots,
/// follows no redirect and uses no proxy.
///
/// # Errors
/// Returns an error if the certificate roots cannot be read, or TLS cannot be set up.
pub fn build_collector_client(is_plain_http: bool) -> Result<reqwest::Client, ClientError> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("connector-host/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .tls_backend_preconfigured(tls_config(is_plain_http, None)?)
        .timeout(COLLECTOR_TIMEOUT);
    builder.build().map_err(tls_error)
}

fn tls_config(is_plain_http: bool, ca_file: Option<&Path>) -> Result<ClientConfig, ClientError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| ClientError::Tls(e.to_string()))?;
    let roots = if is_plain_http {
        Arc::new(RootCertStore::empty())
    } else {
        root_store(ca_file)?
    };
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The largest file of certificates, in bytes: a system has some 200 KiB of them.
const MAX_CA_FILE: u64 = 16 << 20;

/// By the digest of what the operator's file holds; `None` is the system's alone.
type Roots = HashMap<Option<[u8; 32]>, Weak<RootCertStore>>;

/// Roots in use.
static ROOTS: LazyLock<Mutex<Roots>> = LazyLock::new(Mutex::default);

/// Returns the system's roots, and those of the operator's file: once for all clients that have the same.
fn root_store(file: Option<&Path>) -> Result<Arc<RootCertStore>, ClientError> {
    let read =
        |path: &Path| read_file(path, MAX_CA_FILE).map_err(|e| ca_fault(path, e.to_string()));
    let pem = file
        .map(|path| read(path).map(|pem| (path, pem)))
        .transpose()?;
    let key = pem.as_ref().map(|(_, pem)| Sha256::digest(pem).into());
    let mut all = lock(&ROOTS);
    if let Some(roots) = all.get(&key).and_then(Weak::upgrade) {
        return Ok(roots);
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some((path, pem)) = pem {
        add_roots(&mut roots, path, &pem)?;
    }
    if roots.is_empty() {
        return Err(ClientError::NoRoots);
    }
    let roots = Arc::new(roots);
    all.retain(|_, roots| roots.strong_count() > 0);
    all.insert(key, Arc::downgrade(&roots));
    Ok(roots)
}

fn add_roots(roots: &mut RootCertStore, path: &Path, pem: &[u8]) -> Result<(), ClientError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates =
        certificates.map_err(|e| ca_fault(path, format!("not a PEM file: {e:?}")))?;
    if certificates.is_empty() {
        return Err(ca_fault(path, "it holds no PEM certificate".to_owned()));
    }
    for certificate in certificates {
        let added = roots.add(certificate);
        added.map_err(|e| ca_fault(path, e.to_string()))?;
    }
    Ok(())
}

fn ca_fault(path: &Path, reason: String) -> ClientError {
    ClientError::CaFile {
        path: path.to_owned(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_clients_with_equal_roots_share_them() {
        let made = || {
            let key = rcgen::generate_simple_self_signed(["provider.example".to_owned()]);
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), key.unwrap().cert.pem()).unwrap();
            file
        };
        let (one, other, copy) = (made(), made(), tempfile::NamedTempFile::new().unwrap());
        std::fs::copy(one.path(), copy.path()).unwrap();
        let first = root_store(Some(one.path())).unwrap();
        assert!(Arc::ptr_eq(&first, &root_store(Some(one.path())).unwrap()));
        assert!(Arc::ptr_eq(&first, &root_store(Some(copy.path())).unwrap()));
        assert!(!Arc::ptr_eq(
            &first,
            &root_store(Some(other.path())).unwrap()
        ));
        // Another file at the same place is read.
        std::fs::copy(other.path(), one.path()).unwrap();
        assert!(!Arc::ptr_eq(&first, &root_store(Some(one.path())).unwrap()));
        let gone = Arc::downgrade(&first);
        drop(first);
        assert!(gone.upgrade().is_none());
    }
}
