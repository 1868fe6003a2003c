//! Any JSON as a connector's manifest: it can be followed and approved, or it is refused.
#![no_main]

use host_tests::manifests::{any_manifest, checked};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    assert_eq!(any_manifest(&checked, bytes), Ok(()));
});
