//! Figures of the language in shipped code, each with its limit: STYLE.md states the rules.
//!
//! Shipped code is every Rust file outside of tests, fuzzers and benchmarks, up to its unit tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{SourceFile, Tree};

/// Terms that the glossary replaces.
const UNUSUAL: [&str; 16] = [
    "told",
    "held",
    "whoever",
    "anew",
    "mend",
    "word",
    "place",
    "kept",
    "way",
    "somebody",
    "everybody",
    "anybody",
    "whichever",
    "whom",
    "fate",
    "triple",
];
/// Openings of a doc comment that name no thing and no action.
const QUESTIONS: [&str; 7] = ["What", "Who", "Whom", "Whose", "Whether", "How", "Where"];
const KINDS: [&str; 5] = ["struct", "enum", "trait", "union", "type"];

/// A share of a whole, and its limit.
pub(crate) struct Figure {
    name: &'static str,
    part: usize,
    whole: usize,
    /// The limit in parts of `scale`.
    most: usize,
    scale: usize,
}

impl Figure {
    fn exceeds(&self) -> bool {
        self.part * self.scale > self.most * self.whole
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            part,
            whole,
            most,
            scale,
        } = self;
        let share = *part as f64 * *scale as f64 / (*whole).max(1) as f64;
        write!(
            f,
            "{name}: {share:.1} in {scale} ({part} of {whole}), at most {most}"
        )
    }
}

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let figures = measure(tree);
    let exceeded = figures.iter().filter(|figure| figure.exceeds());
    exceeded
        .map(|figure| format!("STYLE.md: {figure}"))
        .collect()
}

/// Measures the shipped code of a tree.
pub(crate) fn measure(tree: &Tree) -> [Figure; 4] {
    let mut counts = Counts::default();
    for file in tree.files.iter().filter(|file| is_shipped(file)) {
        let mut in_doc = false;
        let code = file.text.split("#[cfg(test)]").next().unwrap_or_default();
        for line in code.lines() {
            let comment = line.trim_start().strip_prefix("//");
            if let Some(text) = comment {
                counts.comment(text, in_doc);
            } else {
                counts.declaration(line, &file.path);
            }
            in_doc = comment.is_some_and(|text| text.starts_with(['/', '!']));
        }
    }
    counts.figures()
}

fn is_shipped(file: &SourceFile) -> bool {
    let apart = ["host-tests/", "fuzz/", "benches/"];
    let path = &file.path;
    let is_test = path.contains("/tests/") || path.ends_with("tests.rs");
    file.is_kind(&["rs"]) && !is_test && !apart.iter().any(|folder| path.starts_with(folder))
}

#[derive(Default)]
struct Counts {
    words: usize,
    unusual: usize,
    docs: usize,
    questions: usize,
    functions: usize,
    one_word: usize,
    /// The files that declare a type of each name.
    types: BTreeMap<String, BTreeSet<String>>,
}

impl Counts {
    /// Counts a line of a comment, without its slashes. `in_doc`: it continues a doc comment.
    fn comment(&mut self, text: &str, in_doc: bool) {
        let prose = text.split('`').step_by(2);
        let words = prose.flat_map(|part| part.split(|c: char| !c.is_ascii_alphabetic()));
        for word in words.filter(|word| !word.is_empty()) {
            self.words += 1;
            self.unusual += usize::from(UNUSUAL.contains(&word.to_lowercase().as_str()));
        }
        if let (false, Some(doc)) = (in_doc, text.strip_prefix(['/', '!'])) {
            self.docs += 1;
            let first = doc.split_whitespace().next().unwrap_or_default();
            self.questions += usize::from(QUESTIONS.contains(&first));
        }
    }

    fn declaration(&mut self, line: &str, path: &str) {
        let mut words = line
            .split_whitespace()
            .skip_while(|word| is_qualifier(word));
        let (Some(kind), Some(rest)) = (words.next(), words.next()) else {
            return;
        };
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        let name = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        // An associated type has the name of its trait's.
        let is_associated = kind == "type" && line.starts_with(' ');
        if kind == "fn" {
            self.functions += 1;
            self.one_word += usize::from(!name.trim_matches('_').contains('_'));
        } else if KINDS.contains(&kind) && name.starts_with(char::is_uppercase) && !is_associated {
            let files = self.types.entry(name.to_owned()).or_default();
            files.insert(path.to_owned());
        }
    }

    fn figures(&self) -> [Figure; 4] {
        let reused = self.types.values().filter(|files| files.len() > 1).count();
        let figure = |name, part, whole, most, scale| Figure {
            name,
            part,
            whole,
            most,
            scale,
        };
        [
            figure(
                "unusual words in comments",
                self.unusual,
                self.words,
                15,
                10_000,
            ),
            figure(
                "doc comments that open with a question",
                self.questions,
                self.docs,
                4,
                100,
            ),
            figure(
                "type names with several meanings",
                reused,
                self.types.len(),
                4,
                100,
            ),
            figure(
                "functions of one word",
                self.one_word,
                self.functions,
                45,
                100,
            ),
        ]
    }
}

fn is_qualifier(word: &str) -> bool {
    word.starts_with("pub") || ["const", "async", "unsafe", "extern", "\"C\""].contains(&word)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn parts(path: &str, text: &str) -> Vec<(usize, usize)> {
        let (path, text) = (path.to_owned(), text.to_owned());
        let files = vec![SourceFile { path, text }];
        let tree = Tree {
            root: PathBuf::new(),
            files,
        };
        let figures = measure(&tree);
        figures.map(|one| (one.part, one.whole)).to_vec()
    }

    #[test]
    fn each_figure_counts_its_part_and_its_whole() {
        let text = "//! Whether a word is held, `told`.\n//! How it is.\nstruct Held;\nimpl A {\n    \
            type Err = Held;\n    /// Returns it.\n    pub fn go(&self) {}\n}\npub(super) fn do_it() {}\n\
            #[cfg(test)]\nfn told() {}\n";
        let expected = [(2, 10), (1, 2), (0, 1), (1, 2)];
        assert_eq!(parts("crates/a/src/lib.rs", text), expected);
        assert_eq!(parts("host-tests/src/lib.rs", text), [(0, 0); 4]);
    }

    #[test]
    fn a_figure_above_its_limit_is_a_violation() {
        let figure = |part| Figure {
            name: "odd",
            part,
            whole: 100,
            most: 4,
            scale: 100,
        };
        assert!(!figure(4).exceeds() && figure(5).exceeds());
        assert_eq!(
            figure(5).to_string(),
            "odd: 5.0 in 100 (5 of 100), at most 4"
        );
    }
}
