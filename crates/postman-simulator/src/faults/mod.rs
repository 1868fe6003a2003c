//! Faults by rule: answers that are wrong, late, broken or missing, and a team that moves while it is
//! read. What the real API is known to do even on a good day is a quirk, not a fault.
//!
//! In reading order: a `rule` says where, when and which `fault`; `body` writes refusals in every shape
//! of error body; `book` counts, decides, and has `lists` and the `world` change an answer; `delivery`
//! puts it on the wire, or not; `random` draws rules from a seed.

mod body;
mod book;
mod delivery;
mod fault;
mod lists;
mod random;
mod rule;
mod world;

pub use body::ErrorBody;
pub(super) use book::FaultRegistry;
pub use book::RuleFirings;
pub(super) use delivery::{Delivery, End, Manner};
pub use fault::Fault;
pub use rule::{FaultRule, FaultTiming, RuleError};

/// The rules of a simulator. The first that fires for a request decides what becomes of its answer;
/// those that move the team only do so, and leave the answer to the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    /// The rules, in order.
    pub rules: Vec<FaultRule>,
    /// The seed of rules that fire by chance.
    pub seed: u64,
}
