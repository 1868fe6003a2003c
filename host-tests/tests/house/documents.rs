//! What the documents name is there: a rule, an invariant or a threat whose test is gone is held by
//! nobody.

use std::fs;

use crate::tree::{files, functions, root};

/// The words in backquotes of the tables of a document.
fn quoted(document: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(document)).unwrap();
    let rows = text.lines().filter(|line| line.starts_with('|'));
    rows.flat_map(|row| row.split('`').skip(1).step_by(2).map(str::to_owned))
        .collect()
}

/// Whether a name is the pattern, in which `…` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    let mut rest = name;
    for (at, part) in pattern.split('…').enumerate() {
        match rest.find(part) {
            Some(0) => rest = &rest[part.len()..],
            Some(found) if at > 0 => rest = &rest[found + part.len()..],
            _ => return false,
        }
    }
    rest.is_empty() || pattern.ends_with('…')
}

/// A test as the documents name it: the file's path or its end, and a function in it.
fn named(word: &str) -> Option<(&str, Option<&str>)> {
    let (file, test) = match word.split_once(": ") {
        Some((file, test)) => (file, Some(test)),
        None => (word, None),
    };
    let is_path = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_/.-".contains(c);
    let is_file = file.ends_with(".rs") && file.chars().all(is_path);
    is_file.then_some((file, test))
}

#[test]
fn every_test_that_a_document_names_is_there() {
    let mut sources = files("src", &["rs"]);
    sources.extend(files("host-tests", &["rs"]));
    let mut seen = 0;
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        for word in quoted(document) {
            let Some((file, test)) = named(&word) else {
                continue;
            };
            let end = format!("/{file}");
            let of = |(path, _): &&(String, String)| format!("/{path}").ends_with(&end);
            let mut found = sources.iter().filter(of).peekable();
            assert!(found.peek().is_some(), "{document} names {file}");
            if let Some(test) = test {
                let has = |text: &str| functions(text).iter().any(|name| fits(test, name));
                assert!(found.any(|(_, text)| has(text)), "{document} names {word}");
            }
            seen += 1;
        }
    }
    assert!(seen > 60, "only {seen} names were found");
}

#[test]
fn names_are_told_from_other_words_and_held_to_the_letter() {
    assert_eq!(
        named("gateway/send.rs: a_body"),
        Some(("gateway/send.rs", Some("a_body")))
    );
    assert_eq!(named("canary.rs"), Some(("canary.rs", None)));
    assert_eq!(named("make test"), None);
    assert!(fits("a_…_c", "a_b_c") && fits("…_c", "a_c") && fits("a…", "abc"));
    assert!(!fits("a_c", "a_b_c") && !fits("b…", "ab") && !fits("a", "ab"));
}
