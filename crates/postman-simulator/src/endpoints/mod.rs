//! What each endpoint answers. Fields, types and refusals are those of Postman's published description.

pub(super) mod collections;
pub(super) mod groups;
pub(super) mod keys;
pub(super) mod me;
mod paging;
pub(super) mod roles;
pub(super) mod scim;
pub(super) mod teams;
pub(super) mod users;
pub(super) mod workspaces;

use super::listing::Entry;

pub(super) use paging::earlier as earlier_cursor;

/// The JSON of each entry: items written by `write`, what is no item as it is.
fn written(entries: &[Entry], write: impl Fn(usize) -> Option<String>) -> Vec<String> {
    let entries = entries.iter().filter_map(|entry| match entry {
        Entry::Item(at) => write(*at),
        Entry::Junk(junk) => Some(junk.json.clone()),
    });
    entries.collect()
}
