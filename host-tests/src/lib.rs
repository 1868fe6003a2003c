//! Runs sandboxed identity-governance connectors.
pub mod simulator;
