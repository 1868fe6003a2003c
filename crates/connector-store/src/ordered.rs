//! The records of a run in the order of a sync, one at a time: memory grows with the ids of a tenant,
//! and not with its grants.

use std::collections::HashMap;

use rusqlite::{Connection, Row};

use super::load::{ENTITLEMENTS, NOTICES, RESOURCES, entitlement, notice, resource};
use super::{RunId, StoreError};
use connector_types::{Entitlement, Grant, Notice, Resource, ResourceId, Text, Texts};

/// A run whose records are read one at a time.
#[derive(Debug)]
pub(super) struct OrderedRun<'a> {
    connection: &'a Connection,
    run: RunId,
    /// Keys and ids of the resources, in the order of the ids.
    resources: Vec<(i64, ResourceId)>,
    /// The places of the keys in `resources`, by key.
    places: Vec<(i64, usize)>,
    slugs: HashMap<i64, Text>,
}

/// A grant's row: slug and place of the principal sort those of one resource.
struct GrantRow {
    slug: Text,
    principal: usize,
    implied_by: Option<Text>,
    expands: Option<Text>,
}

impl<'a> OrderedRun<'a> {
    pub(super) fn new(connection: &'a Connection, run: RunId) -> Result<Self, StoreError> {
        let mut texts = Texts::default();
        let mut resources = Vec::new();
        let sql = "SELECT resource_type, id, resource FROM resources WHERE run = ?
            ORDER BY resource_type, id";
        each_row(connection, sql, run, |row| {
            let mut id = super::id_at(row, 0)?;
            texts.share_type(&mut id);
            resources.push((row.get(2)?, id));
            Ok::<_, StoreError>(())
        })?;
        let places = resources.iter().enumerate();
        let mut places: Vec<_> = places.map(|(place, (key, _))| (*key, place)).collect();
        places.sort_unstable();
        let mut slugs = HashMap::new();
        let sql = "SELECT entitlement, slug FROM entitlements WHERE run = ?";
        each_row(connection, sql, run, |row| {
            slugs.insert(row.get(0)?, row.get::<_, String>(1)?.into());
            Ok::<_, StoreError>(())
        })?;
        Ok(Self {
            connection,
            run,
            resources,
            places,
            slugs,
        })
    }

    /// Hands over each resource, by id.
    pub(super) fn resources<E: From<StoreError>>(
        &self,
        mut take: impl FnMut(&Resource) -> Result<(), E>,
    ) -> Result<(), E> {
        each_row(self.connection, RESOURCES, self.run, |row| {
            take(&resource(row)?)
        })
    }

    /// Hands over each entitlement, by type and slug.
    pub(super) fn entitlements<E: From<StoreError>>(
        &self,
        mut take: impl FnMut(&Entitlement) -> Result<(), E>,
    ) -> Result<(), E> {
        each_row(self.connection, ENTITLEMENTS, self.run, |row| {
            take(&entitlement(row)?)
        })
    }

    /// Hands over each notice, by code, subject and text.
    pub(super) fn notices<E: From<StoreError>>(
        &self,
        mut take: impl FnMut(&Notice) -> Result<(), E>,
    ) -> Result<(), E> {
        each_row(self.connection, NOTICES, self.run, |row| {
            take(&notice(row)?)
        })
    }

    /// Hands over each grant, by resource, entitlement and principal.
    pub(super) fn grants<E: From<StoreError>>(
        &self,
        mut take: impl FnMut(&Grant) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut words = Texts::default();
        for (key, resource) in &self.resources {
            let mut rows = self.grants_on(*key, &mut words)?;
            rows.sort_unstable_by(|a, b| (&a.slug, a.principal).cmp(&(&b.slug, b.principal)));
            for row in rows {
                take(&self.grant(resource, row)?)?;
            }
        }
        Ok(())
    }

    fn grant(&self, resource: &ResourceId, row: GrantRow) -> Result<Grant, StoreError> {
        Ok(Grant {
            resource: resource.clone(),
            entitlement: row.slug,
            principal: self.at(row.principal)?.clone(),
            implied_by: row.implied_by,
            expands: row.expands,
        })
    }

    fn grants_on(&self, resource: i64, words: &mut Texts) -> Result<Vec<GrantRow>, StoreError> {
        let sql = "SELECT entitlement, principal, implied_by, expands FROM grant_facts
            WHERE run = ? AND resource = ?";
        let mut query = self.connection.prepare_cached(sql)?;
        let mut rows = query.query((self.run.0, resource))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let mut text = |column| -> Result<Option<Text>, StoreError> {
                let text = row.get_ref(column)?.as_str_or_null();
                let text = text.map_err(rusqlite::Error::from)?;
                Ok(text.map(|text| words.known(text)))
            };
            found.push(GrantRow {
                implied_by: text(2)?,
                expands: text(3)?,
                slug: self.slug(row.get(0)?)?.clone(),
                principal: self.place(row.get(1)?)?,
            });
        }
        Ok(found)
    }

    fn place(&self, key: i64) -> Result<usize, StoreError> {
        let found = self.places.binary_search_by_key(&key, |(key, _)| *key).ok();
        let found = found.and_then(|at| self.places.get(at));
        found.map(|(_, place)| *place).ok_or_else(unknown)
    }

    fn at(&self, place: usize) -> Result<&ResourceId, StoreError> {
        let found = self.resources.get(place).map(|(_, id)| id);
        found.ok_or_else(unknown)
    }

    fn slug(&self, key: i64) -> Result<&Text, StoreError> {
        self.slugs.get(&key).ok_or_else(unknown)
    }
}

fn unknown() -> StoreError {
    StoreError::Damaged("a grant names a row of another run".to_owned())
}

fn each_row<E: From<StoreError>>(
    connection: &Connection,
    sql: &str,
    run: RunId,
    mut take: impl FnMut(&Row<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut query = connection.prepare_cached(sql).map_err(StoreError::from)?;
    let mut rows = query.query([run.0]).map_err(StoreError::from)?;
    while let Some(row) = rows.next().map_err(StoreError::from)? {
        take(row)?;
    }
    Ok(())
}
