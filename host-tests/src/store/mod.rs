//! One SQLite file that keeps syncs, for anybody's SQLite tool to read: see `schema/1.sql`.
//!
//! Reading order: `schema` (tables, opening, versions), `words` (records as columns), `save` (a
//! sync into rows), `expand` (who is behind each set of people), `load` (rows into a sync), `runs`
//! (which syncs are there).

mod error;
mod expand;
mod load;
mod runs;
mod save;
mod schema;
mod words;

pub use error::StoreError;
pub use expand::EVERYONE;
pub use runs::{RunId, RunRow};
pub use schema::Store;
