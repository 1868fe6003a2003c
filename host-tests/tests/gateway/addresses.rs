//! Which addresses are the public network's and which lead to the host itself, into its network or to
//! a cloud's metadata: a name or a base URL that leads there is refused and nothing is dialled.

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use connector_host::gateway::{
    AddressKind as Kind, AllowedNetworks, ClientError, EgressOptions, Gateway, Network,
    RateLimiter, address_kind,
};
use connector_host::runtime::HttpError;
use tokio::net::TcpStream;

use crate::names::{Names, listen_everywhere, with};
use crate::support::provider::*;

fn all_networks() -> AllowedNetworks {
    let all = [Network::Private, Network::Loopback, Network::Nat64];
    all.into_iter()
        .fold(AllowedNetworks::default(), AllowedNetworks::with_network)
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
fn every_special_address_is_distinguished() {
    for (address, is) in ADDRESSES {
        assert_eq!(address_kind(address.parse().unwrap()), *is, "{address}");
    }
    for behind in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "8.8.8.8"] {
        for prefix in ["64:ff9b::", "64:ff9b:1::"] {
            let address = format!("{prefix}{behind}").parse().unwrap();
            assert_eq!(address_kind(address), Kind::Nat64(behind.parse().unwrap()));
        }
    }
    for (address, behind) in [
        ("64:ff9b:1:a9fe:a9:fe00::", "169.254.169.254"),
        ("64:ff9b:1:a9fe:a9:fe00:808:808", "169.254.169.254"),
        ("64:ff9b:1:7f:0:1::", "127.0.0.1"),
        ("64:ff9b:1:0:a:0:100::", "10.0.0.1"),
        ("64:ff9b:1:808:8:800::", "8.8.8.8"),
    ] {
        let kind = address_kind(address.parse().unwrap());
        assert_eq!(kind, Kind::Nat64(behind.parse().unwrap()), "{address}");
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
    let open = |network| AllowedNetworks::default().with_network(network);
    let may = |allowed: AllowedNetworks, address: &str| {
        allowed.check_address(address.parse().unwrap()).is_ok()
    };
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

/// The bits of one prefix differ from those of another: all are checked.
#[test]
fn an_unknown_nat64_prefix_is_checked_in_every_form() {
    let open = AllowedNetworks::default().with_network(Network::Nat64);
    let may =
        |allowed: AllowedNetworks, address: &str| allowed.check_address(address.parse().unwrap());
    for public in [
        "64:ff9b:1::8.8.8.8",
        "64:ff9b:1:808:8:800::",
        "64:ff9b:1:8:8:808::",
        "64:ff9b:1:0:8:808:800::",
    ] {
        assert_eq!(may(open, public), Ok(()), "{public}");
    }
    for (inside, kind) in [
        ("64:ff9b:1:a00:0:100::", Kind::Private),
        ("64:ff9b:1:a:0:1::", Kind::Private),
        ("64:ff9b:1:0:a:0:100::", Kind::Private),
        ("64:ff9b:1:7f00:0:100:808:808", Kind::Loopback),
        ("64:ff9b:1:a9fe:a9:fe00::", Kind::Metadata),
        ("64:ff9b:1:a9:fe:a9fe::", Kind::Metadata),
        ("64:ff9b:1:0:a9:fea9:fe00:0", Kind::Metadata),
        ("64:ff9b:1:0:ffa9:fea9:fe08:808", Kind::Metadata),
        ("64:ff9b:1::", Kind::Unusable),
    ] {
        assert_eq!(may(open, inside), Err(kind), "{inside}");
        let private = may(all_networks(), inside).is_ok();
        assert_eq!(
            private,
            matches!(kind, Kind::Private | Kind::Loopback),
            "{inside}"
        );
    }
}

#[test]
fn nat64_of_a_named_prefix_is_checked_in_its_own_bits() {
    for (prefix, public, metadata) in [
        ("2600:64::/32", "2600:64:808:808::", "2600:64:a9fe:a9fe::"),
        (
            "2600:64:100::/40",
            "2600:64:108:808:8::",
            "2600:64:1a9:fea9:fe::",
        ),
        (
            "2600:64:1::/48",
            "2600:64:1:808:8:800::",
            "2600:64:1:a9fe:a9:fe00::",
        ),
        (
            "2600:64:1:100::/56",
            "2600:64:1:108:8:808::",
            "2600:64:1:1a9:fe:a9fe::",
        ),
        (
            "2600:64:1:1::/64",
            "2600:64:1:1:8:808:800::",
            "2600:64:1:1:a9:fea9:fe00::",
        ),
        (
            "2600:64:1:1::/96",
            "2600:64:1:1::8.8.8.8",
            "2600:64:1:1::169.254.169.254",
        ),
        (
            "64:ff9b:1::/48",
            "64:ff9b:1:80a:8:800::",
            "64:ff9b:1:a9fe:a9:fe00::",
        ),
    ] {
        let network: Network = format!("nat64={prefix}").parse().unwrap();
        let allowed = AllowedNetworks::default().with_network(network);
        assert_eq!(
            allowed.check_address(public.parse().unwrap()),
            Ok(()),
            "{prefix}"
        );
        let refused = allowed.check_address(metadata.parse().unwrap());
        assert_eq!(refused, Err(Kind::Metadata), "{prefix}");
        // Beside the prefix nothing is opened.
        assert!(
            allowed
                .check_address("64:ff9b::8.8.8.8".parse().unwrap())
                .is_err()
        );
    }
    for wrong in [
        "nat64=",
        "nat64=64:ff9b::",
        "nat64=64:ff9b::/95",
        "nat64=10.0.0.0/96",
    ] {
        assert!(wrong.parse::<Network>().is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn a_name_of_a_private_address_is_never_dialed() {
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
async fn a_localhost_that_resolves_elsewhere_is_rejected() {
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
            RateLimiter::unlimited(),
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
