//! The host says how it is used. Cargo builds it for this test, and the tests of `host-tests` start it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

#[test]
fn a_call_without_arguments_prints_the_usage() {
    let output = Command::new(env!("CARGO_BIN_EXE_plain-host"))
        .output()
        .unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.contains("usage: CONNECTOR_KEY=… plain-host COMPONENT.wasm BASE_URL"),
        "{text}"
    );
}
