//! A recipient can check a package: the component says where it comes from, the
//! bill of materials is of this very file, and the OCI layout holds together.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::fs;

use serde_json::{Value, json};
use xtask::dist::materials::{self, Metadata};
use xtask::dist::stamp::{ComponentOrigin, stamp_component, stamped_origin};
use xtask::dist::{layout, sha256};

const COMPONENT: &str = r#"(component
    (import "example:words/say@1.0.0" (instance))
    (component $c) (instance $i (instantiate $c))
    (export "example:words/hear@1.0.0" (instance $i)))"#;

fn known() -> ComponentOrigin {
    ComponentOrigin {
        name: "connector".to_owned(),
        version: "0.1.0".to_owned(),
        revision: "0123abcd".to_owned(),
        licence: "Apache-2.0".to_owned(),
    }
}

#[test]
fn a_component_says_where_it_comes_from() {
    let plain = wat::parse_str(COMPONENT).unwrap();
    assert_eq!(stamped_origin(&plain).unwrap(), None);
    let stamped = stamp_component(&plain, &known()).unwrap();
    assert_eq!(stamped_origin(&stamped).unwrap(), Some(known()));
    assert_eq!(stamp_component(&plain, &known()).unwrap(), stamped);
    assert!(stamp_component(b"no component", &known()).is_err());
}

fn metadata() -> Metadata {
    let package = |name: &str, licence: &str| json!({ "id": name, "name": name, "version": "1.0.0", "license": licence });
    let dep = |name: &str, kind: Value| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
    let printed = json!({
        "packages": [package("own", "Apache-2.0"), package("needed", "MIT/Apache-2.0"),
            package("deep", "MIT"), package("tests", "MIT"), package("builds", "MIT"), package("other", "MIT")],
        "resolve": { "nodes": [
            { "id": "own", "deps": [dep("needed", Value::Null), dep("tests", json!("dev")), dep("builds", json!("build"))] },
            { "id": "needed", "deps": [dep("deep", Value::Null)] },
            { "id": "deep", "deps": [] }, { "id": "tests", "deps": [dep("other", Value::Null)] },
            { "id": "builds", "deps": [] }, { "id": "other", "deps": [] },
        ]},
    });
    serde_json::from_value(printed).unwrap()
}

#[test]
fn a_bill_names_what_runs_and_is_of_this_very_file() {
    let file = |packages| materials::File {
        name: "own.wasm",
        packages,
        bytes: b"bytes",
    };
    let own = ["own".to_owned()];
    let bill = materials::bill_of_materials(&metadata(), file(&own)).unwrap();
    let names: Vec<_> = bill["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["deep", "needed", "own"]);
    assert_eq!(
        bill["metadata"]["component"]["hashes"][0]["content"],
        sha256(b"bytes")
    );
    assert_eq!(
        bill["components"][1]["licenses"][0]["expression"],
        "MIT OR Apache-2.0"
    );
    let needs = bill["dependencies"].as_array().unwrap();
    let own_needs = needs
        .iter()
        .find(|one| one["ref"] == "pkg:cargo/own@1.0.0")
        .unwrap();
    assert_eq!(own_needs["dependsOn"], json!(["pkg:cargo/needed@1.0.0"]));
    let unknown = ["unknown".to_owned()];
    assert!(materials::bill_of_materials(&metadata(), file(&unknown)).is_err());
}

#[test]
fn an_oci_layout_is_consistent() {
    let folder = tempfile::tempdir().unwrap();
    let component = stamp_component(&wat::parse_str(COMPONENT).unwrap(), &known()).unwrap();
    layout::write(folder.path(), &component, &known(), "2026-01-01T00:00:00Z").unwrap();
    let read = |path: &str| fs::read(folder.path().join(path)).unwrap();
    let blob = |descriptor: &Value| {
        let digest = descriptor["digest"]
            .as_str()
            .unwrap()
            .strip_prefix("sha256:")
            .unwrap()
            .to_owned();
        let bytes = read(&format!("blobs/sha256/{digest}"));
        assert_eq!(sha256(&bytes), digest);
        assert_eq!(descriptor["size"], bytes.len());
        bytes
    };
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
    assert_eq!(json(&read("oci-layout"))["imageLayoutVersion"], "1.0.0");
    let manifest = json(&blob(&json(&read("index.json"))["manifests"][0]));
    assert_eq!(
        manifest["config"]["mediaType"],
        "application/vnd.wasm.config.v0+json"
    );
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
    assert_eq!(blob(&manifest["layers"][0]), component);
    let config = json(&blob(&manifest["config"]));
    assert_eq!(
        config["layerDigests"],
        json!([manifest["layers"][0]["digest"]])
    );
    assert_eq!(
        config["component"]["imports"],
        json!(["example:words/say@1.0.0"])
    );
    assert_eq!(
        config["component"]["exports"],
        json!(["example:words/hear@1.0.0"])
    );
}
