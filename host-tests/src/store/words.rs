//! Case names in columns: as they are written in NDJSON.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::StoreError;

/// The word of a case without a value.
pub(super) fn word(case: &impl Serialize) -> Result<String, StoreError> {
    match serde_json::to_value(case)? {
        Value::String(word) => Ok(word),
        other => Err(StoreError::Damaged(format!("{other} is not one word"))),
    }
}

/// The case of a word.
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
