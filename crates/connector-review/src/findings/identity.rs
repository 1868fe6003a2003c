//! Identities of findings: the same between runs as long as the facts are the same.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{FindingEvidence, ReviewRule};
use connector_types::ResourceId;

/// Hexadecimal digits of an id.
const DIGITS: usize = 20;

/// One row of evidence by its identities: resource, entitlement and principal.
pub(super) type EvidenceKey<'a> = (
    Option<&'a ResourceId>,
    Option<&'a str>,
    Option<&'a ResourceId>,
);

/// The id of a finding.
///
/// It is the first 20 hexadecimal digits of the SHA-256 of a JSON array without spaces: the rule, the
/// tenant, the subject, and the rows of evidence that name a resource, sorted and each once. A
/// resource is `[TYPE,ID]`, a row is `[RESOURCE,ENTITLEMENT,PRINCIPAL]`. Names, access paths, notes,
/// dates and numbers of rows are not in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct FindingId(String);

/// A text that is no id of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("an id of a finding has {DIGITS} hexadecimal digits, as `findings` prints it")]
pub struct FindingIdError;

impl FindingId {
    pub(super) fn new(
        tenant: &ResourceId,
        rule: &ReviewRule,
        subject: &ResourceId,
        evidence: &[FindingEvidence],
    ) -> Self {
        let pair = |id: &ResourceId| (id.resource_type.to_string(), id.id.to_string());
        let facts = evidence_facts(evidence).into_iter();
        let facts = facts.map(|(on, slug, principal)| (on.map(pair), slug, principal.map(pair)));
        let facts: Vec<_> = facts.collect();
        let hashed = serde_json::json!([rule.id, pair(tenant), pair(subject), facts]);
        let digest = Sha256::digest(hashed.to_string());
        let mut text: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        text.truncate(DIGITS);
        Self(text)
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FindingId {
    type Err = FindingIdError;

    fn from_str(text: &str) -> Result<Self, FindingIdError> {
        let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if text.len() == DIGITS && text.chars().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(FindingIdError)
        }
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the rows of evidence that name a resource, by their identities.
pub(super) fn evidence_facts(evidence: &[FindingEvidence]) -> BTreeSet<EvidenceKey<'_>> {
    let rows = evidence.iter().filter(|row| row.resource.is_some());
    let facts = rows.map(|row| {
        let resource = row.resource.as_ref().map(|one| &one.id);
        let principal = row.principal.as_ref().map(|one| &one.id);
        (resource, row.entitlement.as_deref(), principal)
    });
    facts.collect()
}
