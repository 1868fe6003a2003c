//! What the rules say of a sync.

use serde::Serialize;

use super::{AcceptedBy, FindingId, Novelty, Severity};
use crate::{EvidenceOrigin, Named, Unread};
use connector_types::ResourceId;

/// What was found, and what could not be judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// The sync's number in its file.
    pub run: i64,
    /// Whose it is.
    pub tenant: Named,
    /// When the sync began, RFC 3339 in UTC: the "now" of every rule.
    pub started_at: String,
    /// The earlier sync whose findings are left out.
    pub new_since: Option<i64>,
    /// The ids of the rules that were asked for.
    pub rules: Vec<&'static str>,
    /// In the order of the rules, then by subject.
    pub findings: Vec<Finding>,
    /// In the order of the rules, then by scope.
    pub not_judged: Vec<NotJudged>,
}

/// One resource to which one rule applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The same between runs as long as the facts are the same.
    pub id: FindingId,
    /// The rule's id.
    pub rule: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What it is about.
    pub subject: Named,
    /// What was found, in a sentence.
    pub summary: String,
    /// The rows that show it.
    pub evidence: Vec<FindingEvidence>,
    /// Where those rows were read, each place once.
    pub origins: Vec<EvidenceOrigin>,
    /// The entries of an accept list that accept it; none where it is open.
    pub accepted: Vec<AcceptedBy>,
    /// The reason why it is new; `None` where it was compared with no earlier sync.
    pub novelty: Option<Novelty>,
}

impl Findings {
    /// Returns the findings that no accept list accepts.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|one| one.accepted.is_empty())
    }
}

impl Finding {
    /// Reports whether the subject or the evidence names a resource.
    pub(super) fn names(&self, id: &ResourceId) -> bool {
        let rows = self.evidence.iter();
        let mut named = rows
            .flat_map(|row| [&row.resource, &row.principal])
            .flatten();
        self.subject.id == *id || named.any(|one| one.id == *id)
    }
}

/// One row that shows a finding: a right that somebody holds, or a fact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FindingEvidence {
    /// What the right is on; `None` for a fact about the subject itself.
    pub resource: Option<Named>,
    /// Slug of the right.
    pub entitlement: Option<String>,
    /// Who has it.
    pub principal: Option<Named>,
    /// Through which groups, as [`split_path`](connector_store::split_path) reads them, or `direct`.
    pub path: Option<String>,
    /// The rule of the provider from which it follows, or another fact.
    pub note: Option<String>,
}

/// Something a rule could not judge, because what it needs was not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotJudged {
    /// The rule's id.
    pub rule: &'static str,
    /// The one resource that was not judged; `None` where nothing could be judged whole.
    pub subject: Option<ResourceId>,
    /// What was not read.
    pub because: Unread,
}
