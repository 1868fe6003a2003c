//! The sandbox: one WebAssembly engine for a process, one fresh instance for each call.
//!
//! Reading order: `engine` (the features of the engine), `limits` (the limits of one call), `meter`
//! and `cpu` (its usage), `share` (its share of the processors), `clock` (its time), `http` (its
//! one import), `sent` (the recorded part of a request), `structure` and `body` (the limits of
//! compilation), `cache` and `connector` (loading), `call` (one call from instantiation to its
//! typed end), `post_mortem` (the data of a broken call for finding the reason). `bindings` and
//! `convert` are the only files that see generated types.

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
pub use call::{CallFailure, CallOutput, Usage};
pub use clock::{CallClock, ClockPause};
pub use connector::{Connector, LoadError};
pub use cpu::time_work;
pub use engine::{Sandbox, SandboxError, SandboxOptions};
pub use http::{BoxFuture, HttpClient, HttpError, HttpRequest, Response};
pub use limits::{CallLimits, Limit, LimitError, LimitHit, LimitRow, LimitSetting};
pub use post_mortem::PostMortem;
pub use sent::{Sent, shown_path};
pub use share::{ProcessorShare, processors, runtime_threads};
pub use totals::Totals;
