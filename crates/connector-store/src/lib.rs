//! One SQLite file that stores syncs, readable with any SQLite tool: see `schema/2.sql` and
//! `2_views.sql`.
//!
//! Reading order: `schema`, `guard` and `file` (tables, opening, versions, limits of a file,
//! writers), `words` (records as columns), `named` (columns by name), `keys`, `rows` and `save`
//! (records and a sync into rows), `expand` and `expansions` (the members of each
//! group-like resource), `load`, `ordered` and `lines` (rows into a sync), `runs`, `run_name`,
//! `retention` and `sweep` (the stored syncs, and which of them stay), `recorder`, `step`, `page` and
//! `writer` (a running sync, page by page), `finish`, `duplicates`, `references` and
//! `history` (its end), `requests` (the requests of the next one), `interrupted` (an interrupted sync), `carry`
//! (scopes of a former sync that need not be read), `former_names` (the names of people who left).

mod carry;
mod duplicates;
mod error;
mod expand;
mod expansions;
mod file;
mod finish;
mod former_names;
mod guard;
mod history;
mod interrupted;
mod keys;
mod lines;
mod load;
mod named;
mod ordered;
mod page;
mod recorder;
mod references;
mod requests;
mod retention;
mod rows;
mod run_name;
mod runs;
mod save;
mod schema;
mod step;
mod sweep;
mod words;
mod writer;

pub use error::StoreError;
pub use expand::{AUDIENCE_KINDS, GroupExpansion, GroupGraph, LISTED_ACCOUNT, Visit};
pub use former_names::{FormerName, FormerNames};
pub use named::{NamedRow, collect_named, each_row, each_row_of_named, find_row};
pub use recorder::{RecorderOptions, StoredRun, SyncRecorder, SyncRecords};
pub use requests::StoredEstimate;
pub use retention::{Retention, RetentionError};
pub use run_name::{RunName, RunNameError};
pub use runs::{RunEntry, RunId, RunRow};
pub use schema::Store;
pub use words::id_of;
