//! The options of a sync.

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

/// The options contradict each other or the connector's description.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// One thing beyond the ordinary: `TYPE`, or `TYPE:grants` for its grants on request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OptInRequest {
    /// The resource type.
    pub resource_type: String,
    /// True if the grants that are read on request are included as well.
    pub grants: bool,
}

impl fmt::Display for OptInRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grants = if self.grants { ":grants" } else { "" };
        write!(f, "{}{grants}", self.resource_type)
    }
}

impl FromStr for OptInRequest {
    type Err = UsageError;

    fn from_str(text: &str) -> Result<Self, UsageError> {
        let (resource_type, grants) = match text.split_once(':') {
            None => (text, false),
            Some((resource_type, "grants")) => (resource_type, true),
            Some(_) => {
                let reason = format!("{text:?} is neither TYPE nor TYPE:grants");
                return Err(UsageError(reason));
            }
        };
        Ok(Self {
            resource_type: resource_type.to_owned(),
            grants,
        })
    }
}

/// The reaction to a monthly quota that would fall below the reserve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LowQuota {
    /// Leave out what would take it there.
    #[default]
    Refuse,
    /// Warn, and read the scope.
    Warn,
}

/// Settings of one sync.
#[derive(Clone, Debug)]
pub struct SyncOptions {
    /// Types and grants that are read only when asked for.
    pub include: BTreeSet<OptInRequest>,
    /// Types to leave out, with those listed under them.
    pub exclude: BTreeSet<String>,
    /// Calls at once (8).
    pub concurrency: usize,
    /// The longest single wait that a provider can ask for (300 s). A longer one ends the scope.
    pub max_wait: Duration,
    /// Tries of one call after the first (5).
    pub retries: u32,
    /// Requests of the month's quota that a sync leaves to others, where the provider states it (0).
    pub month_reserve: u64,
    /// The reaction if fewer would be left (refuse).
    pub low_quota: LowQuota,
    /// Carries over, from the last finished sync, the complete scopes that the provider's change log shows no
    /// change of; of so many syncs, one still reads everything (`None` reads everything always).
    pub since_last: Option<NonZeroU32>,
    /// Seed of the jitter in waits; `None` takes a new one each time.
    pub jitter_seed: Option<u64>,
}

impl SyncOptions {
    /// Of so many syncs of changes, one reads everything unless another number is given: a week of
    /// daily syncs.
    pub const FULL_EVERY: NonZeroU32 = NonZeroU32::MIN.saturating_add(6);

    /// Returns the settings that decide which lists are read, as JSON: an interrupted sync is
    /// resumed under the same settings only.
    pub(super) fn settings(&self, credentials: &[&str]) -> String {
        let include = self.include.iter().map(ToString::to_string);
        serde_json::json!({
            "include": include.collect::<Vec<_>>(),
            "exclude": self.exclude,
            "credentials": credentials,
        })
        .to_string()
    }
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self {
            include: BTreeSet::new(),
            exclude: BTreeSet::new(),
            concurrency: 8,
            max_wait: Duration::from_secs(300),
            retries: 5,
            month_reserve: 0,
            low_quota: LowQuota::Refuse,
            since_last: None,
            jitter_seed: None,
        }
    }
}
