//! Rows whose columns are found by name. The positions of the names are looked up once for a
//! statement, so that this costs next to nothing in a query of many rows.

use std::cell::Cell;

use rusqlite::types::{FromSql, ValueRef};
use rusqlite::{CachedStatement, Connection, Params, Row, Rows, Statement, ToSql};

use super::StoreError;
use super::guard::RowBudget;
use super::words::case;
use connector_types::ResourceId;
use serde::de::DeserializeOwned;

/// The names of a statement's columns, in their order.
#[derive(Clone, Debug)]
struct ColumnNames {
    names: Vec<Box<str>>,
    /// The place behind the one that was asked for last: most columns are read in their order.
    next: Cell<usize>,
}

impl ColumnNames {
    fn of(statement: &Statement<'_>) -> Self {
        let names = statement.column_names();
        Self {
            names: names.into_iter().map(Into::into).collect(),
            next: Cell::new(0),
        }
    }

    fn find(&self, name: &str) -> Option<usize> {
        let all = self.names.iter().enumerate();
        let mut in_turn = all.clone().skip(self.next.get()).chain(all);
        let (place, _) = in_turn.find(|(_, known)| ***known == *name)?;
        self.next.set(place + 1);
        Some(place)
    }
}

/// A row whose columns are found by name.
#[derive(Clone, Copy)]
pub struct NamedRow<'a> {
    row: &'a Row<'a>,
    columns: &'a ColumnNames,
}

impl<'a> NamedRow<'a> {
    /// Returns the value of a column.
    ///
    /// # Errors
    /// Returns an error if there is no such column, or its value is of another type.
    pub fn get<T: FromSql>(&self, name: &str) -> rusqlite::Result<T> {
        self.row.get(self.place(name)?)
    }

    /// Returns the text of a column, where it has one, without a copy.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn text(&self, name: &str) -> rusqlite::Result<Option<&'a str>> {
        let value = self.value(name)?;
        Ok(value.as_str_or_null()?)
    }

    /// Returns the value of a column, without a copy.
    ///
    /// # Errors
    /// Returns an error if there is no such column.
    pub fn value(&self, name: &str) -> rusqlite::Result<ValueRef<'a>> {
        self.row.get_ref(self.place(name)?)
    }

    /// Returns the identity in the columns `resource_type` and `id`.
    ///
    /// # Errors
    /// Returns an error if there are no such columns, or one has no text.
    pub fn id(&self) -> rusqlite::Result<ResourceId> {
        self.id_in("resource_type", "id")
    }

    /// Returns the identity in two columns: its type and its id.
    ///
    /// # Errors
    /// As [`id`](Self::id).
    pub fn id_in(&self, type_name: &str, id_name: &str) -> rusqlite::Result<ResourceId> {
        Ok(ResourceId::new(
            self.get_text(type_name)?,
            self.get_text(id_name)?,
        ))
    }

    /// Returns the identity in two columns, where there is one.
    ///
    /// # Errors
    /// As [`id`](Self::id).
    pub fn maybe_id(&self, type_name: &str, id_name: &str) -> rusqlite::Result<Option<ResourceId>> {
        if self.value(type_name)? == ValueRef::Null {
            Ok(None)
        } else {
            self.id_in(type_name, id_name).map(Some)
        }
    }

    /// Returns the enum value that a column names.
    pub(super) fn case<T: DeserializeOwned>(&self, name: &str) -> Result<T, StoreError> {
        case(self.get(name)?)
    }

    fn get_text(&self, name: &str) -> rusqlite::Result<&'a str> {
        Ok(self.value(name)?.as_str()?)
    }

    fn place(&self, name: &str) -> rusqlite::Result<usize> {
        let place = self.columns.find(name);
        place.ok_or_else(|| rusqlite::Error::InvalidColumnName(name.to_owned()))
    }
}

/// Calls `take` with each row of a query.
///
/// # Errors
/// Returns an error if the query fails, or `take` does.
pub fn each_row<E: From<StoreError>>(
    connection: &Connection,
    sql: &str,
    values: impl Params,
    take: impl FnMut(NamedRow<'_>) -> Result<(), E>,
) -> Result<(), E> {
    RepeatedQuery::prepare(connection, sql)?.each(values, take)
}

/// A query that is asked again and again, with other values.
pub(super) struct RepeatedQuery<'a> {
    query: CachedStatement<'a>,
    columns: ColumnNames,
}

impl<'a> RepeatedQuery<'a> {
    pub(super) fn prepare(connection: &'a Connection, sql: &str) -> Result<Self, StoreError> {
        let query = connection.prepare_cached(sql)?;
        let columns = ColumnNames::of(&query);
        Ok(Self { query, columns })
    }

    /// Calls `take` with each row.
    pub(super) fn each<E: From<StoreError>>(
        &mut self,
        values: impl Params,
        mut take: impl FnMut(NamedRow<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let rows = self.query.query(values).map_err(StoreError::from)?;
        take_all(rows, &self.columns, &mut take)
    }
}

/// Calls `take` with each row of a query that has some of the named parameters in `values`.
///
/// # Errors
/// As [`each_row`].
pub fn each_row_of_named<E: From<StoreError>>(
    connection: &Connection,
    sql: &str,
    values: &[(&str, &dyn ToSql)],
    mut take: impl FnMut(NamedRow<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut query = connection.prepare(sql).map_err(StoreError::from)?;
    bind(&mut query, values).map_err(StoreError::from)?;
    let columns = ColumnNames::of(&query);
    take_all(query.raw_query(), &columns, &mut take)
}

fn bind(query: &mut Statement<'_>, values: &[(&str, &dyn ToSql)]) -> rusqlite::Result<()> {
    for (name, value) in values {
        if let Some(index) = query.parameter_index(name)? {
            query.raw_bind_parameter(index, value)?;
        }
    }
    Ok(())
}

fn take_all<E: From<StoreError>>(
    mut rows: Rows<'_>,
    columns: &ColumnNames,
    take: &mut impl FnMut(NamedRow<'_>) -> Result<(), E>,
) -> Result<(), E> {
    while let Some(row) = rows.next().map_err(StoreError::from)? {
        take(NamedRow { row, columns })?;
    }
    Ok(())
}

/// Reads the first row of a query, if there is one.
///
/// # Errors
/// Returns an error if the query fails, or `read` does.
pub fn find_row<T, E>(
    connection: &Connection,
    sql: &str,
    values: impl Params,
    read: impl FnOnce(NamedRow<'_>) -> Result<T, E>,
) -> Result<Option<T>, StoreError>
where
    StoreError: From<E>,
{
    let mut query = connection.prepare_cached(sql)?;
    let columns = ColumnNames::of(&query);
    let mut rows = query.query(values)?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let columns = &columns;
    Ok(Some(read(NamedRow { row, columns })?))
}

/// Collects the rows of a query of one table.
///
/// # Errors
/// Returns an error if the query fails, `read` does, or there are more rows than the file has room for.
pub fn collect_named<T, E>(
    connection: &Connection,
    sql: &str,
    values: impl Params,
    mut read: impl FnMut(NamedRow<'_>) -> Result<T, E>,
) -> Result<Vec<T>, StoreError>
where
    StoreError: From<E>,
{
    let mut budget = RowBudget::of(connection)?;
    let mut found = Vec::new();
    each_row::<StoreError>(connection, sql, values, |row| {
        found.push(read(row)?);
        budget.spend()
    })?;
    Ok(found)
}
