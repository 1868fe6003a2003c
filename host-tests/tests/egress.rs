//! Where connections go. A name server that is not on our side answers what it likes, and a
//! listener on every address of this machine keeps what was dialled.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_host::gateway::{
    AddressKind as Kind, AllowedNetworks, ClientError, EgressOptions, Gateway, NameService,
    Network, Pacer, address_kind,
};
use connector_host::runtime::{BoxFuture, HttpError};
use support::provider::*;
use support::tls::Tls;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// Answers look-ups from a script, the last answer for ever. Without one it never answers.
#[derive(Debug, Default)]
struct Names {
    script: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Names {
    fn of(script: &[&[&str]]) -> Arc<Self> {
        let parse = |answer: &&[&str]| answer.iter().map(|ip| ip.parse().unwrap()).collect();
        Arc::new(Self {
            script: Mutex::new(script.iter().map(parse).collect()),
            asked: AtomicUsize::new(0),
        })
    }

    fn asked(&self) -> usize {
        self.asked.load(SeqCst)
    }
}

impl NameService for Names {
    fn look_up<'a>(&'a self, _name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        self.asked.fetch_add(1, SeqCst);
        let mut script = self.script.lock().unwrap();
        let answer = match script.len() {
            0 => return Box::pin(std::future::pending()),
            1 => script[0].clone(),
            _ => script.pop_front().unwrap(),
        };
        Box::pin(async { Ok(answer) })
    }
}

fn with(names: &Arc<Names>) -> EgressOptions {
    EgressOptions {
        names: Arc::clone(names) as Arc<dyn NameService>,
        ..quick()
    }
}

fn all_networks() -> AllowedNetworks {
    let all = [Network::Private, Network::Loopback, Network::Nat64];
    all.into_iter()
        .fold(AllowedNetworks::default(), AllowedNetworks::with)
}

/// Counts connections to any address of this machine.
async fn listen_everywhere() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let dialled = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&dialled);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            count.fetch_add(1, SeqCst);
        }
    });
    (port, dialled)
}

/// Addresses and what they are, from IANA's registries and the clouds' documentation.
const ADDRESSES: &[(&str, Kind)] = &[
    ("127.0.0.1", Kind::Loopback),
    ("127.0.0.2", Kind::Loopback),
    ("127.255.255.255", Kind::Loopback),
    ("::1", Kind::Loopback),
    ("10.0.0.1", Kind::Private),
    ("10.255.255.255", Kind::Private),
    ("172.16.0.1", Kind::Private),
    ("172.31.255.255", Kind::Private),
    ("192.168.0.1", Kind::Private),
    ("100.64.0.1", Kind::Private),
    ("100.127.255.255", Kind::Private),
    ("fc00::1", Kind::Private),
    ("fd12:3456::1", Kind::Private),
    ("169.254.0.1", Kind::LinkLocal),
    ("fe80::1", Kind::LinkLocal),
    ("febf::1", Kind::LinkLocal),
    ("169.254.169.254", Kind::Metadata),
    ("169.254.170.2", Kind::Metadata),
    ("169.254.170.23", Kind::Metadata),
    ("168.63.129.16", Kind::Metadata),
    ("100.100.100.200", Kind::Metadata),
    ("192.0.0.192", Kind::Metadata),
    ("fd00:ec2::254", Kind::Metadata),
    ("fd00:ec2::23", Kind::Metadata),
    ("fd20:ce::254", Kind::Metadata),
    ("0.0.0.0", Kind::Unusable),
    ("0.1.2.3", Kind::Unusable),
    ("192.0.0.1", Kind::Unusable),
    ("192.0.2.1", Kind::Unusable),
    ("198.51.100.1", Kind::Unusable),
    ("203.0.113.1", Kind::Unusable),
    ("192.88.99.1", Kind::Unusable),
    ("198.18.0.1", Kind::Unusable),
    ("198.19.255.255", Kind::Unusable),
    ("224.0.0.1", Kind::Unusable),
    ("239.255.255.255", Kind::Unusable),
    ("240.0.0.1", Kind::Unusable),
    ("255.255.255.255", Kind::Unusable),
    ("::", Kind::Unusable),
    ("100::1", Kind::Unusable),
    ("2001:2::1", Kind::Unusable),
    ("2001:10::1", Kind::Unusable),
    ("2001:db8::1", Kind::Unusable),
    ("3fff::1", Kind::Unusable),
    ("5f00::1", Kind::Unusable),
    ("fec0::1", Kind::Unusable),
    ("ff02::1", Kind::Unusable),
    ("4000::1", Kind::Unusable),
    ("::ffff:127.0.0.1", Kind::Embedded),
    ("::ffff:8.8.8.8", Kind::Embedded),
    ("::127.0.0.1", Kind::Embedded),
    ("::ffff:0:127.0.0.1", Kind::Embedded),
    ("2002:7f00:1::", Kind::Embedded),
    ("2001:0:7f00:1::", Kind::Embedded),
    ("2600::5efe:127.0.0.1", Kind::Embedded),
    ("2600::200:5efe:10.0.0.1", Kind::Embedded),
];

#[test]
fn every_special_address_is_told_from_a_public_one() {
    for (address, is) in ADDRESSES {
        assert_eq!(address_kind(address.parse().unwrap()), *is, "{address}");
    }
    for behind in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "8.8.8.8"] {
        for prefix in ["64:ff9b::", "64:ff9b:1::"] {
            let address = format!("{prefix}{behind}").parse().unwrap();
            assert_eq!(address_kind(address), Kind::Nat64(behind.parse().unwrap()));
        }
    }
    for public in [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2606:4700::1111",
        "3ffe::1",
    ] {
        assert_eq!(
            address_kind(public.parse().unwrap()),
            Kind::Public,
            "{public}"
        );
    }
}

#[test]
fn what_is_opened_is_opened_and_nothing_beside_it() {
    let open = |network| AllowedNetworks::default().with(network);
    let may =
        |allowed: AllowedNetworks, address: &str| allowed.check(address.parse().unwrap()).is_ok();
    for (address, is) in ADDRESSES {
        assert!(!may(AllowedNetworks::default(), address), "{address}");
        assert_eq!(may(open(Network::Private), address), *is == Kind::Private);
        assert_eq!(may(open(Network::Loopback), address), *is == Kind::Loopback);
        assert!(!may(open(Network::Nat64), address), "{address}");
        let opened = matches!(is, Kind::Private | Kind::Loopback);
        assert_eq!(may(all_networks(), address), opened, "{address}");
    }
    assert!(may(open(Network::Nat64), "64:ff9b::8.8.8.8"));
    assert!(!may(open(Network::Nat64), "64:ff9b::10.0.0.1"));
    assert!(!may(open(Network::Private), "64:ff9b::10.0.0.1"));
    assert!(may(all_networks(), "64:ff9b::10.0.0.1"));
    assert!(!may(all_networks(), "64:ff9b::169.254.169.254"));
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_and_nothing_is_dialled() {
    let (port, dialled) = listen_everywhere().await;
    let url = format!("https://provider.test:{port}");
    let nat64 = ["64:ff9b::127.0.0.1", "64:ff9b:1::10.0.0.1"];
    let special = ADDRESSES.iter().map(|(address, _)| *address).chain(nat64);
    for address in special {
        // Alone, and hidden before and behind an address that may be dialled.
        for answer in [&[address][..], &["1.1.1.1", address], &[address, "1.1.1.1"]] {
            let names = Names::of(&[answer]);
            let gateway = gateway(&url, &with(&names));
            let refused = ask(&gateway, request("/me")).await;
            let Err(HttpError::Denied(text)) = &refused else {
                panic!("{answer:?}: {refused:?}");
            };
            assert!(text.contains("provider.test"), "{text}");
            assert_eq!((names.asked(), gateway.traffic().refused), (1, 1));
        }
    }
    assert_eq!(dialled.load(SeqCst), 0);
    // The listener does hear what is dialled.
    TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    TcpStream::connect(("::1", port)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(dialled.load(SeqCst), 2);
}

#[tokio::test]
async fn localhost_that_leads_away_from_this_machine_is_refused() {
    let (port, dialled) = listen_everywhere().await;
    for scheme in ["http", "https"] {
        for away in [
            &["1.1.1.1"][..],
            &["10.0.0.1"],
            &["127.0.0.1", "1.1.1.1"],
            &["0.0.0.0"],
        ] {
            let egress = EgressOptions {
                allowed: all_networks(),
                ..with(&Names::of(&[away]))
            };
            let url = format!("{scheme}://localhost:{port}");
            let answer = ask(&gateway(&url, &egress), request("/me")).await;
            assert!(matches!(answer, Err(HttpError::Denied(_))), "{answer:?}");
        }
    }
    assert_eq!(dialled.load(SeqCst), 0);
}

#[test]
fn a_base_url_that_is_an_address_is_checked_as_one() {
    let made = |url: &str, allowed| {
        let egress = EgressOptions { allowed, ..quick() };
        let base_url = url.parse().unwrap();
        Gateway::new(
            &descriptor(),
            base_url,
            credentials(),
            &egress,
            Pacer::off(),
        )
        .map(|_| ())
    };
    for never in [
        "https://169.254.169.254",
        "https://2852039166",
        "https://0xa9.0xfe.0xa9.0xfe",
        "https://0251.0376.0251.0376",
        "https://[fd00:ec2::254]",
        "https://[::ffff:127.0.0.1]",
        "https://[::ffff:a00:1]",
        "https://[64:ff9b::169.254.169.254]",
        "https://[fe80::1]",
        "https://0.0.0.0",
        "https://224.0.0.1",
    ] {
        let refused = made(never, all_networks());
        assert!(matches!(refused, Err(ClientError::Address(..))), "{never}");
    }
    for private in ["https://10.0.0.1", "https://[fd12::1]", "https://0xa000001"] {
        let refused = made(private, AllowedNetworks::default()).unwrap_err();
        assert!(
            refused.to_string().contains("--allow-network private"),
            "{refused}"
        );
        assert!(made(private, all_networks()).is_ok());
    }
    for loopback in [
        "http://127.0.0.1:1",
        "http://[::1]:1",
        "https://127.1",
        "https://1.1.1.1",
    ] {
        assert!(
            made(loopback, AllowedNetworks::default()).is_ok(),
            "{loopback}"
        );
    }
}

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
async fn a_name_is_looked_up_once_and_what_was_checked_is_dialled() {
    let (port, dialled, tls) = provider().await;
    // The second answer is what an attacker changes it to, in time for another look.
    let names = Names::of(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let egress = EgressOptions {
        allowed: AllowedNetworks::default().with(Network::Loopback),
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
async fn a_proxy_is_asked_for_the_origin_alone_and_sees_no_key() {
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
async fn a_host_that_is_reached_without_the_proxy_is_checked_like_any() {
    let (proxy_port, heard) = proxy(1).await;
    let proxy: connector_host::gateway::Proxy =
        format!("http://127.0.0.1:{proxy_port}").parse().unwrap();
    let egress = EgressOptions {
        proxy: Some(proxy.except("provider.test")),
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
async fn a_name_server_that_does_not_answer_is_a_time_out_of_the_connection() {
    let egress = EgressOptions {
        connect_timeout: SHORT,
        names: Arc::new(Names::default()),
        ..patient()
    };
    let answer = ask(&gateway("https://provider.test", &egress), request("/me")).await;
    assert_eq!(answer, Err(HttpError::Timeout));
}

#[tokio::test]
async fn a_server_that_does_not_greet_is_a_time_out_of_the_connection() {
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
async fn a_server_that_accepts_and_says_nothing_is_a_time_out_of_the_first_byte() {
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
