//! A hostile database is refused before it can do anything, and what is read of it
//! stays within bounds.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use connector_host::review::diff::{DiffOptions, compare_runs};
use connector_host::review::{ResourceFilter, list_resources};
use connector_host::store::{RecorderOptions, Retention, Store};
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::asked::file;
use crate::known::first;
use crate::support::stored::keep;

/// A hostile addition to or change of the schema of a database.
const CHANGES: [(&str, &str); 9] = [
    (
        "a view without an end",
        "DROP VIEW grants; CREATE VIEW grants AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS run, i AS resource_type, i AS resource_id, i AS resource_name, i AS entitlement, i AS principal_type, i AS principal_id, i AS principal_name, i AS implied_by, i AS expands, i AS scope, i AS page FROM n",
    ),
    (
        "a view of large values",
        "DROP VIEW effective_facts; CREATE VIEW effective_facts AS SELECT hex(zeroblob(400000000)) AS resource, 1 AS entitlement, 1 AS principal, '' AS path, NULL AS implied_by",
    ),
    (
        "a table in a view's place",
        "DROP VIEW current_grants; CREATE TABLE current_grants (run INTEGER)",
    ),
    (
        "a view in a table's place",
        "DROP TABLE notice_versions; CREATE VIEW notice_versions AS SELECT 1 AS epoch",
    ),
    (
        "a trigger",
        "CREATE TRIGGER t AFTER UPDATE ON runs BEGIN DELETE FROM resource_versions; END",
    ),
    (
        "an index of an expression",
        "CREATE INDEX i ON runs (abs(run))",
    ),
    (
        "a view in the place of duplicates",
        "DROP TABLE duplicate_grants; CREATE VIEW duplicate_grants AS SELECT 1 AS run",
    ),
    ("a further table", "CREATE TABLE accounts (name TEXT)"),
    (
        "a table without its checks",
        "ALTER TABLE runs ADD COLUMN more TEXT",
    ),
];

fn change(path: &Path, sql: &str) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(sql).unwrap();
    connection.close().unwrap();
}

#[tokio::test]
async fn a_schema_that_is_not_ours_is_refused_unread() {
    for (what, sql) in CHANGES {
        let dir = tempfile::tempdir().unwrap();
        keep(&Arc::new(first()), &file(&dir)).await;
        change(&file(&dir), sql);
        let began = Instant::now();
        for refused in [Store::open_to_read(&file(&dir)), Store::open(&file(&dir))] {
            let reason = refused.map(drop).unwrap_err().to_string();
            assert!(
                reason.contains("not a database of this program"),
                "{what}: {reason}"
            );
        }
        println!("{what}: refused in {:.1?}", began.elapsed());
    }
}

#[tokio::test]
async fn statistics_of_another_tool_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let synced = keep(&Arc::new(first()), &file(&dir)).await;
    change(&file(&dir), "ANALYZE");
    let store = Store::open_to_read(&file(&dir)).unwrap();
    let run = store.runs().unwrap()[0].run;
    assert_eq!(store.load(run).unwrap(), synced);
    drop(store);
    Store::open(&file(&dir)).unwrap();
}

#[tokio::test]
async fn what_a_statement_may_do_is_limited_in_every_file() {
    let dir = tempfile::tempdir().unwrap();
    keep(&Arc::new(first()), &file(&dir)).await;
    for store in [
        Store::open_to_read(&file(&dir)).unwrap(),
        Store::open(&file(&dir)).unwrap(),
    ] {
        let run = |sql: &str| {
            let answer = store
                .connection()
                .query_row(sql, [], |row| row.get::<_, i64>(0));
            answer.map_err(|e| e.to_string())
        };
        assert_eq!(run("SELECT 1"), Ok(1));
        for sql in [
            "SELECT length(zeroblob(300000000))",
            "SELECT length(hex(zeroblob(140000000)))",
            &format!("SELECT {}1", "1 + ".repeat(500)),
        ] {
            assert!(run(sql).is_err(), "{sql:.60}");
        }
        let attached = store
            .connection()
            .execute_batch("ATTACH ':memory:' AS other");
        attached.unwrap_err();
    }
}

#[tokio::test]
async fn a_text_of_many_mebibytes_is_refused_unread() {
    let dir = tempfile::tempdir().unwrap();
    keep(&Arc::new(first()), &file(&dir)).await;
    change(
        &file(&dir),
        "UPDATE resource_versions SET display_name = hex(zeroblob(20000000))",
    );
    let store = Store::open_to_read(&file(&dir)).unwrap();
    let run = store.runs().unwrap()[0].run;
    let refused = [
        store.load(run).map(drop).map_err(|e| e.to_string()),
        list_resources(&store, run, &ResourceFilter::default())
            .map(drop)
            .map_err(|e| e.to_string()),
        compare_runs((&store, run), (&store, run), &DiffOptions::default())
            .map(drop)
            .map_err(|e| e.to_string()),
    ];
    for refused in refused {
        let reason = refused.unwrap_err();
        assert!(reason.contains("no text of more than 16 MiB"), "{reason}");
    }
}

/// Storing continues as before: a file that this program wrote is no hostile one.
#[tokio::test]
async fn a_file_of_this_program_stays_readable_and_writable() {
    let dir = tempfile::tempdir().unwrap();
    let synced = keep(&Arc::new(first()), &file(&dir)).await;
    assert_eq!(RecorderOptions::default().keep, Retention::latest(12));
    for _ in 0..3 {
        keep(&Arc::new(first()), &file(&dir)).await;
    }
    let store = Store::open_to_read(&file(&dir)).unwrap();
    assert_eq!(store.runs().unwrap().len(), 4);
    let first = store.runs().unwrap().pop().unwrap().run;
    assert_eq!(store.load(first).unwrap(), synced);
}

/// A plan for each row of an answer would take longer than the row.
#[tokio::test]
async fn each_statement_is_planned_once() {
    let dir = tempfile::tempdir().unwrap();
    keep(&Arc::new(first()), &file(&dir)).await;
    for store in [
        Store::temporary(),
        Store::open_to_read(&file(&dir)),
        Store::open(&file(&dir)),
    ] {
        let setting = DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG;
        assert!(store.unwrap().connection().db_config(setting).unwrap());
    }
}
