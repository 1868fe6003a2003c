//! Explains why a principal has an entitlement: each access path, and where each step was read.

use std::collections::HashMap;

use rusqlite::Connection;
use serde::Serialize;

use super::access::is_zero;
use super::origin::{self, SoughtScope};
use super::{EvidenceOrigin, Named, ReviewError, find_entitlement};
use connector_store::{
    AUDIENCE_KINDS, FormerNames, GroupExpansion, GroupGraph, LISTED_ACCOUNT, NamedRow, RunId,
    Store, StoreError, Visit, collect_named, find_row,
};
use connector_types::ResourceId;

/// The greatest number of access paths that an explanation lists.
const MOST_PATHS_LISTED: usize = 100;
/// The greatest number of groups that one access path lists.
const MOST_STEPS: usize = 100;

/// An entitlement, and the access paths that lead its principal to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The resource that the entitlement is on.
    pub resource: Named,
    /// Its slug.
    pub entitlement: String,
    /// The principal, which may not have it.
    pub principal: Named,
    /// The access paths, at most the 100 shortest ones. Empty if the principal does not have the
    /// entitlement, as far as the sync knows.
    pub paths: Vec<AccessPath>,
    /// True if there are longer paths.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub has_more: bool,
    /// The scope that reads such grants on the resource: if there is no path, its outcome states
    /// whether that proves anything.
    pub read_by: Option<EvidenceOrigin>,
}

/// An access path, from the resource to the principal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccessPath {
    /// The grants of the path; the principal of each is the resource of the next.
    pub steps: Vec<PathStep>,
    /// True if the last principal is an audience, and with it every listed account.
    pub through_everyone: bool,
    /// The number of steps after those listed, of a very long path.
    #[serde(skip_serializing_if = "is_zero")]
    pub more_steps: usize,
}

/// A grant of an access path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PathStep {
    /// The resource that the grant is on.
    pub resource: Named,
    /// Slug of the entitlement.
    pub entitlement: String,
    /// The principal.
    pub principal: Named,
    /// The provider's rule from which it follows, where no list shows it.
    pub implied_by: Option<String>,
    /// The page that the grant was read from.
    pub origin: Option<EvidenceOrigin>,
}

/// Explains every access path by which `principal` has `entitlement`, an entitlement by its slug or name,
/// on `resource`.
///
/// # Errors
/// Returns an error if the sync does not know the resource, entitlement or principal, or
/// cannot be read.
pub fn explain_access(
    store: &Store,
    run: RunId,
    resource: &ResourceId,
    entitlement: &str,
    principal: &ResourceId,
) -> Result<Explanation, ReviewError> {
    let connection = store.connection();
    let names = store.former_names(run)?;
    let on = find(connection, run, resource)?.with_former_name(&names);
    let principal = find(connection, run, principal)?.with_former_name(&names);
    let entitlement = find_entitlement(store, run, &resource.resource_type, entitlement)?;
    let (paths, has_more) =
        Search::new((connection, run), &principal, &names)?.access_paths(&on, &entitlement)?;
    Ok(Explanation {
        read_by: origin::derived_origin(
            connection,
            run,
            SoughtScope::Grant(on.key, principal.key),
        )?,
        resource: on.named,
        entitlement,
        principal: principal.named,
        paths,
        has_more,
    })
}

/// A resource's row.
#[derive(Clone)]
struct FoundResource {
    key: i64,
    named: Named,
    /// True if it is an account that a list shows.
    is_listed_account: bool,
    /// True if it stands for people who are not named one by one.
    is_audience: bool,
}

impl FoundResource {
    fn with_former_name(self, names: &FormerNames) -> Self {
        Self {
            named: self.named.with_former_name(names),
            ..self
        }
    }
}

/// Returns the columns of a resource `q` of the run `?1`.
fn found_columns() -> String {
    format!(
        "q.resource AS resource, q.resource_type AS resource_type, q.id AS id,
        q.display_name AS display_name, {LISTED_ACCOUNT} AS is_listed_account,
        q.kind IN {AUDIENCE_KINDS} AS is_audience"
    )
}

fn read_found(row: NamedRow<'_>) -> rusqlite::Result<FoundResource> {
    Ok(FoundResource {
        key: row.get("resource")?,
        named: Named::read(row)?,
        is_listed_account: row.get("is_listed_account")?,
        is_audience: row.get("is_audience")?,
    })
}

fn find(
    connection: &Connection,
    run: RunId,
    id: &ResourceId,
) -> Result<FoundResource, ReviewError> {
    let sql = format!(
        "SELECT {} FROM resources q WHERE q.run = ?1 AND q.resource_type = ?2 AND q.id = ?3",
        found_columns()
    );
    let values = (run.0, &*id.resource_type, &*id.id);
    let row = find_row(connection, &sql, values, read_found)?;
    row.ok_or_else(|| ReviewError::Unfit(format!("the sync knows no {id}")))
}

/// A search for access paths from the groups that the principal is in.
struct Search<'a> {
    connection: &'a Connection,
    run: RunId,
    principal: &'a FoundResource,
    names: &'a FormerNames,
    groups: GroupGraph,
    /// The groups that the principal is in.
    walk: GroupExpansion,
    /// The visits to each set, the shortest first.
    visits: HashMap<usize, Vec<Visit>>,
}

/// A grant that is a step of an access path.
struct PathStart {
    to: FoundResource,
    implied_by: Option<String>,
    expands: Option<String>,
    scope: Option<i64>,
    page: Option<i64>,
}

/// An access path that is not listed yet: its first grant, and the groups from there to the
/// principal.
struct PathOutline {
    start: usize,
    /// `None` if the first grant is the principal's own, or an audience's.
    visit: Option<Visit>,
}

impl PathOutline {
    fn len(&self) -> usize {
        self.visit.map_or(0, Visit::path_len)
    }
}

impl<'a> Search<'a> {
    fn new(
        (connection, run): (&'a Connection, RunId),
        principal: &'a FoundResource,
        names: &'a FormerNames,
    ) -> Result<Self, ReviewError> {
        let groups = GroupGraph::read(connection, run)?;
        let mut from = groups.of_member(principal.key);
        if principal.is_listed_account {
            let audiences = audience_keys(connection, run)?;
            from.extend(
                audiences
                    .into_iter()
                    .flat_map(|key| groups.of_principal(key)),
            );
        }
        let most = u32::try_from(MOST_PATHS_LISTED).unwrap_or(u32::MAX);
        let walk = groups.walk_outward(from, most);
        let mut visits: HashMap<usize, Vec<Visit>> = HashMap::new();
        for visit in &walk.visits {
            visits.entry(visit.group).or_default().push(*visit);
        }
        Ok(Self {
            connection,
            run,
            principal,
            names,
            groups,
            walk,
            visits,
        })
    }

    /// Returns the shortest access paths along the principals of an entitlement, and whether there
    /// are more.
    fn access_paths(
        &self,
        on: &FoundResource,
        slug: &str,
    ) -> Result<(Vec<AccessPath>, bool), ReviewError> {
        let starts = self.grant_leads(on, slug, None)?;
        let mut outlines = Vec::new();
        for (at, start) in starts.iter().enumerate() {
            if self.arrives_at(start) {
                outlines.push(PathOutline {
                    start: at,
                    visit: None,
                });
            }
            let set = start
                .expands
                .clone()
                .and_then(|slug| self.groups.find(start.to.key, slug));
            let visits = set
                .and_then(|set| self.visits.get(&set))
                .into_iter()
                .flatten();
            // An access path does not return to its start.
            let visits = visits.filter(|visit| !self.returns_to(on, **visit));
            outlines.extend(visits.map(|visit| PathOutline {
                start: at,
                visit: Some(*visit),
            }));
        }
        outlines.sort_by_key(PathOutline::len);
        let has_more =
            self.walk.is_cut && !outlines.is_empty() || outlines.len() > MOST_PATHS_LISTED;
        let shown = outlines.iter().take(MOST_PATHS_LISTED);
        let shown = shown.filter_map(|outline| Some((starts.get(outline.start)?, outline.visit)));
        let paths = shown.map(|(start, visit)| self.access_path(on, slug, start, visit));
        let mut paths = paths.collect::<Result<Vec<_>, _>>()?;
        paths.sort_by(|a, b| path_order(a).cmp(&path_order(b)));
        Ok((paths, has_more))
    }

    fn returns_to(&self, on: &FoundResource, visit: Visit) -> bool {
        let steps = self.walk.steps(visit).take(MOST_STEPS);
        let mut steps = steps.filter_map(|group| self.groups.resource(group));
        steps.any(|key| key == on.key)
    }

    /// Returns whether a grant is the principal's own, or one of an audience that the principal
    /// belongs to.
    fn arrives_at(&self, start: &PathStart) -> bool {
        start.to.key == self.principal.key || self.is_everyones(start)
    }

    fn is_everyones(&self, start: &PathStart) -> bool {
        start.to.is_audience && start.expands.is_none() && self.principal.is_listed_account
    }

    fn access_path(
        &self,
        on: &FoundResource,
        slug: &str,
        start: &PathStart,
        visit: Option<Visit>,
    ) -> Result<AccessPath, ReviewError> {
        let mut steps = vec![self.path_step(on, slug, start)?];
        let groups: Vec<usize> = match visit {
            Some(visit) => self.walk.steps(visit).take(MOST_STEPS).collect(),
            None => Vec::new(),
        };
        let (mut on, mut through_everyone) = (start.to.clone(), self.is_everyones(start));
        for (place, group) in groups.iter().enumerate() {
            let next = groups.get(place.saturating_add(1));
            let to = next.and_then(|next| self.groups.resource(*next));
            let slug = self.groups.slug(*group);
            let starts = self.grant_leads(&on, slug, to)?;
            let taken = starts.into_iter().find(|start| match to {
                Some(to) => start.to.key == to && start.expands.is_some(),
                None => self.arrives_at(start),
            });
            // The path continues after the last listed step.
            let Some(start) = taken else { break };
            steps.push(self.path_step(&on, slug, &start)?);
            through_everyone = next.is_none() && self.is_everyones(&start);
            on = start.to;
        }
        let all = visit.map_or(1, |visit| visit.path_len().saturating_add(1));
        Ok(AccessPath {
            more_steps: all.saturating_sub(steps.len()),
            steps,
            through_everyone,
        })
    }

    /// Returns the grants of an entitlement that lead to `to`, or to the principal, an audience or
    /// any group.
    fn grant_leads(
        &self,
        on: &FoundResource,
        slug: &str,
        to: Option<i64>,
    ) -> Result<Vec<PathStart>, ReviewError> {
        let sql = format!(
            "SELECT {found}, g.implied_by AS implied_by, g.expands AS expands, g.scope AS scope,
                g.page AS page
            FROM entitlements e
            JOIN grant_facts g ON g.run = e.run AND g.resource = ?2
                AND g.entitlement = e.entitlement
            JOIN resources q ON q.run = g.run AND q.resource = g.principal
            WHERE e.run = ?1 AND e.resource_type = ?3 AND e.slug = ?4 AND CASE
                WHEN ?6 IS NOT NULL THEN g.principal = ?6
                ELSE g.principal = ?5 OR g.expands IS NOT NULL OR is_audience END
            ORDER BY q.resource_type, q.id",
            found = found_columns()
        );
        let resource_type = &*on.named.id.resource_type;
        let values = (
            self.run.0,
            on.key,
            resource_type,
            slug,
            self.principal.key,
            to,
        );
        let starts = collect_named(self.connection, &sql, values, |row| {
            Ok::<_, StoreError>(PathStart {
                to: read_found(row)?.with_former_name(self.names),
                implied_by: row.get("implied_by")?,
                expands: row.get("expands")?,
                scope: row.get("scope")?,
                page: row.get("page")?,
            })
        });
        Ok(starts?)
    }

    fn path_step(
        &self,
        on: &FoundResource,
        slug: &str,
        start: &PathStart,
    ) -> Result<PathStep, ReviewError> {
        let read = match start.scope {
            Some(scope) => origin::stored_origin(self.connection, self.run, (scope, start.page))?,
            None => {
                let sought = match &start.implied_by {
                    None => SoughtScope::Grant(on.key, start.to.key),
                    Some(_) => SoughtScope::Implied(on.key),
                };
                origin::derived_origin(self.connection, self.run, sought)?
            }
        };
        Ok(PathStep {
            resource: on.named.clone(),
            entitlement: slug.to_owned(),
            principal: start.to.named.clone(),
            implied_by: start.implied_by.clone(),
            origin: read,
        })
    }
}

/// Returns the sort key of an access path: the principals of its steps.
fn path_order(path: &AccessPath) -> Vec<&ResourceId> {
    path.steps.iter().map(|step| &step.principal.id).collect()
}

/// Returns the keys of the audiences that something names.
fn audience_keys(connection: &Connection, run: RunId) -> Result<Vec<i64>, ReviewError> {
    let sql = format!(
        "SELECT resource FROM resources WHERE run = ? AND kind IN {AUDIENCE_KINDS}
        ORDER BY resource"
    );
    let mut query = connection.prepare_cached(&sql)?;
    let found = query.query_map([run.0], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}
