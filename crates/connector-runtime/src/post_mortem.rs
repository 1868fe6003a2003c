//! Looking into the memory of a call that trapped.

use std::fmt;
use std::sync::Arc;

use wasmtime::{Store, WasmCoreDump};

use super::call::CallState;

/// Examines each linear memory of a call that a trap has ended, before the memory is wiped. The
/// memory contains the provider's answers, so storing it means storing personal data.
#[derive(Clone)]
pub struct PostMortem(Arc<MemoryExaminer>);

type MemoryExaminer = dyn Fn(&[u8]) + Send + Sync;

impl PostMortem {
    /// Gives every memory to `examine`, which is called from several threads.
    pub fn new(examine: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(examine))
    }

    pub(super) fn examine_trap(&self, error: &wasmtime::Error, store: &Store<CallState>) {
        let dump = error.downcast_ref::<WasmCoreDump>();
        for memory in dump.map(WasmCoreDump::memories).unwrap_or_default() {
            (self.0)(memory.data(store));
        }
    }
}

impl fmt::Debug for PostMortem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostMortem")
    }
}
