//! Two made syncs compared, and changes in a line.

use connector_host::review::diff::{Change, ChangeSubject, Diff, DiffOptions, compare_runs};
use connector_host::sync::SyncInventory;

use crate::handmade::store_sync;

pub fn compared(older: &SyncInventory, newer: &SyncInventory) -> Diff {
    let (older, newer) = (store_sync(older), store_sync(newer));
    let options = DiffOptions::default();
    compare_runs((&older.0, older.1), (&newer.0, newer.1), &options).unwrap()
}

/// One change in a line.
pub fn line(change: &Change) -> String {
    let what = match &change.subject {
        ChangeSubject::Resource(named) => named.id.to_string(),
        ChangeSubject::Entitlement {
            resource_type,
            slug,
        } => format!("entitlement {slug} on {resource_type}"),
        ChangeSubject::Grant {
            resource,
            entitlement,
            principal,
        } => format!("{} {entitlement} on {}", principal.id, resource.id),
    };
    let fields: Vec<_> = change.fields.iter().map(|one| one.field.clone()).collect();
    let because = change.because.as_ref().map(|one| format!(" ({one})"));
    let fields = if fields.is_empty() {
        String::new()
    } else {
        format!(" [{}]", fields.join(", "))
    };
    let because = because.unwrap_or_default();
    format!("{} {what}{fields}{because}", change.verdict.name())
}
