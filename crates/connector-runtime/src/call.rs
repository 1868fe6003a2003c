//! One call of a connector: a fresh instance, its limits, and one of three ends.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use thiserror::Error;
use wasmtime::{Store, Trap, UpdateDeadline};

use super::bindings::{Connector as Instance, ConnectorPre, governance::connector::http_client};
use super::engine::HANDLES_PER_CALL;
use super::meter::{Growth, Meter};
use super::{CallClock, CallLimits, HttpClient, HttpError, LimitHit, Sandbox, Sent};
use connector_types::{CountRecords, ErrorCase, Problem};

/// The resources that a call used, regardless of its outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests that the host tried to send: refused ones are not among them.
    pub requests: u64,
    /// Bytes of decoded response bodies.
    pub response_bytes: u64,
    /// Requests that the host refused to send.
    pub refused: u64,
    /// Processor time: making the instance, the guest's own, and reading its answer.
    pub cpu: Duration,
    /// Fuel, in a deterministic sandbox; the same whenever the answers are the same. Unknown, and
    /// zero, where a call ran out of wall-clock time.
    pub fuel: u64,
    /// The most linear memory that the guest had, in bytes.
    pub memory_peak: usize,
    /// The requests that were not refused, in their order; the last ones where there were very many.
    pub sent: Vec<Sent>,
}

impl Usage {
    /// This call's usage with that of an `earlier` one: sums and peaks.
    #[must_use]
    pub fn after_call(self, earlier: &Self) -> Self {
        Self {
            requests: self.requests + earlier.requests,
            refused: self.refused + earlier.refused,
            response_bytes: self.response_bytes + earlier.response_bytes,
            cpu: self.cpu + earlier.cpu,
            fuel: self.fuel + earlier.fuel,
            memory_peak: self.memory_peak.max(earlier.memory_peak),
            sent: earlier.sent.iter().cloned().chain(self.sent).collect(),
        }
    }
}

/// The failure of a call.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CallFailure {
    /// The connector ended it, with an error of the contract.
    #[error("{}: {}", case.name(), problem.message)]
    Reported {
        /// Which error.
        case: ErrorCase,
        /// The description of the error.
        problem: Problem,
    },
    /// A limit of time ended it.
    #[error("timed out: {0}")]
    TimedOut(LimitHit),
    /// Another limit ended it.
    #[error("ended at a limit: {0}")]
    Limited(LimitHit),
    /// The connector trapped, or broke the contract's types.
    #[error("trapped: {0}")]
    Trapped(String),
}

/// A call's result and what it used.
#[derive(Clone, Debug)]
pub struct CallOutput<T> {
    /// The connector's answer.
    pub result: Result<T, CallFailure>,
    /// The resources that the call used.
    pub usage: Usage,
}

/// Everything one instance can reach: it lives and dies with one call.
pub(super) struct CallState {
    pub(super) http: Arc<dyn HttpClient>,
    pub(super) limits: CallLimits,
    pub(super) meter: Arc<Meter>,
    pub(super) clock: Arc<CallClock>,
    growth: Growth,
    deterministic: bool,
}

impl http_client::Host for CallState {
    async fn get(
        &mut self,
        request: http_client::Request,
    ) -> wasmtime::Result<Result<http_client::Response, http_client::Error>> {
        self.meter
            .request(&self.limits)
            .map_err(wasmtime::Error::new)?;
        let (credential, path) = (request.credential.clone(), request.path_with_query.clone());
        let asking = self.http.get(request.into(), &self.clock);
        let answer = self.meter.pause_charge(asking).await;
        match &answer {
            Err(HttpError::Denied(_)) => {}
            Err(HttpError::NoCredential) => {
                self.meter.uncredentialed.fetch_add(1, Relaxed);
            }
            Ok(_)
            | Err(
                HttpError::Timeout
                | HttpError::HeldBack(_)
                | HttpError::Connection(_)
                | HttpError::BodyTooLarge(_)
                | HttpError::Other(_),
            ) => self.meter.sent(Sent::new(credential, &path, &answer)),
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

/// Runs `call` on a fresh instance of `component`, and takes its answer with `accept` when the instance
/// is gone: a large page and the memory of the guest that made it are not there at once.
pub(super) async fn run<A, T>(
    sandbox: &Sandbox,
    component: &ConnectorPre<CallState>,
    http: Arc<dyn HttpClient>,
    limits: &CallLimits,
    call: impl AsyncFnOnce(Instance, &mut Store<CallState>) -> wasmtime::Result<A>,
    accept: impl FnOnce(A, &CallLimits) -> Result<T, CallFailure>,
) -> CallOutput<T> {
    let _place = sandbox.enter_sandbox().await;
    let clock = Arc::new(CallClock::start(limits.wall_clock));
    let meter = Arc::new(Meter::default());
    let state = CallState {
        http,
        limits: limits.clone(),
        meter: Arc::clone(&meter),
        clock: Arc::clone(&clock),
        growth: Growth::new(limits, Arc::clone(&meter)),
        deterministic: sandbox.is_deterministic(),
    };
    let whole_call = meter.charge_guest(async {
        let answer = {
            let mut store = call_store(sandbox, state)?;
            let answer = call_guest(component, &mut store, call).await;
            end_call(sandbox, &mut store, answer)?
        };
        Ok::<_, wasmtime::Error>(accept(answer, limits))
    });
    let whole_call = limits
        .processors
        .in_turns(whole_call, || meter.was_interrupted());
    let result = match clock.watch_deadline(whole_call).await {
        // The answer is read without a pause: what that took is known afterwards.
        Some(Ok(_)) if !sandbox.is_deterministic() && meter.cpu() > limits.cpu => {
            Err(CallFailure::TimedOut(LimitHit::Cpu(limits.cpu)))
        }
        Some(Ok(result)) => result,
        Some(Err(error)) => Err(call_failure(&error, limits)),
        None => Err(CallFailure::TimedOut(LimitHit::WallClock(
            limits.wall_clock,
        ))),
    };
    CallOutput {
        result,
        usage: call_usage(&meter),
    }
}

async fn call_guest<A>(
    component: &ConnectorPre<CallState>,
    store: &mut Store<CallState>,
    call: impl AsyncFnOnce(Instance, &mut Store<CallState>) -> wasmtime::Result<A>,
) -> wasmtime::Result<A> {
    let instance = component.instantiate_async(&mut *store).await?;
    call(instance, store).await
}

/// Runs the final actions while the instance still exists.
fn end_call<T>(
    sandbox: &Sandbox,
    store: &mut Store<CallState>,
    answer: wasmtime::Result<T>,
) -> wasmtime::Result<T> {
    if let (Err(error), Some(post_mortem)) = (&answer, sandbox.post_mortem()) {
        post_mortem.examine_trap(error, store);
    }
    let CallState { limits, meter, .. } = store.data();
    let (limit, meter) = (limits.fuel, Arc::clone(meter));
    if let Ok(left) = store.get_fuel() {
        meter.fuel.store(limit.saturating_sub(left), Relaxed);
    }
    answer
}

fn call_store(sandbox: &Sandbox, state: CallState) -> wasmtime::Result<Store<CallState>> {
    let (returned, fuel) = (returned_limit(&state.limits).0, state.limits.fuel);
    let mut store = Store::new(sandbox.engine(), state);
    store.limiter(|state| &mut state.growth);
    store.set_hostcall_fuel(returned);
    store.set_max_component_handles(HANDLES_PER_CALL);
    if sandbox.is_deterministic() {
        store.set_fuel(fuel)?;
    }
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|store| tick(store.data()));
    Ok(store)
}

/// Returns the bytes that a guest may hand over at once, and the limit that it meets there.
fn returned_limit(limits: &CallLimits) -> (usize, LimitHit) {
    let (most, memory) = (limits.returned_bytes, limits.budget.limit());
    if memory < most {
        (memory, LimitHit::TenantMemory(memory))
    } else {
        (most, LimitHit::ReturnedBytes(most))
    }
}

/// Takes an answer that has no more records than the limits allow.
pub(super) fn accept_answer<T: CountRecords>(
    answer: Result<impl Into<T>, impl Into<CallFailure>>,
    limits: &CallLimits,
) -> Result<T, CallFailure> {
    let answer = answer.map(Into::into).map_err(Into::into)?;
    limits.check_records(&answer)?;
    Ok(answer)
}

/// Runs at the end of each epoch while the guest computes: ends a call that is over its time, and
/// lets others run.
fn tick(state: &CallState) -> wasmtime::Result<UpdateDeadline> {
    let limits = &state.limits;
    if state.clock.is_over() {
        let hit = LimitHit::WallClock(limits.wall_clock);
        return Err(wasmtime::Error::new(hit));
    }
    if !state.deterministic && state.meter.cpu_now() > limits.cpu {
        return Err(wasmtime::Error::new(LimitHit::Cpu(limits.cpu)));
    }
    state.meter.interrupt();
    Ok(UpdateDeadline::Yield(1))
}

fn call_usage(meter: &Meter) -> Usage {
    let (asked, sent) = (meter.requests.load(Relaxed), meter.sent.load(Relaxed));
    let uncredentialed = meter.uncredentialed.load(Relaxed);
    Usage {
        requests: sent,
        refused: asked.saturating_sub(sent).saturating_sub(uncredentialed),
        response_bytes: meter.response_bytes.load(Relaxed),
        cpu: meter.cpu(),
        fuel: meter.fuel.load(Relaxed),
        memory_peak: meter.memory_peak.load(Relaxed),
        sent: meter.requests_sent(),
    }
}

/// Sorts the engine's errors: a limit, a trap of the guest, anything else.
fn call_failure(error: &wasmtime::Error, limits: &CallLimits) -> CallFailure {
    let hit = error.downcast_ref::<LimitHit>().copied();
    if let Some(hit) = hit.or_else(|| engine_limit(error, limits)) {
        return if hit.is_time() {
            CallFailure::TimedOut(hit)
        } else {
            CallFailure::Limited(hit)
        };
    }
    if let Some(trap) = error.downcast_ref::<Trap>() {
        return CallFailure::Trapped(trap.to_string());
    }
    let text: String = format!("{error:#}").chars().take(512).collect();
    CallFailure::Trapped(text)
}

/// Limits that the engine itself keeps. For one of them it has no type that others can name.
fn engine_limit(error: &wasmtime::Error, limits: &CallLimits) -> Option<LimitHit> {
    if error.downcast_ref::<Trap>() == Some(&Trap::OutOfFuel) {
        return Some(LimitHit::Fuel(limits.fuel));
    }
    let said = error.root_cause().to_string();
    said.contains("fuel allocated for hostcalls has been exhausted")
        .then_some(returned_limit(limits).1)
}
