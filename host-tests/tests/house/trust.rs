//! What is shipped can be looked through: few crates in the guest, no unsafe code of our own but where it is named
//! here, no lint silenced without a reason, no package outside of the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const MOST_CRATES: usize = 15;

/// What Cargo resolves for a component.
fn metadata() -> Value {
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version=1", "--locked"]);
    command.args(["--filter-platform", "wasm32-unknown-unknown"]);
    let output = command.current_dir(ROOT).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap()
}

/// Whether a package is a macro: it runs while building and is not in what is built.
fn is_macro(package: &Value) -> bool {
    let mut targets = list(package, "targets").iter();
    targets.any(|target| list(target, "kind").iter().any(|kind| kind == "proc-macro"))
}

/// The crates that are linked into a component, itself left out.
fn linked(metadata: &Value, name: &str) -> BTreeSet<String> {
    let packages = list(metadata, "packages").iter();
    let packages: BTreeMap<&str, &Value> = packages.map(|one| (text(one, "id"), one)).collect();
    let nodes = list(&metadata["resolve"], "nodes").iter();
    let nodes: BTreeMap<&str, &Value> = nodes.map(|one| (text(one, "id"), one)).collect();
    let root = packages.values().find(|one| one["name"] == name).unwrap();
    let mut waiting = vec![text(root, "id")];
    let mut reached = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if is_macro(packages[id]) || !reached.insert(id) {
            continue;
        }
        let runs = |dep: &&Value| {
            list(dep, "dep_kinds")
                .iter()
                .any(|kind| kind["kind"].is_null())
        };
        let deps = list(nodes[id], "deps").iter().filter(runs);
        waiting.extend(deps.map(|dep| text(dep, "pkg")));
    }
    let names = reached
        .into_iter()
        .map(|id| text(packages[id], "name").to_owned());
    names.filter(|one| one != name).collect()
}

#[test]
fn the_connector_is_linked_from_few_crates() {
    let metadata = metadata();
    let crates = linked(&metadata, "postman-connector");
    assert!(
        crates.contains("serde_json") && crates.contains("http"),
        "{crates:?}"
    );
    assert!(crates.len() <= MOST_CRATES, "{}: {crates:?}", crates.len());
    let of_the_host = linked(&metadata, "connector-host");
    assert!(
        of_the_host.len() > MOST_CRATES,
        "the search for crates finds too few"
    );
}

/// Every package of the workspace: the folders with a manifest, what is built left out.
fn packages() -> Vec<PathBuf> {
    let manifest = fs::read_to_string(format!("{ROOT}/Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let members = manifest["workspace"]["members"].as_array().unwrap();
    let members = members.iter().map(|one| one.as_str().unwrap());
    members.map(|one| Path::new(ROOT).join(one)).collect()
}

/// A connector with faults, for tests.
const WRONG_ON_PURPOSE: &str = "guests/pagerduty-faulty";

#[test]
fn every_package_keeps_the_lints_of_the_house() {
    let packages = packages();
    assert!(packages.len() >= 6);
    for package in packages {
        if package.ends_with(WRONG_ON_PURPOSE) {
            continue;
        }
        let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
        let shown = package.display();
        let manifest: toml::Table = manifest.parse().unwrap();
        let own = manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace"));
        assert_eq!(own.and_then(toml::Value::as_bool), Some(true), "{shown}");
    }
    let root = fs::read_to_string(format!("{ROOT}/Cargo.toml")).unwrap();
    for lint in ["missing_docs", "unsafe_code"] {
        assert!(root.contains(&format!("{lint} = \"deny\"")), "{lint}");
    }
}

/// The shipped part of every Rust file of a package's `src`, by its path from the root.
fn shipped() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for package in packages() {
        let mut folders = vec![package.join("src")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|kind| kind == "rs") {
                    let text = fs::read_to_string(&path).unwrap();
                    let text = text.split("#[cfg(test)]").next().unwrap().to_owned();
                    let path = path.strip_prefix(ROOT).unwrap();
                    let path = path.strip_prefix("./").unwrap_or(path);
                    found.push((path.to_str().unwrap().to_owned(), text));
                }
            }
        }
    }
    found
}

/// Attributes that silence lints, each whole.
fn exceptions(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for start in ["#[allow(", "#![allow(", "#[expect(", "#![expect("] {
        for (at, _) in text.match_indices(start) {
            let end = text[at..].find(")]").expect("an attribute without an end");
            found.push(&text[at..at + end]);
        }
    }
    found
}

#[test]
fn every_exception_from_a_lint_has_a_reason() {
    let mut seen = 0;
    for (file, text) in shipped() {
        for exception in exceptions(&text) {
            seen += 1;
            assert!(exception.contains("reason = \""), "{file}: {exception}");
        }
    }
    assert!(seen > 5, "only {seen} exceptions were found");
}

/// Where unsafe code is let in, and why there.
const UNSAFE: [(&str, &str); 4] = [
    ("src/component/bindings.rs", "generated code"),
    (
        "host-tests/guests/pagerduty/src/bindings.rs",
        "generated code",
    ),
    (
        "host-tests/adapters/wasi-http-client/src/exports.rs",
        "generated from the contract",
    ),
    (
        "host-tests/src/runtime/cache.rs",
        "the engine cannot check native code",
    ),
];
/// The one of them in which it is ours, and not a generator's.
const OURS: [&str; 1] = ["host-tests/src/runtime/cache.rs"];

#[test]
fn unsafe_code_is_let_in_where_it_is_known_and_nowhere_else() {
    let lets_in = |text: &str| {
        exceptions(text)
            .iter()
            .any(|one| one.contains("unsafe_code"))
    };
    let mut let_in = BTreeSet::new();
    let mut written = BTreeSet::new();
    for (file, text) in shipped() {
        if lets_in(&text) {
            let (_, reason) = UNSAFE
                .iter()
                .find(|(known, _)| *known == file)
                .unwrap_or_else(|| panic!("{file} lets unsafe code in"));
            assert!(text.contains(reason), "{file}");
            let_in.insert(file.clone());
        }
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let mut code = code.filter(|line| !line.contains('"'));
        if code.any(|line| line.contains("unsafe ")) {
            written.insert(file);
        }
    }
    let known = UNSAFE.iter().map(|(file, _)| (*file).to_owned());
    assert_eq!(let_in, known.collect());
    assert_eq!(written, OURS.map(str::to_owned).into());
}
