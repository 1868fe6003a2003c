//! A provider that is not on our side, and a gateway to it.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_host::gateway::{EgressOptions, Gateway, RateLimiter};
use connector_host::records::{CredentialScheme, Descriptor};
use connector_host::runtime::{CallClock, HttpClient, HttpError, HttpRequest, Response};
use connector_host::{Credentials, Secret};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::hostile;

pub const CANARY: &str = "canary-4f1d0a9c";

/// Answers every connection with the same bytes and hangs up; keeps what it was sent.
pub struct Server {
    pub port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub async fn start(answer: impl Into<Vec<u8>>) -> Self {
        let answer: Vec<u8> = answer.into();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 16 << 10];
                let read = stream.read(&mut request).await.unwrap_or(0);
                let request = String::from_utf8_lossy(&request[..read]).into_owned();
                keep.lock().unwrap().push(request);
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            }
        });
        Self { port, heard }
    }

    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

pub fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut answer = format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\n\r\n").into_bytes();
    answer.extend_from_slice(body);
    answer
}

pub fn descriptor() -> Descriptor {
    let mut endpoints = hostile::endpoints();
    endpoints.push(hostile::endpoint("/cursors", &["cursor"], "key"));
    endpoints.push(hostile::endpoint("/absent", &[], "absent"));
    Descriptor {
        name: "test".into(),
        version: "0".into(),
        resource_types: vec![],
        credentials: vec![],
        base_urls: vec![],
        endpoints,
        change_log: None,
    }
}

pub fn form() -> CredentialScheme {
    CredentialScheme {
        name: "api-key".into(),
        header: "X-API-Key".into(),
        prefix: "Token ".into(),
        description: String::new(),
    }
}

pub fn credentials() -> Credentials {
    Credentials::none().with("key", &form(), Secret::new(CANARY).unwrap())
}

pub fn quick() -> EgressOptions {
    EgressOptions {
        connect_timeout: Duration::from_millis(500),
        read_timeout: Duration::from_millis(500),
        total_timeout: Duration::from_secs(5),
        max_body: 1 << 20,
        ..EgressOptions::default()
    }
}

pub fn gateway(base_url: &str, egress: &EgressOptions) -> Gateway {
    let base_url = base_url.parse().unwrap();
    Gateway::new(
        &descriptor(),
        base_url,
        credentials(),
        egress,
        RateLimiter::unlimited(),
    )
    .unwrap()
}

pub fn request(path: &str) -> HttpRequest {
    HttpRequest {
        credential: "key".into(),
        path_with_query: path.into(),
        headers: vec![("Accept".into(), "application/json".into())],
    }
}

pub async fn get(base_url: &str, path: &str) -> Result<Response, HttpError> {
    ask(&gateway(base_url, &quick()), request(path)).await
}

pub async fn ask(gateway: &Gateway, request: HttpRequest) -> Result<Response, HttpError> {
    let clock = CallClock::start(Duration::from_secs(60));
    gateway.get(request, &clock).await
}

pub async fn get_from(server: &Server) -> Result<Response, HttpError> {
    get(&format!("http://127.0.0.1:{}", server.port), "/me").await
}
