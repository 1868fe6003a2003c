//! Runs sandboxed identity-governance connectors.
