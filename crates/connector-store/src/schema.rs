//! Opening a store, and bringing it to the present version.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::expansions::expand_run;
use super::file::{self, at};
use super::former_names::KnownNames;
use super::guard::{self, LONGEST_READ, LONGEST_WRITE, SchemaUse};
use super::{RunId, StoreError};
use connector_sync::output::DATABASE_ID;

/// The schema of each version.
const SCHEMAS: [&str; 2] = [
    include_str!("schema/1.sql"),
    concat!(
        include_str!("schema/2.sql"),
        include_str!("schema/2_views.sql")
    ),
];
/// The migration from each version to the next: statements before the tables of that one are made,
/// and after.
const MOVES: [(&str, &str); 1] = [(
    include_str!("schema/1_to_2.sql"),
    include_str!("schema/2_from_1.sql"),
)];
const READ_ONLY: OpenFlags = OpenFlags::SQLITE_OPEN_READ_ONLY;
const READ_WRITE: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE;
/// For a file without a writer, whose log cannot be opened.
const READ_IMMUTABLE: OpenFlags = READ_ONLY.union(OpenFlags::SQLITE_OPEN_URI);
/// The time that a reader or writer waits for another one's transaction.
const PATIENCE: Duration = Duration::from_secs(10);
/// The size of a page of the file.
const PAGE_BYTES: u32 = 16_384;
/// The number of pages of the log after which it goes into the database.
const LOG_PAGES: u32 = 2_000;
/// The time that a writer which closes the file waits for readers to close it.
const CLOSING_PATIENCE: Duration = Duration::from_secs(1);

/// A file with syncs in it.
#[derive(Debug)]
pub struct Store {
    pub(super) connection: Connection,
    /// Locked as long as this store may write.
    lock: Option<File>,
    pub(super) former_names: KnownNames,
}

impl Store {
    /// Opens a file to write to, creating it if it is not there. Its owner alone can read it, and
    /// no other part of this program writes to it as long as this value lives.
    ///
    /// # Errors
    /// Returns an error if it cannot be created or opened, if another sync writes to it,
    /// or if it is something else, which is left unchanged.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let path = &file::place(path)?;
        if !file::is_empty(path)? {
            check_file(path)?;
        }
        let lock = file::lock(path)?;
        if file::is_empty(path)? {
            file::put(path, make)?;
        }
        file::make_private(path)?;
        let mut connection = connect(path, READ_WRITE, LONGEST_WRITE)?;
        check(&connection, path)?;
        begin_log(&connection)?;
        migrate(&mut connection)?;
        Self::ready(connection, Some(lock))
    }

    /// Opens a file to read from. A sync that writes to it is not in conflict with that. A file
    /// that a sync has closed is read without a write.
    ///
    /// # Errors
    /// Returns an error if it is not there, cannot be read, or is something else.
    pub fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        let path = &path.canonicalize().map_err(|source| at(path, source))?;
        let connection = connect_to_read(path).or_else(|error| read_unlogged(path, error))?;
        connection.pragma_update(None, "query_only", true)?;
        check(&connection, path)?;
        let version = version(&connection)?;
        if version != SCHEMAS.len() {
            let reason = format!(
                "it is of version {version} of the schema, and this program reads version {}: sync into it once to bring it up",
                SCHEMAS.len()
            );
            return Err(foreign(path, reason));
        }
        Self::ready(connection, None)
    }

    /// Makes a store that is gone with this value. What does not fit into the cache is in a file of the
    /// system's folder for temporary files, which has no name; where that takes none, all is in memory.
    ///
    /// # Errors
    /// Returns an error if there is no room for it.
    pub fn temporary() -> Result<Self, StoreError> {
        let mut connection = match tempfile::tempfile() {
            Ok(_) => Connection::open("")?,
            Err(_) => Connection::open_in_memory()?,
        };
        guard::bound_statements(&mut connection, LONGEST_WRITE)?;
        migrate(&mut connection)?;
        Self::ready(connection, None)
    }

    /// Returns the connection to the database, for queries of other modules.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    fn ready(connection: Connection, lock: Option<File>) -> Result<Self, StoreError> {
        // Nothing is deleted by cascade, and what rows refer to is written with them.
        connection.pragma_update(None, "foreign_keys", false)?;
        connection.pragma_update(None, "cache_size", -16_384)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self {
            connection,
            lock,
            former_names: KnownNames::default(),
        })
    }
}

impl Drop for Store {
    /// Ends the write-ahead log, so that reading the file needs no write. If another process still
    /// reads it, or a sync is to be resumed, the log stays, and the next writer ends it.
    fn drop(&mut self) {
        if self.lock.is_some() && self.has_unfinished().is_ok_and(|unfinished| !unfinished) {
            let _ = self.connection.busy_timeout(CLOSING_PATIENCE);
            let _ = end_log(&self.connection);
        }
    }
}

/// Begins the write-ahead log, with which readers and the writer do not block each other.
fn begin_log(connection: &Connection) -> Result<(), StoreError> {
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if mode != "wal" {
        make_lasting(connection)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
    }
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    Ok(connection.pragma_update(None, "synchronous", "normal")?)
}

/// Has the end of a journal outlast a loss of power: one that comes back would undo what was written
/// since.
fn make_lasting(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.pragma_update(None, "synchronous", "extra")?)
}

/// Ends the log: all of it is in the database, and nothing lies beside that.
fn end_log(connection: &Connection) -> Result<(), StoreError> {
    make_lasting(connection)?;
    Ok(connection.pragma_update(None, "journal_mode", "delete")?)
}

/// Creates an empty store. It is marked as ours before it is renamed to its path.
fn make(path: &Path) -> Result<(), StoreError> {
    let mut connection = connect(path, READ_WRITE, LONGEST_WRITE)?;
    migrate(&mut connection)?;
    connection.close().map_err(|(_, error)| error.into())
}

/// Opens a file whose log may have to be read, too. Who may only read leaves files of SQLite's beside
/// the database, so that the file is opened to write where that is allowed.
fn connect_to_read(path: &Path) -> Result<Connection, StoreError> {
    check_file(path)?;
    connect(path, READ_WRITE, LONGEST_READ)
}

/// Rejects a file that is no store before it is opened to write. A file that lost power within its
/// last step cannot be read by another method.
fn check_file(path: &Path) -> Result<(), StoreError> {
    let check_as = |flags| check(&connect(path, flags, LONGEST_READ)?, path);
    match check_as(READ_ONLY) {
        Err(StoreError::ReadOnly(_)) => check_as(READ_WRITE),
        other => other,
    }
}

/// Opens a file beside which SQLite may make no files, after `error` said so.
fn read_unlogged(path: &Path, error: StoreError) -> Result<Connection, StoreError> {
    if !error.forbids_files() {
        return Err(error);
    }
    if file::has_log(path)? {
        let reason = "the sync that wrote it has not closed it, and its log cannot be read where nothing may be written: copy it with its -wal file to a folder that you may write to";
        return Err(foreign(path, reason));
    }
    connect(path, READ_IMMUTABLE, LONGEST_READ)
}

/// Opens the file of this name. SQLite takes `file:…` for a URI, and `:memory:` and an empty name
/// for no file at all; an absolute path is a file under any name.
fn connect(path: &Path, flags: OpenFlags, longest: Duration) -> Result<Connection, StoreError> {
    let path = std::path::absolute(path).map_err(|source| at(path, source))?;
    let own = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let mut connection = if flags.contains(OpenFlags::SQLITE_OPEN_URI) {
        Connection::open_with_flags(file::immutable_uri(&path), flags | own)?
    } else {
        Connection::open_with_flags(path, flags | own)?
    };
    guard::restrict(&mut connection, longest)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// Rejects a file that is no store, so that no other program's database is written to.
fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let not_ours = || {
        foreign(
            path,
            "it is not a database of this program: name another file",
        )
    };
    let id: Result<i64, _> =
        connection.pragma_query_value(None, "application_id", |row| row.get(0));
    let id = id.map_err(|error| {
        let error = StoreError::from(error);
        if matches!(error, StoreError::Damaged(_)) {
            not_ours()
        } else {
            error
        }
    })?;
    if id != i64::from(DATABASE_ID) {
        return Err(not_ours());
    }
    let version = version(connection)?;
    if version > SCHEMAS.len() {
        let reason = format!(
            "it was written by a later version of this program (schema {version}): use that one"
        );
        return Err(foreign(path, reason));
    }
    let schema = version.checked_sub(1).and_then(|at| SCHEMAS.get(at));
    let used = if version < SCHEMAS.len() {
        SchemaUse::Migrated
    } else {
        SchemaUse::Read
    };
    let schema = schema.copied().unwrap_or_default();
    guard::check_schema(connection, schema, used)?.map_err(|differing| {
        let reason =
            format!("it is not a database of this program: {differing}. Name another file");
        foreign(path, reason)
    })
}

fn version(connection: &Connection) -> Result<usize, StoreError> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

/// Brings a file to the present version, in one transaction. Not by rusqlite_migration: its latest
/// release (2.6) needs rusqlite 0.40, and one program links one SQLite.
fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    // Tables go in an order of their own, and what they refer to comes back.
    connection.pragma_update(None, "foreign_keys", false)?;
    // Of a file that is empty. Fewer and larger pages are found faster in a large sync than those of 4 KiB.
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let now = version(&transaction)?;
    for (version, schema) in (1_i64..).zip(SCHEMAS).skip(now) {
        let before = usize::try_from(version - 2).ok();
        match before.and_then(|at| MOVES.get(at)) {
            Some((away, back)) if now > 0 => {
                for sql in [away, schema, back] {
                    transaction.execute_batch(sql)?;
                }
            }
            // Of an empty file, only the last schema is made.
            _ if usize::try_from(version).ok() == Some(SCHEMAS.len()) => {
                transaction.execute_batch(schema)?;
            }
            _ => {}
        }
        transaction.pragma_update(None, "application_id", DATABASE_ID)?;
        transaction.pragma_update(None, "user_version", version)?;
    }
    if now > 0 && now < SCHEMAS.len() {
        expand_runs(&transaction)?;
    }
    transaction.commit()?;
    Ok(())
}

/// Writes the group expansions of all runs, each of which is an epoch of its own after a migration.
fn expand_runs(connection: &Connection) -> Result<(), StoreError> {
    let mut query = connection.prepare("SELECT run FROM runs")?;
    let runs = query.query_map([], |row| row.get(0).map(RunId))?;
    for run in runs.collect::<Result<Vec<_>, _>>()? {
        expand_run(connection, run)?;
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
mod tests;
