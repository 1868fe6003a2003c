//! The result of evaluating rules on a sync.

use serde::Serialize;

use super::{AcceptedBy, FindingId, Novelty, Severity};
use crate::{EvidenceOrigin, MissingScope, Named};
use connector_types::ResourceId;

/// The findings, and the rules that could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// The sync's number in its file.
    pub run: i64,
    /// The tenant.
    pub tenant: Named,
    /// Start of the sync, RFC 3339 in UTC: the "now" of every rule.
    pub started_at: String,
    /// The earlier sync whose findings are left out.
    pub new_since: Option<i64>,
    /// The ids of the rules that were asked for.
    pub rules: Vec<&'static str>,
    /// In the order of the rules, then by subject.
    pub findings: Vec<Finding>,
    /// In the order of the rules, then by scope.
    pub not_evaluated: Vec<NotEvaluated>,
}

/// One resource to which one rule applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The same between runs as long as the facts are the same.
    pub id: FindingId,
    /// The rule's id.
    pub rule: &'static str,
    /// Its severity.
    pub severity: Severity,
    /// The resource that it is about.
    pub subject: Named,
    /// The finding in one sentence.
    pub summary: String,
    /// The rows that show it.
    pub evidence: Vec<FindingEvidence>,
    /// The pages that those rows were read from, each once.
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
    pub(super) fn names_resource(&self, id: &ResourceId) -> bool {
        let rows = self.evidence.iter();
        let mut named = rows
            .flat_map(|row| [&row.resource, &row.principal])
            .flatten();
        self.subject.id == *id || named.any(|one| one.id == *id)
    }
}

/// One row that shows a finding: a grant, or a fact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FindingEvidence {
    /// The resource that the grant is on; `None` for a fact about the subject itself.
    pub resource: Option<Named>,
    /// Slug of the entitlement.
    pub entitlement: Option<String>,
    /// The principal.
    pub principal: Option<Named>,
    /// Through which groups, as [`split_path`](super::split_path) reads them, or `direct`.
    pub path: Option<String>,
    /// The rule of the provider from which it follows, or another fact.
    pub note: Option<String>,
}

/// A rule that could not be evaluated, because its input was not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotEvaluated {
    /// The rule's id.
    pub rule: &'static str,
    /// The one resource that was not evaluated; `None` if nothing could be evaluated.
    pub subject: Option<ResourceId>,
    /// The input that was not read.
    pub because: MissingScope,
}
