//! Rules for each file: its length, and where unsafe code is allowed.

use super::{SourceFile, Tree};

/// Lines above which a file is not read at once.
const MOST_LINES: usize = 400;

/// Files with unsafe code: those that hold generated bindings, the loading of compiled code, and calls of the C library.
const UNSAFE: [&str; 8] = [
    "crates/connector-cli/src/commands/memory.rs",
    "crates/connector-runtime/src/cache.rs",
    "crates/wasi-config-environment/src/lib.rs",
    "crates/wasi-http-client/src/exports.rs",
    "host-tests/src/disk.rs",
    "crates/connector-sdk/src/bindings.rs",
    "crates/connector-sdk/src/connector.rs",
    "crates/connector-sdk/src/heap.rs",
];

pub(super) fn check_files(tree: &Tree) -> Vec<String> {
    let mut violations = Vec::new();
    for file in &tree.files {
        violations.extend(too_long(file));
        violations.extend(unsafe_elsewhere(file));
    }
    violations
}

fn too_long(file: &SourceFile) -> Option<String> {
    let lines = file.text.lines().count();
    (file.is_kind(&["rs", "js", "css", "py", "sql"]) && lines > MOST_LINES)
        .then(|| format!("{}: {lines} lines, at most {MOST_LINES}", file.path))
}

/// Returns a file that allows unsafe code although it is not listed here.
fn unsafe_elsewhere(file: &SourceFile) -> Option<String> {
    let lint = concat!("unsafe", "_code");
    let mut lines = file.text.lines().map(str::trim_start);
    let allows = file.is_kind(&["rs"])
        && !UNSAFE.contains(&file.path.as_str())
        && lines.any(|line| !line.starts_with("//") && line.contains(lint));
    allows.then(|| {
        format!(
            "{}: allows unsafe code, and is not listed in xtask",
            file.path
        )
    })
}
