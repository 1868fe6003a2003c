//! Findings that an operator accepts, each until a day.

use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::Date;
use serde::Serialize;

use super::{Finding, FindingEvidence, FindingId, Findings, IdPattern, RULES, ReviewRule};

/// The findings that an operator accepts.
#[derive(Clone, Debug, Default)]
pub struct AcceptList {
    /// In the order of the file.
    pub entries: Vec<Acceptance>,
}

/// One entry of an accept list.
#[derive(Clone, Debug)]
pub struct Acceptance {
    /// Its line in the file, from 1.
    pub line: usize,
    /// The findings that it accepts.
    pub target: AcceptTarget,
    /// The reason of the operator.
    pub reason: String,
    /// The last day on which it holds, in UTC.
    pub until: Date,
}

/// The findings that an entry of an accept list is about.
#[derive(Clone, Debug)]
pub enum AcceptTarget {
    /// One finding.
    Finding(FindingId),
    /// Findings of a rule, as far as their evidence is of these resources and principals.
    Rule {
        /// The rule.
        rule: &'static ReviewRule,
        /// The resources; `None` is any.
        resource: Option<IdPattern>,
        /// The principals; `None` is any.
        principal: Option<IdPattern>,
    },
}

/// An entry of an accept list that accepts a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct AcceptedBy {
    /// The reason of the operator.
    pub reason: String,
    /// The last day on which it holds, in UTC.
    pub until: String,
}

/// Something about an entry of an accept list that its operator has to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AcceptNote {
    /// The line of the entry.
    pub line: usize,
    /// The findings that the entry selects, as text.
    pub target: String,
    /// The last day of the entry, in UTC.
    pub until: String,
    /// The case.
    pub case: AcceptCase,
}

/// A reason to look at an entry of an accept list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AcceptCase {
    /// Its last day is over, and a finding that it accepted shows again.
    Expired,
    /// No finding matches it.
    Unmatched,
    /// No finding matches it, and a part could not be evaluated.
    NotEvaluated,
}

impl AcceptList {
    /// Marks the findings that the list accepts on a day, and returns the entries to look at.
    ///
    /// A finding is accepted if each row of its evidence is.
    pub fn apply_list(&self, findings: &mut Findings, today: Date) -> Vec<AcceptNote> {
        let valid = self.entries.iter().filter(|one| today <= one.until);
        let valid: Vec<_> = valid.collect();
        for finding in &mut findings.findings {
            finding.accepted = accepted_by(&valid, finding);
        }
        let notes = self.entries.iter();
        let notes = notes.filter_map(|entry| {
            let case = entry.unused_case(findings, today)?;
            Some(AcceptNote {
                line: entry.line,
                target: entry.target.to_string(),
                until: entry.until.to_string(),
                case,
            })
        });
        notes.collect()
    }
}

/// Returns the entries that accept a finding; none where a row of it is accepted by none.
fn accepted_by(entries: &[&Acceptance], finding: &Finding) -> Vec<AcceptedBy> {
    let by_id = entries.iter().find(|one| one.target.is_id(&finding.id));
    if let Some(entry) = by_id {
        return vec![entry.accepted_by()];
    }
    let mut found = BTreeSet::new();
    for row in evidence_rows(finding) {
        let entry = entries
            .iter()
            .find(|one| one.target.covers_finding(finding, row));
        let Some(entry) = entry else {
            return Vec::new();
        };
        found.insert(entry.accepted_by());
    }
    found.into_iter().collect()
}

/// Returns the rows of a finding; `None` stands for the subject of one without evidence.
fn evidence_rows(finding: &Finding) -> Vec<Option<&FindingEvidence>> {
    match finding.evidence.as_slice() {
        [] => vec![None],
        rows => rows.iter().map(Some).collect(),
    }
}

impl Acceptance {
    fn accepted_by(&self) -> AcceptedBy {
        AcceptedBy {
            reason: self.reason.clone(),
            until: self.until.to_string(),
        }
    }

    /// Returns the reason to look at the entry; `None` where there is none, or where its rule was not
    /// asked for.
    fn unused_case(&self, findings: &Findings, today: Date) -> Option<AcceptCase> {
        let is_about = |finding: &Finding| {
            let mut rows = evidence_rows(finding).into_iter();
            self.target.is_id(&finding.id)
                || rows.any(|row| self.target.covers_finding(finding, row))
        };
        let rule = match &self.target {
            AcceptTarget::Finding(_) => None,
            AcceptTarget::Rule { rule, .. } => Some(rule.id),
        };
        let asked = match rule {
            None => findings.rules.len() == RULES.len(),
            Some(rule) => findings.rules.contains(&rule),
        };
        let mut open = findings.not_evaluated.iter();
        let is_open = open.any(|one| rule.is_none_or(|rule| rule == one.rule));
        let is_matched = findings.findings.iter().any(is_about);
        match (is_matched, today <= self.until) {
            (true, true) => None,
            (true, false) => Some(AcceptCase::Expired),
            (false, _) if !asked => None,
            (false, _) if is_open => Some(AcceptCase::NotEvaluated),
            (false, _) => Some(AcceptCase::Unmatched),
        }
    }
}

impl AcceptTarget {
    fn is_id(&self, id: &FindingId) -> bool {
        matches!(self, Self::Finding(wanted) if wanted == id)
    }

    /// Reports whether a row of a finding of a rule is meant. Where a row names no resource, the
    /// subject of the finding is it.
    fn covers_finding(&self, finding: &Finding, row: Option<&FindingEvidence>) -> bool {
        let Self::Rule {
            rule,
            resource,
            principal,
        } = self
        else {
            return false;
        };
        let on = row.and_then(|row| row.resource.as_ref());
        let found = row.and_then(|row| row.principal.as_ref());
        let on = &on.unwrap_or(&finding.subject).id;
        let fits_resource = resource.as_ref().is_none_or(|one| one.matches_id(on));
        let fits_principal = |one: &IdPattern| found.is_some_and(|found| one.matches_id(&found.id));
        finding.rule == rule.id && fits_resource && principal.as_ref().is_none_or(fits_principal)
    }
}

impl fmt::Display for AcceptTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finding(id) => write!(f, "finding {id}"),
            Self::Rule {
                rule,
                resource,
                principal,
            } => {
                write!(f, "{}", rule.id)?;
                for (word, pattern) in [("on", resource), ("for", principal)] {
                    if let Some(pattern) = pattern {
                        write!(f, " {word} {pattern}")?;
                    }
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for AcceptNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            target,
            until,
            case,
        } = self;
        write!(f, "line {line} ({target}) ")?;
        match case {
            AcceptCase::Expired => write!(
                f,
                "expired after {until}, and what it accepted shows again: renew it, or remove it"
            ),
            AcceptCase::Unmatched => f.write_str("matches no finding: remove it"),
            AcceptCase::NotEvaluated => f.write_str(
                "matches no finding, and not everything could be evaluated: see what was not evaluated",
            ),
        }
    }
}
