//! The import `http-client.get`, and the endpoint policy in front of it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, redirect, retry};
use wasmtime::error::Context as _;
use wasmtime::{Result, StoreLimits, StoreLimitsBuilder, ensure};

use crate::bindings::exports::governance::connector::description::{Descriptor, Endpoint};
use crate::bindings::governance::connector::http_client::{self, Error, Request, Response};
use crate::bindings::governance::connector::types;

const FROM_GUEST: [&str; 2] = ["accept", "accept-language"];
const TO_GUEST: [&str; 5] = [
    "content-type",
    "date",
    "link",
    "retry-after",
    "x-total-count",
];
const RATE_LIMITS: [&str; 3] = ["ratelimit", "x-ratelimit-", "x-rate-limit-"];
const MEMORY: usize = 512 << 20;
const MOST_REQUESTS: u32 = 64;
const MOST_BYTES: usize = 64 << 20;
const MOST_PATH: usize = 8 << 10;

/// A provider, the secret for it, and the requests that the connector declared.
pub struct ProviderAccess {
    base_url: String,
    endpoints: Vec<Endpoint>,
    credential: String,
    header: (HeaderName, HeaderValue),
    client: Client,
}

/// The state of one instance.
pub struct InstanceState {
    tenant: Option<Arc<ProviderAccess>>,
    requests: u32,
    pub limits: StoreLimits,
}

impl InstanceState {
    pub fn new(tenant: Option<Arc<ProviderAccess>>) -> Self {
        let limits = StoreLimitsBuilder::new().memory_size(MEMORY).build();
        let requests = 0;
        Self {
            tenant,
            requests,
            limits,
        }
    }
}

/// `types` has no function, and `add_to_linker` wants the trait all the same.
impl types::Host for InstanceState {}

impl http_client::Host for InstanceState {
    async fn get(&mut self, request: Request) -> Result<Response, Error> {
        self.requests += 1;
        match &self.tenant {
            Some(tenant) if self.requests <= MOST_REQUESTS => tenant.send(request).await,
            _ => Err(denied("no request may be sent now")),
        }
    }
}

impl ProviderAccess {
    /// Takes the secret from `CONNECTOR_KEY`.
    ///
    /// # Errors
    /// Returns an error if there is none, or if it would cross a network unencrypted.
    pub fn new(manifest: &Descriptor, base_url: &str) -> Result<Self> {
        let is_safe = ["https://", "http://127.0.0.1:"];
        let is_safe = is_safe.iter().any(|start| base_url.starts_with(start));
        ensure!(is_safe, "the base URL is neither https nor on this machine");
        let credential = manifest.credentials.iter().find(|one| one.required);
        let credential = credential.context("the connector requires no credential")?;
        let scheme = credential
            .schemes
            .first()
            .context("the credential has no scheme")?;
        let secret = std::env::var("CONNECTOR_KEY").context("CONNECTOR_KEY is not set")?;
        let mut value = HeaderValue::from_str(&format!("{}{secret}", scheme.prefix))?;
        value.set_sensitive(true);
        Ok(Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            endpoints: manifest.endpoints.clone(),
            credential: credential.name.clone(),
            header: (scheme.header.parse()?, value),
            client: client()?,
        })
    }

    async fn send(&self, request: Request) -> Result<Response, Error> {
        if !self.declares(&request) {
            return Err(denied("the manifest does not declare this request"));
        }
        if request.credential != self.credential {
            return Err(Error::NoCredential);
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let name = FROM_GUEST
                .into_iter()
                .find(|known| name.eq_ignore_ascii_case(known));
            let value = HeaderValue::from_str(value)
                .ok()
                .filter(|value| value.len() <= 1024);
            let (Some(name), Some(value)) = (name, value) else {
                return Err(denied("a connector may not set this header"));
            };
            if headers.insert(name, value).is_some() {
                return Err(denied("a header comes twice"));
            }
        }
        let (name, value) = self.header.clone();
        headers.insert(name, value);
        let url = format!("{}{}", self.base_url, request.path_with_query);
        let sent = self.client.get(url).headers(headers).send().await;
        receive(sent.map_err(|e| failure(&e))?).await
    }

    /// Returns whether the manifest declares a request. Stricter than the contract: a path has no
    /// escapes.
    fn declares(&self, request: &Request) -> bool {
        let mut parts = request.path_with_query.splitn(2, '?');
        let path = parts.next().unwrap_or_default();
        let pairs = parts.flat_map(|query| query.split('&'));
        let keys: Vec<&str> = pairs.filter_map(|pair| pair.split('=').next()).collect();
        let once = keys.iter().collect::<HashSet<_>>().len() == keys.len();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~:@?=&%+,".contains(&byte);
        let is_plain = request.path_with_query.bytes().all(plain) && !path.contains('%');
        let fitting = self.endpoints.iter().filter(|one| fits(&one.path, path));
        let most = fitting.clone().map(literals).max();
        let mut meant = fitting.filter(|one| Some(literals(one)) == most);
        let has_keys = |one: &Endpoint| {
            keys.iter()
                .all(|key| one.query.iter().any(|has| has == key))
        };
        let is_short = request.path_with_query.len() <= MOST_PATH;
        let is_meant = |one: &Endpoint| one.credential == request.credential && has_keys(one);
        is_plain && is_short && once && meant.any(is_meant)
    }
}

/// Returns whether a path has the segments of a template such as `/groups/{group}`.
fn fits(template: &str, path: &str) -> bool {
    let fits = |(declared, given): (&str, &str)| {
        if declared.starts_with('{') {
            !matches!(given, "" | "." | "..")
        } else {
            declared == given
        }
    };
    let mut segments = template.split('/').zip(path.split('/'));
    template.split('/').count() == path.split('/').count() && segments.all(fits)
}

fn literals(endpoint: &Endpoint) -> usize {
    let segments = endpoint.path.split('/');
    segments.filter(|one| !one.starts_with('{')).count()
}

fn client() -> Result<Client> {
    // Fails only where it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(90));
    let client = client
        .redirect(redirect::Policy::none())
        .retry(retry::never());
    Ok(client.build()?)
}

/// Returns the whole answer, regardless of its status.
async fn receive(mut answer: reqwest::Response) -> Result<Response, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|e| failure(&e))? {
        if body.len() + chunk.len() > MOST_BYTES {
            return Err(Error::BodyTooLarge(MOST_BYTES as u64));
        }
        body.extend_from_slice(&chunk);
    }
    let headers = answer.headers().iter();
    let shown = headers.filter(|(name, _)| is_shown(name.as_str()));
    let shown = shown.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
    let (status, headers) = (answer.status().as_u16(), shown.collect());
    Ok(Response {
        status,
        headers,
        body,
    })
}

fn is_shown(name: &str) -> bool {
    let mut limits = RATE_LIMITS.iter();
    TO_GUEST.contains(&name) || limits.any(|prefix| name.starts_with(prefix))
}

fn denied(reason: &str) -> Error {
    Error::Denied(reason.to_owned())
}

/// Returns the contract's case. The text is left out: it may repeat the URL.
fn failure(error: &reqwest::Error) -> Error {
    if error.is_timeout() {
        Error::Timeout
    } else {
        Error::Connection("the connection failed or ended early".to_owned())
    }
}
