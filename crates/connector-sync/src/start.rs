//! The first record of a sync, and of one that failed before it had begun.

use super::{CheckpointStore, Source, SyncError};
use connector_types::{Run, RunType, Tenant};

/// Returns the first record of a sync.
pub(super) fn begin_run<S: Source>(source: &S, tenant: Tenant, started_at: String) -> Run {
    let descriptor = source.descriptor();
    Run {
        contract: Run::contract(),
        connector: descriptor.name.clone(),
        version: descriptor.version.clone(),
        component_sha256: source.component_sha256().to_owned(),
        manifest_sha256: descriptor.sha256(),
        base_url: source.base_url(),
        started_at,
        tenant,
        resource_types: descriptor
            .resource_types
            .iter()
            .map(RunType::from)
            .collect(),
        since_last: None,
    }
}

/// Has the failure of a sync stored whose credential did not work. Its tenant is not known.
pub(super) async fn record_failed_start<S: Source>(
    source: &S,
    checkpoints: &dyn CheckpointStore,
    started_at: String,
    (settings, error): (&str, &SyncError),
) {
    // Options that do not fit are no attempt to read.
    if let SyncError::Failed { .. } = error {
        let run = begin_run(source, Tenant::unknown(), started_at);
        let reason = error.to_string();
        checkpoints.failed_to_begin(&run, settings, &reason).await;
    }
}
