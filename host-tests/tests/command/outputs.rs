//! No output of a command replaces a sync database or another output of the same run, and none
//! leaves a temporary file behind, however the command ends.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use connector_host::store::Store;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

fn command(dir: &Path, line: &str) -> Command {
    let mut command = host_tests::command();
    command.current_dir(dir).args(line.split(' '));
    command.stdin(Stdio::null());
    command
}

fn run(dir: &Path, line: &str) -> Output {
    command(dir, line).output().unwrap()
}

/// A folder with a database, and names that lead to the same files.
fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    drop(Store::open(&at("stored.db")).unwrap());
    fs::create_dir(at("sub")).unwrap();
    symlink("stored.db", at("soft")).unwrap();
    fs::hard_link(at("stored.db"), at("hard")).unwrap();
    symlink("new", at("dangling")).unwrap();
    symlink("sub", at("folder")).unwrap();
    dir
}

/// Everything in a folder, with its bytes.
fn content(dir: &Path) -> Vec<(String, Option<Vec<u8>>)> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    let mut found: Vec<_> = entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).ok())
        })
        .collect();
    found.sort();
    found
}

#[test]
fn outputs_of_one_file_are_refused_by_both_options() {
    let dir = folder();
    let before = content(dir.path());
    for (line, options) in [
        ("demo --db new --ndjson ./new", ["--db", "--ndjson"]),
        ("demo --db new --ndjson dangling", ["--db", "--ndjson"]),
        ("demo --db sub/x --report folder/x", ["--db", "--report"]),
        (
            "demo --db x --ndjson y --report sub/../y",
            ["--ndjson", "--report"],
        ),
        ("demo --db x --ndjson x-wal", ["--db", "--ndjson"]),
        ("demo --db x --report x-journal", ["--db", "--report"]),
        ("demo --ndjson x --log ./x", ["--ndjson", "--log"]),
        ("sync --ndjson x --record ./x", ["--ndjson", "--record"]),
        ("sync --db x --record x", ["--db", "--record"]),
        (
            "replay none --ndjson x --log sub/../x",
            ["--ndjson", "--log"],
        ),
    ] {
        let out = run(dir.path(), line);
        let said = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(2), "{line}: {said}");
        assert!(said.contains("name one file, /"), "{line}: {said}");
        assert!(options.iter().all(|it| said.contains(it)), "{line}: {said}");
        assert_eq!(content(dir.path()), before, "{line}");
    }
}

#[test]
fn no_output_replaces_a_sync_database() {
    let dir = folder();
    fs::write(dir.path().join("in.ndjson"), "").unwrap();
    let before = content(dir.path());
    for name in [
        "stored.db",
        "soft",
        "hard",
        "./sub/../stored.db",
        "stored.db-wal",
        "stored.db-lock",
    ] {
        for line in [
            format!("demo --ndjson {name}"),
            format!("demo --db other --report {name}"),
            format!("demo --log {name}"),
            format!("sync --record {name}"),
            format!("export in.ndjson --as scim -o {name}"),
            format!("simulate --expected-state {name}"),
        ] {
            let out = run(dir.path(), &line);
            let said = String::from_utf8(out.stderr).unwrap();
            assert_eq!(out.status.code(), Some(2), "{line}: {said}");
            assert!(said.contains("sync database"), "{line}: {said}");
            assert_eq!(content(dir.path()), before, "{line}");
        }
    }
}

/// A command does not overwrite its inputs, as it does not overwrite files of others.
#[test]
fn no_output_replaces_a_file_that_is_read() {
    let dir = folder();
    let lines = "{\"run\":{}}\n";
    fs::write(dir.path().join("in"), lines).unwrap();
    fs::hard_link(dir.path().join("in"), dir.path().join("also-in")).unwrap();
    symlink("in", dir.path().join("to-in")).unwrap();
    let before = content(dir.path());
    for name in ["in", "./in", "also-in", "to-in", "folder/../in"] {
        for line in [
            format!("report in -o {name}"),
            format!("report none --accept in -o {name}"),
            format!("export in --as scim -o {name}"),
            format!("replay in --ndjson {name}"),
            format!("sanitize in -o {name}"),
            format!("replay {name} --log in"),
            format!("sync --component in --ndjson {name}"),
            format!("sync --approved in --record {name}"),
            format!("sync --ca-file in --db other --report {name}"),
            format!("sync --tenants in --log {name}"),
        ] {
            let out = run(dir.path(), &line);
            let said = String::from_utf8(out.stderr).unwrap();
            assert_eq!(out.status.code(), Some(2), "{line}: {said}");
            assert!(said.contains("name one file"), "{line}: {said}");
            assert_eq!(content(dir.path()), before, "{line}");
        }
    }
}

#[test]
fn no_tenants_output_replaces_a_key_or_the_file() {
    let dir = folder();
    fs::write(dir.path().join("key"), "PMAK-1").unwrap();
    fs::write(dir.path().join("accepted"), "").unwrap();
    let credential = "credentials.postman.file = \"key\"";
    for output in [
        "ndjson = \"key\"",
        "ndjson = \"sub/../key\"",
        "db = \"key\"",
        "db = \"team.db\"\nreport = \"key\"",
        "db = \"team.db\"\naccept = \"accepted\"\nreport = \"sub/../accepted\"",
        "ndjson = \"tenants.toml\"",
    ] {
        let text = format!("[[tenant]]\nname = \"a\"\n{credential}\n{output}\n");
        fs::write(dir.path().join("tenants.toml"), text).unwrap();
        let before = content(dir.path());
        let out = run(dir.path(), "sync --tenants tenants.toml");
        let said = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(2), "{output}: {said}");
        assert!(said.contains("name one file"), "{output}: {said}");
        assert_eq!(content(dir.path()), before, "{output}");
    }
}

#[test]
fn tenants_of_one_file_are_refused_before_any_is_read() {
    let dir = folder();
    let before = content(dir.path());
    for (one, other) in [
        ("ndjson = \"same\"", "ndjson = \"./same\""),
        ("db = \"same\"", "ndjson = \"sub/../same\""),
        ("ndjson = \"new\"", "ndjson = \"dangling\""),
        ("db = \"a.db\"", "ndjson = \"a.db-wal\""),
        ("ndjson = \"own\"", "ndjson = \"stored.db\""),
        ("ndjson = \"own\"", "ndjson = \"hard\""),
        ("db = \"stored.db\"", "db = \"soft\""),
    ] {
        let text = format!("[[tenant]]\nname = \"a\"\n{one}\n[[tenant]]\nname = \"b\"\n{other}\n");
        let file = dir.path().join("tenants.toml");
        fs::write(&file, text).unwrap();
        let out = run(dir.path(), "sync --tenants tenants.toml");
        let said = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(2), "{one} {other}: {said}");
        assert!(
            said.contains("line 6") && said.contains("of tenant b"),
            "{said}"
        );
        fs::remove_file(&file).unwrap();
        assert_eq!(content(dir.path()), before, "{one} {other}");
    }
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn signal(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

#[test]
fn every_signal_leaves_no_temporary_file_behind() {
    for sent in [Signal::HUP, Signal::INT, Signal::TERM] {
        // One waits for the provider, the other for what it reads: a pipe that nobody writes to.
        for line in [
            "demo --users 300 --workspaces 3000 --ndjson out",
            "export fifo --as scim -o out",
        ] {
            let dir = tempfile::tempdir().unwrap();
            let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
            let fifo = dir.path().join("fifo");
            rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, mode).unwrap();
            let mut command = command(dir.path(), line);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().unwrap();
            let drafts = || content_names(dir.path()).len();
            wait_until("a draft is there", || drafts() == 2);
            std::thread::sleep(Duration::from_millis(100));
            signal(&child, sent);
            let ended = child.wait().unwrap();
            assert_eq!(
                ended.code(),
                Some(130),
                "{line} {sent:?} {:?}",
                ended.signal()
            );
            assert_eq!(content_names(dir.path()), ["fifo"], "{line} {sent:?}");
        }
    }
}

fn content_names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}
