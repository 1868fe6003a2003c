//! A released contract stays unchanged, and every compatible version runs components that were built for it.

use std::fs;
use std::path::{Path, PathBuf};

use wit_parser::{Resolve, WorldId};

use crate::document::ROOT;

const FILES: [&str; 5] = [
    "description.wit",
    "http-client.wit",
    "inventory.wit",
    "types.wit",
    "world.wit",
];

/// A contract as its files' texts.
#[derive(Clone)]
pub struct Texts(Vec<String>);

impl Texts {
    fn read(folder: &Path) -> Self {
        let file = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        };
        Self(FILES.map(file).to_vec())
    }

    /// As it is.
    pub fn now() -> Self {
        Self::read(&Path::new(ROOT).join("wit"))
    }

    fn version(&self) -> Version {
        let (_, rest) = self.0[0]
            .split_once("package governance:connector@")
            .unwrap();
        let (version, _) = rest.split_once(';').unwrap();
        Version::of(version)
    }

    /// The same with one text in the place of another, which stands in it once.
    fn with(&self, from: &str, to: &str) -> Self {
        let count: usize = self.0.iter().map(|text| text.matches(from).count()).sum();
        assert_eq!(count, 1, "{from}");
        Self(self.0.iter().map(|text| text.replace(from, to)).collect())
    }

    /// Its world, under this version: two contracts of one package cannot have the same where they are compared.
    pub fn world(&self, resolve: &mut Resolve, version: &str) -> WorldId {
        let folder = tempfile::tempdir().unwrap();
        let own = format!("@{};", self.version().text);
        for (name, text) in FILES.iter().zip(&self.0) {
            let text = text.replace(&own, &format!("@{version};"));
            fs::write(folder.path().join(name), text).unwrap();
        }
        let (package, _) = resolve.push_dir(folder.path()).unwrap();
        resolve.select_world(&[package], Some("connector")).unwrap()
    }
}

struct Version {
    text: String,
    numbers: Vec<u64>,
}

impl Version {
    fn of(text: &str) -> Self {
        let numbers = text.split('.').map(|number| number.parse().unwrap());
        Self {
            text: text.to_owned(),
            numbers: numbers.collect(),
        }
    }

    /// As Semantic Versioning has it: before 1.0 the second number counts as the first does after it.
    fn is_compatible_with(&self, other: &Self) -> bool {
        let counts = |version: &Self| match version.numbers[0] {
            0 => (0, version.numbers[1]),
            major => (major, 0),
        };
        counts(self) == counts(other)
    }
}

/// Returns whether what was built for `old` runs in a host of `new`.
fn runs(old: &Texts, new: &Texts) -> Result<(), String> {
    let mut resolve = Resolve::default();
    let old = old.world(&mut resolve, "90.0.0");
    let new = new.world(&mut resolve, "91.0.0");
    wit_component::semver_check(resolve, old, new).map_err(|e| format!("{e:#}"))
}

fn released() -> Vec<(PathBuf, Texts)> {
    let folders = fs::read_dir(Path::new(ROOT).join("wit/released")).unwrap();
    let folders = folders.map(|one| one.unwrap().path());
    folders
        .map(|one| (one.clone(), Texts::read(&one)))
        .collect()
}

#[test]
fn a_released_contract_is_in_its_version_folder() {
    let all = released();
    assert!(!all.is_empty());
    for (folder, texts) in all {
        let name = folder.file_name().unwrap().to_str().unwrap();
        assert_eq!(name, texts.version().text);
    }
}

#[test]
fn a_connector_of_a_compatible_release_runs() {
    let now = Texts::now();
    let mut held = 0;
    for (folder, old) in released() {
        let shown = folder.display();
        if !now.version().is_compatible_with(&old.version()) {
            continue;
        }
        held += 1;
        runs(&old, &now).unwrap_or_else(|e| panic!("{shown}: {e}"));
        if now.version().text == old.version().text {
            runs(&now, &old).unwrap_or_else(|e| panic!("{shown} is not what wit/ is: {e}"));
        }
    }
    assert!(
        held > 0,
        "nothing released is compatible: begin a new list of it in the changelog"
    );
}

#[test]
fn an_incompatible_change_is_found() {
    let now = Texts::now();
    let changes = [
        (
            "    other(problem),\n  }",
            "    other(problem),\n    /// New.\n    gone(problem),\n  }",
        ),
        ("    misconfigured(problem),", ""),
        (
            "    slug: string,",
            "    slug: string,\n    /// New.\n    scope: string,",
        ),
        ("    slug: string,", "    name: string,"),
        ("    impact: impact,", "    impact: option<impact>,"),
        ("    list-grants-required,", "    list-grants,"),
        ("body-too-large(u64)", "body-too-large(u32)"),
        ("list-entitlements: func(", "list-rights: func("),
        (
            "list-entitlements: func(",
            "/// New.\n  count: func() -> u32;\n  /// Old.\n  list-entitlements: func(",
        ),
        (
            "get: func(request: request)",
            "get: func(request: request, method: string)",
        ),
        ("  import http-client;", ""),
    ];
    for (from, to) in changes {
        let changed = now.with(from, to);
        assert!(runs(&now, &changed).is_err(), "{from} -> {to}");
    }
}

#[test]
fn a_compatible_change_is_let_through() {
    let now = Texts::now();
    let changes = [
        ("/// One request.", "/// One request, in other words."),
        (
            "  get: func(",
            "  /// New.\n  now: func() -> u64;\n  /// Old.\n  get: func(",
        ),
    ];
    for (from, to) in changes {
        let changed = now.with(from, to);
        runs(&now, &changed).unwrap_or_else(|e| panic!("{from}: {e}"));
    }
}

#[test]
fn version_compatibility_follows_semver() {
    let compatible = |a: &str, b: &str| Version::of(a).is_compatible_with(&Version::of(b));
    assert!(compatible("0.1.0", "0.1.9") && compatible("1.2.0", "1.9.1"));
    assert!(!compatible("0.1.0", "0.2.0") && !compatible("1.2.0", "2.0.0"));
    assert!(!compatible("0.1.0", "1.1.0"));
}
