//! The output of `make check` on the advisories, which are on the network: asked as they are now, as they
//! were, or not at all.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: Duration = Duration::from_secs(86_400);

/// Runs the script with a cargo-deny that can fetch or not. Gives its success, what it says, and what it
/// asked cargo-deny for.
fn run(home: &Path, fetches: bool, finds: bool) -> (bool, String, String) {
    let (deny, asked) = (home.join("cargo-deny"), home.join("asked"));
    let code = |good: bool| if good { 0 } else { 1 };
    let (fetch, check) = (code(fetches), code(!finds));
    let script = format!(
        "#!/bin/sh\necho \"$@\" >> {}\ncase \"$*\" in *fetch\\ db) exit {fetch};; *) exit {check};; esac\n",
        asked.display()
    );
    let _ = fs::remove_file(&asked);
    fs::write(&deny, script).unwrap();
    fs::set_permissions(&deny, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.ci/advisories"));
    command.env("CARGO_HOME", home).env("CARGO_DENY", &deny);
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (
        output.status.success(),
        said,
        fs::read_to_string(asked).unwrap(),
    )
}

/// Advisories whose last change is so many days old.
fn database(home: &Path, name: &str, days: u32) {
    let folder = home.join("advisory-dbs").join(name);
    fs::create_dir_all(folder.join("crates")).unwrap();
    let then = SystemTime::now() - DAY * days - DAY / 2;
    let then = then.duration_since(UNIX_EPOCH).unwrap().as_secs();
    for arguments in [
        &["init", "--quiet"][..],
        &[
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.com",
            "commit",
            "--quiet",
            "--allow-empty",
            "-m",
            "a",
        ],
    ] {
        let mut git = Command::new("git");
        git.args(arguments)
            .current_dir(&folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null");
        git.env("GIT_COMMITTER_DATE", format!("@{then} +0000"));
        assert!(git.status().unwrap().success());
    }
}

#[test]
fn advisories_that_were_fetched_are_asked() {
    let home = tempfile::tempdir().unwrap();
    for finds in [false, true] {
        let (is_good, said, asked) = run(home.path(), true, finds);
        assert_eq!((is_good, said.as_str()), (!finds, ""));
        assert!(asked.ends_with("--offline check advisories\n"), "{asked}");
    }
}

#[test]
fn old_advisories_are_asked_and_their_age_is_said() {
    let home = tempfile::tempdir().unwrap();
    database(home.path(), "older", 90);
    database(home.path(), "newer", 17);
    for finds in [false, true] {
        let (is_good, said, asked) = run(home.path(), false, finds);
        assert_eq!(is_good, !finds);
        assert!(
            said.contains("could not be fetched") && said.contains(" 17 days ago"),
            "{said}"
        );
        assert!(asked.ends_with("--offline check advisories\n"), "{asked}");
    }
}

#[test]
fn that_no_advisories_were_asked_is_said() {
    let home = tempfile::tempdir().unwrap();
    let (is_good, said, asked) = run(home.path(), false, true);
    assert!(
        is_good && said.contains("ADVISORIES WERE NOT CHECKED"),
        "{said}"
    );
    assert!(!asked.contains("check"), "{asked}");
}
