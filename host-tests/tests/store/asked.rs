//! The path of a test's file, and SQL queries of it.

use std::path::PathBuf;

use connector_host::store::Store;
use tempfile::TempDir;

pub fn file(dir: &TempDir) -> PathBuf {
    dir.path().join("team.db")
}

pub fn number(store: &Store, sql: &str) -> i64 {
    let found = store.connection().query_row(sql, [], |row| row.get(0));
    found.unwrap_or_else(|e| panic!("{sql}: {e}"))
}

/// The rows of a question, each as its columns' texts.
pub fn rows(store: &Store, sql: &str) -> Vec<String> {
    let mut query = store.connection().prepare(sql).unwrap();
    let columns = query.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        let texts = (0..columns).map(|at| row.get::<_, Option<String>>(at));
        let texts: Vec<_> = texts
            .map(|text| text.unwrap().unwrap_or_default())
            .collect();
        Ok(texts.join(" "))
    };
    let found = query.query_map([], row).unwrap();
    found.map(Result::unwrap).collect()
}
