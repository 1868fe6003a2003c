//! IPv4 addresses behind NAT64, in the bits where RFC 6052 puts them.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// The lengths that a prefix can have.
const LENGTHS: [u8; 6] = [32, 40, 48, 56, 64, 96];
/// The lengths that a prefix under 64:ff9b:1::/48 can have.
const LOCAL_LENGTHS: [u8; 4] = [48, 56, 64, 96];

/// A prefix under which a network reaches IPv4 addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nat64Prefix {
    bits: u128,
    length: u8,
}

impl Nat64Prefix {
    /// Returns the IPv4 address behind an address, if that is under this prefix.
    pub fn embedded_address(self, address: Ipv6Addr) -> Option<Ipv4Addr> {
        let is_under = (address.to_bits() ^ self.bits) & prefix_mask(self.length) == 0;
        is_under.then(|| address_at(address, self.length))
    }
}

impl FromStr for Nat64Prefix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "it is not in the form PREFIX/LENGTH, such as 2001:db8:64::/96".to_owned();
        let (address, length) = text.split_once('/').ok_or_else(form)?;
        let address: Ipv6Addr = address.parse().map_err(|_| form())?;
        let length = length
            .parse()
            .ok()
            .filter(|length| LENGTHS.contains(length));
        let length = length.ok_or("the length of a NAT64 prefix is 32, 40, 48, 56, 64 or 96")?;
        match address.to_bits() & !prefix_mask(length) {
            0 => Ok(Self {
                bits: address.to_bits(),
                length,
            }),
            _ => Err("it has bits behind its length: set those to zero".to_owned()),
        }
    }
}

/// Returns every IPv4 address that an address under 64:ff9b:1::/48 can lead to: which prefix under it a
/// network has is not said. Nothing stands at 0.0.0.0/8, which is what the bits of a shorter or longer
/// prefix give.
pub(super) fn local_readings(address: Ipv6Addr) -> impl Iterator<Item = Ipv4Addr> + Clone {
    let readings = LOCAL_LENGTHS
        .into_iter()
        .map(move |length| address_at(address, length));
    readings.filter(|address| !matches!(address.octets(), [0, ..]))
}

/// Returns the 32 bits behind a prefix of this length; bits 64 to 71 belong to none.
fn address_at(address: Ipv6Addr, length: u8) -> Ipv4Addr {
    let bits = address.to_bits();
    let bits = match length {
        96.. => bits,
        _ => (bits >> 64 << 56 | bits & prefix_mask(128) >> 72) >> 88_u8.saturating_sub(length),
    };
    // The lowest 32 bits.
    let [.., a, b, c, d] = bits.to_be_bytes();
    Ipv4Addr::new(a, b, c, d)
}

/// Returns the first `length` bits.
fn prefix_mask(length: u8) -> u128 {
    let rest = 128_u32.saturating_sub(length.into());
    u128::MAX.checked_shl(rest).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 6052, section 2.4.
    #[test]
    fn an_address_stands_where_the_standard_puts_it() {
        for (prefix, address) in [
            ("2001:db8::/32", "2001:db8:c000:221::"),
            ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
            ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"),
            ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
            ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"),
            ("2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"),
            ("64:ff9b::/96", "64:ff9b::192.0.2.33"),
        ] {
            let prefix: Nat64Prefix = prefix.parse().unwrap();
            let address = address.parse().unwrap();
            assert_eq!(
                prefix.embedded_address(address),
                Some(Ipv4Addr::new(192, 0, 2, 33))
            );
            assert_eq!(
                prefix.embedded_address("2001:db9::1".parse().unwrap()),
                None
            );
        }
    }

    #[test]
    fn what_is_no_prefix_is_refused() {
        for text in [
            "",
            "64:ff9b::",
            "64:ff9b::/",
            "64:ff9b::/97",
            "64:ff9b::/0",
            "64:ff9b::1/96",
            "2001:db8:1::/32",
            "10.0.0.0/96",
            "::/128",
        ] {
            assert!(text.parse::<Nat64Prefix>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_of_unknown_prefix_has_every_reading() {
        for (address, readings) in [
            ("64:ff9b:1::a9fe:a9fe", &["169.254.169.254"][..]),
            (
                "64:ff9b:1:a9fe:a9:fe00::",
                &["169.254.169.254", "254.169.254.0", "169.254.0.0"],
            ),
            ("64:ff9b:1:7f:0:1::", &["127.0.0.1"]),
            ("64:ff9b:1:0:a:0:100::", &["10.0.0.1"]),
            ("64:ff9b:1::", &[]),
        ] {
            let found = local_readings(address.parse().unwrap());
            let found: Vec<String> = found.map(|address| address.to_string()).collect();
            assert!(
                readings
                    .iter()
                    .all(|one| found.iter().any(|found| found == one)),
                "{address}: {found:?}"
            );
        }
    }
}
