//! The limits of what a database file may make this process do. The author of the file may be
//! hostile: its schema is compared with ours before a statement reads a table, and no statement
//! runs without an end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;

use super::StoreError;
use connector_types::lock;

/// The longest that statements run without a pause while a file is read.
pub(super) const LONGEST_READ: Duration = Duration::from_secs(600);
/// The same while a file is written: the end of a large sync is one long transaction.
pub(super) const LONGEST_WRITE: Duration = Duration::from_secs(3_600);
/// A pause as long as this starts the time limit again.
const PAUSE: Duration = Duration::from_secs(1);
/// Instructions of SQLite's between two looks at the clock: some milliseconds.
const INSTRUCTIONS: i32 = 100_000;

/// The longest value or row, in bytes: one text takes several times its length while it is read, compared
/// and shown.
const LONGEST_VALUE: i32 = 16 << 20;

/// Far beyond what the statements of this program and its schema need.
const LIMITS: [(Limit, i32); 9] = [
    (Limit::SQLITE_LIMIT_LENGTH, LONGEST_VALUE),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 8 << 20),
    (Limit::SQLITE_LIMIT_COLUMN, 200),
    // SQLite counts the tables of nested views by it, too.
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 480),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 50),
    (Limit::SQLITE_LIMIT_VDBE_OP, 1_000_000),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 16),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
];

/// Switches off what a hostile schema could use, and ends what runs for longer than `longest`.
pub(super) fn restrict(connection: &mut Connection, longest: Duration) -> Result<(), StoreError> {
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
    ] {
        connection.set_db_config(setting, on)?;
    }
    for (limit, most) in LIMITS {
        connection.set_limit(limit, most)?;
    }
    bound_statements(connection, longest)
}

/// Has each statement planned once, whatever it is asked with, and ends what runs for longer than
/// `longest`.
pub(super) fn bound_statements(
    connection: &mut Connection,
    longest: Duration,
) -> Result<(), StoreError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    let mut deadline = QueryDeadline::new(longest);
    connection.progress_handler(INSTRUCTIONS, Some(move || deadline.is_over(Instant::now())))?;
    Ok(())
}

/// The end of what runs without a pause.
#[derive(Debug)]
struct QueryDeadline {
    longest: Duration,
    started: Instant,
    last: Instant,
}

impl QueryDeadline {
    fn new(longest: Duration) -> Self {
        let now = Instant::now();
        Self {
            longest,
            started: now,
            last: now,
        }
    }

    fn is_over(&mut self, now: Instant) -> bool {
        if now.duration_since(self.last) >= PAUSE {
            self.started = now;
        }
        self.last = now;
        now.duration_since(self.started) > self.longest
    }
}

/// The use of a file whose schema is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SchemaUse {
    /// Its tables and views are read.
    Read,
    /// It is migrated, which drops its views unread: their names are enough.
    Migrated,
}

/// Compares the schema of a file with one of ours. Comments may differ.
///
/// # Errors
/// Returns an error that names the first table, index or view which differs, or one if the file
/// cannot be read.
pub(super) fn check_schema(
    connection: &Connection,
    schema: &'static str,
    used: SchemaUse,
) -> Result<Result<(), String>, StoreError> {
    let (expected, found) = (expected(schema)?, objects(connection)?);
    let is_in = |all: &[SchemaObject], one: &&SchemaObject| all.iter().any(|it| it.fits(one, used));
    let missing = expected.iter().find(|one| !is_in(&found, one));
    let differing = missing.or_else(|| found.iter().find(|one| !is_in(&expected, one)));
    Ok(differing.map_or(Ok(()), |SchemaObject { kind, name, .. }| {
        let name: String = name.chars().take(64).collect();
        Err(format!("its {kind} {name} is not as this program made it"))
    }))
}

/// Returns what a schema of ours makes, which is made once.
fn expected(schema: &'static str) -> Result<Arc<[SchemaObject]>, StoreError> {
    static MADE: Mutex<BTreeMap<&str, Arc<[SchemaObject]>>> = Mutex::new(BTreeMap::new());
    if let Some(known) = lock(&MADE).get(schema) {
        return Ok(Arc::clone(known));
    }
    let ours = Connection::open_in_memory()?;
    ours.execute_batch(schema)?;
    let made: Arc<[SchemaObject]> = objects(&ours)?.into();
    lock(&MADE).insert(schema, Arc::clone(&made));
    Ok(made)
}

/// A table, index or view.
#[derive(Debug, PartialEq, Eq)]
struct SchemaObject {
    kind: String,
    name: String,
    table: String,
    sql: Option<String>,
}

impl SchemaObject {
    fn fits(&self, other: &Self, used: SchemaUse) -> bool {
        let is_dropped = used == SchemaUse::Migrated && self.kind == "view";
        self.identity() == other.identity() && (is_dropped || self.sql == other.sql)
    }

    fn identity(&self) -> (&str, &str, &str) {
        (&self.kind, &self.name, &self.table)
    }
}

/// Returns a statement of the schema without comments. No literal of ours has `--` in it, so that a
/// statement which equals one of ours up to there has a comment there, too.
fn without_comments(sql: &str) -> String {
    let code = |line: &str| {
        line.split("--")
            .next()
            .unwrap_or_default()
            .trim_ascii_end()
            .to_owned()
    };
    let lines: Vec<_> = sql
        .lines()
        .map(code)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}

/// Returns the objects of a file except for statistics, which `ANALYZE` of any tool adds. One
/// object more than any of our schemas has is enough to reject it.
fn objects(connection: &Connection) -> Result<Vec<SchemaObject>, StoreError> {
    let sql = "SELECT type, name, tbl_name, sql FROM sqlite_schema
        WHERE ifnull(name, '') NOT LIKE 'sqlite\\_stat%' ESCAPE '\\' LIMIT 1000";
    let mut query = connection.prepare(sql)?;
    let rows = query.query_map([], |row| {
        Ok(SchemaObject {
            kind: row.get("type")?,
            name: row.get("name")?,
            table: row.get("tbl_name")?,
            sql: row
                .get::<_, Option<String>>("sql")?
                .as_deref()
                .map(without_comments),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The fewest bytes that a row of any of our tables takes in a file.
const SMALLEST_ROW: u64 = 8;

/// Collects the rows of one table.
///
/// # Errors
/// Returns an error if a row cannot be read, or the file has no room for as many.
pub(super) fn collect_rows<T, E>(
    connection: &Connection,
    rows: impl Iterator<Item = Result<T, E>>,
) -> Result<Vec<T>, StoreError>
where
    StoreError: From<E>,
{
    let mut budget = RowBudget::of(connection)?;
    let mut found = Vec::new();
    for row in rows {
        found.push(row?);
        budget.spend()?;
    }
    Ok(found)
}

/// The rows that a file has room for. Pages of a hostile file may refer to each other so that a table
/// has more of them.
pub(super) struct RowBudget(u64);

impl RowBudget {
    pub(super) fn of(connection: &Connection) -> Result<Self, StoreError> {
        // Prepared once: a resumed sync collects a few rows for each of its scopes.
        let number = |pragma| -> rusqlite::Result<u64> {
            let mut query = connection.prepare_cached(pragma)?;
            let number: i64 = query.query_row([], |row| row.get(0))?;
            Ok(u64::try_from(number).unwrap_or(0))
        };
        let bytes = number("PRAGMA page_count")?.saturating_mul(number("PRAGMA page_size")?);
        Ok(Self(bytes / SMALLEST_ROW))
    }

    /// Takes one row from it.
    pub(super) fn spend(&mut self) -> Result<(), StoreError> {
        let none_left =
            || StoreError::Damaged("a table has more rows than the file has room for".to_owned());
        self.0 = self.0.checked_sub(1).ok_or_else(none_left)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_without_a_pause_ends_at_its_deadline() {
        let longest = Duration::from_secs(10);
        let mut deadline = QueryDeadline::new(longest);
        let mut now = deadline.started;
        let mut advance = |step: Duration| {
            now += step;
            deadline.is_over(now)
        };
        let step = Duration::from_millis(500);
        assert!((0..20).all(|_| !advance(step)));
        assert!(advance(step));
        // A query after a pause has the whole time again.
        assert!(!advance(PAUSE));
        assert!((0..20).all(|_| !advance(step)));
        assert!(advance(step));
    }

    #[test]
    fn a_statement_without_an_end_is_interrupted() {
        let mut connection = Connection::open_in_memory().unwrap();
        restrict(&mut connection, Duration::from_millis(50)).unwrap();
        let endless =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
        let ended = connection.query_row(endless, [], |row| row.get::<_, i64>(0));
        let error = StoreError::from(ended.unwrap_err());
        assert!(matches!(error, StoreError::TooLong), "{error}");
    }
}
