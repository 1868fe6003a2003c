//! The requests of a sync that has ended, as an estimate of the next one's.

use std::collections::BTreeMap;

use rusqlite::params;
use serde::Deserialize;

use super::load::load_run;
use super::named::{collect_named, each_row};
use super::words::{number, parsed};
use super::{RunId, Store, StoreError};
use connector_policy::EndpointPolicy;
use connector_sync::{EndpointRequests, RequestEstimate, ScopeEstimate, validate_scope};
use connector_types::{Descriptor, Operation, Run, TypeIndex};

/// An estimate from a sync that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEstimate {
    /// The key of the sync.
    pub run: RunId,
    /// Its beginning.
    pub begun: Run,
    /// A complete sync; an incomplete one may have sent fewer requests.
    pub complete: bool,
    /// The estimate.
    pub estimate: RequestEstimate,
}

/// The requests of one kind of scope.
struct KindRow {
    call: Operation,
    resource_type: String,
    scopes: u64,
    requests: u64,
}

/// A request of a page.
#[derive(Deserialize)]
struct PageRequestRow {
    path: String,
}

impl Store {
    /// Returns the requests of the latest sync that has ended, with this manifest, base URL and settings.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn estimate_requests(
        &self,
        descriptor: &Descriptor,
        base_url: &str,
        settings: &str,
    ) -> Result<Option<StoredEstimate>, StoreError> {
        let sql = "SELECT run, complete, ifnull(requests, 0) AS requests FROM runs
            WHERE state = 'ended' AND connector = ? AND manifest_sha256 = ? AND base_url = ?
            AND settings = ? ORDER BY run DESC LIMIT 1";
        let values = params![descriptor.name, descriptor.sha256(), base_url, settings];
        let found = collect_named(&self.connection, sql, values, |row| {
            let requests = number(row.get("requests")?);
            Ok::<_, StoreError>((RunId(row.get("run")?), row.get("complete")?, requests))
        })?;
        let Some((run, complete, requests)) = found.into_iter().next() else {
            return Ok(None);
        };
        let begun = load_run(&self.connection, run)?;
        Ok(Some(StoredEstimate {
            estimate: self.build_estimate(run, &begun, requests, descriptor)?,
            run,
            begun,
            complete,
        }))
    }

    fn build_estimate(
        &self,
        run: RunId,
        begun: &Run,
        requests: u64,
        descriptor: &Descriptor,
    ) -> Result<RequestEstimate, StoreError> {
        let kinds = self.read_kinds(run)?;
        let mut endpoints = self.read_endpoints(run, descriptor)?;
        let types = TypeIndex::new(descriptor);
        let in_scopes: u64 = kinds.iter().map(|kind| kind.requests).sum();
        let mut scopes = vec![validate_scope(
            descriptor,
            requests.saturating_sub(in_scopes),
        )];
        scopes.extend(kinds.into_iter().map(|kind| {
            let key = (kind.call, kind.resource_type.clone());
            let mut known = endpoints.remove(&key).unwrap_or_default();
            let others = kind.requests.saturating_sub(known.values().sum());
            let credential = types.credential(&kind.resource_type).unwrap_or_default();
            if others > 0 {
                *known.entry((credential.to_owned(), None)).or_default() += others;
            }
            let named = (Some(kind.call), Some(kind.resource_type.as_str()));
            ScopeEstimate::new(named, (kind.scopes, kind.scopes), known)
        }));
        let said = begun.tenant.rate_limit.clone();
        let stated = said.map(|mut said| {
            // What was left then says nothing of today.
            said.monthly_remaining = None;
            ((said.credential.clone(), None), said)
        });
        Ok(RequestEstimate::new(
            descriptor,
            scopes,
            &stated.into_iter().collect(),
        ))
    }

    fn read_kinds(&self, run: RunId) -> Result<Vec<KindRow>, StoreError> {
        let sql = "SELECT call, resource_type, count(*) AS scopes, sum(requests) AS requests
            FROM scopes WHERE run = ? AND outcome IS NOT NULL AND outcome <> 'not-asked'
            GROUP BY call, type_order, resource_type";
        let mut kinds = collect_named(&self.connection, sql, [run.0], |row| {
            Ok::<_, StoreError>(KindRow {
                call: row.case("call")?,
                resource_type: row.get("resource_type")?,
                scopes: number(row.get("scopes")?),
                requests: number(row.get("requests")?),
            })
        })?;
        kinds.sort_by_key(|kind| kind.call);
        Ok(kinds)
    }

    /// Returns the requests of pages by kind of scope, and by the endpoint that each is of.
    fn read_endpoints(
        &self,
        run: RunId,
        descriptor: &Descriptor,
    ) -> Result<BTreeMap<(Operation, String), EndpointRequests>, StoreError> {
        let policy = EndpointPolicy::new(descriptor).map_err(StoreError::Damaged)?;
        let sql = "SELECT k.call, k.resource_type, p.requests FROM pages p
            JOIN scope_keys k ON k.scope = p.scope WHERE p.run = ?";
        let mut found: BTreeMap<_, EndpointRequests> = BTreeMap::new();
        each_row::<StoreError>(&self.connection, sql, [run.0], |row| {
            let kind = (row.case("call")?, row.get("resource_type")?);
            let requests = found.entry(kind).or_default();
            let asked: Vec<PageRequestRow> = parsed(row.text("requests")?.unwrap_or("[]"))?;
            for one in asked {
                if let Some(endpoint) = find_endpoint(&policy, descriptor, &one.path) {
                    *requests.entry(endpoint).or_default() += 1;
                }
            }
            Ok(())
        })?;
        Ok(found)
    }
}

/// Returns the credential and the index of the endpoint of a path.
fn find_endpoint(
    policy: &EndpointPolicy,
    descriptor: &Descriptor,
    path: &str,
) -> Option<(String, Option<usize>)> {
    let path = path.split('?').next()?;
    let mut names = descriptor.credentials.iter().map(|one| &one.name);
    names.find_map(|name| {
        let allowed = policy.check(name, path).ok()?;
        Some((name.clone(), Some(allowed.index)))
    })
}
