//! The packed files are bound together: each bill of materials, each line of the sums and each layer is of the
//! very bytes that lie beside it, and an altered file is detected.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use xtask::dist::sha256;

const FILES: [&str; 2] = ["guest.wasm", "host"];

/// The output of `cargo metadata` for two packages.
fn metadata() -> Value {
    let package =
        |name: &str| json!({ "id": name, "name": name, "version": "1.2.3", "license": "MIT" });
    let runs = json!([{ "pkg": "needed", "dep_kinds": [{ "kind": null }] }]);
    json!({
        "packages": [package("guest"), package("host"), package("needed")],
        "resolve": { "nodes": [
            { "id": "guest", "deps": runs }, { "id": "host", "deps": [] }, { "id": "needed", "deps": [] },
        ]},
    })
}

/// Packs a component and a command into `out` below `folder`.
fn pack(folder: &Path) {
    let component = wat::parse_str("(component)").unwrap();
    fs::write(folder.join("built.wasm"), component).unwrap();
    fs::write(folder.join("built"), b"\x7fELF and so on").unwrap();
    fs::write(folder.join("metadata"), metadata().to_string()).unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args([
            "dist",
            "--revision",
            "0123",
            "--created",
            "2026-01-01T00:00:00Z",
            "--output",
            "out",
        ])
        .args(["guest.wasm=built.wasm=guest", "host=built=host"])
        .current_dir(folder)
        .stdin(Stdio::from(File::open(folder.join("metadata")).unwrap()))
        .status();
    assert!(status.unwrap().success());
}

/// The digest that a bill of materials is about.
fn of_bill(out: &Path, name: &str) -> String {
    let bill = fs::read(out.join(format!("{name}.cdx.json"))).unwrap();
    let bill: Value = serde_json::from_slice(&bill).unwrap();
    assert_eq!(bill["bomFormat"], "CycloneDX");
    assert_eq!(bill["metadata"]["component"]["name"], name);
    let hash = &bill["metadata"]["component"]["hashes"][0];
    assert_eq!(hash["alg"], "SHA-256");
    hash["content"].as_str().unwrap().to_owned()
}

#[test]
fn every_bill_and_every_sum_is_of_the_file_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    pack(folder.path());
    let out = folder.path().join("out");
    let sums = fs::read_to_string(out.join("SHA256SUMS")).unwrap();
    assert_eq!(sums.lines().count(), FILES.len());
    for name in FILES {
        let mut bytes = fs::read(out.join(name)).unwrap();
        assert_eq!(of_bill(&out, name), sha256(&bytes), "{name}");
        assert!(
            sums.contains(&format!("{}  {name}\n", sha256(&bytes))),
            "{name}"
        );
        bytes[0] ^= 1;
        assert_ne!(of_bill(&out, name), sha256(&bytes), "{name}");
    }
    let layer = of_bill(&out, "guest.wasm");
    let layer = out.join("oci/guest/blobs/sha256").join(layer);
    assert_eq!(
        fs::read(layer).unwrap(),
        fs::read(out.join("guest.wasm")).unwrap()
    );
}

#[test]
fn the_same_inputs_are_packed_to_the_same_bytes() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    pack(one.path());
    pack(other.path());
    for name in [
        "guest.wasm",
        "guest.wasm.cdx.json",
        "host.cdx.json",
        "SHA256SUMS",
    ] {
        let read = |folder: &Path| fs::read(folder.join("out").join(name)).unwrap();
        assert_eq!(read(one.path()), read(other.path()), "{name}");
    }
}
