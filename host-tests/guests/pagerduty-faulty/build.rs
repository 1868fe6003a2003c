//! Plants the faults of `faults/` in a copy of the PagerDuty connector: in each place the copy does what is
//! right, or, where that fault is chosen, what is wrong.
#![allow(clippy::panic, clippy::unwrap_used)]

use std::path::Path;
use std::{env, fs};

const REAL: &str = "../../../examples/connectors/pagerduty/src";
const FILES: [&str; 7] = [
    "client.rs",
    "cursor.rs",
    "draft.rs",
    "exports.rs",
    "lists.rs",
    "roles.rs",
    "wire.rs",
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=faults");
    println!("cargo::rerun-if-changed={REAL}");
    let mut faults: Vec<_> = fs::read_dir("faults")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    faults.sort();
    let faults: Vec<_> = faults.iter().map(|path| Fault::read(path)).collect();
    for file in FILES {
        let mut text = without_head(&fs::read_to_string(Path::new(REAL).join(file)).unwrap());
        for (number, fault) in (1..).zip(&faults).filter(|(_, fault)| fault.file == file) {
            text = fault.plant(number, &text);
        }
        fs::write(Path::new(&env::var_os("OUT_DIR").unwrap()).join(file), text).unwrap();
    }
    let unknown = faults.iter().find(|fault| !FILES.contains(&&*fault.file));
    assert!(
        unknown.is_none(),
        "{}: there is no such file",
        unknown.unwrap().file
    );
}

/// A place in a file, and what is wrong there.
struct Fault {
    name: String,
    file: String,
    good: String,
    bad: String,
}

impl Fault {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let (head, places) = text.split_once("--- good\n").unwrap();
        let (good, bad) = places.split_once("--- bad\n").unwrap();
        let file = head.lines().find_map(|line| line.strip_prefix("in: "));
        Self {
            name: path.display().to_string(),
            file: file.unwrap().to_owned(),
            good: good.trim().to_owned(),
            bad: bad.trim().to_owned(),
        }
    }

    /// The copy must not drift from the connector: each place is there exactly once.
    fn plant(&self, number: u8, text: &str) -> String {
        let Self {
            name, good, bad, ..
        } = self;
        assert_eq!(
            text.matches(&**good).count(),
            1,
            "{name}: its place is not there once"
        );
        let choice = format!("if crate::planted::is({number}) {{ {bad} }} else {{ {good} }}");
        let is_statement = good.ends_with([';', '}']);
        text.replace(
            &**good,
            &if is_statement {
                choice
            } else {
                format!("({choice})")
            },
        )
    }
}

/// A file that is included cannot begin with words about itself.
fn without_head(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("//!"));
    lines.map(|line| format!("{line}\n")).collect()
}
