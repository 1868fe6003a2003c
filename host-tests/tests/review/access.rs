//! Queries of a stored sync, as people make them: by the command, in every format, with names that
//! mean harm and with scopes that could not be read.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::made::{
    FORBIDDEN, account, end, grant, group, id, partner, store_sync, sync, user, workspace,
};
use connector_cli::report::{Table, write_ndjson};
use connector_host::records::{Operation, Resource, Status};
use connector_host::sync::SyncInventory;
use serde_json::Value;
use tempfile::TempDir;

pub fn called(one: Resource, name: &str) -> Resource {
    Resource {
        display_name: name.to_owned(),
        ..one
    }
}

/// Two workspaces, a group, people of every kind.
pub fn tenant() -> SyncInventory {
    let (pay, docs, g) = (
        id("workspace", "pay"),
        id("workspace", "docs"),
        id("group", "g"),
    );
    let off = Resource {
        status: Status::Disabled,
        ..called(account(id("scim-account", "s1"), "OFF@example.com"), "Off")
    };
    let resources = vec![
        called(workspace("pay"), "Payments"),
        called(workspace("docs"), "Payments documents"),
        called(group("g"), "Backend"),
        called(user("ann"), "Ann Lee"),
        called(user("off"), "Olaf Off"),
        off,
        called(partner("p7"), "Partner 7"),
    ];
    let grants = vec![
        grant(&pay, "admin", &id("user", "ann")),
        grant(&pay, "editor", &g),
        grant(&pay, "partner-viewer", &id("partner", "p7")),
        grant(&docs, "viewer", &id("user", "ann")),
        grant(&docs, "viewer", &g),
        grant(&g, "member", &id("user", "ann")),
        grant(&g, "member", &id("user", "off")),
    ];
    sync(resources, grants)
}

/// A sync in a file, as `sync --ndjson` leaves it.
pub struct StoredFiles {
    dir: TempDir,
}

impl StoredFiles {
    pub fn new(synced: &SyncInventory) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut file = File::create(dir.path().join("stored.ndjson")).unwrap();
        write_ndjson(synced, &mut file).unwrap();
        Self { dir }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn run(&self, arguments: &str) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub fn command(&self, arguments: &str) -> Command {
        let mut words = arguments.split_whitespace();
        let mut command = host_tests::command();
        command
            .arg(words.next().unwrap())
            .arg(self.path("stored.ndjson"));
        let words = words.map(|word| word.replace('_', " "));
        command.args(words);
        command
    }

    pub fn reported(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout)
    }

    pub fn refused(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
        text(&output.stderr)
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The cells of a table's rows, each row as one text with single spaces. Before them stand the sync, the
/// title, a blank line and the headings.
fn rows(table: &str) -> Vec<String> {
    let lines = table.lines().skip(4);
    let squeezed = lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    squeezed.collect()
}

#[test]
fn who_can_do_what_on_a_workspace_with_every_path() {
    let reported = StoredFiles::new(&tenant()).reported("access --on payments");
    assert!(
        reported.contains("\nAccess on Payments (workspace pay): 4\n"),
        "{reported}"
    );
    assert_eq!(
        rows(&reported),
        [
            "admin Ann Lee ann@example.com direct",
            "editor Ann Lee ann@example.com group Backend",
            "editor Olaf Off off@example.com switched off group Backend",
            "partner-viewer Partner 7 partner p7 outside direct",
        ]
    );
}

#[test]
fn what_a_person_can_do_and_by_which_paths() {
    let stored = StoredFiles::new(&tenant());
    let reported = stored.reported("access --user ann@EXAMPLE.com");
    assert_eq!(
        rows(&reported),
        [
            "group Backend member direct",
            "workspace Payments admin direct",
            "workspace Payments editor group Backend",
            "workspace Payments documents viewer direct; group Backend",
        ]
    );
    let reported = stored.reported("access --user off@example.com --on pay");
    assert!(reported.contains("[switched off]"), "{reported}");
}

#[test]
fn at_least_includes_stronger_entitlements() {
    let stored = StoredFiles::new(&tenant());
    let people = |arguments: &str| -> Vec<String> {
        let json: Value = serde_json::from_str(&stored.reported(arguments)).unwrap();
        let rows = json["rows"].as_array().unwrap().iter();
        let short = rows.map(|row| {
            let (person, entitlement) = (&row["principal"]["id"], &row["entitlement"]["slug"]);
            format!(
                "{} {}",
                person.as_str().unwrap(),
                entitlement.as_str().unwrap()
            )
        });
        short.collect()
    };
    let only = "access --who-can editor --on pay --format json";
    assert_eq!(people(only), ["ann editor", "off editor"]);
    let more = "access --who-can editor --at-least --on pay --format json";
    assert_eq!(people(more), ["ann admin", "ann editor", "off editor"]);
    let all = "access --who-can ADMIN --format json";
    assert_eq!(people(all), ["ann admin"]);
    let none = stored.refused("access --who-can member --at-least --on pay");
    assert!(none.contains("has no rank"), "{none}");
    let unknown = stored.refused("access --who-can owner --on pay");
    assert!(unknown.contains("workspace:admin"), "{unknown}");
}

#[test]
fn an_ambiguous_name_lists_every_match() {
    let stored = StoredFiles::new(&tenant());
    let several = stored.refused("access --on pa");
    assert!(several.contains("workspace:pay  Payments\n"), "{several}");
    assert!(
        several.contains("workspace:docs  Payments documents"),
        "{several}"
    );
    assert!(
        stored
            .refused("access --user nobody")
            .contains("no account has `nobody`")
    );
    // The whole name of one is the beginning of another, and means the one.
    assert!(
        stored
            .reported("access --on Payments")
            .contains("workspace pay")
    );
    // Of two accounts of an address, the one that holds something is meant.
    assert!(
        stored
            .reported("access --user off@example.com")
            .contains("(user off)")
    );
    assert!(
        stored
            .reported("access --user scim-account:s1")
            .contains("None.")
    );
    assert!(stored.refused("access").contains("--principal"));
}

#[test]
fn relevant_unread_scopes_are_shown() {
    let mut synced = tenant();
    end(
        &mut synced,
        Operation::ListGrants,
        "workspace",
        Some("pay"),
        FORBIDDEN,
    );
    synced.summary.complete = false;
    let stored = StoredFiles::new(&synced);
    let on = |of: &str| text(&stored.run(&format!("access --on {of}")).stderr);
    assert!(
        on("pay").contains("forbidden: list-grants workspace pay"),
        "{}",
        on("pay")
    );
    assert_eq!(on("docs"), "");
    let of_ann = text(&stored.run("access --user ann").stderr);
    assert!(of_ann.contains("list-grants workspace pay"), "{of_ann}");
    let json: Value =
        serde_json::from_str(&stored.reported("access --on pay --format json")).unwrap();
    assert_eq!(json["run"]["complete"], false);
    assert_eq!(json["unread"][0]["outcome"], "forbidden");
    assert_eq!(json["unread"][0]["scope"]["id"], "pay");
    let lines = stored.reported("access --on pay --format ndjson");
    assert!(
        lines.lines().last().unwrap().starts_with("{\"unread\":"),
        "{lines}"
    );
    // A refused list of groups bears on every principal that may be in one.
    let mut synced = tenant();
    end(
        &mut synced,
        Operation::ListResources,
        "group",
        None,
        FORBIDDEN,
    );
    let stored = StoredFiles::new(&synced);
    let reported = text(&stored.run("access --on docs").stderr);
    assert!(reported.contains("list-resources group"), "{reported}");
    assert_eq!(text(&stored.run("resources --type workspace").stderr), "");
}

#[test]
fn resources_and_grants_are_listed_as_they_were_read() {
    let stored = StoredFiles::new(&tenant());
    let names = rows(&stored.reported("resources --type workspace --name DOC"));
    assert_eq!(
        names,
        ["workspace docs Payments documents enabled Name of 1"]
    );
    let off = rows(&stored.reported("resources --status disabled"));
    // The account and the user of its address.
    assert_eq!(off.len(), 2);
    assert_eq!(rows(&stored.reported("resources --parent team:1")).len(), 6);
    let grants = rows(&stored.reported("grants --to Backend"));
    assert_eq!(
        grants,
        [
            "workspace Payments editor Backend group g member",
            "workspace Payments documents viewer Backend group g member",
        ]
    );
    let all: Value = serde_json::from_str(&stored.reported("grants --format json")).unwrap();
    assert_eq!(all["rows"].as_array().unwrap().len(), 7);
    let some =
        stored.reported("grants --on pay --entitlement admin --type workspace --format ndjson");
    assert_eq!(some.lines().count(), 2);
}

#[test]
fn names_run_in_no_terminal_or_spreadsheet() {
    let mut synced = tenant();
    let names = [
        ("pay", "=HYPERLINK(\"http://x\",\"y\")"),
        ("docs", "\t\u{202e}@SUM(1),\u{1b}\"q\"\n"),
    ];
    for (of, name) in names {
        let mut all = synced.resources.iter_mut();
        let one = all.find(|one| one.id.id == of).unwrap();
        one.display_name = name.to_owned();
    }
    let stored = StoredFiles::new(&synced);
    let table = stored.reported("resources --type workspace");
    assert!(!table.contains(['\u{1b}', '\u{202e}']), "{table:?}");
    let csv = stored.reported("resources --type workspace --format csv");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let cells: Vec<String> = reader
        .records()
        .map(|row| row.unwrap()[2].to_owned())
        .collect();
    assert_eq!(
        cells,
        ["' @SUM(1),\"q\" ", "'=HYPERLINK(\"http://x\",\"y\")"]
    );
    // JSON is for programs: it has the name as it was sent.
    let json: Value =
        serde_json::from_str(&stored.reported("resources --type workspace --format json")).unwrap();
    let sent: Vec<&str> = json["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["display_name"].as_str().unwrap())
        .collect();
    assert!(sent.contains(&names[1].1), "{sent:?}");
}

#[test]
fn a_table_fits_the_terminal_width() {
    let mut table = Table::new(["Name", "Entitlement"]);
    table.add_row(["漢字の長い長い長い名前".to_owned(), "admin".to_owned()]);
    table.add_row(["e\u{301}clair".to_owned(), "editor".to_owned()]);
    let lines = |table: &Table| -> Vec<String> {
        let text = anstream::adapter::strip_str(&table.to_string()).to_string();
        text.lines().map(str::to_owned).collect()
    };
    let whole = lines(&table);
    assert!(whole[1].contains("漢字の長い長い長い名前"));
    let start = |line: &str, word: &str| {
        let before = &line[..line.find(word).unwrap()];
        unicode_width::UnicodeWidthStr::width(before)
    };
    assert_eq!(start(&whole[1], "admin"), start(&whole[2], "editor"));
    let narrow = lines(&table.within_width(Some(24)));
    assert!(narrow[1].contains('…'), "{narrow:?}");
    for line in &narrow {
        assert!(
            unicode_width::UnicodeWidthStr::width(&**line) <= 24,
            "{line}"
        );
    }
    assert_eq!(start(&narrow[1], "admin"), start(&narrow[2], "editor"));
}

#[test]
fn database_and_ndjson_give_equal_answers() {
    let files = StoredFiles::new(&tenant());
    let path = files.path("stored.db");
    let mut store = connector_host::store::Store::open(&path).unwrap();
    let old = sync(vec![called(workspace("w"), "Old"), user("u")], Vec::new());
    store.save(&old, "{}").unwrap();
    store.save(&tenant(), "{}").unwrap();
    drop(store);
    let run = |arguments: &[&str]| {
        let mut command = host_tests::command();
        command.arg("resources").arg(&path).args(arguments);
        text(&command.output().unwrap().stdout)
    };
    let latest = run(&["--type", "workspace"]);
    assert!(latest.contains("sync 2 of"), "{latest}");
    assert_eq!(
        rows(&latest),
        rows(&files.reported("resources --type workspace"))
    );
    assert!(run(&["--type", "workspace", "--run", "1"]).contains("Old"));
    assert_eq!(store_sync(&old).1.0, 1);
}
