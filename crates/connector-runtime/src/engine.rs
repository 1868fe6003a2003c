//! The engine: only what a connector needs is switched on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread::{self, Thread};
use std::time::Duration;

use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::{
    Config, Enabled, Engine, EngineWeak, InstanceAllocationStrategy, OptLevel,
    PoolingAllocationConfig,
};

use super::{Cache, PostMortem};

/// Length of one epoch: the grain of every limit on computing time.
pub(super) const TICK: Duration = Duration::from_millis(1);
/// Core instances that one component may have; the toolchain's own makes four.
pub(super) const CORE_INSTANCES_PER_CALL: u32 = 16;
/// Tables that one component may have.
pub(super) const TABLES_PER_CALL: u32 = 8;
/// Linear memories that one component may have: one for each that it is made of.
pub(super) const MEMORIES_PER_CALL: u32 = 4;
/// Handles of resources that one call may hold. The contract has no resources; a component may be
/// made of several that have some among themselves.
pub(super) const HANDLES_PER_CALL: usize = 1_000;
/// Linear memories of all calls together: each reserves 4 GiB of a process's 128 TiB of addresses.
/// Connectors have one, so that ten thousand calls find room.
const MEMORIES_IN_ALL: u32 = 20_000;
/// The most that [`super::CallLimits::memory`] can be set to, in bytes.
const MAX_MEMORY: usize = 1 << 30;
/// The most memory that a call's slot retains between two calls, in bytes.
const KEPT_WARM: usize = 128 << 10;

/// The engine could not be made.
#[derive(Debug, Error)]
#[error("the WebAssembly engine could not start: {0}")]
pub struct SandboxError(String);

/// The options of a sandbox.
#[derive(Clone, Debug)]
pub struct SandboxOptions {
    /// The most concurrent calls; further ones wait for a slot (1,000). Each takes address space,
    /// and memory only as far as its guest uses it.
    pub concurrent_calls: u32,
    /// Limits computing by counted instructions instead of processor time, so that a call ends at
    /// the same instruction on every machine. It makes guests slower (no).
    pub deterministic: bool,
    /// The cache of compiled components (none).
    pub cache: Option<Cache>,
    /// The examiner of the memory of calls that trapped (none).
    pub post_mortem: Option<PostMortem>,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            concurrent_calls: 1_000,
            deterministic: false,
            cache: None,
            post_mortem: None,
        }
    }
}

/// The WebAssembly engine of a process, with the thread that ends what computes too long.
/// Cheap to clone; all clones are one sandbox.
#[derive(Clone, Debug)]
pub struct Sandbox {
    engine: Engine,
    ticker: Arc<EpochTicker>,
    call_permits: Arc<Semaphore>,
    options: SandboxOptions,
}

impl Sandbox {
    /// Starts an engine and its clock thread.
    ///
    /// # Errors
    /// Returns an error if the system does not let the engine reserve its address space or start the thread.
    pub fn new(options: &SandboxOptions) -> Result<Self, SandboxError> {
        let engine =
            Engine::new(&engine_config(options)).map_err(|e| SandboxError(format!("{e:#}")))?;
        let ticker = EpochTicker::start(engine.weak()).map_err(|e| SandboxError(e.to_string()))?;
        let call_permits = Arc::new(Semaphore::new(options.concurrent_calls as usize));
        Ok(Self {
            engine,
            ticker: Arc::new(ticker),
            call_permits,
            options: options.clone(),
        })
    }

    /// Returns the most concurrent calls.
    pub fn concurrent_calls(&self) -> u32 {
        self.options.concurrent_calls
    }

    pub(super) fn is_deterministic(&self) -> bool {
        self.options.deterministic
    }

    pub(super) fn cache(&self) -> Option<&Cache> {
        self.options.cache.as_ref()
    }

    pub(super) fn post_mortem(&self) -> Option<&PostMortem> {
        self.options.post_mortem.as_ref()
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Waits for a permit, which is released when the guard is dropped.
    pub(super) async fn enter_sandbox(&self) -> CallPermit {
        // The semaphore is never closed, so there is always a permit in the end.
        let permit = Arc::clone(&self.call_permits).acquire_owned().await.ok();
        self.ticker.enter();
        CallPermit {
            _permit: permit,
            ticker: Arc::clone(&self.ticker),
        }
    }
}

/// One call's permit in the sandbox.
#[derive(Debug)]
pub(super) struct CallPermit {
    _permit: Option<OwnedSemaphorePermit>,
    ticker: Arc<EpochTicker>,
}

impl Drop for CallPermit {
    fn drop(&mut self) {
        self.ticker.running.fetch_sub(1, SeqCst);
    }
}

/// Advances the epoch while calls are in progress, and sleeps otherwise.
#[derive(Debug)]
struct EpochTicker {
    running: Arc<AtomicUsize>,
    thread: Thread,
}

impl EpochTicker {
    fn start(engine: EngineWeak) -> std::io::Result<Self> {
        let running = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&running);
        let handle = thread::Builder::new()
            .name("connector-epochs".into())
            .spawn(move || tick(&engine, &seen))?;
        Ok(Self {
            running,
            thread: handle.thread().clone(),
        })
    }

    fn enter(&self) {
        if self.running.fetch_add(1, SeqCst) == 0 {
            self.thread.unpark();
        }
    }
}

impl Drop for EpochTicker {
    fn drop(&mut self) {
        self.thread.unpark();
    }
}

fn tick(engine: &EngineWeak, running: &AtomicUsize) {
    loop {
        let Some(engine) = engine.upgrade() else {
            return;
        };
        engine.increment_epoch();
        drop(engine);
        if running.load(SeqCst) == 0 {
            // A second is the longest that this thread outlives its engine.
            thread::park_timeout(Duration::from_secs(1));
        } else {
            thread::sleep(TICK);
        }
    }
}

fn engine_config(options: &SandboxOptions) -> Config {
    let mut config = Config::new();
    switch_off(&mut config);
    // A connector may be made of several components. What copies texts between their memories is
    // compiled code that has both, and the compiler panics where it may not have them.
    config.wasm_multi_memory(true);
    config.wasm_component_model(true);
    config.epoch_interruption(true);
    config.consume_fuel(options.deterministic);
    config.coredump_on_trap(options.post_mortem.is_some());
    config.cranelift_opt_level(OptLevel::Speed);
    config.cranelift_nan_canonicalization(true);
    config.async_stack_size(1 << 20);
    config.max_wasm_stack(512 << 10);
    config.wasm_backtrace_max_frames(None);
    // The location of an event in a guest is never shown: the tables for it would be a seventh of
    // the stored and loaded data.
    config.generate_address_map(false);
    config.native_unwind_info(false);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool_config(options)));
    config
}

/// Proposals that the connector's own toolchain does not use are not there for a guest to try.
/// Those whose code is not even compiled in (garbage collection, threads, component-model async)
/// have no switch here.
fn switch_off(config: &mut Config) {
    config.wasm_memory64(false);
    config.wasm_relaxed_simd(false);
    config.wasm_tail_call(false);
    config.wasm_wide_arithmetic(false);
    config.wasm_custom_page_sizes(false);
    config.wasm_stack_switching(false);
    config.concurrency_support(false);
    config.shared_memory(false);
}

fn pool_config(options: &SandboxOptions) -> PoolingAllocationConfig {
    let calls = options.concurrent_calls;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls)
        .total_core_instances(calls.saturating_mul(CORE_INSTANCES_PER_CALL))
        .total_memories(calls.saturating_mul(MEMORIES_PER_CALL).min(MEMORIES_IN_ALL))
        .total_tables(calls.saturating_mul(TABLES_PER_CALL))
        .total_stacks(calls)
        .max_core_instances_per_component(CORE_INSTANCES_PER_CALL)
        .max_memories_per_component(MEMORIES_PER_CALL)
        .max_tables_per_component(TABLES_PER_CALL)
        .table_elements(10_000)
        .max_memory_size(MAX_MEMORY);
    keep_warm(&mut pool);
    pool
}

/// Clears the memory that a call has touched for the next one in its slot, instead of releasing it
/// and faulting it in again. Only if the system can report the touched pages (Linux 6.7): else the
/// engine would clear the lowest addresses, where a guest's unused stack is.
fn keep_warm(pool: &mut PoolingAllocationConfig) {
    if PoolingAllocationConfig::is_pagemap_scan_available() {
        pool.pagemap_scan(Enabled::Yes)
            .linear_memory_keep_resident(KEPT_WARM)
            .table_keep_resident(KEPT_WARM);
    }
}
