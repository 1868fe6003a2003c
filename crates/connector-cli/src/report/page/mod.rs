//! A sync as one self-contained page for a browser.
//!
//! Reading order: `data` (the sync as the page's own scripts read it), `embed` (JSON that cannot
//! end its script element), `write` (template, style, data and scripts into one file). The files
//! that the browser runs are beside them: `report.html`, `report.css` and the `.js` files, in the
//! order of `write::SCRIPTS`.

mod data;
mod embed;
mod write;

pub use write::{Review, write_page};
