//! The page for a browser: it holds what the store holds and leads nowhere, names in it stay names,
//! and in Chromium it does what its reader expects. Without Chromium and its driver (the packages
//! `chromium` and `chromium-driver`) the tests in the browser say on standard error that they are
//! skipped.

mod auditor;
mod axe;
mod browser;
mod chromium;
mod clicks;
mod command;
mod file;
use host_tests::harness;
mod looks;
mod real;
use host_tests::support;
mod teams;
