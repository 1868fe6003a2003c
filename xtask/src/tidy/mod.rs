//! Checks that neither the compiler, clippy nor a pinned tool makes: `xtask tidy`.

mod component;
mod contract;
mod files;
mod language;
mod links;

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, bail};

/// Checks the source tree in the present folder.
///
/// # Errors
/// Returns an error that lists every violation, or one that names the file that cannot be read.
pub fn run() -> Result<()> {
    let tree = Tree::read(&env::current_dir()?)?;
    let mut violations = files::check_files(&tree);
    violations.extend(links::check_links(&tree));
    violations.extend(language::check(&tree));
    violations.extend(contract::check_contract(&tree.root.join("wit"))?);
    violations.extend(component::check_component(&tree.root)?);
    if violations.is_empty() {
        return Ok(());
    }
    bail!(
        "the source tree breaks its rules:\n{}",
        violations.join("\n")
    )
}

/// Prints the figures of the language in the present folder, and their limits.
///
/// # Errors
/// Returns an error that names the file that cannot be read.
pub fn figures() -> Result<()> {
    let tree = Tree::read(&env::current_dir()?)?;
    for figure in language::measure(&tree) {
        println!("{figure}");
    }
    Ok(())
}

/// The text files of the project, without anything that was built or installed.
struct Tree {
    root: PathBuf,
    files: Vec<SourceFile>,
}

/// A text file and its path from the root, with forward slashes.
struct SourceFile {
    path: String,
    text: String,
}

const LEFT_OUT: [&str; 5] = ["target", ".git", "node_modules", "venv", "__pycache__"];
const KINDS: [&str; 8] = ["rs", "js", "css", "py", "md", "wit", "toml", "sql"];

impl Tree {
    fn read(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
                let path = entry?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                if path.is_dir() && !LEFT_OUT.contains(&name.as_ref()) {
                    folders.push(path);
                } else if has_kind(&path) {
                    files.push(SourceFile::read(root, &path)?);
                }
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let root = root.to_owned();
        Ok(Self { root, files })
    }
}

impl SourceFile {
    fn read(root: &Path, path: &Path) -> Result<Self> {
        let shown = path.strip_prefix(root).unwrap_or(path);
        Ok(Self {
            path: shown.to_string_lossy().replace('\\', "/"),
            text: fs::read_to_string(path).with_context(|| path.display().to_string())?,
        })
    }

    fn is_kind(&self, kinds: &[&str]) -> bool {
        kinds
            .iter()
            .any(|kind| self.path.ends_with(&format!(".{kind}")))
    }
}

fn has_kind(path: &Path) -> bool {
    let kind = path.extension().and_then(|kind| kind.to_str());
    path.is_file() && kind.is_some_and(|kind| KINDS.contains(&kind))
}
