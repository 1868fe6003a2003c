//! A sync as one page for a browser, which needs nothing beside itself.
//!
//! Reading order: `data` (the sync as the page's own scripts read it), `embed` (JSON that cannot
//! leave its place in the page), `write` (template, style, data and scripts into one file). What
//! the browser runs is beside them: `report.html`, `report.css` and the `.js` files, in the order of
//! `write::SCRIPTS`.

mod data;
mod embed;
mod write;

pub use write::{Review, write_page};
