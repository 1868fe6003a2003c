//! The host says what it takes. Cargo builds the host for this test, beside which the tests of
//! `host-tests` find it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

fn complaint(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plain-host"));
    let output = command.args(arguments).output().unwrap();
    assert!(!output.status.success() && output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn missing_arguments_are_named() {
    for arguments in [&[][..], &["connector.wasm"]] {
        let told = complaint(arguments);
        assert!(told.contains("COMPONENT.wasm BASE_URL"), "{told}");
    }
}

#[test]
fn a_component_that_is_missing_is_named() {
    let told = complaint(&["none.wasm", "https://postman.example"]);
    assert!(told.contains("none.wasm"), "{told}");
}
