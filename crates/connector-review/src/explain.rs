//! Why somebody has a right: each way from what it is on to who has it, and where each step was read.

use rusqlite::{Connection, OptionalExtension, Row};
use serde::Serialize;

use super::origin::{self, Sought};
use super::{Named, Origin, ReviewError, find_right};
use connector_store::{RunId, Store, id_at};
use connector_types::EVERYONE;
use connector_types::ResourceId;

/// Ways that are told before the rest is left out.
const MOST_WAYS: usize = 100;

/// A right, and how its holder comes by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What the right is on.
    pub resource: Named,
    /// Its slug.
    pub entitlement: String,
    /// Who has it, or does not.
    pub principal: Named,
    /// Each way to it, at most 100. Empty where it is not held, as far as the sync knows.
    pub ways: Vec<Way>,
    /// The scope that reads such rights on the resource: where there is no way, its outcome tells
    /// whether that means anything.
    pub read_by: Option<Origin>,
}

/// One way, from the resource to the holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Way {
    /// The grants on the way; each one's principal is the next one's resource.
    pub steps: Vec<Step>,
    /// Whether the last principal is everyone, and with it every account that a list shows.
    pub through_everyone: bool,
}

/// One grant on a way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What the grant is on.
    pub resource: Named,
    /// Slug of what is held.
    pub entitlement: String,
    /// Who holds it.
    pub principal: Named,
    /// The provider's rule from which it follows, where no list shows it.
    pub implied_by: Option<String>,
    /// Where it was read.
    pub origin: Option<Origin>,
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
    let on = find(connection, run, resource)?;
    let who = find(connection, run, principal)?;
    let entitlement = find_right(store, run, &resource.resource_type, right)?;
    let mut search = Search {
        connection,
        run,
        who: &who,
        way: Vec::new(),
        ways: Vec::new(),
    };
    search.enter(&on, &entitlement)?;
    let ways = search.ways;
    Ok(Explanation {
        read_by: origin::derived(connection, run, Sought::Grant(on.key, who.key))?,
        resource: on.named,
        entitlement,
        principal: who.named,
        ways,
    })
}

/// A resource's row.
#[derive(Clone)]
struct Found {
    key: i64,
    named: Named,
    /// Whether it is an account that a list shows.
    listed_account: bool,
}

const FOUND: &str = "q.resource, q.resource_type, q.id, q.display_name,
    q.kind = 'user' AND q.evidence = 'listed'";

fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    Ok(Found {
        key: row.get(0)?,
        named: Named {
            id: id_at(row, 1)?,
            display_name: row.get(3)?,
        },
        listed_account: row.get(4)?,
    })
}

fn find(connection: &Connection, run: RunId, id: &ResourceId) -> Result<Found, ReviewError> {
    let sql = format!(
        "SELECT {FOUND} FROM resources q WHERE q.run = ? AND q.resource_type = ? AND q.id = ?"
    );
    let values = (run.0, &*id.resource_type, &*id.id);
    let row = connection.query_row(&sql, values, found).optional()?;
    row.ok_or_else(|| ReviewError::Unfit(format!("the sync knows no {id}")))
}

/// A walk along grants, from sets to who is in them.
struct Search<'a> {
    connection: &'a Connection,
    run: RunId,
    who: &'a Found,
    way: Vec<(i64, Step)>,
    ways: Vec<Way>,
}

/// A grant that is the last step of a way, or leads on.
struct Lead {
    to: Found,
    implied_by: Option<String>,
    expands: Option<String>,
    scope: Option<i64>,
    page: Option<i64>,
}

impl Search<'_> {
    /// Follows the holders of a right. A set within itself is not entered again.
    fn enter(&mut self, on: &Found, slug: &str) -> Result<(), ReviewError> {
        let within = self.way.iter().any(|(key, _)| *key == on.key);
        if within || self.ways.len() >= MOST_WAYS {
            return Ok(());
        }
        for lead in self.leads(on, slug)? {
            let step = self.step(on, slug, &lead)?;
            self.way.push((on.key, step));
            let everyone = lead.to.named.id.resource_type == EVERYONE && self.who.listed_account;
            match &lead.expands {
                _ if lead.to.key == self.who.key => self.arrive(false),
                Some(slug) => self.enter(&lead.to, slug)?,
                None if everyone => self.arrive(true),
                None => {}
            }
            self.way.pop();
        }
        Ok(())
    }

    fn arrive(&mut self, through_everyone: bool) {
        let steps = self.way.iter().map(|(_, step)| step.clone()).collect();
        self.ways.push(Way {
            steps,
            through_everyone,
        });
    }

    fn leads(&self, on: &Found, slug: &str) -> Result<Vec<Lead>, ReviewError> {
        let sql = format!(
            "SELECT {FOUND}, g.implied_by, g.expands, g.scope, g.page
            FROM entitlements e
            JOIN grant_facts g ON g.resource = ?2 AND g.entitlement = e.entitlement
            JOIN resources q ON q.resource = g.principal
            WHERE e.run = ?1 AND e.resource_type = ?3 AND e.slug = ?4
                AND (g.principal = ?5 OR g.expands IS NOT NULL OR q.resource_type = ?6)
            ORDER BY q.resource_type, q.id"
        );
        let mut query = self.connection.prepare_cached(&sql)?;
        let resource_type = &*on.named.id.resource_type;
        let values = (
            self.run.0,
            on.key,
            resource_type,
            slug,
            self.who.key,
            EVERYONE,
        );
        let rows = query.query_map(values, |row| {
            Ok(Lead {
                to: found(row)?,
                implied_by: row.get(5)?,
                expands: row.get(6)?,
                scope: row.get(7)?,
                page: row.get(8)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn step(&self, on: &Found, slug: &str, lead: &Lead) -> Result<Step, ReviewError> {
        let read = match lead.scope {
            Some(scope) => origin::kept(self.connection, scope, lead.page)?,
            None => {
                let sought = match &lead.implied_by {
                    None => Sought::Grant(on.key, lead.to.key),
                    Some(_) => Sought::Implied(on.key),
                };
                origin::derived(self.connection, self.run, sought)?
            }
        };
        Ok(Step {
            resource: on.named.clone(),
            entitlement: slug.to_owned(),
            principal: lead.to.named.clone(),
            implied_by: lead.implied_by.clone(),
            origin: read,
        })
    }
}
