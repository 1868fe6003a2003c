//! A sync that was asked to read only what changed since a former one.

use serde::{Deserialize, Serialize};

/// The way in which such a sync was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SinceLast {
    /// Scopes were carried over from a former run.
    Carried(Reliance),
    /// Everything was read. The text says why.
    Full(String),
}

/// The evidence on which a run carries scopes over: that the provider's change log shows every change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reliance {
    /// When the run began that scopes are carried over from, RFC 3339 in UTC.
    pub from: String,
    /// The time from which on the log was read, RFC 3339 in UTC.
    pub log_since: String,
    /// Events of that time.
    pub events: u64,
    /// Resources that these events name.
    pub changed: u64,
    /// Runs since the last one that read everything, this one included.
    pub runs_since_full: u32,
}

impl SinceLast {
    /// Returns the evidence, if scopes were carried over.
    pub fn reliance(&self) -> Option<&Reliance> {
        match self {
            Self::Carried(reliance) => Some(reliance),
            Self::Full(_) => None,
        }
    }
}
