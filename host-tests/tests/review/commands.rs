//! `diff`, `findings` and `explain` as an operator meets them: files, words, JSON and exit codes.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::made::{FORBIDDEN, close, end, grant, id, sync, user, workspace};
use connector_cli::report::write_ndjson;
use connector_host::records::{Operation, Resource};
use connector_host::store::Store;
use connector_host::sync::SyncInventory;
use serde_json::Value;

pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub fn run(arguments: &[&str]) -> Said {
    let mut command = host_tests::command();
    let output = command.args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

fn older() -> SyncInventory {
    let grants = vec![grant(&id("workspace", "w"), "admin", &id("user", "ann"))];
    sync(vec![user("ann"), user("bob"), workspace("w")], grants)
}

/// Bob left, and the workspace's roles were refused.
fn newer() -> SyncInventory {
    let mut synced = older();
    synced.resources.retain(|one| one.id != id("user", "bob"));
    synced.grants.clear();
    end(
        &mut synced,
        Operation::ListGrants,
        "workspace",
        Some("w"),
        FORBIDDEN,
    );
    close(&mut synced);
    synced
}

pub struct Files {
    directory: tempfile::TempDir,
}

impl Files {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { directory }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn ndjson(&self, name: &str, synced: &SyncInventory) -> String {
        let path = self.path(name);
        write_ndjson(synced, &mut File::create(&path).unwrap()).unwrap();
        shown(&path)
    }

    pub fn database(&self, name: &str, syncs: &[&SyncInventory]) -> String {
        let path = self.path(name);
        let mut store = Store::open(&path).unwrap();
        for synced in syncs {
            store.save(synced, "{}").unwrap();
        }
        shown(&path)
    }
}

fn shown(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

#[test]
fn two_files_and_two_syncs_of_one_file_differ_alike() {
    let files = Files::new();
    let (old, new) = (files.ndjson("old", &older()), files.ndjson("new", &newer()));
    let both = files.database("both.db", &[&older(), &newer()]);
    let of = |arguments: &[&str]| -> Value {
        let said = run(&[&["diff", "--format", "json"], arguments].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        serde_json::from_str::<Value>(&said.out).unwrap()["rows"].clone()
    };
    let changes = of(&[&old, &new]);
    assert_eq!(changes[0]["verdict"], "removed");
    assert_eq!(changes[0]["subject"]["resource"]["id"], "bob");
    assert_eq!(changes[1]["verdict"], "not-readable");
    assert_eq!(changes[1]["because"]["outcome"], "forbidden");
    assert_eq!(changes.as_array().unwrap().len(), 2);
    assert_eq!(of(&[&both]), changes);
    assert_eq!(of(&[&old, &both]), changes);
    assert_eq!(of(&[&both, "--from", "1", "--to", "2"]), changes);
}

#[test]
fn diff_names_scopes_and_exits_on_request() {
    let files = Files::new();
    let both = files.database("both.db", &[&older(), &newer()]);
    let said = run(&["diff", &both]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out.contains("removed  Name of bob (user bob)"),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("list-grants workspace w: forbidden"),
        "{}",
        said.out
    );
    assert_eq!(run(&["diff", &both, "--exit-code"]).code, 3);
    let same = files.database("same.db", &[&older(), &older()]);
    let said = run(&["diff", &same, "--exit-code"]);
    assert_eq!(said.code, 0);
    assert!(said.out.contains("Nothing differs."), "{}", said.out);
}

#[test]
fn what_cannot_be_compared_is_refused_with_what_to_do() {
    let files = Files::new();
    let single = files.database("single.db", &[&older()]);
    let said = run(&["diff", &single]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("sync once more, or name a second file"),
        "{}",
        said.err
    );
    let said = run(&["diff", &single, "--to", "7"]);
    assert!(
        said.code == 2 && said.err.contains("no sync 7"),
        "{}",
        said.err
    );
    let mut other = older();
    other.run.tenant.id = id("team", "2");
    let other = files.ndjson("other", &other);
    let said = run(&["diff", &single, &other]);
    assert!(
        said.code == 2 && said.err.contains("different tenants"),
        "{}",
        said.err
    );
}

#[test]
fn a_diff_goes_from_the_older_run_to_the_newer() {
    let files = Files::new();
    let db = files.database("both.db", &[&older(), &newer(), &older()]);
    for (from, to) in [("2", "1"), ("3", "latest"), ("latest", "latest")] {
        let said = run(&["diff", &db, "--from", from, "--to", to]);
        assert_eq!(said.code, 2, "{from} {to}");
        assert!(said.err.contains("is not older than sync"), "{}", said.err);
    }
    let said = run(&["diff", &db, "--from", "last-complete", "--format", "json"]);
    let diff: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!([&diff["older"]["run"], &diff["newer"]["run"]], [2, 3]);
    let said = run(&["diff", &db, "--from", "previous", "--to", "1"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("--from previous names no sync"));
}

#[test]
fn unknown_names_are_errors_that_list_the_known() {
    let files = Files::new();
    let db = files.database("one.db", &[&older()]);
    for (command, option, known) in [
        ("resources", "--type", "user, workspace"),
        ("grants", "--type", "user, workspace"),
        ("grants", "--entitlement", "admin"),
    ] {
        let said = run(&[command, &db, option, "nothing"]);
        assert_eq!(said.code, 2, "{command} {option}");
        assert!(
            said.err.contains("is called `nothing`; there are"),
            "{}",
            said.err
        );
        assert!(said.err.contains(known), "{}", said.err);
    }
}

#[test]
fn errors_of_the_command_line_have_the_form_of_all() {
    for (arguments, help) in [
        (&["synchronize"][..], "connector-host --help"),
        (&["diff"][..], "connector-host diff --help"),
        (&["sync", "--dbb", "x"][..], "connector-host sync --help"),
    ] {
        let said = run(arguments);
        assert_eq!(said.code, 2);
        assert!(said.err.starts_with("error: "), "{}", said.err);
        let last = said.err.lines().last().unwrap();
        assert_eq!(last, format!("help: see `{help}`"));
        assert!(!said.err.contains("tip:"), "{}", said.err);
    }
}

#[test]
fn findings_select_rules_and_name_unevaluated() {
    let files = Files::new();
    let sound = files.ndjson("old", &older());
    let said = run(&["findings", &sound, "--exit-code"]);
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(said.out.contains("1 single-admin (low)"), "{}", said.out);
    assert!(said.out.contains("list-grants workspace w"), "{}", said.out);
    let skipped = [
        "findings",
        &sound,
        "--exit-code",
        "--skip",
        "single-admin",
        "--skip",
        "single-principal",
    ];
    let said = run(&skipped);
    assert_eq!(said.code, 0, "{}", said.out);
    assert!(said.out.contains("Nothing was found."), "{}", said.out);
    let unread = files.ndjson("new", &newer());
    let said = run(&["findings", &unread, "--rule", "no-admin"]);
    assert!(
        said.out
            .contains("not evaluated: list-grants workspace w: forbidden"),
        "{}",
        said.out
    );
    let said = run(&["findings", &unread, "--rule", "no-such"]);
    assert!(
        said.code == 2 && said.err.contains("there are no-admin, "),
        "{}",
        said.err
    );
    let said = run(&["findings", "--rules", "--format", "json"]);
    let rules: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(rules["rows"][0]["id"], "no-admin");
}

#[test]
fn a_refused_scope_is_not_explained_as_no_access() {
    let files = Files::new();
    let sound = files.ndjson("old", &older());
    let asked = ["--grant", "workspace:w", "admin", "user:ann"];
    let said = run(&[&["explain", &sound][..], &asked].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out.contains("Name of ann (user ann) holds admin on"),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("read by list-grants workspace w"),
        "{}",
        said.out
    );
    let unread = files.ndjson("new", &newer());
    let said = run(&[&["explain", &unread][..], &asked].concat());
    assert!(
        said.out
            .contains("ended forbidden: whether the grant exists is unknown"),
        "{}",
        said.out
    );
    let named = ["--grant", "Name of w", "ADMIN", "name of ann"];
    let said = run(&[&["explain", &sound][..], &named].concat());
    let by_name = (said.code, said.out);
    let said = run(&[&["explain", &sound][..], &asked].concat());
    assert_eq!(by_name, (0, said.out), "{}", said.err);
    let said = run(&["explain", &sound, "--grant", "name of", "admin", "ann"]);
    assert!(
        said.code == 2 && said.err.contains("user:ann  Name of ann"),
        "{}",
        said.err
    );
}

#[test]
fn every_format_has_every_difference_and_finding() {
    let files = Files::new();
    let both = files.database("both.db", &[&older(), &newer()]);
    let count = |command: &str, name: &str| {
        let [json, ndjson, csv] = ["json", "ndjson", "csv"].map(|format| {
            let said = run(&[command, &both, "--format", format]);
            assert_eq!(said.code, 0, "{}", said.err);
            said.out
        });
        let json: Value = serde_json::from_str(&json).unwrap();
        let rows = json["rows"].as_array().unwrap();
        let lines = ndjson
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        let lines = lines.filter_map(|line: Value| line.get(name).cloned());
        assert_eq!(rows, &lines.collect::<Vec<_>>(), "{command}");
        let mut csv = csv::Reader::from_reader(csv.as_bytes());
        assert_eq!(csv.records().count(), rows.len(), "{command}");
        rows.len()
    };
    assert_eq!(count("diff", "change"), 2);
    let unlisted = count("findings", "finding");
    let said = run(&["findings", &both, "--format", "csv"]);
    assert!(
        said.err.contains("not evaluated: "),
        "{unlisted} {}",
        said.err
    );
}

#[test]
fn names_of_others_do_not_command_the_terminal() {
    let files = Files::new();
    let mut hostile = newer();
    let name = "\u{1b}[31mred\u{202e}\n";
    hostile.resources.push(Resource {
        display_name: name.to_owned(),
        ..user("cem")
    });
    close(&mut hostile);
    let (old, new) = (files.ndjson("old", &older()), files.ndjson("new", &hostile));
    let said = run(&["diff", &old, &new]);
    assert!(said.out.contains("[31mred"), "{}", said.out);
    assert!(
        !said.out.contains('\u{1b}') && !said.out.contains('\u{202e}'),
        "{:?}",
        said.out
    );
}
