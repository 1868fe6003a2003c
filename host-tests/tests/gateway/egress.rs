//! The targets of connections, and their ends. A name server that is not on our side answers what it
//! likes, a proxy keeps what it hears, and servers say nothing or dribble.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_host::gateway::{AllowedNetworks, EgressOptions, Network};
use connector_host::runtime::HttpError;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::names::{Names, with};
use crate::support;
use crate::support::provider::*;
use crate::support::tls::Tls;

/// Speaks TLS as `provider.test` and hangs up after each answer; counts connections.
async fn provider() -> (u16, Arc<AtomicUsize>, Tls) {
    let tls = support::tls::authority("provider.test");
    let acceptor = tls.acceptor.clone();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let dialled = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&dialled);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, SeqCst);
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.read(&mut [0; 4096]).await;
                let head = "200 OK\r\nConnection: close";
                let _ = stream.write_all(&answer(head, b"secure")).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    (port, dialled, tls)
}

#[tokio::test]
async fn the_checked_address_is_the_one_dialed() {
    let (port, dialled, tls) = provider().await;
    // The second answer is what an attacker changes it to, in time for another look.
    let names = Names::of(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let egress = EgressOptions {
        allowed: AllowedNetworks::default().with_network(Network::Loopback),
        ca_file: Some(tls.ca_file.clone()),
        ..with(&names)
    };
    let gateway = gateway(&format!("https://provider.test:{port}"), &egress);
    let first = ask(&gateway, request("/me")).await.unwrap();
    assert_eq!(first.body, b"secure");
    assert_eq!((names.asked(), dialled.load(SeqCst)), (1, 1));
    let second = ask(&gateway, request("/me")).await;
    assert!(matches!(second, Err(HttpError::Denied(_))), "{second:?}");
    assert_eq!((names.asked(), dialled.load(SeqCst)), (2, 1));
}

#[tokio::test]
async fn a_name_may_resolve_on_the_next_try() {
    let (port, _, tls) = provider().await;
    let names = Names::of(&[&[], &["127.0.0.1"]]);
    let egress = EgressOptions {
        allowed: AllowedNetworks::default().with_network(Network::Loopback),
        ca_file: Some(tls.ca_file.clone()),
        ..with(&names)
    };
    let gateway = gateway(&format!("https://provider.test:{port}"), &egress);
    let first = ask(&gateway, request("/me")).await;
    let named = format!("(provider.test:{port})");
    assert!(
        matches!(&first, Err(HttpError::Connection(text)) if text.contains(&named)),
        "{first:?}"
    );
    assert_eq!(ask(&gateway, request("/me")).await.unwrap().body, b"secure");
}

#[tokio::test]
async fn a_refusal_of_a_proxy_is_reported_as_its_own() {
    let over = |port: u16| EgressOptions {
        proxy: Some(format!("http://127.0.0.1:{port}").parse().unwrap()),
        ..quick()
    };
    let wants_a_name = Server::start(answer("407 Proxy Authentication Required", b"who?")).await;
    let gate = gateway("https://provider.test", &over(wants_a_name.port));
    let answered = ask(&gate, request("/me")).await.unwrap();
    assert_eq!((answered.status, answered.body), (407, Vec::new()));
    let closed = Server::start(answer("403 Forbidden", b"no")).await;
    for port in [closed.port, 1] {
        let gate = gateway("https://provider.test", &over(port));
        let refused = ask(&gate, request("/me")).await;
        let named = format!("(provider.test:443 over the proxy 127.0.0.1:{port})");
        assert!(
            matches!(&refused, Err(HttpError::Connection(text)) if text.contains(&named)),
            "{refused:?}"
        );
    }
}

/// Passes bytes on to `target`, whatever it is asked for; keeps what it was asked.
async fn proxy(target: u16) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let read = stream.read(&mut head).await.unwrap_or(0);
            let head = String::from_utf8_lossy(&head[..read]).into_owned();
            keep.lock().unwrap().push(head);
            let mut onward = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            let _ = copy_bidirectional(&mut stream, &mut onward).await;
        }
    });
    (port, heard)
}

#[tokio::test]
async fn a_proxy_sees_the_origin_and_no_key() {
    let (port, _, tls) = provider().await;
    let (proxy_port, heard) = proxy(port).await;
    let names = Names::of(&[&["10.0.0.1"]]);
    let egress = EgressOptions {
        ca_file: Some(tls.ca_file.clone()),
        proxy: Some(format!("http://127.0.0.1:{proxy_port}").parse().unwrap()),
        ..with(&names)
    };
    let gateway = gateway("https://provider.test:8443", &egress);
    assert_eq!(ask(&gateway, request("/me")).await.unwrap().body, b"secure");
    let elsewhere = ask(&gateway, request("//evil.example/me")).await;
    assert!(matches!(elsewhere, Err(HttpError::Denied(_))));
    let heard = heard.lock().unwrap().clone();
    assert_eq!(heard.len(), 1);
    assert!(heard[0].starts_with("CONNECT provider.test:8443 HTTP/1.1"));
    assert!(!heard[0].contains(CANARY) && !heard[0].contains("/me"));
    assert_eq!(names.asked(), 0);
}

#[tokio::test]
async fn this_machine_is_reached_without_a_proxy() {
    let server = Server::start(answer("200 OK", b"{}")).await;
    let (proxy_port, heard) = proxy(server.port).await;
    let egress = EgressOptions {
        proxy: Some(format!("http://127.0.0.1:{proxy_port}").parse().unwrap()),
        ..quick()
    };
    let url = format!("http://127.0.0.1:{}", server.port);
    assert!(ask(&gateway(&url, &egress), request("/me")).await.is_ok());
    assert!(heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_host_exempt_from_the_proxy_is_checked() {
    let (proxy_port, heard) = proxy(1).await;
    let proxy: connector_host::gateway::Proxy =
        format!("http://127.0.0.1:{proxy_port}").parse().unwrap();
    let egress = EgressOptions {
        proxy: Some(proxy.except_hosts("provider.test")),
        ..with(&Names::of(&[&["10.0.0.1"]]))
    };
    let answer = ask(&gateway("https://provider.test", &egress), request("/me")).await;
    assert!(matches!(answer, Err(HttpError::Denied(_))), "{answer:?}");
    assert!(heard.lock().unwrap().is_empty());
}

/// Long times but for the one that is tested: only it can end the request.
fn patient() -> EgressOptions {
    let long = Duration::from_secs(600);
    EgressOptions {
        connect_timeout: long,
        read_timeout: long,
        total_timeout: long,
        ..quick()
    }
}

const SHORT: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_silent_name_server_times_out_the_connection() {
    let egress = EgressOptions {
        connect_timeout: SHORT,
        names: Arc::new(Names::default()),
        ..patient()
    };
    let answer = ask(&gateway("https://provider.test", &egress), request("/me")).await;
    assert_eq!(answer, Err(HttpError::Timeout));
}

#[tokio::test]
async fn a_missing_tls_greeting_times_out_the_connection() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!(
        "https://127.0.0.1:{}",
        listener.local_addr().unwrap().port()
    );
    let egress = EgressOptions {
        connect_timeout: SHORT,
        ..patient()
    };
    let answer = ask(&gateway(&url, &egress), request("/me")).await;
    assert_eq!(answer, Err(HttpError::Timeout));
}

#[tokio::test]
async fn a_silent_server_times_out_at_the_first_byte() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let egress = EgressOptions {
        read_timeout: SHORT,
        ..patient()
    };
    let answer = ask(&gateway(&url, &egress), request("/me")).await;
    assert_eq!(answer, Err(HttpError::Timeout));
}

#[tokio::test]
async fn a_server_that_dribbles_is_a_time_out_of_the_whole() {
    for start in [
        "HTTP/1.1 200 OK\r\nX-",
        "HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n",
    ] {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(start.as_bytes()).await;
            while stream.write_all(b"a").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        let egress = EgressOptions {
            total_timeout: SHORT,
            ..patient()
        };
        let answer = ask(&gateway(&url, &egress), request("/me")).await;
        assert_eq!(answer, Err(HttpError::Timeout), "{start}");
    }
}
