//! Opening a store, and bringing it to the present version.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::StoreError;

/// What marks a file as ours: "C1gv".
const APPLICATION_ID: i64 = 0x4331_6776;
/// The steps from each version to the next.
const STEPS: [&str; 1] = [include_str!("schema/1.sql")];
/// How long a reader or writer waits for another one's transaction.
const PATIENCE: Duration = Duration::from_secs(10);

/// A file with syncs in it.
#[derive(Debug)]
pub struct Store {
    pub(super) connection: Connection,
}

impl Store {
    /// Opens a file to write to, making it where it is not there. Its owner alone can read it.
    ///
    /// # Errors
    /// It cannot be made or opened, or is something else.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        make_private(path).map_err(|source| at(path, source))?;
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(PATIENCE)?;
        check(&connection, path)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "normal")?;
        migrate(&mut connection)?;
        Self::ready(connection)
    }

    /// Opens a file to read from.
    ///
    /// # Errors
    /// It is not there, cannot be read, or is something else.
    pub fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        std::fs::File::open(path).map_err(|source| at(path, source))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        check(&connection, path)?;
        let version = version(&connection)?;
        if version != STEPS.len() {
            let reason = format!(
                "it is of version {version} of the schema, and this program reads version {}: sync into it once to bring it up",
                STEPS.len()
            );
            return Err(foreign(path, reason));
        }
        Self::ready(connection)
    }

    /// A store that is gone with this value.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn in_memory() -> Result<Self, StoreError> {
        let mut connection = Connection::open_in_memory()?;
        migrate(&mut connection)?;
        Self::ready(connection)
    }

    /// The database, for questions that this room does not answer.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    fn ready(connection: Connection) -> Result<Self, StoreError> {
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "cache_size", -16_384)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self { connection })
    }
}

#[cfg(unix)]
fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o600);
    let file = options.open(path)?;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn make_private(path: &Path) -> std::io::Result<()> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .map(drop)
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
    let tables = "SELECT count(*) FROM sqlite_schema";
    let tables: i64 = connection.query_row(tables, [], |row| row.get(0))?;
    match (id, tables) {
        (APPLICATION_ID, _) | (0, 0) => {}
        _ => return Err(not_ours()),
    }
    let version = version(connection)?;
    match version <= STEPS.len() {
        true => Ok(()),
        false => {
            let reason = format!(
                "it was written by a later version of this program (schema {version}): use that one"
            );
            Err(foreign(path, reason))
        }
    }
}

fn version(connection: &Connection) -> Result<usize, StoreError> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let now = version(connection)?;
    for (step, sql) in STEPS.iter().enumerate().skip(now) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Somebody else may have taken this step while this one waited for its turn.
        if version(&transaction)? == step {
            transaction.execute_batch(sql)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            let next = i64::try_from(step).unwrap_or(i64::MAX).saturating_add(1);
            transaction.pragma_update(None, "user_version", next)?;
        }
        transaction.commit()?;
    }
    Ok(())
}

fn at(path: &Path, source: std::io::Error) -> StoreError {
    let path = PathBuf::from(path);
    StoreError::File { path, source }
}

fn foreign(path: &Path, reason: impl Into<String>) -> StoreError {
    StoreError::Foreign {
        path: path.to_owned(),
        reason: reason.into(),
    }
}
