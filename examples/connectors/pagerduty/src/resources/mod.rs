//! Resources and access, one page a call: one file for each list.

pub mod account;
mod members;
mod paging;
pub mod roles;
pub mod teams;
pub mod users;

#[cfg(test)]
mod tests;
