//! Why somebody has a right: each way from what it is on to who has it, and where each step was read.

use std::collections::HashMap;

use rusqlite::Connection;
use serde::Serialize;

use super::access::is_zero;
use super::origin::{self, Sought};
use super::{EvidenceOrigin, Named, ReviewError, find_right};
use connector_store::{
    FormerNames, GroupExpansion, GroupGraph, NamedRow, RunId, Store, StoreError, Visit,
    collect_named, find_row,
};
use connector_types::ResourceId;

/// Ways that are told before the rest is left out.
const MOST_WAYS: usize = 100;
/// Groups of one way that are told.
const MOST_STEPS: usize = 100;

/// A right, and how its holder comes by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What the right is on.
    pub resource: Named,
    /// Its slug.
    pub entitlement: String,
    /// Who has it, or does not.
    pub principal: Named,
    /// Each way to it, at most the 100 shortest ones. Empty where it is not held, as far as the sync
    /// knows.
    pub ways: Vec<AccessPath>,
    /// Whether there are longer ways.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub has_more: bool,
    /// The scope that reads such rights on the resource: where there is no way, its outcome tells
    /// whether that means anything.
    pub read_by: Option<EvidenceOrigin>,
}

/// One way, from the resource to the holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccessPath {
    /// The grants on the way; each one's principal is the next one's resource.
    pub steps: Vec<PathStep>,
    /// Whether the last principal is everyone, and with it every account that a list shows.
    pub through_everyone: bool,
    /// The number of steps after those that are told, of a way that has very many.
    #[serde(skip_serializing_if = "is_zero")]
    pub more_steps: usize,
}

/// One grant on a way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PathStep {
    /// What the grant is on.
    pub resource: Named,
    /// Slug of what is held.
    pub entitlement: String,
    /// Who holds it.
    pub principal: Named,
    /// The provider's rule from which it follows, where no list shows it.
    pub implied_by: Option<String>,
    /// Where it was read.
    pub origin: Option<EvidenceOrigin>,
}

/// Tells every way by which `principal` has `right`, a right by its slug or name, on `resource`.
///
/// # Errors
/// The sync knows no such resource, entitlement or principal, or cannot be read.
pub fn explain(
    store: &Store,
    run: RunId,
    resource: &ResourceId,
    right: &str,
    principal: &ResourceId,
) -> Result<Explanation, ReviewError> {
    let connection = store.connection();
    let names = store.former_names(run)?;
    let on = find(connection, run, resource)?.with_former_name(&names);
    let who = find(connection, run, principal)?.with_former_name(&names);
    let entitlement = find_right(store, run, &resource.resource_type, right)?;
    let (ways, has_more) = Search::new((connection, run), &who, &names)?.ways(&on, &entitlement)?;
    Ok(Explanation {
        read_by: origin::derived(connection, run, Sought::Grant(on.key, who.key))?,
        resource: on.named,
        entitlement,
        principal: who.named,
        ways,
        has_more,
    })
}

/// A resource's row.
#[derive(Clone)]
struct FoundResource {
    key: i64,
    named: Named,
    /// Whether it is an account that a list shows.
    listed_account: bool,
    /// Whether it stands for people who are not named one by one.
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

const FOUND: &str = "q.resource AS resource, q.resource_type AS resource_type, q.id AS id,
    q.display_name AS display_name, q.kind = 'user' AND q.evidence = 'listed' AS listed_account,
    q.kind IN ('anyone', 'organization') AS is_audience";

fn found(row: NamedRow<'_>) -> rusqlite::Result<FoundResource> {
    Ok(FoundResource {
        key: row.get("resource")?,
        named: Named::read(row)?,
        listed_account: row.get("listed_account")?,
        is_audience: row.get("is_audience")?,
    })
}

fn find(
    connection: &Connection,
    run: RunId,
    id: &ResourceId,
) -> Result<FoundResource, ReviewError> {
    let sql = format!(
        "SELECT {FOUND} FROM resources q WHERE q.run = ? AND q.resource_type = ? AND q.id = ?"
    );
    let values = (run.0, &*id.resource_type, &*id.id);
    let row = find_row(connection, &sql, values, found)?;
    row.ok_or_else(|| ReviewError::Unfit(format!("the sync knows no {id}")))
}

/// The sets that the holder is in, from which each way leads on.
struct Search<'a> {
    connection: &'a Connection,
    run: RunId,
    who: &'a FoundResource,
    names: &'a FormerNames,
    groups: GroupGraph,
    /// The sets that the holder is in.
    walk: GroupExpansion,
    /// The visits to each set, the shortest first.
    visits: HashMap<usize, Vec<Visit>>,
}

/// A grant that is a step of a way.
struct Lead {
    to: FoundResource,
    implied_by: Option<String>,
    expands: Option<String>,
    scope: Option<i64>,
    page: Option<i64>,
}

/// A way that is not told yet: its first grant, and the sets from there to the holder.
struct Course {
    lead: usize,
    /// `None` where the first grant is the holder's, or everyone's.
    visit: Option<Visit>,
}

impl Course {
    fn len(&self) -> usize {
        self.visit.map_or(0, Visit::path_len)
    }
}

impl<'a> Search<'a> {
    fn new(
        (connection, run): (&'a Connection, RunId),
        who: &'a FoundResource,
        names: &'a FormerNames,
    ) -> Result<Self, ReviewError> {
        let groups = GroupGraph::read(connection, run)?;
        let mut from = groups.of_holder(who.key);
        if who.listed_account {
            let audiences = audiences(connection, run)?;
            from.extend(audiences.into_iter().flat_map(|key| groups.of_person(key)));
        }
        let most = u32::try_from(MOST_WAYS).unwrap_or(u32::MAX);
        let walk = groups.walk_outward(from, most);
        let mut visits: HashMap<usize, Vec<Visit>> = HashMap::new();
        for visit in &walk.visits {
            visits.entry(visit.group).or_default().push(*visit);
        }
        Ok(Self {
            connection,
            run,
            who,
            names,
            groups,
            walk,
            visits,
        })
    }

    /// Returns the shortest ways along the holders of a right, and whether there are more.
    fn ways(&self, on: &FoundResource, slug: &str) -> Result<(Vec<AccessPath>, bool), ReviewError> {
        let leads = self.leads(on, slug, None)?;
        let mut courses = Vec::new();
        for (at, lead) in leads.iter().enumerate() {
            if self.arrives(lead) {
                courses.push(Course {
                    lead: at,
                    visit: None,
                });
            }
            let set = lead
                .expands
                .clone()
                .and_then(|slug| self.groups.find(lead.to.key, slug));
            let visits = set
                .and_then(|set| self.visits.get(&set))
                .into_iter()
                .flatten();
            // A way does not come back to where it began.
            let visits = visits.filter(|visit| !self.returns_to(on, **visit));
            courses.extend(visits.map(|visit| Course {
                lead: at,
                visit: Some(*visit),
            }));
        }
        courses.sort_by_key(Course::len);
        let has_more = self.walk.is_cut && !courses.is_empty() || courses.len() > MOST_WAYS;
        let told = courses.iter().take(MOST_WAYS);
        let told = told.filter_map(|course| Some((leads.get(course.lead)?, course.visit)));
        let ways = told.map(|(lead, visit)| self.way(on, slug, lead, visit));
        let mut ways = ways.collect::<Result<Vec<_>, _>>()?;
        ways.sort_by(|a, b| order(a).cmp(&order(b)));
        Ok((ways, has_more))
    }

    fn returns_to(&self, on: &FoundResource, visit: Visit) -> bool {
        let steps = self.walk.steps(visit).take(MOST_STEPS);
        let mut steps = steps.filter_map(|group| self.groups.resource(group));
        steps.any(|key| key == on.key)
    }

    /// Returns whether a grant is the holder's, or everyone's of whom the holder is one.
    fn arrives(&self, lead: &Lead) -> bool {
        lead.to.key == self.who.key || self.is_everyones(lead)
    }

    fn is_everyones(&self, lead: &Lead) -> bool {
        lead.to.is_audience && lead.expands.is_none() && self.who.listed_account
    }

    fn way(
        &self,
        on: &FoundResource,
        slug: &str,
        lead: &Lead,
        visit: Option<Visit>,
    ) -> Result<AccessPath, ReviewError> {
        let mut steps = vec![self.step(on, slug, lead)?];
        let groups: Vec<usize> = match visit {
            Some(visit) => self.walk.steps(visit).take(MOST_STEPS).collect(),
            None => Vec::new(),
        };
        let (mut on, mut through_everyone) = (lead.to.clone(), self.is_everyones(lead));
        for (place, group) in groups.iter().enumerate() {
            let next = groups.get(place.saturating_add(1));
            let to = next.and_then(|next| self.groups.resource(*next));
            let slug = self.groups.slug(*group);
            let leads = self.leads(&on, slug, to)?;
            let taken = leads.into_iter().find(|lead| match to {
                Some(to) => lead.to.key == to && lead.expands.is_some(),
                None => self.arrives(lead),
            });
            // At the end of what is told, the way goes on.
            let Some(lead) = taken else { break };
            steps.push(self.step(&on, slug, &lead)?);
            through_everyone = next.is_none() && self.is_everyones(&lead);
            on = lead.to;
        }
        let all = visit.map_or(1, |visit| visit.path_len().saturating_add(1));
        Ok(AccessPath {
            more_steps: all.saturating_sub(steps.len()),
            steps,
            through_everyone,
        })
    }

    /// The grants of a right that lead to `to`, or to the holder, everyone or any set.
    fn leads(
        &self,
        on: &FoundResource,
        slug: &str,
        to: Option<i64>,
    ) -> Result<Vec<Lead>, ReviewError> {
        let sql = format!(
            "SELECT {FOUND}, g.implied_by AS implied_by, g.expands AS expands, g.scope AS scope,
                g.page AS page
            FROM entitlements e
            JOIN grant_facts g ON g.run = e.run AND g.resource = ?2
                AND g.entitlement = e.entitlement
            JOIN resources q ON q.run = g.run AND q.resource = g.principal
            WHERE e.run = ?1 AND e.resource_type = ?3 AND e.slug = ?4 AND CASE
                WHEN ?6 IS NOT NULL THEN g.principal = ?6
                ELSE g.principal = ?5 OR g.expands IS NOT NULL OR is_audience END
            ORDER BY q.resource_type, q.id"
        );
        let resource_type = &*on.named.id.resource_type;
        let values = (self.run.0, on.key, resource_type, slug, self.who.key, to);
        let leads = collect_named(self.connection, &sql, values, |row| {
            Ok::<_, StoreError>(Lead {
                to: found(row)?.with_former_name(self.names),
                implied_by: row.get("implied_by")?,
                expands: row.get("expands")?,
                scope: row.get("scope")?,
                page: row.get("page")?,
            })
        });
        Ok(leads?)
    }

    fn step(&self, on: &FoundResource, slug: &str, lead: &Lead) -> Result<PathStep, ReviewError> {
        let read = match lead.scope {
            Some(scope) => origin::kept(self.connection, self.run, (scope, lead.page))?,
            None => {
                let sought = match &lead.implied_by {
                    None => Sought::Grant(on.key, lead.to.key),
                    Some(_) => Sought::Implied(on.key),
                };
                origin::derived(self.connection, self.run, sought)?
            }
        };
        Ok(PathStep {
            resource: on.named.clone(),
            entitlement: slug.to_owned(),
            principal: lead.to.named.clone(),
            implied_by: lead.implied_by.clone(),
            origin: read,
        })
    }
}

/// The order of the ways that were chosen: by who holds each step.
fn order(way: &AccessPath) -> Vec<&ResourceId> {
    way.steps.iter().map(|step| &step.principal.id).collect()
}

/// Returns the keys of the audiences that something names.
fn audiences(connection: &Connection, run: RunId) -> Result<Vec<i64>, ReviewError> {
    let sql = "SELECT resource FROM resources
        WHERE run = ? AND kind IN ('anyone', 'organization') ORDER BY resource";
    let mut query = connection.prepare_cached(sql)?;
    let found = query.query_map([run.0], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}
