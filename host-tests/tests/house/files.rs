//! What a file looks like to whoever opens it: why it exists stands first, and it can be read at once.

use crate::tree::{MAX_LINES, files, functions, sources, test_names};

#[test]
fn no_file_is_too_long_to_be_read_at_once() {
    for folder in ["src", "host-tests"] {
        for (file, text) in files(folder, &["rs", "js", "py", "css", "html", "sql"]) {
            let lines = text.lines().count();
            assert!(lines <= MAX_LINES, "{file} has {lines} lines");
        }
    }
}

#[test]
fn every_file_says_why_it_exists() {
    for folder in ["src", "host-tests"] {
        for (file, text) in sources(folder) {
            assert!(text.starts_with("//!"), "{file}");
        }
    }
    for (file, text) in files("host-tests/src/report/page", &["js", "css"]) {
        assert!(text.starts_with("// ") || text.starts_with("/* "), "{file}");
    }
}

/// A test's name says what holds, so that a failing one says what does not.
#[test]
fn the_name_of_a_test_is_a_property() {
    let mut seen = 0;
    for folder in ["src", "host-tests"] {
        for (file, text) in sources(folder) {
            for name in test_names(&text) {
                let words = name.split('_').count();
                assert!(words > 2 && !name.starts_with("test_"), "{file}: {name}");
                seen += 1;
            }
        }
    }
    assert!(seen > 500, "only {seen} tests were found");
}

/// A member says which features it uses of a dependency; the workspace says which version.
#[test]
fn versions_stand_in_one_place() {
    let mut seen = 0;
    for (file, text) in files("host-tests", &["toml"]) {
        if !file.ends_with("/Cargo.toml") || text.contains("[workspace]") {
            continue;
        }
        let mut section = "";
        for line in text.lines() {
            section = if line.starts_with('[') { line } else { section };
            let states = line.contains("version = ") || line.contains(" = \"");
            let is_one = section.contains("dependencies]") && states;
            assert!(!is_one || line.contains("path = "), "{file}: {line}");
        }
        seen += 1;
    }
    assert!(seen >= 5, "only {seen} manifests were found");
}

/// What lists of rules and invariants rest on: a function that is there is found.
#[test]
fn functions_are_found_by_their_names() {
    let text = "#[test]\nfn one_two_three() {}\n\nfn helper() {}\n";
    assert_eq!(functions(text), ["one_two_three", "helper"]);
    assert_eq!(test_names(text), ["one_two_three"]);
}
