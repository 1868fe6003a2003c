//! The sandbox: one WebAssembly engine for a process, one fresh instance for each call.
//!
//! Reading order: `engine` (what the engine can do at all), `limits` (what one call may use),
//! `meter` and `cpu` (what it has used), `share` (turns on the processors), `clock` (its time), `http` (the one thing it can ask for),
//! `sent` (what is kept of a request), `structure` and `body` (what is compiled at all), `cache` and `connector` (loading), `call` (one call from instantiation to its typed end), `post_mortem`
//! (what a broken call leaves to whoever looks for the reason). `bindings` and `convert` are the only files that see
//! generated types.

mod bindings;
mod body;
mod budget;
mod cache;
mod call;
mod clock;
mod connector;
mod convert;
mod cpu;
mod engine;
mod http;
mod limits;
mod meter;
mod post_mortem;
mod sent;
mod share;
mod structure;
mod totals;

pub use budget::{MemoryBudget, MemoryHold};
pub use cache::{Cache, CacheError};
pub use call::{CallFailure, Called, Usage};
pub use clock::{CallClock, Paused};
pub use connector::{Connector, LoadError};
pub use cpu::timed;
pub use engine::{Sandbox, SandboxError, SandboxOptions};
pub use http::{BoxFuture, HttpClient, HttpError, HttpRequest, Response};
pub use limits::{CallLimits, Limit, LimitError, LimitHit, LimitSetting};
pub use post_mortem::PostMortem;
pub use sent::{Sent, shown_path};
pub use share::{ProcessorShare, threads};
pub use totals::Totals;
