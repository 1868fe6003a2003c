//! Which versions of the connector answered. While a service is brought to another version, old and
//! new replicas answer side by side.
//!
//! Versions that are compatible by the rules of Semantic Versioning may do that: their records have
//! the same identities, and both read each other's page tokens or refuse them. What is not compatible
//! ends the sync, since a mixture of two could be taken for a whole of either.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard};

use super::answer::misconfigured_failure;
use super::api;
use connector_runtime::CallFailure;
use connector_types::CONTRACT_VERSION;
use connector_types::lock;

/// A connector's name and version, as a replica states them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Replica {
    /// Name of the connector.
    pub connector: String,
    /// Its version.
    pub version: String,
}

impl Replica {
    /// Returns whether answers of both may be part of one sync: the names are equal, and so are the
    /// version numbers up to the first one that is not zero.
    pub fn is_compatible(&self, other: &Self) -> bool {
        let (Some(one), Some(two)) = (
            version_numbers(&self.version),
            version_numbers(&other.version),
        ) else {
            return self == other;
        };
        let fixed = one.iter().take_while(|number| **number == 0).count() + 1;
        self.connector == other.connector && one.iter().zip(&two).take(fixed).all(|(a, b)| a == b)
    }
}

/// Returns major, minor and patch of a version without a pre-release, which is compatible with itself alone.
fn version_numbers(version: &str) -> Option<[u64; 3]> {
    let core = version.split_once('+').map_or(version, |(core, _)| core);
    let numbers: Result<Vec<u64>, _> = core.split('.').map(str::parse).collect();
    numbers.ok()?.try_into().ok()
}

impl fmt::Display for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.connector, self.version)
    }
}

impl FromStr for Replica {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._+".contains(&byte);
        let short = |part: &str| !part.is_empty() && part.len() <= 64 && part.bytes().all(plain);
        let parts = text.split_once('/').ok_or(())?;
        let parts = Some(parts).filter(|(name, version)| short(name) && short(version));
        let (connector, version) = parts.ok_or(())?;
        Ok(Self {
            connector: connector.to_owned(),
            version: version.to_owned(),
        })
    }
}

/// Counts who answered.
#[derive(Debug)]
pub struct Replicas {
    first: Replica,
    answers: Mutex<BTreeMap<Replica, u64>>,
}

impl Replicas {
    /// Returns the replicas of a sync that uses the manifest of this one.
    pub fn new(first: Replica) -> Self {
        Self {
            first,
            answers: Mutex::default(),
        }
    }

    /// Records the replica of an answer; returns true if its version is not the sync's own.
    ///
    /// # Errors
    /// Returns an error if it is not compatible, or has another contract.
    pub(super) fn note_contract(
        &self,
        replica: &Replica,
        contract: Option<&str>,
    ) -> Result<bool, CallFailure> {
        check_contract(contract)?;
        if !self.first.is_compatible(replica) {
            let message = format!(
                "The service began as {} and went on as {replica}, which is not compatible with it. Nothing may be concluded from a mixture: run the sync again when all replicas are of one version.",
                self.first
            );
            return Err(misconfigured_failure(
                message,
                format!("{}: {replica}", api::CONNECTOR),
            ));
        }
        *self.lock().entry(replica.clone()).or_default() += 1;
        Ok(*replica != self.first)
    }

    /// Returns the versions that answered, and how often each did.
    pub fn answer_counts(&self) -> BTreeMap<Replica, u64> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Replica, u64>> {
        lock(&self.answers)
    }
}

/// Holds the contract's version that an answer states to this host's.
pub(super) fn check_contract(contract: Option<&str>) -> Result<(), CallFailure> {
    match contract {
        Some(CONTRACT_VERSION) => Ok(()),
        other => {
            let other: String = other.unwrap_or("none").chars().take(32).collect();
            let message = format!(
                "The service is of version {other} of the contract, and this host of {CONTRACT_VERSION}: use versions that belong together."
            );
            Err(misconfigured_failure(
                message,
                format!("{}: {other}", api::CONTRACT),
            ))
        }
    }
}
