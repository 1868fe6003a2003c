//! Hosts are for any connector: neither ours nor those in other languages know a provider.

use std::ffi::OsStr;
use std::fs;

use crate::tree::{MAX_LINES, root, shipped, sources, uses};

#[test]
fn the_host_knows_postman_only_in_its_simulator() {
    for (file, text) in sources("host-tests/src") {
        assert!(!uses(&text, "postman_connector"), "{file}");
        let shown = file.starts_with("host-tests/src/simulator/")
            || file.starts_with("host-tests/src/cli/");
        let names_it = shipped(&text).to_lowercase().contains("postman");
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
    let table = text("README.md");
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
        let mut rows = table.lines().filter(row).peekable();
        assert!(rows.peek().is_some(), "{host} is not in the table");
        assert!(rows.all(|row| row.contains(&version)), "{host} {version}");
    }
    assert!(!text("host-tests/hosts/node/package-lock.json").contains("\"resolved\""));
}
