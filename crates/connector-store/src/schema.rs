//! Opening a store, and bringing it to the present version.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::StoreError;
use super::file::{self, at};
use super::guard::{self, LONGEST_READ, LONGEST_WRITE};
use connector_sync::output::DATABASE_ID;

/// The steps from each version to the next.
const STEPS: [&str; 1] = [include_str!("schema/1.sql")];
const READ_ONLY: OpenFlags = OpenFlags::SQLITE_OPEN_READ_ONLY;
const READ_WRITE: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE;
/// How long a reader or writer waits for another one's transaction.
const PATIENCE: Duration = Duration::from_secs(10);

/// A file with syncs in it.
#[derive(Debug)]
pub struct Store {
    pub(super) connection: Connection,
    /// Held as long as this store may write.
    _lock: Option<File>,
}

impl Store {
    /// Opens a file to write to, making it where it is not there. Its owner alone can read it, and
    /// nobody else of this program writes to it as long as this value lives.
    ///
    /// # Errors
    /// It cannot be made or opened, another sync writes to it, or it is something else, which is
    /// then as it was before.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let path = &file::place(path)?;
        if !file::is_empty(path)? {
            check(&connect(path, READ_ONLY, LONGEST_READ)?, path)?;
        }
        let lock = file::lock(path)?;
        if file::is_empty(path)? {
            file::put(path, make)?;
        }
        file::make_private(path)?;
        let mut connection = connect(path, READ_WRITE, LONGEST_WRITE)?;
        check(&connection, path)?;
        connection.pragma_update(None, "synchronous", "normal")?;
        migrate(&mut connection, &STEPS)?;
        Self::ready(connection, Some(lock))
    }

    /// Opens a file to read from. A sync that writes to it is not in the way.
    ///
    /// # Errors
    /// It is not there, cannot be read, or is something else.
    pub fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        let path = &path.canonicalize().map_err(|source| at(path, source))?;
        check(&connect(path, READ_ONLY, LONGEST_READ)?, path)?;
        // What may only read leaves files of SQLite's beside the database.
        let connection = connect(path, READ_WRITE, LONGEST_READ)?;
        connection.pragma_update(None, "query_only", true)?;
        check(&connection, path)?;
        let version = version(&connection)?;
        if version != STEPS.len() {
            let reason = format!(
                "it is of version {version} of the schema, and this program reads version {}: sync into it once to bring it up",
                STEPS.len()
            );
            return Err(foreign(path, reason));
        }
        Self::ready(connection, None)
    }

    /// A store that is gone with this value.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn in_memory() -> Result<Self, StoreError> {
        let mut connection = Connection::open_in_memory()?;
        migrate(&mut connection, &STEPS)?;
        Self::ready(connection, None)
    }

    /// The database, for questions that this room does not answer.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    fn ready(connection: Connection, lock: Option<File>) -> Result<Self, StoreError> {
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "cache_size", -16_384)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self {
            connection,
            _lock: lock,
        })
    }
}

/// Makes an empty store. It is marked as ours before it is put into its place.
fn make(path: &Path) -> Result<(), StoreError> {
    let mut connection = connect(path, READ_WRITE, LONGEST_WRITE)?;
    migrate(&mut connection, &STEPS)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.close().map_err(|(_, error)| error.into())
}

/// Opens the file of this name. SQLite takes `file:…` for a URI, and `:memory:` and an empty name for
/// no file at all; an absolute path is a file to it, whatever its name.
fn connect(path: &Path, flags: OpenFlags, longest: Duration) -> Result<Connection, StoreError> {
    let path = std::path::absolute(path).map_err(|source| at(path, source))?;
    let own = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let mut connection = Connection::open_with_flags(path, flags | own)?;
    guard::restrict(&mut connection, longest)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// Refuses what is no store, so that nobody's other database is written to.
fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let not_ours = || {
        foreign(
            path,
            "it is not a database of this program: name another file",
        )
    };
    let id: Result<i64, _> =
        connection.pragma_query_value(None, "application_id", |row| row.get(0));
    let id = id.map_err(|error| match StoreError::from(error) {
        StoreError::Damaged(_) => not_ours(),
        other => other,
    })?;
    if id != i64::from(DATABASE_ID) {
        return Err(not_ours());
    }
    let version = version(connection)?;
    let Some(steps) = STEPS.get(..version) else {
        let reason = format!(
            "it was written by a later version of this program (schema {version}): use that one"
        );
        return Err(foreign(path, reason));
    };
    guard::check_schema(connection, steps)?.map_err(|differing| {
        let reason =
            format!("it is not a database of this program: {differing}. Name another file");
        foreign(path, reason)
    })
}

fn version(connection: &Connection) -> Result<usize, StoreError> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

/// Takes every step that is still to be taken, each in a transaction of its own. Not by
/// rusqlite_migration: its latest release (2.6) needs rusqlite 0.40, and one program links one SQLite.
fn migrate(connection: &mut Connection, steps: &[&str]) -> Result<(), StoreError> {
    let now = version(connection)?;
    for (step, sql) in steps.iter().enumerate().skip(now) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Somebody else may have taken this step while this one waited for its turn.
        if version(&transaction)? == step {
            transaction.execute_batch(sql)?;
            transaction.pragma_update(None, "application_id", DATABASE_ID)?;
            let next = i64::try_from(step).unwrap_or(i64::MAX).saturating_add(1);
            transaction.pragma_update(None, "user_version", next)?;
        }
        transaction.commit()?;
    }
    Ok(())
}

fn foreign(path: &Path, reason: impl Into<String>) -> StoreError {
    StoreError::Foreign {
        path: path.to_owned(),
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: [&str; 2] = [
        "CREATE TABLE things (name TEXT) STRICT; INSERT INTO things VALUES ('kept')",
        "ALTER TABLE things ADD COLUMN size INTEGER",
    ];

    fn size(connection: &Connection) -> Option<i64> {
        let sql = "SELECT size FROM things WHERE name = 'kept'";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn an_older_file_takes_the_steps_that_it_lacks_and_keeps_its_rows() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &OLD[..1]).unwrap();
        assert_eq!(version(&connection).unwrap(), 1);
        migrate(&mut connection, &OLD).unwrap();
        assert_eq!(
            (version(&connection).unwrap(), size(&connection)),
            (2, None)
        );
        migrate(&mut connection, &OLD).unwrap();
        assert_eq!(version(&connection).unwrap(), 2);
    }

    #[test]
    fn a_step_that_fails_leaves_the_file_at_the_version_before() {
        let mut connection = Connection::open_in_memory().unwrap();
        let steps = [
            OLD[0],
            "CREATE TABLE half (a); ALTER TABLE nothing ADD COLUMN b",
        ];
        migrate(&mut connection, &steps).unwrap_err();
        assert_eq!(version(&connection).unwrap(), 1);
        let half = "SELECT count(*) FROM sqlite_schema WHERE name = 'half'";
        let half: i64 = connection.query_row(half, [], |row| row.get(0)).unwrap();
        assert_eq!(half, 0);
        migrate(&mut connection, &OLD).unwrap();
        assert_eq!(size(&connection), None);
    }
}
