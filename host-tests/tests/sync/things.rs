//! A provider of a few things, and a sync of it.

use std::sync::Arc;

use connector_host::records::*;
use connector_host::sync::{self, NoProgress, SyncError, SyncInventory, SyncOptions};

use crate::support::scripted::*;

pub async fn run_with(
    source: &Arc<Scripted>,
    options: SyncOptions,
) -> Result<SyncInventory, SyncError> {
    sync::run(Arc::clone(source), &options, Arc::new(NoProgress)).await
}

pub async fn run(source: &Arc<Scripted>) -> SyncInventory {
    run_with(source, SyncOptions::default()).await.unwrap()
}

pub fn include(names: &[&str]) -> SyncOptions {
    SyncOptions {
        include: names.iter().map(|name| name.parse().unwrap()).collect(),
        ..SyncOptions::default()
    }
}

pub fn outcome(synced: &SyncInventory, call: Operation, resource_type: &str) -> &'static str {
    let mut scopes = synced.scopes.iter();
    let scope = scopes.find(|scope| scope.call == call && scope.resource_type == resource_type);
    scope.unwrap().outcome.name()
}

pub fn things() -> Scripted {
    Scripted::new()
        .page(
            "list thing under team 1",
            page([asked("thing", "a", "team 1"), asked("thing", "b", "team 1")]),
        )
        .page(
            "grants thing a",
            grants([grant(id("thing", "a"), "admin", id("user", "7"))]),
        )
}
