//! A sync that reads only the changes since a former sync.

use serde::{Deserialize, Serialize};

/// The mode of such a sync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SinceLast {
    /// Scopes were carried over from a former run.
    Carried(CarryEvidence),
    /// Everything was read, for this reason.
    Full(String),
}

/// The evidence on which a run carries scopes over: a change log that shows every change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarryEvidence {
    /// The start of the run that scopes are carried over from, RFC 3339 in UTC.
    pub from: String,
    /// The start of the time for which the log was read, RFC 3339 in UTC.
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
    pub fn reliance(&self) -> Option<&CarryEvidence> {
        match self {
            Self::Carried(reliance) => Some(reliance),
            Self::Full(_) => None,
        }
    }
}
