//! Any path and query: what the host's policy lets through stays inside the declared endpoint.
//!
//! The host's files are taken one by one: with all of it, wasmtime's code would be watched as well,
//! and a run would be a hundred times as slow.
#![no_main]
#![allow(dead_code, unused_imports)]

#[path = "../../tests/hostile_input/paths.rs"]
mod paths;
#[path = "../../src/manifest/percent.rs"]
mod percent;
#[path = "../../src/manifest/policy.rs"]
mod policy;
#[path = "../../src/records/mod.rs"]
mod records;
#[path = "../../src/manifest/template.rs"]
mod template;

mod manifest {
    pub use crate::policy::Policy;
}

use std::sync::LazyLock;

static POLICY: LazyLock<manifest::Policy> = LazyLock::new(paths::policy);

libfuzzer_sys::fuzz_target!(|input: (bool, &str)| {
    let (other, path) = input;
    let credential = if other { "other" } else { "key" };
    let judge = |credential: &str, path: &str| Some(POLICY.check(credential, path).ok()?.index);
    assert_eq!(
        paths::what_passes_stays_inside(&judge, credential, path),
        Ok(())
    );
});
