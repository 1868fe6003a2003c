//! Reports on the data that was read, for machines and for people.

mod accounts;
mod csv;
mod description;
mod estimate;
mod fleet;
mod page;
mod sarif;
mod summary;
mod table;
mod tenant;
mod terminal;
mod traffic;
mod verdict;

pub use accounts::{Join, join_accounts};
pub use connector_sync::output::{
    Destination, FileContent, Output, ReadError, create_private, open_private_log, read_ndjson,
    write_ndjson,
};
pub use connector_types::plain;
pub use csv::write_csv;
pub use description::describe;
pub use estimate::describe_estimate;
pub use fleet::{outcome_word, summarize_tenants, tenant_line};
pub use page::{Review, write_page};
pub use sarif::sarif_log;
pub use summary::{summarize_end, summarize_sync};
pub use table::{Table, write_table};
pub use tenant::describe_tenant;
pub use terminal::{styled_text, terminal_width};
pub use traffic::{describe_replicas, describe_totals, describe_traffic};
pub use verdict::{describe_verdict, junit_report};
