//! Files of each version, migrated, refused and read.

use super::*;

/// A file of version 1 with a stored sync and an interrupted run.
fn version_1() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(SCHEMAS[0]).unwrap();
    connection
        .execute_batch(include_str!("tests/version_1.sql"))
        .unwrap();
    connection.pragma_update(None, "user_version", 1).unwrap();
    connection
}

#[test]
fn a_file_of_version_1_keeps_its_syncs() {
    let mut connection = version_1();
    migrate(&mut connection).unwrap();
    assert_eq!(version(&connection).unwrap(), 2);
    let checked = guard::check_schema(&connection, SCHEMAS[1], SchemaUse::Read).unwrap();
    assert_eq!(checked, Ok(()));
    let store = Store::ready(connection, None).unwrap();
    let runs = store.runs().unwrap();
    assert_eq!(runs.len(), 1);
    let synced = store.load(runs[0].run).unwrap();
    let summary = &synced.summary;
    let counts = (summary.resources, summary.grants, summary.notices);
    assert_eq!(counts, (2, 1, 1));
    assert_eq!(
        (
            synced.resources.len(),
            synced.grants.len(),
            synced.scopes.len()
        ),
        (2, 1, 4)
    );
    let dangling = "SELECT count(*) FROM pragma_foreign_key_check";
    let dangling: i64 = store
        .connection
        .query_row(dangling, [], |row| row.get(0))
        .unwrap();
    assert_eq!(dangling, 0);
}

#[test]
fn a_file_of_version_1_gets_kinds_and_ranks() {
    let mut connection = version_1();
    migrate(&mut connection).unwrap();
    let store = Store::ready(connection, None).unwrap();
    let synced = store.load(store.runs().unwrap()[0].run).unwrap();
    let types = synced.run.resource_types.iter();
    let types = types.map(|one| format!("{} {}", one.id, one.kind.name()));
    assert_eq!(
        types.collect::<Vec<_>>(),
        [
            "access-key credential",
            "activity usage",
            "analytics-report subscription",
            "team tenant",
            "user account",
            "workspace container"
        ]
    );
    let ranks = synced.entitlements.iter();
    let ranks = ranks.map(|one| (&*one.slug, one.rank));
    assert_eq!(
        ranks.collect::<Vec<_>>(),
        [
            ("member", None),
            ("access", None),
            ("admin", Some(3)),
            ("editor", Some(2)),
            ("partner-editor", Some(2)),
            ("partner-viewer", Some(1)),
            ("viewer", Some(1))
        ]
    );
}

#[test]
fn version_1_with_other_comments_and_views_migrates() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("team.db");
    let earlier = SCHEMAS[0].replace("what was referenced", "what was only referred to");
    assert_ne!(earlier, SCHEMAS[0]);
    let file = |change: &str| {
        let connection = Connection::open(&path).unwrap();
        let data = include_str!("tests/version_1.sql");
        for sql in [&earlier, data, change] {
            connection.execute_batch(sql).unwrap();
        }
        connection.pragma_update(None, "user_version", 1).unwrap();
        let id = DATABASE_ID;
        connection
            .pragma_update(None, "application_id", id)
            .unwrap();
    };
    file("DROP VIEW current_grants; CREATE VIEW current_grants AS SELECT * FROM runs");
    let refused = Store::open_to_read(&path).unwrap_err().to_string();
    assert!(refused.contains("sync into it once"), "{refused}");
    assert_eq!(Store::open(&path).unwrap().runs().unwrap().len(), 1);
    std::fs::remove_file(&path).unwrap();
    file("ALTER TABLE runs ADD COLUMN more TEXT");
    let refused = Store::open(&path).unwrap_err().to_string();
    assert!(refused.contains("its table runs"), "{refused}");
}

#[test]
fn a_step_that_fails_leaves_the_file_as_it_was() {
    let mut connection = version_1();
    connection
        .execute_batch("DROP VIEW current_grants")
        .unwrap();
    migrate(&mut connection).unwrap_err();
    assert_eq!(version(&connection).unwrap(), 1);
    let runs = "SELECT count(*) FROM runs";
    let runs: i64 = connection.query_row(runs, [], |row| row.get(0)).unwrap();
    assert_eq!(runs, 2);
}
