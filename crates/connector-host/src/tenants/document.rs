//! The tenants file as it is written: TOML, every field known, every error with its line.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::ops::Range;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use toml::Spanned;

use crate::schedule::ScheduleFields;

const NO_INLINE_KEY: &str = "a key itself never stands in this file: name the environment variable that holds it with env, or the file with file";

/// Something in a TOML file of the operator that cannot be used. Never repeats a value: it may be a key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}{}: {reason}", field.as_ref().map(|field| format!(", field {field}")).unwrap_or_default())]
pub struct ConfigFileError {
    /// The line number, from 1.
    pub line: usize,
    /// Which field, where that is known.
    pub field: Option<String>,
    /// The error, and the action to take.
    pub reason: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TenantsDocument {
    #[serde(default)]
    pub(super) defaults: Defaults,
    #[serde(default, rename = "tenant")]
    pub(super) tenants: Vec<Spanned<TenantFields>>,
}

/// A retention policy: a number of runs, or the text of a policy.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum RetentionField {
    Runs(u32),
    Policy(String),
}

/// The defaults of all tenants.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Defaults {
    pub(super) base_url: Option<Spanned<String>>,
    pub(super) trust_base_url: Option<Spanned<bool>>,
    pub(super) allow_network: Option<Vec<Spanned<String>>>,
    pub(super) proxy: Option<String>,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) include: Option<Vec<Spanned<String>>>,
    pub(super) exclude: Option<Vec<String>>,
    pub(super) concurrency: Option<Spanned<usize>>,
    pub(super) pacing: Option<Spanned<String>>,
    pub(super) keep: Option<Spanned<RetentionField>>,
    pub(super) record: Option<Spanned<PathBuf>>,
    pub(super) month_reserve: Option<u64>,
    pub(super) since_last: Option<Spanned<bool>>,
    pub(super) full_every: Option<NonZeroU32>,
    pub(super) schedule: Option<Spanned<ScheduleFields>>,
    pub(super) accept: Option<Spanned<PathBuf>>,
    #[serde(default)]
    pub(super) limits: BTreeMap<String, Spanned<u64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct TenantFields {
    pub(super) name: Spanned<String>,
    pub(super) base_url: Option<Spanned<String>>,
    pub(super) trust_base_url: Option<Spanned<bool>>,
    pub(super) allow_network: Option<Vec<Spanned<String>>>,
    pub(super) proxy: Option<String>,
    pub(super) ca_file: Option<PathBuf>,
    #[serde(default)]
    pub(super) credentials: BTreeMap<String, Spanned<SecretFields>>,
    pub(super) include: Option<Vec<Spanned<String>>>,
    pub(super) exclude: Option<Vec<String>>,
    pub(super) concurrency: Option<Spanned<usize>>,
    pub(super) pacing: Option<Spanned<String>>,
    pub(super) keep: Option<Spanned<RetentionField>>,
    pub(super) record: Option<Spanned<PathBuf>>,
    pub(super) month_reserve: Option<u64>,
    pub(super) since_last: Option<Spanned<bool>>,
    pub(super) full_every: Option<Spanned<NonZeroU32>>,
    pub(super) schedule: Option<Spanned<ScheduleFields>>,
    pub(super) accept: Option<Spanned<PathBuf>>,
    pub(super) report: Option<Spanned<PathBuf>>,
    #[serde(default)]
    pub(super) known_gaps: Vec<Spanned<KnownGapFields>>,
    #[serde(default)]
    pub(super) limits: BTreeMap<String, Spanned<u64>>,
    pub(super) ndjson: Option<Spanned<PathBuf>>,
    pub(super) db: Option<Spanned<PathBuf>>,
}

/// A scope that is expected to be missing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KnownGapFields {
    pub(super) scope: String,
    pub(super) reason: String,
    pub(super) until: String,
}

/// The location of one secret, or of the texts that access tokens are requested with.
#[derive(Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table with env, file or oauth; a key itself never stands in this file"
)]
pub(super) struct SecretFields {
    pub(super) form: Option<String>,
    pub(super) env: Option<String>,
    pub(super) file: Option<PathBuf>,
    pub(super) oauth: Option<OAuthFields>,
}

/// The locations of the texts that access tokens are requested with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct OAuthFields {
    pub(super) token_path: Option<String>,
    pub(super) client_id: LocationFields,
    pub(super) client_secret: LocationFields,
    #[serde(default)]
    pub(super) parameters: BTreeMap<String, LocationFields>,
}

/// The location of one text.
#[derive(Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table with env or file; a key itself never stands in this file"
)]
pub(super) struct LocationFields {
    pub(super) env: Option<String>,
    pub(super) file: Option<PathBuf>,
}

/// Reads the whole file.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, ConfigFileError> {
    toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or_default();
        ConfigFileError {
            line: line(text, &span),
            field: field_at(text, &span),
            reason: plain_reason(error.message()),
        }
    })
}

/// Returns the line of a position in the text, from 1.
pub(crate) fn line(text: &str, span: &Range<usize>) -> usize {
    let before = text.as_bytes().get(..span.start).unwrap_or_default();
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Returns the key of the line that a position is in: the text before the equals sign, if it looks
/// like a key.
fn field_at(text: &str, span: &Range<usize>) -> Option<String> {
    let found = text.lines().nth(line(text, span).checked_sub(1)?)?;
    let (key, _) = found.split_once('=')?;
    let key = key.trim();
    let is_key = |c: char| c.is_ascii_lowercase() || c == '-' || c == '.';
    (key.len() <= 64 && key.chars().all(is_key)).then(|| key.to_owned())
}

/// Returns the library's message without the value that it repeats, and in the terms of this file.
fn plain_reason(message: &str) -> String {
    let message = message.trim();
    let repeats = message.starts_with("invalid type") || message.starts_with("invalid value");
    match message.rsplit_once(", expected ") {
        Some((_, expected)) if repeats => format!("expected {expected}"),
        Some((_, expected)) if expected.contains("`env`") => {
            format!("there is no such field; {NO_INLINE_KEY}")
        }
        Some((said, expected)) if said.starts_with("unknown field") => {
            format!(
                "there is no such field; the fields are {}",
                expected_fields(expected)
            )
        }
        _ => message.to_owned(),
    }
}

fn expected_fields(expected: &str) -> &str {
    expected.strip_prefix("one of ").unwrap_or(expected)
}
