//! One SQLite file that keeps syncs, for anybody's SQLite tool to read: see `schema/1.sql`.
//!
//! Reading order: `schema`, `guard` and `file` (tables, opening, versions, what a file may do, who may write), `words` (records as
//! columns), `rows` and `save` (records and a sync into rows), `path`, `expand` and `expansions` (who is behind each set of people),
//! `load` (rows into a sync), `runs` (which syncs are there), `keep`, `step`, `packed` and `writer` (a sync that is
//! under way, step by step), `former` (one that was broken off).

mod error;
mod expand;
mod expansions;
mod file;
mod former;
mod guard;
mod keep;
mod load;
mod packed;
mod path;
mod rows;
mod runs;
mod save;
mod schema;
mod step;
mod words;
mod writer;

pub use error::StoreError;
pub use expand::{Groups, Visit, Walk};
pub use guard::collect_rows;
pub use keep::{KeepOptions, Keeper};
pub use path::{join_path, split_path};
pub use runs::{RunId, RunRow};
pub use schema::Store;
pub use words::{id_at, maybe_id_at};
