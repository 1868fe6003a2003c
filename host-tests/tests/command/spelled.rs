//! Names of databases that SQLite would take for something else: they are files, to every command.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Output;

use crate::cli::{CONNECTOR, text};

fn run(directory: &Path, arguments: &[&OsStr]) -> Output {
    let mut command = host_tests::command();
    command.args(arguments).current_dir(directory);
    command.output().unwrap()
}

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

fn demo(directory: &Path, name: &OsStr) -> Output {
    let mut arguments = words(&[
        "demo",
        "--users",
        "5",
        "--workspaces",
        "3",
        "--quirks",
        "none",
    ]);
    arguments.extend(words(&["--ndjson", "lines", "--db"]));
    arguments.push(name.to_owned());
    arguments.extend(words(&CONNECTOR));
    let arguments: Vec<&OsStr> = arguments.iter().map(OsString::as_os_str).collect();
    run(directory, &arguments)
}

fn ask(directory: &Path, command: &str, name: &OsStr, more: &[&str]) -> Output {
    let mut arguments = vec![OsStr::new(command), name];
    arguments.extend(more.iter().map(OsStr::new));
    run(directory, &arguments)
}

fn assert_is_a_file(name: &OsStr) {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    for _ in 0..2 {
        let said = demo(directory, name);
        assert_eq!(
            said.status.code(),
            Some(0),
            "{name:?}: {}",
            text(&said.stderr)
        );
    }
    assert!(directory.join(name).is_file(), "{name:?}");
    for (command, more) in [
        ("resources", &[][..]),
        ("grants", &["--format", "csv"]),
        ("findings", &["--format", "json"]),
        ("diff", &[]),
        ("access", &["--who-can", "admin"]),
        ("export", &["--as", "baton"]),
        ("report", &["-o", "page.html"]),
    ] {
        let said = ask(directory, command, name, more);
        assert_eq!(
            said.status.code(),
            Some(0),
            "{command} {name:?}: {}",
            text(&said.stderr)
        );
    }
    // The database, its lock, and what was asked for.
    let beside = std::fs::read_dir(directory).unwrap().count();
    assert_eq!(beside, 4, "{name:?}");
}

#[test]
fn a_special_sqlite_name_is_an_ordinary_file() {
    for name in [
        "file:x.db",
        ":memory:",
        "file::memory:",
        "file:x.db?mode=memory&cache=shared",
        "x.db?mode=ro",
        "a b%20c#d.db",
        "-",
        "é漢.db",
    ] {
        assert_is_a_file(OsStr::new(name));
    }
    #[cfg(unix)]
    assert_is_a_file(std::os::unix::ffi::OsStrExt::from_bytes(b"caf\xe9.db"));
}

#[test]
fn every_command_rejects_a_folder_as_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    assert_eq!(demo(directory, OsStr::new("x.db")).status.code(), Some(0));
    let before = std::fs::read_dir(directory).unwrap().count();
    for name in ["x.db/", "x.db/.", "new.db/", "new.db/.", ".", "..", "/"] {
        let name = OsStr::new(name);
        for said in [
            demo(directory, name),
            ask(directory, "resources", name, &[]),
        ] {
            assert_eq!(
                said.status.code(),
                Some(2),
                "{name:?}: {}",
                text(&said.stderr)
            );
        }
    }
    assert_eq!(std::fs::read_dir(directory).unwrap().count(), before);
}
