//! Properties that are true for any answer, as functions of the code that they check: [`tests`]
//! gives them random input and, to show that each can fail, broken readers; the fuzzers of `fuzz`
//! give them what libFuzzer finds.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a property fails by panicking, in its helpers too"
)]

pub mod calls;
pub mod contract;
pub mod cursors;
pub mod headers;
pub mod pages;

#[cfg(test)]
mod tests;

/// The result of a property: nothing, or the violation.
pub type Verdict = Result<(), String>;

/// An error with this text where `holds` is false.
pub fn ensure(holds: bool, what: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(what()) }
}
