//! Relative links in documents lead to files of the project.

use std::path::Path;

use super::{SourceFile, Tree};

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let documents = tree.files.iter().filter(|file| file.is_kind(&["md"]));
    documents.flat_map(|file| broken(tree, file)).collect()
}

fn broken(tree: &Tree, file: &SourceFile) -> Vec<String> {
    let folder = tree.root.join(&file.path);
    let folder = folder.parent().unwrap_or(&tree.root);
    let targets = targets(&file.text).into_iter();
    targets
        .filter(|target| !leads_somewhere(folder, target))
        .map(|target| format!("{}: the link to {target} leads nowhere", file.path))
        .collect()
}

/// The targets of inline links, code blocks left out.
fn targets(text: &str) -> Vec<&str> {
    let mut is_code = false;
    let prose = text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        is_code ^= fence;
        !is_code && !fence
    });
    prose
        .flat_map(|line| line.split("](").skip(1))
        .filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
        .collect()
}

fn leads_somewhere(folder: &Path, target: &str) -> bool {
    let path = target.split('#').next().unwrap_or_default();
    target.contains("://")
        || target.starts_with("mailto:")
        || path.is_empty()
        || folder.join(path).exists()
}
