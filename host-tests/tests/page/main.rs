//! The page for a browser: it holds what the store holds and leads nowhere, names in it stay names,
//! and in Chromium it does what its reader expects. Without Chromium and its driver (the packages
//! `chromium` and `chromium-driver`) the tests in the browser say on standard error that they are
//! skipped.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod browser;
mod chromium;
mod command;
mod file;
mod looks;
mod teams;
