//! Ids, and case names as they are written in NDJSON, in columns.

use rusqlite::Connection;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{NamedRow, StoreError, find_row};
use connector_types::ResourceId;

/// Returns the text of a case without a value.
pub(super) fn word(case: &impl Serialize) -> Result<String, StoreError> {
    let value = serde_json::to_value(case)?;
    if let Value::String(word) = value {
        Ok(word)
    } else {
        Err(StoreError::Damaged(format!("{value} is not one word")))
    }
}

/// Returns the case that a text names.
pub(super) fn case<T: DeserializeOwned>(word: String) -> Result<T, StoreError> {
    Ok(serde_json::from_value(Value::String(word))?)
}

/// Returns a record as JSON text.
pub(super) fn json(record: &impl Serialize) -> Result<String, StoreError> {
    Ok(serde_json::to_string(record)?)
}

/// Returns a record from JSON text.
pub(super) fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    Ok(serde_json::from_str(text)?)
}

/// Returns a number as SQLite stores it.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Returns the number from before [`integer`].
pub(super) fn number(integer: i64) -> u64 {
    u64::try_from(integer).unwrap_or(0)
}

/// Returns the identity of the resource with this key.
///
/// # Errors
/// Returns an error if there is none, or the store cannot be read.
pub fn id_of(connection: &Connection, key: i64) -> Result<ResourceId, StoreError> {
    let sql = "SELECT resource_type, id FROM resource_keys WHERE resource = ?";
    let found = find_row(connection, sql, [key], |row: NamedRow<'_>| row.id())?;
    found.ok_or_else(|| StoreError::Damaged("it names a resource that it has not".to_owned()))
}
