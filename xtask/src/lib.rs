//! Tasks that the Makefile needs beyond one-line targets.

pub mod dist;
pub mod join;
pub mod tidy;
