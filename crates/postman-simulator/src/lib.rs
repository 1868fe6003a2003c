//! A Postman team that answers like the real API: a server on loopback, made from a seed and a
//! size.
//!
//! In reading order: `options` and `quirks` define the simulation; `generate` makes the `team` from
//! them; `server` reads a `request`, `service` finds its endpoint and the checks before it (key or
//! `oauth` token, `limits` with their `window`s, written in a `dialect`), `endpoints` write the
//! `answer` from the team, field by field with `json`, list by list with `listing`, refusals with
//! `problem`, `faults` corrupt it, and `packing` packs it; `direct` answers without a server, `audit`
//! logs the changes, and `history` stores the answers. `expected` derives, from the team alone, the
//! expected state of a sync.
//!
//! Bodies, types and refusals follow Postman's published description; behavior that is only seen
//! live or guessed is a named API quirk, or says so.

mod answer;
mod audit;
mod chance;
mod clock;
mod dialect;
mod direct;
mod endpoints;
mod expected;
mod faults;
mod generate;
mod history;
mod json;
mod limits;
mod listing;
mod oauth;
mod options;
mod packing;
mod problem;
mod quirks;
mod request;
mod route;
mod running;
mod server;
mod service;
mod team;
mod window;
mod words;

pub use audit::AuditLog;
pub use clock::{ManualClock, RealTime, SimulatorClock};
pub use dialect::Dialect;
pub use direct::{DeliveryKind, SimulatedAnswer};
pub use expected::{ExpectedScope, ExpectedState};
pub use faults::{ErrorBody, Fault, FaultRule, FaultTiming, Faults, RuleError, RuleFirings};
pub use history::{LoggedAnswer, TeamChange};
pub use oauth::OAuthClient;
pub use options::{KeyOwner, Options, SimulatedLimits, TeamPlan, sample_key};
pub use quirks::{ApiQuirks, UnknownQuirk};
pub use running::{RunningSimulator, Simulator};
