//! The project's files, as the rules read them.

use std::fs;
use std::path::{Path, PathBuf};

/// The longest file, in lines.
pub const MAX_LINES: usize = 400;

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Every Rust file below a folder, with its path relative to the project's root.
pub fn sources(folder: &str) -> Vec<(String, String)> {
    files(folder, &["rs"])
}

/// Every file of these kinds below a folder, but for what was built or installed there.
pub fn files(folder: &str, kinds: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let of_kind = path
                .extension()
                .is_some_and(|kind| kinds.iter().any(|known| kind == *known));
            if path.is_dir() && !path.ends_with("target") && !path.ends_with("node_modules") {
                folders.push(path);
            } else if of_kind {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap();
                found.push((name.to_owned(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The lines of a file that are shipped and no comments.
pub fn shipped(text: &str) -> String {
    let shipped = text.split("#[cfg(test)]").next().unwrap();
    let code = shipped
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    code.collect::<Vec<_>>().join("\n")
}

/// Whether the shipped part of a file names a word in its `use` items.
pub fn uses(text: &str, word: &str) -> bool {
    let mut within = false;
    for line in shipped(text).lines() {
        let line = line.trim();
        within |= line.starts_with("use ") || line.starts_with("pub use ");
        let mut names = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        if within && names.any(|name| name == word) {
            return true;
        }
        within &= !line.ends_with(';');
    }
    false
}

/// The names of a file's functions, nested ones too.
pub fn functions(text: &str) -> Vec<&str> {
    text.lines().filter_map(function).collect()
}

/// The names of a file's tests.
pub fn test_names(text: &str) -> Vec<&str> {
    let mut lines = text.lines().map(str::trim);
    let mut names = Vec::new();
    while let Some(line) = lines.next() {
        let is_test = line == "#[test]" || line.starts_with("#[tokio::test");
        if is_test && let Some(name) = lines.find_map(function) {
            names.push(name);
        }
    }
    names
}

fn function(line: &str) -> Option<&str> {
    let mut line = line.trim();
    for word in ["pub ", "async "] {
        line = line.strip_prefix(word).unwrap_or(line);
    }
    let name = line.strip_prefix("fn ")?;
    name.split(['(', '<']).next()
}
