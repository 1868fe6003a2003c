//! Which two syncs of a file are compared.

use crate::ReviewError;
use connector_store::{RunId, RunRow, Store};

/// Returns the latest two syncs of a file that are of one tenant, the older one first. `to` names the newer
/// one, `from` the older one.
///
/// # Errors
/// Returns an error if a run does not exist or the file cannot be read.
pub fn latest_two(
    store: &Store,
    from: Option<RunId>,
    to: Option<RunId>,
) -> Result<(RunId, RunId), ReviewError> {
    let runs = store.runs()?;
    let unknown = |run: RunId| {
        let reason = format!("it has no sync {} that has ended", run.0);
        ReviewError::Unfit(reason)
    };
    let find = |run: RunId| {
        runs.iter()
            .find(|one| one.run == run)
            .ok_or_else(|| unknown(run))
    };
    let from = from.map(find).transpose()?;
    let same = |a: &RunRow, b: &RunRow| a.tenant == b.tenant;
    let newer = match to {
        Some(to) => Some(find(to)?),
        None => runs
            .iter()
            .find(|one| from.is_none_or(|from| same(one, from))),
    };
    let none = || ReviewError::Unfit("no sync in it has ended yet".to_owned());
    let newer = newer.ok_or_else(none)?;
    let before = |one: &&RunRow| one.run < newer.run && same(one, newer);
    let older = from.or_else(|| runs.iter().find(before));
    let single = || {
        let (run, tenant) = (newer.run.0, &newer.tenant_name);
        let reason = format!(
            "it has no sync of {tenant} before sync {run} to compare with: sync once more, or name a second file"
        );
        ReviewError::Unfit(reason)
    };
    Ok((older.ok_or_else(single)?.run, newer.run))
}
