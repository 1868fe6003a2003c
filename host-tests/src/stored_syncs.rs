//! A file that is said to hold stored syncs, as NDJSON or as a database: read to what it says, or
//! refused. What is read has answers, or reasons why it has none.

use std::io;
use std::path::Path;

use connector_cli::report::{ReadError, Review, read_ndjson, write_ndjson, write_page};
use connector_host::export::ExportShape;
use connector_host::review::diff::{DiffOptions, compare_runs};
use connector_host::review::findings::{RULES, RuleLimits, evaluate_rules};
use connector_host::review::{
    AccessFilters, GrantFilter, ResourceFilter, ReviewError, effective_access, list_grants,
    list_resources,
};
use connector_host::store::{RunId, Store, StoreError};
use connector_host::sync::SyncInventory;

use crate::handmade;

/// Reads NDJSON.
pub type Reader<'r> = &'r dyn Fn(&[u8]) -> Result<SyncInventory, ReadError>;

/// The product's own reader.
///
/// # Errors
/// Returns an error if the bytes are not the lines of one sync.
pub fn read(bytes: &[u8]) -> Result<SyncInventory, ReadError> {
    read_ndjson(bytes)
}

/// Checks a reader on any bytes: it returns a sync that is the same when it is written and read again,
/// or an error that names one of the lines.
///
/// # Errors
/// Returns an error that names the property that does not hold.
pub fn any_lines(reader: Reader<'_>, bytes: &[u8]) -> Result<(), String> {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').count();
    let found = match reader(bytes) {
        Ok(found) => found,
        Err(ReadError::Line { line, .. }) if !(1..=lines).contains(&line) => {
            return Err(format!("line {line} of {lines} is blamed"));
        }
        Err(_) => return Ok(()),
    };
    let mut written = Vec::new();
    write_ndjson(&found, &mut written).map_err(|e| e.to_string())?;
    match reader(&written) {
        Ok(again) if again == found => any_answers(&found),
        Ok(_) => Err("what is written reads otherwise".to_owned()),
        Err(error) => Err(format!("what is written cannot be read: {error}")),
    }
}

/// Every answer on lines that were read, if they fit together.
fn any_answers(synced: &SyncInventory) -> Result<(), String> {
    let mut store = Store::temporary().map_err(|e| e.to_string())?;
    match store.save(synced, "{}") {
        Ok(run) => answer_all(&store, run),
        Err(_) => Ok(()),
    }
}

/// Checks that a file of these bytes is read or refused, and that nothing else happens.
///
/// # Errors
/// Returns an error that names the property that does not hold.
pub fn any_database(path: &Path, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(path, bytes).map_err(|e| e.to_string())?;
    if let Ok(store) = Store::open_to_read(path) {
        let runs = store.runs().unwrap_or_default();
        for row in runs.iter().take(4) {
            answer_all(&store, row.run)?;
        }
    }
    let after = std::fs::read(path).map_err(|e| e.to_string())?;
    if after != bytes {
        return Err("reading changes the file".to_owned());
    }
    drop(Store::open(path));
    Ok(())
}

/// Asks for everything that is read of a stored sync: each answer is one, or a reason. A sync that is
/// compared with itself has no changes.
fn answer_all(store: &Store, run: RunId) -> Result<(), String> {
    let ignore_reason = |_: ReviewError| ();
    let changes = compare_runs((store, run), (store, run), &DiffOptions::default());
    if changes.as_ref().is_ok_and(|diff| !diff.changes.is_empty()) {
        return Err(format!("it differs from itself: {changes:?}"));
    }
    let rules: Vec<_> = RULES.iter().collect();
    let findings =
        evaluate_rules(store, run, &rules, &RuleLimits::default()).map_err(ignore_reason);
    let _ = effective_access(store, run, &AccessFilters::default()).map_err(ignore_reason);
    let _ = list_resources(store, run, &ResourceFilter::default()).map_err(ignore_reason);
    let _ = list_grants(store, run, &GrantFilter::default()).map_err(ignore_reason);
    let _ = store.write_ndjson(run, &mut io::sink());
    if let Ok(synced) = store.load(run) {
        for shape in [ExportShape::Scim, ExportShape::Oaa, ExportShape::Baton] {
            let _ = shape.write(&synced, &mut io::sink());
        }
        let review = Review {
            synced: &synced,
            former: &connector_host::store::FormerNames::default(),
            findings: findings.ok(),
            changes: changes.ok(),
        };
        let _ = write_page(&review, &mut io::sink());
    }
    Ok(())
}

/// Returns a small stored sync: people in a group, a workspace, a key.
pub fn sample() -> SyncInventory {
    use handmade::{grant, group, id, key, sync, user, workspace};
    let member = |of: &str, who: &str| grant(&id("group", of), "member", &id("user", who));
    sync(
        vec![
            user("anna"),
            user("ben"),
            group("g"),
            group("h"),
            workspace("w"),
            key("k", Some("2026-06-10T00:00:00Z"), None),
        ],
        vec![
            member("g", "anna"),
            member("h", "ben"),
            grant(&id("group", "g"), "member", &id("group", "h")),
            grant(&id("workspace", "w"), "editor", &id("group", "g")),
            grant(&id("workspace", "w"), "admin", &id("user", "anna")),
        ],
    )
}

/// Returns the bytes of a database with the sample in it.
///
/// # Errors
/// Returns an error if the file cannot be written.
pub fn sample_database(folder: &Path) -> Result<Vec<u8>, StoreError> {
    let path = folder.join("sample.db");
    let mut store = Store::open(&path)?;
    store.save(&sample(), "{}")?;
    drop(store);
    std::fs::read(&path).map_err(|source| StoreError::File { path, source })
}

/// Returns the bytes with others in their place: each change is two bytes of place, counted from the end
/// of the one before, one of length, and the bytes.
pub fn patched(whole: &[u8], mut changes: &[u8]) -> Vec<u8> {
    let (mut bytes, mut at) = (whole.to_vec(), 0);
    while let [high, low, length, rest @ ..] = changes {
        let (new, further) = rest.split_at(rest.len().min(usize::from(*length)));
        at = (at + usize::from(u16::from_be_bytes([*high, *low]))) % bytes.len();
        let end = bytes.len().min(at + new.len());
        bytes[at..end].copy_from_slice(&new[..end - at]);
        (at, changes) = (end % bytes.len(), further);
    }
    bytes
}
