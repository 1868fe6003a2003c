//! One sync held to rules of access review.
//!
//! Reading order: `finding` (the answer), `rules` (the rules as data, each with its query in `sql/`,
//! which `sql/words.sql` gives the words for), `needs` (what was not read), `judge` (the whole).

mod finding;
mod judge;
mod members;
mod needs;
mod rules;

pub use finding::{Evidence, Finding, Findings, NotJudged};
pub use judge::judge;
pub use rules::{Limits, Need, RULES, Rule, RuleChoice, Severity, UnknownRule};
