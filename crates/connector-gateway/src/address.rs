//! Which network addresses a tenant's provider may have.
//!
//! A name server is not trusted: an attacker's name can lead to this machine, to the network that
//! it stands in, or to the service that hands a cloud machine its credentials. The ranges are
//! those of IANA's registries of special-purpose addresses; of IPv6, what is not global unicast is
//! refused whole.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::nat64::{Nat64Prefix, local_readings};

/// Networks beside the public one that an operator opens for a tenant. None by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AllowedNetworks {
    /// 10/8, 172.16/12, 192.168/16, 100.64/10 and fc00::/7: a gateway in the company's own network.
    pub private: bool,
    /// 127/8 and ::1, under a name other than localhost.
    pub loopback: bool,
    /// 64:ff9b::/96 and 64:ff9b:1::/48, by which a network without IPv4 reaches addresses of it.
    /// The network behind them has to be allowed too.
    pub nat64: bool,
    /// The prefix of the network's own NAT64: an address under it is one of IPv4, and as such allowed or
    /// not.
    pub nat64_prefix: Option<Nat64Prefix>,
}

/// One of the networks that can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// See [`AllowedNetworks::private`].
    Private,
    /// See [`AllowedNetworks::loopback`].
    Loopback,
    /// See [`AllowedNetworks::nat64`].
    Nat64,
    /// See [`AllowedNetworks::nat64_prefix`].
    Nat64Prefix(Nat64Prefix),
}

impl AllowedNetworks {
    /// Opens one more.
    #[must_use]
    pub fn with_network(mut self, network: Network) -> Self {
        match network {
            Network::Private => self.private = true,
            Network::Loopback => self.loopback = true,
            Network::Nat64 => self.nat64 = true,
            Network::Nat64Prefix(prefix) => self.nat64_prefix = Some(prefix),
        }
        self
    }

    /// Returns `Ok` if a connection to this address is allowed.
    ///
    /// # Errors
    ///
    /// Returns the kind of address if it is not allowed.
    pub fn check_address(&self, address: IpAddr) -> Result<(), AddressKind> {
        if let IpAddr::V6(address) = address
            && let Some(behind) = self
                .nat64_prefix
                .and_then(|prefix| prefix.embedded_address(address))
        {
            return self.check_address(behind.into());
        }
        match kind(address) {
            AddressKind::Public => Ok(()),
            AddressKind::Private if self.private => Ok(()),
            AddressKind::Loopback if self.loopback => Ok(()),
            AddressKind::Nat64(behind) if self.nat64 => {
                let mut readings = ipv4_readings(address).chain([behind]);
                readings.try_for_each(|behind| self.check_address(behind.into()))
            }
            refused @ (AddressKind::Private
            | AddressKind::Loopback
            | AddressKind::Nat64(_)
            | AddressKind::Metadata
            | AddressKind::LinkLocal
            | AddressKind::Unusable
            | AddressKind::Embedded) => Err(refused),
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "private" => Ok(Self::Private),
            "loopback" => Ok(Self::Loopback),
            "nat64" => Ok(Self::Nat64),
            _ => match text.strip_prefix("nat64=") {
                Some(prefix) => Ok(Self::Nat64Prefix(prefix.parse()?)),
                None => {
                    Err("it is none of private, loopback, nat64, nat64=PREFIX/LENGTH".to_owned())
                }
            },
        }
    }
}

/// The kinds of IP addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressKind {
    /// A machine on the Internet.
    Public,
    /// A machine in a network of one's own.
    Private,
    /// This machine.
    Loopback,
    /// An IPv4 address behind a translator. Where the prefix's length is not known, the first of its
    /// readings that is not public.
    Nat64(Ipv4Addr),
    /// A service of the cloud that gives a machine its settings and credentials.
    Metadata,
    /// A machine on the same wire.
    LinkLocal,
    /// No machine, every machine, or this machine by another name.
    Unusable,
    /// An IPv4 address written as IPv6, or a tunnel to one: a bypass of checks on IPv4.
    Embedded,
}

impl fmt::Display for AddressKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "an address on the Internet",
            Self::Private => {
                "an address in a private network (--allow-network private opens those)"
            }
            Self::Loopback => "this machine (--allow-network loopback opens it)",
            Self::Nat64(_) => "an address behind NAT64 (--allow-network nat64 opens those)",
            Self::Metadata => "a cloud's metadata service, which is never dialled",
            Self::LinkLocal => "a link-local address, which is never dialled",
            Self::Unusable => "an address that no provider has, which is never dialled",
            Self::Embedded => "an IPv4 address inside of an IPv6 one, which is never dialled",
        })
    }
}

/// Sorts an address.
pub fn kind(address: IpAddr) -> AddressKind {
    match address {
        IpAddr::V4(address) => of_v4(address),
        IpAddr::V6(address) => of_v6(address),
    }
}

fn of_v4(address: Ipv4Addr) -> AddressKind {
    match address.octets() {
        // AWS, Azure, Google and others; AWS's tasks and clusters; Azure's wire server; Alibaba;
        // Oracle.
        [169, 254, 169, 254]
        | [169, 254, 170, 2 | 23]
        | [168, 63, 129, 16]
        | [100, 100, 100, 200]
        | [192, 0, 0, 192] => AddressKind::Metadata,
        [127, ..] => AddressKind::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => {
            AddressKind::Private
        }
        [169, 254, ..] => AddressKind::LinkLocal,
        // "This network", protocol assignments, documentation, the old 6to4 relays, benchmarks,
        // multicast, reserved and broadcast.
        [0, ..]
        | [192, 0, 0 | 2, _]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [224..=255, ..] => AddressKind::Unusable,
        _ => AddressKind::Public,
    }
}

fn of_v6(address: Ipv6Addr) -> AddressKind {
    let [.., high, low] = address.segments();
    let v4 = || {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => AddressKind::Unusable,
        [0, 0, 0, 0, 0, 0, 0, 1] => AddressKind::Loopback,
        // Mapped, translated, compatible, 6to4, Teredo, ISATAP.
        [0, 0, 0, 0, 0, 0 | 0xffff, _, _]
        | [0, 0, 0, 0, 0xffff, 0, _, _]
        | [0x2002, ..]
        | [0x2001, 0, ..]
        | [_, _, _, _, 0 | 0x200, 0x5efe, _, _] => AddressKind::Embedded,
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] => AddressKind::Nat64(v4()),
        [0x64, 0xff9b, 1, ..] => {
            let mut inside = local_readings(address).filter(|v4| of_v4(*v4) != AddressKind::Public);
            let first = inside.next().or_else(|| local_readings(address).next());
            AddressKind::Nat64(first.unwrap_or(Ipv4Addr::UNSPECIFIED))
        }
        // AWS (machines, tasks and clusters), Google.
        [0xfd00, 0xec2, ..] | [0xfd20, 0xce, ..] => AddressKind::Metadata,
        [0xfc00..=0xfdff, ..] => AddressKind::Private,
        [0xfe80..=0xfebf, ..] => AddressKind::LinkLocal,
        // Protocol assignments and documentation, inside of global unicast.
        [0x2001, ..=0x1ff | 0xdb8, ..] | [0x3fff, ..=0xfff, ..] => AddressKind::Unusable,
        [0x2000..=0x3fff, ..] => AddressKind::Public,
        _ => AddressKind::Unusable,
    }
}

/// Returns the IPv4 addresses that an address under 64:ff9b:1::/48 can lead to.
fn ipv4_readings(address: IpAddr) -> impl Iterator<Item = Ipv4Addr> {
    let local = match address {
        IpAddr::V6(address) if address.segments().starts_with(&[0x64, 0xff9b, 1]) => Some(address),
        IpAddr::V4(_) | IpAddr::V6(_) => None,
    };
    local.into_iter().flat_map(local_readings)
}
