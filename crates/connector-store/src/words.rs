//! Ids, and case names as they are written in NDJSON, in columns.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::StoreError;
use connector_types::ResourceId;

/// Returns the text of a case without a value.
pub(super) fn word(case: &impl Serialize) -> Result<String, StoreError> {
    match serde_json::to_value(case)? {
        Value::String(word) => Ok(word),
        other => Err(StoreError::Damaged(format!("{other} is not one word"))),
    }
}

/// Returns the case that a text names.
pub(super) fn case<T: DeserializeOwned>(word: String) -> Result<T, StoreError> {
    Ok(serde_json::from_value(Value::String(word))?)
}

/// A record as JSON text.
pub(super) fn json(record: &impl Serialize) -> Result<String, StoreError> {
    Ok(serde_json::to_string(record)?)
}

/// A record from JSON text.
pub(super) fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    Ok(serde_json::from_str(text)?)
}

/// A number as SQLite holds it.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number as it was before [`integer`].
pub(super) fn number(integer: i64) -> u64 {
    u64::try_from(integer).unwrap_or(0)
}

/// Returns the identity of the resource with this key.
///
/// # Errors
/// Returns an error if there is none, or the store cannot be read.
pub fn id_of(connection: &Connection, key: i64) -> Result<ResourceId, StoreError> {
    let sql = "SELECT resource_type, id FROM resource_keys WHERE resource = ?";
    let mut query = connection.prepare_cached(sql)?;
    Ok(query.query_row([key], |row| id_at(row, 0))?)
}

/// The id in two neighbouring columns: type, then id.
pub fn id_at(row: &Row<'_>, column: usize) -> rusqlite::Result<ResourceId> {
    let (resource_type, id) = (row.get_ref(column)?, row.get_ref(column + 1)?);
    Ok(ResourceId::new(resource_type.as_str()?, id.as_str()?))
}

/// As [`id_at`], where there may be none.
pub fn maybe_id_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<ResourceId>> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        _ => id_at(row, column).map(Some),
    }
}
