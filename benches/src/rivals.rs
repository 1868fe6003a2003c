//! The alternatives: a script in Python, one in Node.js, and this crate's own
//! reading without a sandbox. All read the same team into the same lines, as far as they go.

use std::path::Path;
use std::process::Command;

use crate::measure::COMPONENT;
use crate::process::{Run, Simulated, watch};
use crate::scale;
use crate::table::{Table, Target::AtLeast};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/rivals");

/// Python with what its script needs, as `make bench` puts it in place.
const PYTHON: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../target/bench/venv/bin/python"
);

/// The variable with which this bench runs itself as the native one, and where to write.
pub const NATIVE: &str = "CONNECTOR_BENCH_NATIVE";

/// Runs each on a team of 5,000 users and 500 workspaces.
pub fn run(table: &mut Table) {
    let team = Simulated::start(5_000, 500, &[]);
    let folder = tempfile::tempdir().unwrap();
    let out = |name: &str| folder.path().join(name);
    let cache = out("cache");
    scale::compile_into(&cache, &team);
    let mut host = Command::new(host_tests::program("connector-host"));
    host.args([
        "sync",
        "--component",
        COMPONENT,
        "--pacing",
        "off",
        "--ndjson",
    ])
    .arg(out("host"))
    .arg("--cache")
    .arg(&cache)
    .stderr(std::process::Stdio::null());
    let ours = note(table, "this host and connector", watch(&mut host, &team));
    let mut own = Command::new(std::env::current_exe().unwrap());
    own.env(NATIVE, out("native"));
    note(table, "its code without a sandbox", watch(&mut own, &team));
    for (name, program, script) in [
        ("a Python script", PYTHON, "read.py"),
        ("a Node.js script", "node", "read.mjs"),
    ] {
        let mut command = Command::new(program);
        command.arg(Path::new(FOLDER).join(script)).arg(out(script));
        match watch(&mut command, &team) {
            None => eprintln!("{name}: left out, for {program} or what it needs is not here"),
            run => {
                let theirs = note(table, name, run);
                let what = format!("processor time of {name} against this host's");
                table.hold(what, theirs / ours, "×", AtLeast(4.0));
            }
        }
    }
}

/// Writes down what a program took, and returns its processor time.
fn note(table: &mut Table, name: &str, run: Option<Run>) -> f64 {
    let run = run.unwrap_or_else(|| panic!("{name} failed"));
    let what = |figure: &str| format!("5,000 users, 500 workspaces by {name}: {figure}");
    table.note(what("wall"), run.wall, "s");
    table.note(what("processor"), run.used.cpu, "s");
    table.note(
        what("memory at most"),
        run.used.peak / f64::from(1 << 20),
        "MiB",
    );
    run.used.cpu
}
