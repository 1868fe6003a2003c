//! One sync held to rules of access review.
//!
//! Reading order: `finding` (the answer), `rules` (the rules as data, each with its query in `sql/`,
//! which `sql/words.sql` gives the words for), `needs` (what was not read), `judge` (the whole),
//! `identity` (ids), `pattern` and `accept` (accept lists), `novelty` (what an earlier sync did not have).

mod accept;
mod finding;
mod identity;
mod judge;
mod members;
mod needs;
mod novelty;
mod pattern;
mod rules;

pub use accept::{AcceptCase, AcceptList, AcceptNote, AcceptTarget, Acceptance, AcceptedBy};
pub use finding::{Finding, FindingEvidence, Findings, NotJudged};
pub use identity::{FindingId, FindingIdError};
pub use judge::judge;
pub use novelty::Novelty;
pub use pattern::{IdPattern, IdPatternError};
pub use rules::{
    Need, RULES, ReviewRule, RuleChoice, RuleLimits, Severity, UnknownRule, UnknownSeverity,
};
