//! A Postman team that answers like the real API: a server on loopback, made from a seed and a size.
//!
//! In reading order: `options` and `traps` say what to simulate; `generate` makes the `team` from them;
//! `server` reads a `request`, `service` finds its endpoint and what stands before it (key, `limits` with
//! their `window`s, told in a `dialect`), `endpoints` write the `answer` from the team, field by field with
//! `json`, list by list with `listing`, refusals with `problem`, `faults` spoil it, and `packing` packs it; `direct`
//! asks without a server, and `history` keeps what was answered. `truth` says, from the team alone, what a sync has to report.
//!
//! Bodies, types and refusals follow Postman's published description; what is only seen live or guessed
//! is a trap with a name, or says so.

mod answer;
mod chance;
mod clock;
mod dialect;
mod direct;
mod endpoints;
mod faults;
mod generate;
mod history;
mod json;
mod limits;
mod listing;
mod options;
mod packing;
mod problem;
mod request;
mod route;
mod running;
mod server;
mod service;
mod team;
mod traps;
mod truth;
mod window;
mod words;

pub use clock::{ManualClock, RealTime, SimulatorClock};
pub use dialect::Dialect;
pub use direct::{Fate, Told};
pub use faults::{ErrorBody, Fault, FaultRule, Faults, Fired, RuleError, When};
pub use history::{Answered, Move};
pub use options::{KeyOwner, Options, SimulatedLimits, TeamPlan, sample_key};
pub use running::{Running, Simulator};
pub use traps::{Traps, UnknownTrap};
pub use truth::{ExpectedScope, Truth};
