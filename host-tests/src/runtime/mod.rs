//! The sandbox: one WebAssembly engine for a process, one fresh instance for each call.
//!
//! Reading order: `engine` (what the engine can do at all), `limits` (what one call may use),
//! `clock` (its time), `http` (the one thing it can ask for), `connector` (loading), `call` (one
//! call from instantiation to its typed end). `bindings` and `convert` are the only files that see
//! generated types.

mod bindings;
mod call;
mod clock;
mod connector;
mod convert;
mod engine;
mod http;
mod limits;

pub use call::{Called, Failure, Sent, Usage};
pub use clock::{CallClock, Paused};
pub use connector::{Connector, LoadError};
pub use engine::{Sandbox, SandboxError, SandboxOptions};
pub use http::{BoxFuture, HttpClient, HttpError, Request, Response};
pub use limits::{CallLimits, LimitHit};
