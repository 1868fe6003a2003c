//! A copy of the PagerDuty connector with the faults of `faults/` in it, of which one can be chosen in the
//! built component. It is there for the conformance kit, which has to find each.
#![allow(warnings, clippy::all, reason = "a copy, and wrong on purpose")]

pub mod planted;

// Its modules are found beside the copy.
include!(concat!(env!("OUT_DIR"), "/lib.rs"));
