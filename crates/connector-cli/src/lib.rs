//! The command `connector-host` and the reports that it prints.

pub mod commands;
pub mod report;
