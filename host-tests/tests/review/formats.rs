//! The formats of an answer: CSV that no spreadsheet runs, the sync that each answer names, and names
//! that several resources share.

use connector_cli::report::write_csv;
use connector_host::records::{Details, Resource};
use connector_host::store::Store;
use connector_host::sync::SyncInventory;
use serde_json::Value;

use crate::access::{StoredFiles, called, tenant, text};
use crate::made::{FORBIDDEN, NOW, close, end, grant, group, id, sync, user, workspace};

/// A cell as it is written, and the whole line.
fn written(cells: &[&str]) -> (Vec<String>, String) {
    let mut out = Vec::new();
    let row = cells.iter().map(|cell| (*cell).to_owned()).collect();
    write_csv(&mut out, &["cell"; 40][..cells.len()], [row]).unwrap();
    let mut reader = csv::Reader::from_reader(out.as_slice());
    let cells = reader.records().next().unwrap().unwrap();
    let cells = cells.iter().map(str::to_owned).collect();
    let line = text(&out).lines().nth(1).unwrap().to_owned();
    (cells, line)
}

const FORMULAS: [&str; 12] = [
    "=1",
    "+1",
    "-1",
    "@x",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u{200b}=1",
    "＝1",
    "﹢1",
    "\"=1",
];

#[test]
fn no_cell_of_a_csv_begins_as_a_formula_does() {
    let (cells, _) = written(&FORMULAS);
    assert_eq!(cells.len(), FORMULAS.len());
    assert!(cells.iter().all(|cell| cell.starts_with('\'')), "{cells:?}");
    let (cells, _) = written(&["plain", "a=b", "x - y", "1,5"]);
    assert_eq!(cells, ["plain", "a=b", "x - y", "1,5"]);
}

/// The fields of a line as a reader sees it that splits at `separator`.
fn split_at(line: &str, separator: u8) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader
        .has_headers(false)
        .delimiter(separator)
        .flexible(true);
    let fields = reader.from_reader(line.as_bytes()).into_records();
    let fields = fields.flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>());
    fields.collect()
}

#[test]
fn csv_has_no_formula_under_any_separator() {
    for separator in [';', '\t', '|', ',', '\n', '\r'] {
        let names = FORMULAS.map(|formula| format!("x{separator}{formula}"));
        let mut cells: Vec<&str> = names.iter().map(String::as_str).collect();
        cells.extend(["y", "7"]);
        let (_, line) = written(&cells);
        for split in [b';', b'\t', b'|', b','] {
            for field in split_at(&line, split) {
                let bare = field.trim_start_matches(|c: char| c.is_whitespace() || c == '"');
                let runs = bare.starts_with(['=', '+', '-', '@', '＝', '﹢']);
                assert!(
                    !runs,
                    "{field:?} of {line:?} split at {:?}",
                    char::from(split)
                );
            }
        }
    }
}

#[test]
fn csv_quotes_every_cell_and_marks_on_request() {
    let stored = StoredFiles::new(&tenant());
    for arguments in ["access --on pay", "resources", "grants", "findings"] {
        let csv = stored.reported(&format!("{arguments} --format csv"));
        assert!(csv.lines().count() > 1, "{csv}");
        for line in csv.lines() {
            assert!(line.starts_with('"') && line.ends_with('"'), "{line}");
            let fields = split_at(line, b',').len();
            assert_eq!(line.matches("\",\"").count(), fields - 1, "{line}");
        }
        let marked = stored.reported(&format!("{arguments} --format csv --bom"));
        assert_eq!(marked, format!("\u{feff}{csv}"));
        let refused = stored.refused(&format!("{arguments} --bom"));
        assert!(
            refused.contains("--bom goes with --format csv"),
            "{refused}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_reader_of_any_format_that_leaves_is_no_error() {
    let stored = StoredFiles::new(&tenant());
    for arguments in [
        "access --on pay",
        "resources",
        "grants",
        "findings",
        "findings --rules",
    ] {
        for format in ["table", "json", "ndjson", "csv"] {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            let mut command = stored.command(&format!("{arguments} --format {format}"));
            let output = command.stdout(writer).output().unwrap();
            let reported = text(&output.stderr);
            assert_eq!(
                output.status.code(),
                Some(0),
                "{arguments} {format}: {reported}"
            );
            assert!(
                !reported.contains("error"),
                "{arguments} {format}: {reported}"
            );
        }
    }
}

/// Columns of CSV by name, of each row.
fn columns(csv: &str, wanted: &[&str]) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    let places = wanted
        .iter()
        .map(|name| header.iter().position(|one| one == *name));
    let places: Vec<usize> = places.map(Option::unwrap).collect();
    let rows = reader.records().map(Result::unwrap);
    rows.map(|row| places.iter().map(|at| row[*at].to_owned()).collect())
        .collect()
}

/// The questions that are answered from one sync.
const QUESTIONS: [&str; 5] = [
    "access --on pay",
    "access --user nobody@example.com",
    "resources",
    "grants",
    "findings",
];

fn with_nobody(complete: bool) -> SyncInventory {
    let mut synced = tenant();
    synced.resources.push(user("nobody"));
    if !complete {
        let call = connector_host::records::Operation::ListGrants;
        end(&mut synced, call, "workspace", Some("docs"), FORBIDDEN);
    }
    close(&mut synced);
    synced.summary.complete = complete;
    synced
}

#[test]
fn every_report_names_tenant_run_and_gaps() {
    for (complete, word) in [(true, "complete"), (false, "not complete")] {
        let stored = StoredFiles::new(&with_nobody(complete));
        let heading = format!("Made (team 1): sync 1 of {NOW}, {word}\n");
        for question in QUESTIONS {
            let table = stored.reported(question);
            assert!(table.starts_with(&heading), "{question}: {table}");
            let json: Value =
                serde_json::from_str(&stored.reported(&format!("{question} --format json")))
                    .unwrap();
            let run = &json["run"];
            assert_eq!(
                (&run["run"], &run["tenant"]["id"]),
                (&1.into(), &"1".into())
            );
            assert_eq!(
                (&run["started_at"], &run["complete"]),
                (&NOW.into(), &complete.into())
            );
            assert_eq!(run["tenant_name"], "Made");
            let output = stored.run(&format!("{question} --format csv"));
            let wanted = [
                "tenant_type",
                "tenant_id",
                "tenant_name",
                "run",
                "started_at",
                "complete",
            ];
            let rows = columns(&text(&output.stdout), &wanted);
            let reported = text(&output.stderr);
            assert_eq!(
                rows.is_empty(),
                reported.contains(&format!("no rows. {heading}")),
                "{reported}"
            );
            for row in rows {
                let complete = complete.to_string();
                assert_eq!(row, ["team", "1", "Made", "1", NOW, complete.as_str()]);
            }
        }
        let explain = "explain --grant workspace:pay admin user:ann";
        assert!(stored.reported(explain).starts_with(&heading));
        let json: Value =
            serde_json::from_str(&stored.reported(&format!("{explain} --format json"))).unwrap();
        assert_eq!(
            (&json["run"]["run"], &json["run"]["complete"]),
            (&1.into(), &complete.into())
        );
        for shape in ["baton", "scim", "oaa"] {
            let output = stored.run(&format!("export --as {shape}"));
            let reported = text(&output.stderr);
            assert!(
                reported.starts_with(&format!("note: exported {}", heading.trim_end())),
                "{reported}"
            );
        }
    }
}

#[test]
fn diff_names_both_syncs_in_every_format() {
    let stored = StoredFiles::new(&tenant());
    let path = stored.path("stored.db");
    let mut store = Store::open(&path).unwrap();
    store.save(&with_nobody(true), "{}").unwrap();
    let mut later = with_nobody(false);
    later.run.started_at = "2026-07-01T12:00:00Z".into();
    later.resources.retain(|one| one.id != id("user", "nobody"));
    store.save(&later, "{}").unwrap();
    drop(store);
    let reported = |format: &str| {
        let mut command = host_tests::command();
        let command = command.arg("diff").arg(&path).args(["--format", format]);
        text(&command.output().unwrap().stdout)
    };
    let heading = format!(
        "Made (team 1): sync 2 of 2026-07-01T12:00:00Z, not complete, compared with sync 1 of {NOW}, complete\n"
    );
    assert!(
        reported("table").starts_with(&heading),
        "{}",
        reported("table")
    );
    let wanted = [
        "tenant_id",
        "older_run",
        "older_started_at",
        "older_complete",
        "newer_run",
        "newer_started_at",
        "newer_complete",
    ];
    let rows = columns(&reported("csv"), &wanted);
    assert!(!rows.is_empty());
    for row in rows {
        assert_eq!(
            row,
            ["1", "1", NOW, "true", "2", "2026-07-01T12:00:00Z", "false"]
        );
    }
    let json: Value = serde_json::from_str(&reported("json")).unwrap();
    assert_eq!(
        (&json["older"]["run"], &json["newer"]["complete"]),
        (&1.into(), &false.into())
    );
}

/// Pairs of workspaces, groups and people that look the same, and one of each that does not.
fn shared_names() -> SyncInventory {
    let alike = |one: Resource, name: &str| called(one, name);
    let resources = vec![
        alike(workspace("w1"), "Payments"),
        alike(workspace("w2"), " payments\u{200b}"),
        alike(workspace("w3"), "Search"),
        alike(group("g1"), "Backend"),
        alike(group("g2"), "Backend"),
        alike(user("ann"), "Ann Lee"),
        alike(user("bea"), "Ann Lee"),
        alike(user("cem"), "Cem"),
        Resource {
            parent: Some(id("workspace", "w2")),
            details: Details::Other,
            ..alike(workspace("w4"), "")
        },
    ];
    let on = |slug: &str, of: &str, who: &connector_host::records::ResourceId| {
        grant(&id("workspace", of), slug, who)
    };
    let grants = vec![
        on("admin", "w1", &id("user", "ann")),
        on("editor", "w2", &id("group", "g2")),
        on("admin", "w3", &id("user", "cem")),
        on("viewer", "w4", &id("user", "bea")),
        grant(&id("group", "g2"), "member", &id("user", "bea")),
    ];
    sync(resources, grants)
}

#[test]
fn shared_display_names_appear_with_ids() {
    let stored = StoredFiles::new(&shared_names());
    let has = |arguments: &str, parts: &[&str], not: &[&str]| {
        let reported = stored.reported(arguments);
        let squeezed = reported.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in parts {
            assert!(squeezed.contains(part), "{arguments}: {part}: {reported}");
        }
        for part in not {
            assert!(!squeezed.contains(part), "{arguments}: {part}: {reported}");
        }
    };
    let alone = ["Search (", "Cem ("];
    has(
        "access --who-can admin",
        &[
            "workspace Payments (w1) admin Ann Lee (ann)",
            "workspace Search admin Cem",
        ],
        &alone,
    );
    has(
        "access --who-can editor",
        &[
            "workspace payments (w2) editor Ann Lee (bea)",
            "group \"Backend (g2)\"",
        ],
        &alone,
    );
    has(
        "grants --type workspace",
        &[
            "Payments (w1) admin Ann Lee (ann)",
            "payments (w2) editor Backend (g2)",
            "workspace w4 viewer Ann Lee (bea)",
        ],
        &alone,
    );
    has("resources --type workspace", &["payments (w2)"], &alone);
    has(
        "findings --rule single-admin",
        &["Ann Lee (ann): admin on Payments (w1)"],
        &["Cem (cem)"],
    );
    let csv = stored.reported("access --who-can editor --format csv");
    assert_eq!(columns(&csv, &["paths"]), [["group \"Backend (g2)\""]]);
    let csv = stored.reported("findings --rule single-admin --format csv");
    let evidence = columns(&csv, &["evidence"]).concat();
    assert!(
        evidence.contains(&"Ann Lee (ann): admin on Payments (w1)".to_owned()),
        "{evidence:?}"
    );
}
