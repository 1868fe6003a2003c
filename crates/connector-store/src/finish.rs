//! The end of a sync that was stored page by page: one record of each identity, closed references,
//! counts and digest. Only the rows that change are written.

use rusqlite::Connection;

use super::expansions::save_expansions;
use super::history::join_history;
use super::load::{load_run, load_scopes};
use super::named::collect_named;
use super::ordered::OrderedRun;
use super::rows::save_notice;
use super::save::end;
use super::sweep::drop_duplicates;
use super::{RunId, StoreError, duplicates, references};
use connector_sync::{GrantTally, SyncDigest, SyncEnd, SyncFigures, find_gaps};
use connector_types::{ResourceId, Summary};

/// Makes one consistent result of what a run has read, and ends it.
pub(super) fn finish(
    connection: &Connection,
    run: RunId,
    requests: u64,
) -> Result<SyncEnd, StoreError> {
    let begun = load_run(connection, run)?;
    for notice in &begun.tenant.notices {
        save_notice(connection, run, notice, None)?;
    }
    duplicates::resolve_duplicates(connection, run)?;
    references::close(connection, run)?;
    drop_reading_state(connection, run)?;
    let scopes = load_scopes(connection, run)?;
    let SyncCounts {
        figures,
        entitlements,
        digest,
    } = count(connection, run)?;
    let owner = &begun.tenant.credential_owner.resource_type;
    let resources = figures
        .resources
        .values()
        .map(|(listed, more)| listed + more);
    let summary = Summary {
        resources: resources.sum(),
        entitlements,
        grants: figures.grants.values().map(|one| one.all).sum(),
        notices: figures.notices.values().map(|(times, _)| *times).sum(),
        complete: find_gaps(&scopes, &figures.referred_to(owner)).is_empty(),
        digest: digest.finish(&scopes),
        requests,
        ..Summary::counted([0; 4], &scopes)
    };
    end(connection, run, &summary)?;
    join_history(connection, run)?;
    Ok(SyncEnd {
        run: begun,
        scopes,
        summary,
        figures,
    })
}

/// Drops the state that only a resumed sync needs.
fn drop_reading_state(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    let sql = "UPDATE page_versions SET next = NULL, print = NULL, moved = 0
        WHERE epoch = ? AND (next IS NOT NULL OR print IS NOT NULL OR moved)";
    connection.execute(sql, [run.0])?;
    drop_duplicates(connection, run)
}

/// Counts and digest of the records.
struct SyncCounts {
    figures: SyncFigures,
    entitlements: u64,
    digest: SyncDigest,
}

/// Reads every record once, in the order of the digest, and writes who is behind each set of people.
fn count(connection: &Connection, run: RunId) -> Result<SyncCounts, StoreError> {
    let mut counted = SyncCounts {
        figures: SyncFigures::default(),
        entitlements: 0,
        digest: SyncDigest::default(),
    };
    let SyncCounts {
        figures,
        entitlements,
        digest,
    } = &mut counted;
    let records = OrderedRun::new(connection, run)?;
    records.resources(|resource| {
        figures.add_resource(resource);
        digest.add(resource);
        Ok::<_, StoreError>(())
    })?;
    digest.end_list();
    records.entitlements(|entitlement| {
        *entitlements += 1;
        digest.add(entitlement);
        Ok::<_, StoreError>(())
    })?;
    digest.end_list();
    let mut tally = GrantTally::default();
    records.grants(|grant| {
        tally.add_grant(figures, grant);
        digest.add_grant(grant);
        Ok::<_, StoreError>(())
    })?;
    tally.finish(figures);
    digest.end_list();
    records.notices(|notice| {
        figures.add_notice(notice);
        Ok::<_, StoreError>(())
    })?;
    // Its ids and the group graph are not in memory at once.
    drop(records);
    figures.accounts = accounts(connection, run)?;
    save_expansions(connection, run)?;
    Ok(counted)
}

/// Accounts with an address, where several types have some.
fn accounts(connection: &Connection, run: RunId) -> Result<Vec<(ResourceId, String)>, StoreError> {
    let several = "SELECT count(DISTINCT resource_type) > 1 FROM resources
        WHERE run = ? AND kind = 'user' AND email IS NOT NULL";
    if !connection.query_row(several, [run.0], |row| row.get(0))? {
        return Ok(Vec::new());
    }
    let sql = "SELECT resource_type, id, email FROM resources
        WHERE run = ? AND kind = 'user' AND email IS NOT NULL ORDER BY resource_type, id";
    collect_named(connection, sql, [run.0], |row| {
        Ok::<_, StoreError>((row.id()?, row.get("email")?))
    })
}
