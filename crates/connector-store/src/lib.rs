//! One SQLite file that keeps syncs, for anybody's SQLite tool to read: see `schema/1.sql`.
//!
//! Reading order: `schema` and `file` (tables, opening, versions, who may write), `words` (records as
//! columns), `rows` and `save` (records and a sync into rows), `expand` (who is behind each set of people),
//! `load` (rows into a sync), `runs` (which syncs are there), `keep`, `step` and `writer` (a sync that is
//! under way, step by step), `former` (one that was broken off).

mod error;
mod expand;
mod file;
mod former;
mod keep;
mod load;
mod rows;
mod runs;
mod save;
mod schema;
mod step;
mod words;
mod writer;

pub use error::StoreError;
pub use keep::{KeepOptions, Keeper};
pub use runs::{RunId, RunRow};
pub use schema::Store;
pub use words::{id_at, maybe_id_at};
