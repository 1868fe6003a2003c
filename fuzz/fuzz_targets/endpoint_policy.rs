//! Any path and query: what the host's policy lets through stays inside the declared endpoint.
#![no_main]

use std::sync::LazyLock;

use egress_policy::EgressPolicy;
use host_tests::paths;

static POLICY: LazyLock<EgressPolicy> = LazyLock::new(paths::policy);

libfuzzer_sys::fuzz_target!(|input: (bool, &str)| {
    let (other, path) = input;
    let credential = if other { "other" } else { "key" };
    let judge = |credential: &str, path: &str| POLICY.check(credential, path).ok();
    assert_eq!(
        paths::what_passes_stays_inside(&judge, credential, path),
        Ok(())
    );
});
