//! Interrupted runs: the check before one is resumed, and the records that it has read.

use rusqlite::{Connection, params};

use super::load::{self, load_run};
use super::named::{NamedRow, collect_named};
use super::words::{integer, number};
use super::{RunId, StoreError};
use connector_sync::{CheckpointPage, InterruptedRun, InterruptedScope, ListedResource};
use connector_types::{Notice, Operation, ResourceId, Run};

/// The hours after its start within which a sync may be resumed: its records are as old as that.
const FRESH_HOURS: i64 = 24;

/// A sync run that was interrupted.
pub(super) struct UnfinishedRun {
    pub(super) key: RunId,
    pub(super) run: Run,
    settings: String,
    requests: u64,
}

/// Returns every interrupted run, the latest first.
pub(super) fn all(connection: &Connection) -> Result<Vec<RunId>, StoreError> {
    let sql = "SELECT run FROM runs WHERE state = 'running' ORDER BY run DESC";
    let mut query = connection.prepare(sql)?;
    let runs = query.query_map([], |row| row.get(0).map(RunId))?;
    Ok(runs.collect::<Result<_, _>>()?)
}

/// Returns the latest interrupted run.
pub(super) fn find(connection: &Connection) -> Result<Option<UnfinishedRun>, StoreError> {
    let Some(key) = all(connection)?.first().copied() else {
        return Ok(None);
    };
    let sql = "SELECT settings, ifnull(requests, 0) AS requests FROM runs WHERE run = ?";
    let found = connection.query_row(sql, [key.0], |row| {
        Ok((row.get("settings")?, row.get("requests")?))
    });
    let (settings, requests) = found?;
    Ok(Some(UnfinishedRun {
        key,
        run: load_run(connection, key)?,
        settings,
        requests: number(requests),
    }))
}

impl UnfinishedRun {
    /// Checks whether a sync that begins like this may resume it.
    ///
    /// # Errors
    /// Returns the reason if not, and what to do.
    pub(super) fn check(&self, run: &Run, settings: &str) -> Result<(), String> {
        let reason = find_difference((&self.run, &self.settings), (run, settings))
            .or_else(|| self.is_old(run));
        reason.map_or(Ok(()), |reason| {
            Err(format!(
                "the sync that began at {} and was interrupted cannot be resumed: {reason}. To read everything again and drop what it has read, leave out --resume.",
                self.run.started_at
            ))
        })
    }

    fn is_old(&self, now: &Run) -> Option<String> {
        let was = self.run.started_at.parse::<jiff::Timestamp>().ok();
        let is = now.started_at.parse::<jiff::Timestamp>().ok();
        let age = was
            .zip(is)
            .map(|(was, is)| is.duration_since(was).as_hours());
        let is_fresh = age.is_some_and(|hours| hours < FRESH_HOURS);
        (!is_fresh).then(|| format!("it began {FRESH_HOURS} hours ago or earlier"))
    }

    /// Resumes the run, with this many more requests outside of scopes.
    pub(super) fn resume(
        &self,
        connection: &Connection,
        requests: u64,
    ) -> Result<InterruptedRun, StoreError> {
        let sql = "UPDATE runs SET requests = ?, failure = NULL WHERE run = ?";
        let so_far = integer(self.requests.saturating_add(requests));
        connection.execute(sql, params![so_far, self.key.0])?;
        Ok(InterruptedRun {
            run: self.run.clone(),
            requests: self.requests,
            scopes: scopes(connection, self.key)?,
        })
    }
}

/// Returns the first difference between two syncs, each given with its settings.
pub(super) fn find_difference(
    (was, was_settings): (&Run, &str),
    (now, settings): (&Run, &str),
) -> Option<String> {
    let Run {
        contract,
        connector,
        version,
        component_sha256,
        manifest_sha256,
        base_url,
        started_at: _,
        tenant,
        // The component states them, which is the same one.
        resource_types: _,
        since_last: _,
    } = was;
    let differing = |what: &str, was: &str, is: &str| {
        (was != is).then(|| format!("{what} is another one (it was {was}, and is {is})"))
    };
    let (was, is) = (tenant, &now.tenant);
    differing("the tenant", &was.id.to_string(), &is.id.to_string())
        .or_else(|| differing("the base URL", base_url, &now.base_url))
        .or_else(|| differing("the contract's version", contract, &now.contract))
        .or_else(|| differing("the connector", connector, &now.connector))
        .or_else(|| differing("the connector's version", version, &now.version))
        .or_else(|| {
            differing(
                "the connector's component",
                component_sha256,
                &now.component_sha256,
            )
        })
        .or_else(|| {
            differing(
                "the connector's description",
                manifest_sha256,
                &now.manifest_sha256,
            )
        })
        .or_else(|| {
            let (was, is) = (&was.credential_owner, &is.credential_owner);
            let what = "whose credential it is read with";
            differing(what, &was.to_string(), &is.to_string())
        })
        .or_else(|| differing("what is to be read", was_settings, settings))
}

fn scopes(connection: &Connection, run: RunId) -> Result<Vec<InterruptedScope>, StoreError> {
    let sql = "SELECT call, resource_type, id, parent_type, parent_id, outcome, pages, requests,
        problem, restarts, scope, read_at FROM scopes WHERE run = ? ORDER BY scope";
    collect_named(connection, sql, [run.0], |row| scope(connection, run, row))
}

fn scope(
    connection: &Connection,
    run: RunId,
    row: NamedRow<'_>,
) -> Result<InterruptedScope, StoreError> {
    let (call, resource_type): (Operation, String) = (row.case("call")?, row.get("resource_type")?);
    let outcome = row.text("outcome")?;
    let at = match (call, row.text("id")?) {
        (Operation::ListGrants, Some(id)) => Some(ResourceId::new(&*resource_type, id)),
        (Operation::ListGrants | Operation::ListResources | Operation::ListEntitlements, _) => {
            row.maybe_id("parent_type", "parent_id")?
        }
    };
    let scope: i64 = row.get("scope")?;
    let (listed, last) = listed_by_scope(connection, run, scope)?;
    Ok(InterruptedScope {
        call,
        resource_type,
        at,
        ended: outcome.map(|_| load::scope(row)).transpose()?,
        pages: pages(connection, run, scope)?,
        listed,
        last,
        omits: has_omission(connection, run, scope)?,
        pages_read: number(row.get("pages")?),
        requests: number(row.get("requests")?),
        restarts: row.get("restarts")?,
    })
}

/// Returns whether a notice says that nothing follows from what is absent in a scope.
fn has_omission(connection: &Connection, run: RunId, scope: i64) -> Result<bool, StoreError> {
    let sql = "SELECT k.about_type, k.about_id, k.code, k.impact, k.message
        FROM notice_versions v JOIN notice_keys k ON k.notice = v.notice
        WHERE v.epoch = ? AND v.scope = ?";
    let notices = collect_named(connection, sql, (run.0, scope), load::notice)?;
    Ok(notices.iter().any(Notice::is_partial))
}

fn pages(
    connection: &Connection,
    run: RunId,
    scope: i64,
) -> Result<Vec<CheckpointPage>, StoreError> {
    let sql = "SELECT next, print, moved FROM page_versions WHERE epoch = ? AND scope = ?
        ORDER BY page";
    collect_named(connection, sql, (run.0, scope), |row| {
        Ok::<_, StoreError>(CheckpointPage {
            next: row.get("next")?,
            print: row.get("print")?,
            moved: row.get("moved")?,
        })
    })
}

/// The resources that a scope lists, with the records that another scope has brought before it.
const LISTED: &str = "SELECT k.resource_type, k.id, v.grants, v.page
    FROM resource_versions v JOIN resource_keys k ON k.resource = v.resource
    WHERE v.epoch = ?1 AND v.scope = ?2 AND v.evidence = 'listed'
    UNION ALL
    SELECT json_extract(record, '$.id.resource_type'), json_extract(record, '$.id.id'),
        json_extract(record, '$.grants'), page FROM duplicate_records
    WHERE run = ?1 AND scope = ?2 AND kind = 'resource'
        AND json_extract(record, '$.evidence') = 'listed'";

/// Returns what a scope lists, and the ids of those of its last page.
pub(super) fn listed_by_scope(
    connection: &Connection,
    run: RunId,
    scope: i64,
) -> Result<(Vec<ListedResource>, Vec<ResourceId>), StoreError> {
    let sql = "SELECT max(page) FROM page_versions WHERE epoch = ? AND scope = ?";
    let mut query = connection.prepare_cached(sql)?;
    let last_page: Option<i64> = query.query_row((run.0, scope), |row| row.get(0))?;
    let rows = collect_named(connection, LISTED, (run.0, scope), |row| {
        let listed = ListedResource {
            id: row.id()?,
            grants: row.case("grants")?,
        };
        Ok::<_, StoreError>((listed, row.get::<Option<i64>>("page")?))
    })?;
    let of_last = rows
        .iter()
        .filter(|(_, page)| page.is_some() && *page == last_page);
    let last = of_last.map(|(listed, _)| listed.id.clone()).collect();
    Ok((rows.into_iter().map(|(listed, _)| listed).collect(), last))
}
