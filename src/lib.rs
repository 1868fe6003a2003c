//! Reads who has access to what in a Postman team, as a component of the
//! `governance:connector` contract.
//!
//! The rooms, in reading order:
//!
//! 1. [`model`]: resources, entitlements, grants and pages, in our words.
//! 2. [`error`]: what can go wrong, cut by what the host does next.
//! 3. [`cursor`]: page tokens, bound to the list that they walk.
//! 4. [`calendar`]: moments as the provider writes them, to moments as we do.
//! 5. [`transport`]: the one way out, a trait over `http` types.
//! 6. [`postman`]: the provider: what can be asked, how it answers, how it fails.
//! 7. [`inventory`]: one file per resource type: how it is read, and what it becomes.
//! 8. [`component`]: the WebAssembly door, the only room that sees generated code.

pub mod calendar;
pub mod component;
pub mod cursor;
pub mod error;
pub mod inventory;
pub mod model;
pub mod postman;
#[cfg(any(test, feature = "properties"))]
pub mod properties;
pub mod transport;
