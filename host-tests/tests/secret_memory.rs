//! A secret that is no longer used is no longer there: the whole memory of the process is searched
//! for it. One test to a process, so that no other test's copies are found.

#![cfg(target_os = "linux")]
use host_tests::support;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::time::{SystemTime, UNIX_EPOCH};

use connector_host::gateway::{EgressOptions, Gateway, RateLimiter};
use connector_host::records::CredentialScheme;
use connector_host::{Credentials, Secret};
use support::provider::descriptor;
use zeroize::{Zeroize, Zeroizing};

/// The bytes sought, each turned over, so that the search does not find itself.
struct Needle(Vec<u8>);

impl Needle {
    /// Long, and another one in every run.
    fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let mut state = now.as_nanos() as u64 | 1;
        let bytes = (0..40).map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            !(b'a' + (state >> 32) as u8 % 26)
        });
        Self(bytes.collect())
    }

    fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(64));
        for byte in &self.0 {
            text.push(char::from(!byte));
        }
        text
    }

    /// In how many places of the process's writable memory the bytes stand.
    fn places(&self) -> usize {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let mut memory = File::open("/proc/self/mem").unwrap();
        let mut buffer = vec![0; 64 << 20];
        let own = buffer.as_ptr() as u64;
        let mut found = 0;
        for map in maps.lines().filter(|map| map.contains(" rw")) {
            let (range, _) = map.split_once(' ').unwrap();
            let (from, to) = range.split_once('-').unwrap();
            let [from, to] = [from, to].map(|at| u64::from_str_radix(at, 16).unwrap());
            if (from..to).contains(&own) || to - from > 64 << 20 {
                continue;
            }
            let part = &mut buffer[..(to - from) as usize];
            if memory.seek(SeekFrom::Start(from)).is_ok() && memory.read_exact(part).is_ok() {
                let here = |part: &[u8]| part.iter().zip(&self.0).all(|(a, b)| *a == !*b);
                found += part.windows(self.0.len()).filter(|part| here(part)).count();
            }
        }
        buffer.zeroize();
        found
    }
}

#[test]
fn a_dropped_secret_is_nowhere_in_memory() {
    let needle = Needle::new();
    let text = needle.text();
    let secret = Secret::new(&text).unwrap();
    drop(text);
    assert_eq!(needle.places(), 1, "the search finds what is there");
    let form = CredentialScheme {
        name: "api-key".into(),
        header: "X-API-Key".into(),
        prefix: "Token ".into(),
        description: String::new(),
    };
    let credentials = Credentials::none().with("key", &form, secret.clone());
    drop(secret);
    let base_url = "http://127.0.0.1:1".parse().unwrap();
    let egress = EgressOptions::default();
    let copy = credentials.clone();
    let gateway = Gateway::new(
        &descriptor(),
        base_url,
        copy,
        &egress,
        RateLimiter::unlimited(),
    )
    .unwrap();
    // The credential, its header value, and the redactor.
    assert_eq!(needle.places(), 3);
    let _shown = format!("{credentials:?} {gateway:?}");
    drop(credentials);
    drop(gateway);
    assert_eq!(needle.places(), 0);
}
