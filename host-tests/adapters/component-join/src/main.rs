//! Joins two components.
fn main() {}
