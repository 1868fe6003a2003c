//! Plants the faults of `faults/` in a copy of the PagerDuty connector: in each place the copy is
//! correct, or, if that fault is chosen, faulty.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a build fails by panicking"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

const REAL: &str = "../../../examples/connectors/pagerduty/src";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=faults");
    println!("cargo::rerun-if-changed={REAL}");
    let mut files = BTreeMap::new();
    read(Path::new(REAL), "", &mut files);
    let mut faults: Vec<_> = fs::read_dir("faults")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    faults.sort();
    for (number, path) in (1..).zip(&faults) {
        plant(number, path, &mut files);
    }
    for (name, text) in files {
        let path = Path::new(&env::var_os("OUT_DIR").unwrap()).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Reads the files of a folder, by their names below the connector's.
fn read(folder: &Path, within: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{within}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            read(&path, &format!("{name}/"), files);
        } else {
            files.insert(name, without_head(&fs::read_to_string(path).unwrap()));
        }
    }
}

/// Plants a fault in its file: a head, then `--- good`, `--- bad` once or several times.
fn plant(number: u8, path: &Path, files: &mut BTreeMap<String, String>) {
    let fault = fs::read_to_string(path).unwrap();
    let mut parts = fault.split("--- good\n");
    let mut head = parts.next().unwrap().lines();
    let file = head.find_map(|line| line.strip_prefix("in: ")).unwrap();
    let text = files.get_mut(file);
    let text = text.unwrap_or_else(|| panic!("{}: there is no file {file}", path.display()));
    for part in parts {
        let (good, bad) = part.split_once("--- bad\n").unwrap();
        let (good, bad) = (good.trim(), bad.trim());
        // The copy must not drift from the connector: each place is there exactly once.
        let places = text.matches(good).count();
        assert_eq!(places, 1, "{}: the places of `{good}`", path.display());
        *text = text.replace(good, &choice(number, good, bad));
    }
}

/// Faulty code chooses by itself with `planted!()`, or is chosen instead of the good code.
fn choice(number: u8, good: &str, bad: &str) -> String {
    let is_planted = format!("crate::planted::is({number})");
    if bad.contains("planted!()") {
        return bad.replace("planted!()", &is_planted);
    }
    let choice = format!("if {is_planted} {{ {bad} }} else {{ {good} }}");
    let is_statement = good.ends_with([';', '}']);
    if is_statement {
        choice
    } else {
        format!("({choice})")
    }
}

/// A file that is included cannot begin with words about itself.
fn without_head(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("//!"));
    lines.map(|line| format!("{line}\n")).collect()
}
