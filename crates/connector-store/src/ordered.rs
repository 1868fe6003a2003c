//! The records of a run in the order of a sync, one at a time: memory grows with the ids of a tenant,
//! and not with its grants.

use std::collections::HashSet;

use rusqlite::Connection;

use super::load::{ENTITLEMENTS, NOTICES, RESOURCE_FACTS, entitlement, notice, record};
use super::named::{NamedRow, RepeatedQuery, each_row};
use super::{RunId, StoreError};
use connector_types::{Entitlement, Grant, Notice, Resource, ResourceId, Text, Texts};

/// The versions of a resource that are valid in a run, by epoch, run and key.
const OF_RESOURCE: &str =
    "WHERE epoch = ?1 AND resource = ?3 AND first <= ?2 AND ifnull(last, ?2) >= ?2";

/// A run whose records are read one at a time.
#[derive(Debug)]
pub(super) struct OrderedRun<'a> {
    connection: &'a Connection,
    run: RunId,
    /// Records are found by epoch and key, without a view.
    epoch: i64,
    /// Keys and ids of the resources, in the order of the ids.
    resources: Vec<(i64, ResourceId)>,
    /// The positions of the keys in `resources`.
    positions: KeyPositions,
    /// The slugs, sorted.
    slugs: Vec<Text>,
    /// The positions of the entitlements in `slugs`.
    ranks: KeyPositions,
}

/// Positions by key.
#[derive(Debug)]
struct KeyPositions(Vec<(i64, usize)>);

impl KeyPositions {
    fn new(positions: impl Iterator<Item = (i64, usize)>) -> Self {
        let mut positions: Vec<_> = positions.collect();
        positions.sort_unstable();
        Self(positions)
    }

    fn find(&self, key: i64) -> Result<usize, StoreError> {
        // Most keys follow each other without a gap.
        let (first, _) = self.0.first().ok_or_else(unknown)?;
        let guess = usize::try_from(key.saturating_sub(*first)).unwrap_or_default();
        let found = self.0.get(guess).filter(|(known, _)| *known == key);
        let found = found.or_else(|| {
            let at = self.0.binary_search_by_key(&key, |(known, _)| *known);
            self.0.get(at.ok()?)
        });
        found.map(|(_, position)| *position).ok_or_else(unknown)
    }
}

/// A grant's row: the positions of slug and principal sort those of one resource.
struct OrderedGrant {
    slug: usize,
    principal: usize,
    implied_by: Option<Text>,
    expands: Option<Text>,
}

impl<'a> OrderedRun<'a> {
    pub(super) fn new(connection: &'a Connection, run: RunId) -> Result<Self, StoreError> {
        let mut texts = Texts::default();
        let mut resources = Vec::new();
        let sql = "SELECT resource_type, id, resource FROM resources WHERE run = ?";
        each_row(connection, sql, [run.0], |row| {
            let mut id = row.id()?;
            texts.share_type(&mut id);
            resources.push((row.get("resource")?, id));
            Ok::<_, StoreError>(())
        })?;
        // As SQLite would, byte by byte, but in place.
        resources.sort_unstable_by(|(_, one), (_, other): &(i64, ResourceId)| one.cmp(other));
        let positions = resources.iter().enumerate();
        let positions = positions.map(|(position, (key, _))| (*key, position));
        let positions = KeyPositions::new(positions);
        let (mut slugs, mut ranks): (Vec<Text>, _) = (Vec::new(), Vec::new());
        let sql = "SELECT entitlement, slug FROM entitlements WHERE run = ? ORDER BY slug";
        each_row(connection, sql, [run.0], |row| {
            let slug = row.text("slug")?.unwrap_or_default();
            if slugs.last().is_none_or(|last| last != slug) {
                slugs.push(slug.into());
            }
            ranks.push((row.get("entitlement")?, slugs.len() - 1));
            Ok::<_, StoreError>(())
        })?;
        let sql = "SELECT epoch FROM runs WHERE run = ?";
        Ok(Self {
            connection,
            run,
            epoch: connection.query_row(sql, [run.0], |row| row.get(0))?,
            resources,
            positions,
            slugs,
            ranks: KeyPositions::new(ranks.into_iter()),
        })
    }

    /// Hands over each resource, by id. They are looked up one by one, because SQLite would hold all of
    /// them to sort them.
    pub(super) fn resources<E: From<StoreError>>(
        &self,
        mut take: impl FnMut(&Resource) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = format!("SELECT {RESOURCE_FACTS} FROM resource_versions {OF_RESOURCE}");
        let mut query = RepeatedQuery::prepare(self.connection, &sql)?;
        for (key, id) in &self.resources {
            query.each((self.epoch, self.run.0, key), |row| {
                take(&record(id.clone(), row)?)
            })?;
        }
        Ok(())
    }

    /// Hands over each entitlement, by type and slug.
    pub(super) fn entitlements<E: From<StoreError>>(
        &self,
        mut take: impl FnMut(&Entitlement) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each(ENTITLEMENTS, |row| take(&entitlement(row)?))
    }

    /// Hands over each notice, by code, subject and text.
    pub(super) fn notices<E: From<StoreError>>(
        &self,
        mut take: impl FnMut(&Notice) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each(NOTICES, |row| take(&notice(row)?))
    }

    /// Hands over each grant, by resource, entitlement and principal.
    pub(super) fn grants<E: From<StoreError>>(
        &self,
        mut take: impl FnMut(&Grant) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut words = Texts::default();
        let granted = self.granted()?;
        let sql = format!(
            "SELECT entitlement, principal, implied_by, expands FROM grant_versions {OF_RESOURCE}"
        );
        let mut query = RepeatedQuery::prepare(self.connection, &sql)?;
        for (key, resource) in &self.resources {
            if !granted.contains(key) {
                continue;
            }
            let mut rows = self.grants_on(&mut query, *key, &mut words)?;
            rows.sort_unstable_by_key(|row| (row.slug, row.principal));
            let mut grant = Grant {
                resource: resource.clone(),
                entitlement: Text::default(),
                principal: resource.clone(),
                implied_by: None,
                expands: None,
            };
            for row in rows {
                let slug = self.slugs.get(row.slug).ok_or_else(unknown)?;
                if grant.entitlement != *slug {
                    grant.entitlement = slug.clone();
                }
                grant.principal = self.at(row.principal)?.clone();
                (grant.implied_by, grant.expands) = (row.implied_by, row.expands);
                take(&grant)?;
            }
        }
        Ok(())
    }

    /// Returns the keys of the resources that grants are on: most resources of a large tenant have none.
    /// Each is found behind the one before it in the key of the table.
    fn granted(&self) -> Result<HashSet<i64>, StoreError> {
        let sql = "SELECT min(resource) FROM grant_versions WHERE epoch = ? AND resource > ?";
        let mut query = self.connection.prepare_cached(sql)?;
        let mut granted = HashSet::new();
        let mut last = i64::MIN;
        while let Some(next) = query.query_row((self.epoch, last), |row| row.get(0))? {
            granted.insert(next);
            last = next;
        }
        Ok(granted)
    }

    /// Calls `take` with each row of a query of the run.
    fn each<E: From<StoreError>>(
        &self,
        sql: &str,
        take: impl FnMut(NamedRow<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        each_row(self.connection, sql, [self.run.0], take)
    }

    fn grants_on(
        &self,
        query: &mut RepeatedQuery<'_>,
        resource: i64,
        words: &mut Texts,
    ) -> Result<Vec<OrderedGrant>, StoreError> {
        let mut found = Vec::new();
        query.each((self.epoch, self.run.0, resource), |row| {
            let slug = self.ranks.find(row.get("entitlement")?)?;
            let principal = self.positions.find(row.get("principal")?)?;
            let mut text = |name| -> Result<Option<Text>, StoreError> {
                Ok(row.text(name)?.map(|text| words.known(text)))
            };
            found.push(OrderedGrant {
                slug,
                principal,
                implied_by: text("implied_by")?,
                expands: text("expands")?,
            });
            Ok::<_, StoreError>(())
        })?;
        Ok(found)
    }

    fn at(&self, position: usize) -> Result<&ResourceId, StoreError> {
        let found = self.resources.get(position).map(|(_, id)| id);
        found.ok_or_else(unknown)
    }
}

fn unknown() -> StoreError {
    StoreError::Damaged("a grant names a row of another run".to_owned())
}
