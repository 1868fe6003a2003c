//! Evaluates access-review rules on one sync.
//!
//! Reading order: `finding` (the answer), `rules` (the rules as data, each with its query in
//! `sql/`, on the common table expressions of `sql/common_tables.sql`), `needs` (inputs that were not
//! read), `evaluate`, `summary`, `identity` (ids), `path_text` (access paths in evidence), `pattern` and `accept` (accept lists),
//! `novelty` (findings that an earlier sync did not have).

mod accept;
mod evaluate;
mod finding;
mod identity;
mod members;
mod needs;
mod novelty;
mod path_text;
mod pattern;
mod rules;
mod summary;

pub use accept::{AcceptCase, AcceptList, AcceptNote, AcceptTarget, Acceptance, AcceptedBy};
pub use evaluate::evaluate_rules;
pub use finding::{Finding, FindingEvidence, Findings, NotEvaluated};
pub use identity::{FindingId, FindingIdError};
pub use novelty::Novelty;
pub use path_text::split_path;
pub use pattern::{IdPattern, IdPatternError};
pub use rules::{
    RULES, ReviewRule, RuleChoice, RuleInput, RuleLimits, Severity, UnknownRule, UnknownSeverity,
};
