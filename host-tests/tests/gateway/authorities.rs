//! Certificate authorities: the system's, and a company's own.

use crate::support;
use crate::support::provider::*;
use crate::support::tls::Tls;
use connector_host::gateway::{EgressOptions, Gateway, RateLimiter};
use connector_host::runtime::HttpError;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A server that speaks TLS with a certificate of an authority of its own.
async fn tls_server(name: &str) -> (u16, PathBuf, TempDir) {
    let Tls {
        acceptor,
        ca_file,
        dir,
    } = support::tls::authority(name);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(&answer("200 OK", b"secure")).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    (port, ca_file, dir)
}

#[tokio::test]
async fn a_named_certificate_authority_is_trusted() {
    let (port, ca_file, _dir) = tls_server("localhost").await;
    let url = format!("https://localhost:{port}");
    let named = EgressOptions {
        ca_file: Some(ca_file),
        ..quick()
    };
    let response = ask(&gateway(&url, &named), request("/me")).await.unwrap();
    assert_eq!(response.body, b"secure");
    let unnamed = ask(&gateway(&url, &quick()), request("/me")).await;
    assert!(
        matches!(&unnamed, Err(HttpError::Denied(text)) if text.contains("--ca-file")),
        "{unnamed:?}"
    );
}

#[tokio::test]
async fn a_certificate_for_another_name_does_not_hold() {
    let (port, ca_file, _dir) = tls_server("elsewhere.example").await;
    let named = EgressOptions {
        ca_file: Some(ca_file),
        ..quick()
    };
    let answer = ask(
        &gateway(&format!("https://localhost:{port}"), &named),
        request("/me"),
    )
    .await;
    assert!(matches!(answer, Err(HttpError::Denied(_))), "{answer:?}");
}

#[test]
fn a_ca_file_that_holds_no_certificate_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().join("empty.pem");
    std::fs::write(&empty, "no certificate").unwrap();
    for path in [empty, dir.path().join("absent.pem")] {
        let egress = EgressOptions {
            ca_file: Some(path.clone()),
            ..quick()
        };
        let base_url = "https://provider.example".parse().unwrap();
        let made = Gateway::new(
            &descriptor(),
            base_url,
            credentials(),
            &egress,
            RateLimiter::unlimited(),
        );
        let error = made.unwrap_err().to_string();
        assert!(error.contains(path.to_str().unwrap()), "{error}");
    }
}
