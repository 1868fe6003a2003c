//! Links in documents lead to files and headings of the project, and the book is complete.

use std::fs;
use std::path::Path;

use super::{SourceFile, Tree};

/// The folder of the book. Its pages are published without the rest of the project.
const BOOK: &str = "docs/";
const SUMMARY: &str = "docs/SUMMARY.md";

pub(super) fn check_links(tree: &Tree) -> Vec<String> {
    let documents = tree.files.iter().filter(|file| file.is_kind(&["md"]));
    let broken = documents.flat_map(|file| broken_links(tree, file));
    broken.chain(unlisted_documents(tree)).collect()
}

fn broken_links(tree: &Tree, file: &SourceFile) -> Vec<String> {
    let targets = link_targets(&file.text).into_iter();
    let faults = targets.filter_map(|target| {
        let fault = link_fault(tree, file, target)?;
        Some(format!("{}: the link to {target} {fault}", file.path))
    });
    faults.collect()
}

/// Returns the pages of the book that its summary does not list.
fn unlisted_documents(tree: &Tree) -> Vec<String> {
    let is_page = |file: &&SourceFile| file.path.starts_with(BOOK) && file.is_kind(&["md"]);
    let pages = tree.files.iter().filter(is_page);
    let summary = pages.clone().find(|page| page.path == SUMMARY);
    let listed = summary.map_or_else(Vec::new, |summary| link_targets(&summary.text));
    let is_listed = |page: &&SourceFile| {
        let name = page.path.strip_prefix(BOOK).unwrap_or_default();
        page.path == SUMMARY || listed.contains(&name)
    };
    let unlisted = pages.filter(|page| !is_listed(page));
    unlisted
        .map(|page| format!("{}: {SUMMARY} does not list it", page.path))
        .collect()
}

/// Returns the targets of inline links, code blocks left out.
fn link_targets(text: &str) -> Vec<&str> {
    prose_lines(text)
        .flat_map(|line| line.split("](").skip(1))
        .filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
        .collect()
}

fn prose_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        is_code ^= fence;
        !is_code && !fence
    })
}

fn link_fault(tree: &Tree, file: &SourceFile, target: &str) -> Option<&'static str> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    if file.path.starts_with(BOOK) && path.contains("..") {
        return Some("leaves the book");
    }
    let document = tree.root.join(&file.path);
    let linked = match (path, document.parent()) {
        ("", _) | (_, None) => document,
        (path, Some(folder)) => folder.join(path),
    };
    match linked.exists() {
        false => Some("leads nowhere"),
        true if anchor.is_empty() || has_heading(&linked, anchor) => None,
        true => Some("leads to no heading"),
    }
}

fn has_heading(document: &Path, anchor: &str) -> bool {
    let text = fs::read_to_string(document).unwrap_or_default();
    let mut headings = prose_lines(&text).filter(|line| line.starts_with('#'));
    headings.any(|line| anchor_of(line.trim_start_matches('#')) == anchor)
}

/// Returns the anchor that renderers of Markdown give to a heading.
fn anchor_of(heading: &str) -> String {
    let letters = heading.trim().chars().filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        c if c.is_alphanumeric() => Some(c),
        _ => None,
    });
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violations(pages: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("docs")).unwrap();
        for (path, text) in pages {
            fs::write(folder.path().join(path), text).unwrap();
        }
        check_links(&Tree::read(folder.path()).unwrap())
    }

    #[test]
    fn links_to_files_and_headings_are_accepted() {
        let pages = [
            (
                "README.md",
                "[a](docs/a.md#the-world-ab) [b](https://b) `x`",
            ),
            ("docs/SUMMARY.md", "- [a](a.md)"),
            (
                "docs/a.md",
                "# The world `a.b`\n[a](#the-world-ab)\n```\n[c](c.md)\n```",
            ),
        ];
        assert_eq!(violations(&pages), Vec::<String>::new());
    }

    #[test]
    fn each_kind_of_broken_link_is_named() {
        let pages = [
            ("README.md", "[c](c.md)\n[a](docs/a.md#b)"),
            ("docs/SUMMARY.md", ""),
            ("docs/a.md", "[r](../README.md)"),
        ];
        let wanted = [
            "README.md: the link to c.md leads nowhere",
            "README.md: the link to docs/a.md#b leads to no heading",
            "docs/a.md: the link to ../README.md leaves the book",
            "docs/a.md: docs/SUMMARY.md does not list it",
        ];
        assert_eq!(violations(&pages), wanted);
    }
}
