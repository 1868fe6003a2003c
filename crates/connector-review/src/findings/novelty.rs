//! Findings that an earlier sync did not have.

use std::collections::HashMap;

use serde::Serialize;

use super::identity::evidence_facts;
use super::{Finding, Findings, NotEvaluated};
use connector_types::ResourceId;

/// The reason why a finding counts as new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Novelty {
    /// The earlier sync did not show it, or showed fewer rows of its evidence.
    New,
    /// The rule could not be evaluated on the earlier sync, so that it may have been there before.
    NotEvaluatedBefore,
}

impl Novelty {
    /// Returns the name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::NotEvaluatedBefore => "not-evaluated-before",
        }
    }
}

/// An earlier sync's findings and gaps, by rule.
struct Baseline<'a> {
    findings: HashMap<(&'a str, &'a ResourceId), &'a Finding>,
    not_evaluated: &'a [NotEvaluated],
}

impl Findings {
    /// Keeps the findings that an earlier sync of the tenant did not have. One that only lost rows of
    /// its evidence is not new.
    pub fn retain_new(&mut self, earlier: &Self) {
        let findings = earlier.findings.iter();
        let baseline = Baseline {
            findings: findings
                .map(|one| ((one.rule, &one.subject.id), one))
                .collect(),
            not_evaluated: &earlier.not_evaluated,
        };
        for finding in &mut self.findings {
            finding.novelty = baseline.compare_finding(finding);
        }
        self.findings.retain(|finding| finding.novelty.is_some());
        self.new_since = Some(earlier.run);
    }
}

impl Baseline<'_> {
    /// Returns the reason why a finding of a later sync is new; `None` where it is not.
    fn compare_finding(&self, later: &Finding) -> Option<Novelty> {
        let before = self.findings.get(&(later.rule, &later.subject.id));
        let had = |one: &&Finding| {
            evidence_facts(&one.evidence).is_superset(&evidence_facts(&later.evidence))
        };
        if before.is_some_and(had) {
            return None;
        }
        let bears = |one: &NotEvaluated| {
            let subject = one.subject.as_ref();
            one.rule == later.rule && subject.is_none_or(|subject| later.names_resource(subject))
        };
        let is_unknown = self.not_evaluated.iter().any(bears);
        Some(if is_unknown {
            Novelty::NotEvaluatedBefore
        } else {
            Novelty::New
        })
    }
}
