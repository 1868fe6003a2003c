//! The rules of the house that a reader of the code relies on: who may use whom, how long files get,
//! that every word of the contract is explained, that the host knows no Postman.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use wit_parser::{Docs, Resolve, TypeDefKind, WorldItem};

const MAX_LINES: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Every Rust file below a folder, with its path relative to the project's root.
fn sources(folder: &str) -> Vec<(String, String)> {
    files(folder, &["rs"])
}

/// Every file of these kinds below a folder.
fn files(folder: &str, kinds: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|kind| kinds.iter().any(|known| kind == *known))
            {
                let name = path
                    .strip_prefix(root())
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// What the shipped part of a file names by `word::` or `{word, …}` in its `use` items.
fn uses(text: &str, word: &str) -> bool {
    let shipped = text.split("#[cfg(test)]").next().unwrap();
    let mut within = false;
    for line in shipped.lines() {
        let line = line.trim();
        within |= line.starts_with("use ") || line.starts_with("pub use ");
        let names = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        if within && !line.starts_with("//") && names.into_iter().any(|name| name == word) {
            return true;
        }
        within &= !line.ends_with(';');
    }
    false
}

/// The names of the rooms that files under `room` must not use.
fn forbidden(file: &str) -> &'static [&'static str] {
    let room = file.strip_prefix("src/").unwrap();
    match room {
        "model.rs" | "error.rs" | "cursor.rs" | "calendar.rs" => {
            &["http", "postman", "transport", "inventory", "component"]
        }
        "transport.rs" => &["model", "postman", "inventory", "component", "serde"],
        "postman/wire.rs" | "postman/lenient.rs" | "postman/holders.rs" | "postman/json.rs" => &[
            "model",
            "http",
            "error",
            "transport",
            "inventory",
            "component",
        ],
        _ if room.starts_with("postman/") => &["inventory", "component"],
        _ if room.starts_with("inventory/tests") => &["component"],
        _ if room.starts_with("inventory/") => &["http", "component"],
        _ => &[],
    }
}

#[test]
fn the_guests_rooms_use_only_what_they_may() {
    let files = sources("src");
    assert!(files.len() > 20, "the guest's files were not found");
    for (file, text) in files {
        for word in forbidden(&file) {
            assert!(!uses(&text, word), "{file} uses {word}");
        }
    }
}

#[test]
fn questions_and_exports_see_what_was_kept_and_nothing_of_how_it_was_read() {
    let mut found = 0;
    for room in ["review", "export"] {
        for (file, text) in sources(&format!("host-tests/src/{room}")) {
            for word in [
                "runtime",
                "gateway",
                "manifest",
                "tenants",
                "simulator",
                "cli",
            ] {
                assert!(!uses(&text, word), "{file} uses {word}");
            }
            found += 1;
        }
    }
    assert!(found > 8, "the rooms were not found");
}

#[test]
fn the_conformance_kit_sees_the_contract_and_what_runs_it() {
    let files = sources("host-tests/src/conformance");
    assert!(files.len() > 8, "the room was not found");
    for (file, text) in files {
        for word in ["gateway", "store", "tenants", "simulator", "cli"] {
            assert!(!uses(&text, word), "{file} uses {word}");
        }
    }
}

#[test]
fn the_search_for_uses_finds_what_is_there() {
    assert!(uses(
        "use crate::{\n    model::Page,\n    postman::client,\n};\n",
        "postman"
    ));
    assert!(uses("use http::Request;\n", "http"));
    assert!(!uses("use crate::model::Page;\nlet http = 1;\n", "http"));
    assert!(!uses(
        "#[cfg(test)]\nmod tests {\n    use http::Request;\n}\n",
        "http"
    ));
}

#[test]
fn generated_code_is_seen_in_one_room_alone() {
    for (file, text) in sources("src") {
        if !file.starts_with("src/component/") {
            assert!(!text.contains("wit_bindgen"), "{file}");
        }
    }
    for (file, text) in sources("host-tests/src") {
        if !file.starts_with("host-tests/src/runtime/") {
            assert!(!uses(&text, "bindings"), "{file}");
        }
    }
}

#[test]
fn the_host_knows_postman_only_in_its_simulator() {
    for (file, text) in sources("host-tests/src") {
        assert!(!uses(&text, "postman_connector"), "{file}");
        let shown = file.starts_with("host-tests/src/simulator/")
            || file.starts_with("host-tests/src/cli/");
        let shipped = text.split("#[cfg(test)]").next().unwrap();
        let names_it = shipped
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .any(|line| line.to_lowercase().contains("postman"));
        assert!(shown || !names_it, "{file} names Postman");
    }
}

/// The hosts in other languages are for any connector.
#[test]
fn the_hosts_in_other_languages_know_no_provider() {
    let mut seen = 0;
    for folder in ["host-tests/hosts/node/src", "host-tests/hosts/python"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let shown = path.display();
            if !matches!(path.extension().and_then(OsStr::to_str), Some("js" | "py")) {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            assert!(!text.to_lowercase().contains("postman"), "{shown}");
            assert!(
                text.starts_with("// ") || text.starts_with("\"\"\""),
                "{shown}"
            );
            assert!(text.lines().count() <= MAX_LINES, "{shown}");
            seen += 1;
        }
    }
    assert!(seen >= 20, "only {seen} files were found");
}

/// What is pinned is what the table of hosts names.
#[test]
fn the_table_of_hosts_names_the_pinned_versions() {
    let text = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let between = |text: &str, before: &str, after: &str| {
        let (_, rest) = text.split_once(before).unwrap();
        rest.split_once(after).unwrap().0.to_owned()
    };
    let node = text("host-tests/hosts/node/package.json");
    let wheel = text("host-tests/hosts/python/requirements.txt");
    let lock = text("Cargo.lock");
    let package = |name: &str| between(&node, &format!("\"@bytecodealliance/{name}\": \""), "\"");
    let readme = text("README.md");
    for (host, version) in [
        (
            "wasmtime's command",
            between(&lock, "name = \"wasmtime\"\nversion = \"", "\""),
        ),
        ("jco-transpile", package("jco-transpile")),
        ("preview2-shim", package("preview2-shim")),
        ("wasmtime's wheel", between(&wheel, "wasmtime==", " ")),
    ] {
        let row = |line: &&str| line.starts_with('|') && line.contains(host);
        let mut rows = readme.lines().filter(row).peekable();
        assert!(rows.peek().is_some(), "{host} is not in the table");
        assert!(rows.all(|row| row.contains(&version)), "{host} {version}");
    }
    assert!(!text("host-tests/hosts/node/package-lock.json").contains("\"resolved\""));
}

#[test]
fn no_shipped_file_is_too_long_to_be_read_at_once() {
    for folder in [
        "src",
        "host-tests/src",
        "host-tests/adapters",
        "host-tests/guests",
    ] {
        for (file, text) in files(folder, &["rs", "js", "css", "html", "sql"]) {
            let lines = text.lines().count();
            assert!(lines <= MAX_LINES, "{file} has {lines} lines");
        }
    }
}

#[test]
fn every_file_says_why_it_exists() {
    for folder in [
        "src",
        "host-tests/src",
        "host-tests/adapters",
        "host-tests/guests",
        "host-tests/tests",
    ] {
        for (file, text) in sources(folder) {
            assert!(text.starts_with("//!"), "{file}");
        }
    }
    for (file, text) in files("host-tests/src/report/page", &["js", "css"]) {
        assert!(text.starts_with("// ") || text.starts_with("/* "), "{file}");
    }
}

#[test]
fn every_word_of_the_contract_is_explained() {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(root().join("wit")).unwrap();
    let mut undocumented = Vec::new();
    let mut words = 0;
    let mut check = |name: String, docs: &Docs| {
        words += 1;
        if docs
            .contents
            .as_ref()
            .is_none_or(|text| text.trim().is_empty())
        {
            undocumented.push(name);
        }
    };
    for (name, id) in &resolve.packages[package].interfaces {
        let interface = &resolve.interfaces[*id];
        check(name.clone(), &interface.docs);
        for (function, item) in &interface.functions {
            check(format!("{name}.{function}"), &item.docs);
        }
        for (type_name, id) in &interface.types {
            let item = &resolve.types[*id];
            if let TypeDefKind::Type(_) = item.kind {
                continue; // A word of another interface, explained there.
            }
            let at = format!("{name}.{type_name}");
            check(at.clone(), &item.docs);
            for (member, docs) in members(&item.kind) {
                check(format!("{at}.{member}"), docs);
            }
        }
    }
    for (name, id) in &resolve.packages[package].worlds {
        let world = &resolve.worlds[*id];
        check(name.clone(), &world.docs);
        let imported = world.imports.values();
        assert!(
            imported
                .into_iter()
                .all(|item| matches!(item, WorldItem::Interface { .. }))
        );
    }
    assert!(words > 150, "only {words} words were found");
    assert_eq!(undocumented, Vec::<String>::new());
}

fn members(kind: &TypeDefKind) -> Vec<(&str, &Docs)> {
    match kind {
        TypeDefKind::Record(record) => record
            .fields
            .iter()
            .map(|field| (field.name.as_str(), &field.docs))
            .collect(),
        TypeDefKind::Enum(cases) => cases
            .cases
            .iter()
            .map(|case| (case.name.as_str(), &case.docs))
            .collect(),
        TypeDefKind::Variant(cases) => cases
            .cases
            .iter()
            .map(|case| (case.name.as_str(), &case.docs))
            .collect(),
        _ => Vec::new(),
    }
}
