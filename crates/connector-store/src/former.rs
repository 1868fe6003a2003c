//! A sync that was broken off: whether it may be gone on with, and what it has read.

use rusqlite::{Connection, Row, params};

use super::load::{load_run, scope};
use super::packed::Unpacker;
use super::words::{case, integer, maybe_id_at, number};
use super::{RunId, StoreError};
use connector_sync::{Former, FormerWalk};
use connector_types::{Call, Page, ResourceId, Run};

/// How long after its beginning a sync may be gone on with: what it has read is as old as that.
const FRESH_HOURS: i64 = 24;

/// A sync that was broken off.
pub(super) struct BrokenOff {
    pub(super) key: RunId,
    pub(super) run: Run,
    settings: String,
    requests: u64,
}

/// Every sync that was broken off, the latest first.
pub(super) fn all(connection: &Connection) -> Result<Vec<RunId>, StoreError> {
    let sql = "SELECT run FROM runs WHERE state = 'running' ORDER BY run DESC";
    let mut query = connection.prepare(sql)?;
    let runs = query.query_map([], |row| row.get(0).map(RunId))?;
    Ok(runs.collect::<Result<_, _>>()?)
}

/// The latest sync that was broken off.
pub(super) fn find(connection: &Connection) -> Result<Option<BrokenOff>, StoreError> {
    let Some(key) = all(connection)?.first().copied() else {
        return Ok(None);
    };
    let sql = "SELECT settings, ifnull(requests, 0) FROM runs WHERE run = ?";
    let found = connection.query_row(sql, [key.0], |row| Ok((row.get(0)?, row.get(1)?)));
    let (settings, requests) = found?;
    Ok(Some(BrokenOff {
        key,
        run: load_run(connection, key)?,
        settings,
        requests: number(requests),
    }))
}

impl BrokenOff {
    /// Whether a sync that begins like this may go on with it.
    ///
    /// # Errors
    /// Why not, and what to do.
    pub(super) fn check(&self, run: &Run, settings: &str) -> Result<(), String> {
        let reason = self.differs(run, settings).or_else(|| self.is_old(run));
        reason.map_or(Ok(()), |reason| {
            Err(format!(
                "the sync that began at {} and was broken off cannot be gone on with: {reason}. To read everything anew and drop what it has read, leave out --resume.",
                self.run.started_at
            ))
        })
    }

    fn differs(&self, run: &Run, settings: &str) -> Option<String> {
        let Run {
            contract,
            connector,
            version,
            component_sha256,
            manifest_sha256,
            base_url,
            started_at: _,
            tenant,
        } = &self.run;
        let differing = |what: &str, was: &str, is: &str| {
            (was != is).then(|| format!("{what} is another one (it was {was}, and is {is})"))
        };
        let (was, is) = (tenant, &run.tenant);
        differing("the tenant", &was.id.to_string(), &is.id.to_string())
            .or_else(|| differing("the base URL", base_url, &run.base_url))
            .or_else(|| differing("the contract's version", contract, &run.contract))
            .or_else(|| differing("the connector", connector, &run.connector))
            .or_else(|| differing("the connector's version", version, &run.version))
            .or_else(|| {
                differing(
                    "the connector's component",
                    component_sha256,
                    &run.component_sha256,
                )
            })
            .or_else(|| {
                differing(
                    "the connector's description",
                    manifest_sha256,
                    &run.manifest_sha256,
                )
            })
            .or_else(|| {
                let (was, is) = (&was.credential_owner, &is.credential_owner);
                let what = "whose credential it is read with";
                differing(what, &was.to_string(), &is.to_string())
            })
            .or_else(|| differing("what is to be read", &self.settings, settings))
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

    /// Takes it up, with so many more requests outside of walks.
    pub(super) fn take_up(
        &self,
        connection: &Connection,
        requests: u64,
    ) -> Result<Former, StoreError> {
        let sql = "UPDATE runs SET requests = ? WHERE run = ?";
        let so_far = integer(self.requests.saturating_add(requests));
        connection.execute(sql, params![so_far, self.key.0])?;
        Ok(Former {
            run: self.run.clone(),
            requests: self.requests,
            walks: walks(connection, self.key)?,
        })
    }
}

fn walks(connection: &Connection, run: RunId) -> Result<Vec<FormerWalk>, StoreError> {
    let sql = "SELECT call, resource_type, id, parent_type, parent_id, outcome, pages, requests,
        problem, restarts, scope FROM scopes WHERE run = ? ORDER BY scope";
    let mut query = connection.prepare(sql)?;
    let mut rows = query.query([run.0])?;
    let (mut found, mut unpacker) = (Vec::new(), Unpacker::new());
    while let Some(row) = rows.next()? {
        found.push(walk(connection, row, &mut unpacker)?);
    }
    Ok(found)
}

fn walk(
    connection: &Connection,
    row: &Row<'_>,
    unpacker: &mut Unpacker,
) -> Result<FormerWalk, StoreError> {
    let (call, resource_type): (Call, String) = (case(row.get(0)?)?, row.get(1)?);
    let outcome: Option<String> = row.get(5)?;
    let at = match (call, row.get::<_, Option<String>>(2)?) {
        (Call::ListGrants, Some(id)) => Some(ResourceId::new(&*resource_type, id)),
        _ => maybe_id_at(row, 3)?,
    };
    Ok(FormerWalk {
        call,
        resource_type,
        at,
        ended: outcome.map(|_| scope(row)).transpose()?,
        pages: pages(connection, row.get(10)?, unpacker)?,
        pages_read: number(row.get(6)?),
        requests: number(row.get(7)?),
        restarts: row.get(9)?,
    })
}

fn pages(
    connection: &Connection,
    scope: i64,
    unpacker: &mut Unpacker,
) -> Result<Vec<Page>, StoreError> {
    let sql = "SELECT content FROM pages WHERE scope = ? AND content IS NOT NULL ORDER BY page";
    let mut query = connection.prepare_cached(sql)?;
    let mut rows = query.query([scope])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let frame = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
        found.push(unpacker.unpack(frame)?);
    }
    Ok(found)
}
