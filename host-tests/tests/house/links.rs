//! Documents lead where they say: every link has a file or a heading at its end, and every file that is named is
//! there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// What is built or fetched, and not ours to read.
const NOT_OURS: [&str; 5] = ["target", "node_modules", "venv", "__pycache__", ".git"];

/// Every file of the project below a folder, relative to its root.
fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(Path::new(ROOT).join(folder)).unwrap() {
        let name = PathBuf::from(entry.unwrap().file_name());
        let path = folder.join(&name);
        if NOT_OURS.iter().any(|other| name == Path::new(other)) {
            continue;
        }
        match Path::new(ROOT).join(&path).is_dir() {
            true => files(&path, into),
            false => into.push(path),
        }
    }
}

fn all() -> Vec<PathBuf> {
    let mut all = Vec::new();
    files(Path::new(""), &mut all);
    all
}

/// Every document with its path and its text.
fn documents() -> Vec<(PathBuf, String)> {
    let all = all().into_iter();
    let documents = all.filter(|path| path.extension().is_some_and(|kind| kind == "md"));
    let found: Vec<_> = documents
        .map(|path| {
            let text = fs::read_to_string(Path::new(ROOT).join(&path)).unwrap();
            (path, text)
        })
        .collect();
    assert!(
        found.len() >= 6,
        "only {} documents were found",
        found.len()
    );
    found
}

/// The lines of a document that are not code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    })
}

/// Where the links of a document lead, code left out.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in prose(text) {
        let without_code: String = line.split('`').step_by(2).collect();
        let mut rest = without_code.as_str();
        while let Some((_, after)) = rest.split_once("](") {
            let (target, after) = after.split_once(')').expect("a link without an end");
            found.push(target.to_owned());
            rest = after;
        }
    }
    found
}

/// The names under which headings can be reached, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text).filter_map(|line| line.strip_prefix('#'));
    headings
        .map(|heading| {
            let plain = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = plain.chars().filter_map(|letter| match letter {
                ' ' => Some('-'),
                '-' | '_' => Some(letter),
                _ => letter.is_alphanumeric().then_some(letter),
            });
            kept.collect()
        })
        .collect()
}

/// A path without `..`, from a document that names it.
fn beside(document: &Path, target: &str) -> PathBuf {
    let folder = document.parent().unwrap();
    let mut path = PathBuf::new();
    for part in folder.join(target).components() {
        match part {
            Component::ParentDir => assert!(path.pop(), "{target} leads out of the project"),
            part => path.push(part),
        }
    }
    path
}

fn broken(document: &Path, text: &str, target: &str) -> Option<String> {
    let wrong = |why: &str| Some(format!("{}: {target}: {why}", document.display()));
    if target.starts_with("https://") {
        return None;
    }
    if target.contains("://") {
        return wrong("neither https nor a file");
    }
    let (path, anchor) = match target.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (target, None),
    };
    let at = match path {
        "" => document.to_owned(),
        path => beside(document, path),
    };
    if !Path::new(ROOT).join(&at).exists() {
        return wrong("there is no such file");
    }
    let anchor = anchor?;
    let there = match path {
        "" => text.to_owned(),
        _ => fs::read_to_string(Path::new(ROOT).join(&at)).unwrap(),
    };
    match anchors(&there).contains(anchor) {
        true => None,
        false => wrong("there is no such heading"),
    }
}

#[test]
fn every_link_leads_somewhere() {
    let mut tried = 0;
    let mut all = Vec::new();
    for (path, text) in documents() {
        for target in links(&text) {
            tried += 1;
            all.extend(broken(&path, &text, &target));
        }
    }
    assert!(tried > 50, "only {tried} links were found");
    assert_eq!(all, Vec::<String>::new());
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let text = "# One thing\n[a](README.md) [b](none.md) [c](#one-thing) [d](#two) `[e](code.md)`\n```\n[f](code.md)\n```\n[g](http://plain)";
    assert_eq!(links(text).len(), 5);
    let here = Path::new("ARCHITECTURE.md");
    let found = links(text);
    let found: Vec<_> = found
        .iter()
        .filter_map(|one| broken(here, text, one))
        .collect();
    assert_eq!(found.len(), 3, "{found:?}");
}

/// What a document names in code and means as a file: with an ending that files here have.
fn named_files(text: &str) -> Vec<String> {
    let endings = [".rs", ".wit", ".md", ".js", ".sql", ".toml"];
    let mut found = Vec::new();
    for line in prose(text) {
        for code in line.split('`').skip(1).step_by(2) {
            for word in code.split([' ', ',', ':', '(']) {
                let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
                let is_file = endings
                    .iter()
                    .any(|ending| word.len() > ending.len() && word.ends_with(ending));
                if is_file && word.chars().all(plain) {
                    found.push(word.to_owned());
                }
            }
        }
    }
    found
}

/// What a reader of CONTRIBUTING is to write.
const NOT_YET: [&str; 1] = ["src/inventory/monitors.rs"];

#[test]
fn every_file_that_the_map_names_is_there() {
    let all: Vec<_> = all();
    let mut tried = 0;
    let mut missing = Vec::new();
    for (path, text) in documents() {
        if path != Path::new("ARCHITECTURE.md") && path != Path::new("CONTRIBUTING.md") {
            continue;
        }
        for name in named_files(&text) {
            tried += 1;
            if !NOT_YET.contains(&name.as_str()) && !all.iter().any(|one| one.ends_with(&name)) {
                missing.push(format!("{}: {name}", path.display()));
            }
        }
    }
    assert!(tried > 50, "only {tried} names were found");
    assert_eq!(missing, Vec::<String>::new());
}
