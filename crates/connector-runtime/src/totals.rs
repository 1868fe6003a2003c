//! The resources that all calls of one tenant have used together.

use std::time::Duration;

use super::Usage;

/// The sum of many calls, and the peaks among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Calls.
    pub calls: u64,
    /// Requests that the host tried to send.
    pub requests: u64,
    /// Requests that the host refused to send.
    pub refused: u64,
    /// Bytes of decoded response bodies.
    pub response_bytes: u64,
    /// Processor time of all calls.
    pub cpu: Duration,
    /// Processor time of the call that had most of it.
    pub cpu_peak: Duration,
    /// Linear memory of the call that had most of it, in bytes.
    pub memory_peak: usize,
}

impl Totals {
    /// Adds one call.
    pub fn add(&mut self, usage: &Usage) {
        self.calls += 1;
        self.requests += usage.requests;
        self.refused += usage.refused;
        self.response_bytes += usage.response_bytes;
        self.cpu += usage.cpu;
        self.cpu_peak = self.cpu_peak.max(usage.cpu);
        self.memory_peak = self.memory_peak.max(usage.memory_peak);
    }
}
