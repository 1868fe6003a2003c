//! One call of a connector: a fresh instance, its limits, and one of three ends.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use thiserror::Error;
use wasmtime::{Store, StoreContextMut, Trap, UpdateDeadline};

use super::bindings::{Connector as Instance, ConnectorPre, governance::connector::http_client};
use super::engine::TICK;
use super::limits::{Growth, Meter};
use super::{CallClock, CallLimits, HttpClient, HttpError, LimitHit, Sandbox};
use crate::records::{ErrorCase, Problem};

/// What a call used, however it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests that the host tried to send: refused ones are not among them.
    pub requests: u64,
    /// Bytes of decoded response bodies.
    pub response_bytes: u64,
    /// Time that the guest computed, to the millisecond.
    pub cpu: Duration,
    /// The most linear memory that the guest had, in bytes.
    pub memory_peak: usize,
    /// The last request that was not refused.
    pub last: Option<Sent>,
}

/// A request that was sent: what the limits that its answer states are limits of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The credential that went along.
    pub credential: String,
    /// The endpoint's place in the description, where it is known.
    pub endpoint: Option<usize>,
}

/// How a call failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Failure {
    /// The connector ended it, with an error of the contract.
    #[error("{}: {}", case.name(), problem.message)]
    Reported {
        /// Which error.
        case: ErrorCase,
        /// What it says.
        problem: Problem,
    },
    /// A limit of time ended it.
    #[error("timed out: {0}")]
    TimedOut(LimitHit),
    /// The connector trapped, or another limit ended it. The text names which.
    #[error("trapped: {0}")]
    Trapped(String),
}

/// A call's result and what it used.
#[derive(Clone, Debug)]
pub struct Called<T> {
    /// What the connector answered.
    pub result: Result<T, Failure>,
    /// What the call used.
    pub usage: Usage,
}

/// Everything one instance can reach: it lives and dies with one call.
pub(super) struct CallState {
    pub(super) http: Arc<dyn HttpClient>,
    pub(super) limits: CallLimits,
    pub(super) meter: Arc<Meter>,
    pub(super) clock: Arc<CallClock>,
    growth: Growth,
    /// Set when a host function returns: the epoch that passed meanwhile was not the guest's.
    pub(super) back_from_host: bool,
}

impl http_client::Host for CallState {
    async fn get(
        &mut self,
        request: http_client::Request,
    ) -> wasmtime::Result<Result<http_client::Response, http_client::Error>> {
        self.meter
            .request(&self.limits)
            .map_err(wasmtime::Error::new)?;
        let credential = request.credential.clone();
        let answer = self.http.get(request.into(), &self.clock).await;
        self.back_from_host = true;
        if !matches!(answer, Err(HttpError::Denied(_) | HttpError::NoCredential)) {
            let endpoint = answer.as_ref().ok().and_then(|response| response.endpoint);
            self.meter.sent(Sent {
                credential,
                endpoint,
            });
        }
        if let Ok(response) = &answer {
            self.meter
                .response(response.body.len(), &self.limits)
                .map_err(wasmtime::Error::new)?;
        }
        Ok(answer.map(Into::into).map_err(Into::into))
    }
}

impl super::bindings::governance::connector::types::Host for CallState {}

/// Runs `call` on a fresh instance of `component`.
pub(super) async fn run<T>(
    sandbox: &Sandbox,
    component: &ConnectorPre<CallState>,
    http: Arc<dyn HttpClient>,
    limits: &CallLimits,
    call: impl AsyncFnOnce(Instance, Store<CallState>) -> wasmtime::Result<Result<T, Failure>>,
) -> Called<T> {
    let _place = sandbox.enter().await;
    let clock = Arc::new(CallClock::start(limits.wall_clock));
    let meter = Arc::new(Meter::default());
    let state = CallState {
        http,
        limits: limits.clone(),
        meter: Arc::clone(&meter),
        clock: Arc::clone(&clock),
        growth: Growth::new(limits, Arc::clone(&meter)),
        back_from_host: false,
    };
    let whole_call = async {
        let mut store = store(sandbox, state);
        let instance = component.instantiate_async(&mut store).await?;
        call(instance, store).await
    };
    let result = match clock.watch(whole_call).await {
        Some(Ok(result)) => result,
        Some(Err(error)) => Err(failure(&error)),
        None => Err(Failure::TimedOut(LimitHit::WallClock(limits.wall_clock))),
    };
    Called {
        result,
        usage: usage(&meter),
    }
}

fn store(sandbox: &Sandbox, state: CallState) -> Store<CallState> {
    let transfer = state.limits.transfer_bytes;
    let mut store = Store::new(sandbox.engine(), state);
    store.limiter(|state| &mut state.growth);
    store.set_hostcall_fuel(transfer);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(charge_tick);
    store
}

/// Called whenever an epoch ends while the guest computes: charges it, then lets others run.
fn charge_tick(mut store: StoreContextMut<'_, CallState>) -> wasmtime::Result<UpdateDeadline> {
    let state = store.data_mut();
    if std::mem::take(&mut state.back_from_host) {
        return Ok(UpdateDeadline::Continue(1));
    }
    let ticks = state.meter.cpu_ticks.fetch_add(1, Relaxed) + 1;
    if ticks_to_time(ticks) > state.limits.cpu {
        return Err(wasmtime::Error::new(LimitHit::Cpu(state.limits.cpu)));
    }
    Ok(UpdateDeadline::Yield(1))
}

fn ticks_to_time(ticks: u64) -> Duration {
    TICK.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX))
}

fn usage(meter: &Meter) -> Usage {
    Usage {
        requests: meter.sent.load(Relaxed),
        response_bytes: meter.response_bytes.load(Relaxed),
        cpu: ticks_to_time(meter.cpu_ticks.load(Relaxed)),
        memory_peak: meter.memory_peak.load(Relaxed),
        last: meter.last(),
    }
}

/// Sorts the engine's errors: ours (a limit), a trap of the guest, anything else.
fn failure(error: &wasmtime::Error) -> Failure {
    if let Some(hit) = error.downcast_ref::<LimitHit>() {
        return match hit.is_time() {
            true => Failure::TimedOut(*hit),
            false => Failure::Trapped(hit.to_string()),
        };
    }
    if let Some(trap) = error.downcast_ref::<Trap>() {
        return Failure::Trapped(trap.to_string());
    }
    let text: String = format!("{error:#}").chars().take(512).collect();
    Failure::Trapped(text)
}
