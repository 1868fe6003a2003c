//! Times, and what a process uses.

use std::time::{Duration, Instant};

/// The path of the built component.
pub const COMPONENT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../target/components/postman-connector.wasm"
);

/// The bytes of the component.
pub fn component() -> Vec<u8> {
    std::fs::read(COMPONENT).expect("`make components` comes first")
}

/// A runtime with the threads of this machine.
pub fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().build().unwrap()
}

/// Returns the time of `times` runs, in microseconds.
pub fn sample(times: usize, mut work: impl FnMut()) -> Vec<f64> {
    let mut samples = Vec::with_capacity(times);
    for _ in 0..times {
        let began = Instant::now();
        work();
        samples.push(micros(began.elapsed()));
    }
    samples
}

/// A time in microseconds.
pub fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The sample below which `share` of them lie.
pub fn quantile(samples: &[f64], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "few samples"
    )]
    let at = (sorted.len() as f64 * share) as usize;
    sorted[at.min(sorted.len() - 1)]
}

/// The middle sample.
pub fn median(samples: &[f64]) -> f64 {
    quantile(samples, 0.5)
}

/// The resources that a process has used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Used {
    /// Processor seconds, of the process and the system for it.
    pub cpu: f64,
    /// Memory of its own at present, in bytes. What it shares is left out: the system would count the one
    /// image of a guest's memory once for each instance.
    pub private: f64,
    /// The most memory so far, in bytes.
    pub peak: f64,
}

/// Returns the use of process `pid` (`self` is this one); `None` if it has ended or this is no Linux.
pub fn used(pid: &str) -> Option<Used> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may hold blanks.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>().ok()? + fields[12].parse::<f64>().ok()?;
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let kibibytes = |name: &str| -> Option<f64> {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse::<f64>().ok()
    };
    Some(Used {
        // Linux counts in hundredths of a second for its users.
        cpu: ticks / 100.0,
        private: kibibytes("RssAnon:").unwrap_or_default() * 1024.0,
        peak: kibibytes("VmHWM:").unwrap_or_default() * 1024.0,
    })
}
