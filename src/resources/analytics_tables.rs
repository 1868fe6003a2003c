//! Tables of Postman's analytics, whose rows go by the columns that the answer itself declares.

use crate::api::client::AcceptedResponse;
use crate::api::tree::{Fields, JsonNode};
use crate::resources::paging::{self, OffsetPage};
use connector_sdk::error::Error;
use connector_sdk::lenient::Scalar;
use connector_sdk::model::{Impact, ResourceId};
use connector_sdk::page::PageBuilder;
use connector_sdk::page_token::PagePosition;

/// A table of an answer.
pub struct AnalyticsTable<'n, 'a> {
    columns: Vec<&'n str>,
    /// Its rows: each a list of values, or an object.
    pub rows: &'n [JsonNode<'a>],
    pagination: Option<&'n Fields<'a>>,
}

/// The largest offset that Postman takes.
const MAX_OFFSET: u64 = 10_000;
/// The most wrappers around a table: `data`, and a view or a stage.
const MAX_WRAPPERS: u32 = 3;
/// The most characters of a row that page tokens carry.
const MAX_MARK: usize = 80;

static NOTHING: Scalar<'static> = Scalar::Absent;
static NO_VALUE: Scalar<'static> = Scalar::Composite { empty: false };

/// Returns the tables of an answer about a report: one, or one for each stage. Notes columns whose names
/// cannot be read: the values of all rows in them are missing.
///
/// # Errors
/// Returns an error if there is none, or one whose rows cannot be distinguished.
pub fn read_tables<'n, 'a>(
    page: &mut PageBuilder,
    about: &ResourceId,
    answer: &AcceptedResponse<'_>,
    body: &'n Fields<'a>,
) -> Result<Vec<AnalyticsTable<'n, 'a>>, Error> {
    let mut found = Vec::new();
    find_tables(body, MAX_WRAPPERS, &mut found);
    if found.is_empty() {
        return Err(answer.lacks("no table with `rows`"));
    }
    if found.iter().any(AnalyticsTable::lacks_columns) {
        return Err(answer.lacks("no `columns` for the rows"));
    }
    let columns = found.iter().flat_map(|table| &table.columns);
    let unreadable = columns.filter(|name| name.is_empty()).count();
    if unreadable > 0 {
        let message = format!("{unreadable} columns of Postman's analytics have no readable name");
        page.notice(
            "missing-field",
            Some(about),
            Impact::AttributeUnknown,
            message,
        );
    }
    Ok(found)
}

/// Returns the rows of all tables, each with its table.
pub fn all_rows<'t, 'n, 'a>(
    tables: &'t [AnalyticsTable<'n, 'a>],
) -> impl Iterator<Item = (&'t AnalyticsTable<'n, 'a>, &'n JsonNode<'a>)> {
    let rows = |table: &'t AnalyticsTable<'n, 'a>| table.rows.iter().map(move |row| (table, row));
    tables.iter().flat_map(rows)
}

fn find_tables<'n, 'a>(
    fields: &'n Fields<'a>,
    wrappers: u32,
    found: &mut Vec<AnalyticsTable<'n, 'a>>,
) {
    if let Some(JsonNode::List(rows)) = fields.first(&["rows"]) {
        found.push(AnalyticsTable::new(fields, rows));
        return;
    }
    for (name, node) in fields.entries() {
        match node {
            JsonNode::Object(inner) if wrappers > 0 => find_tables(inner, wrappers - 1, found),
            JsonNode::List(rows) if matches!(name, "data" | "summary" | "detailed") => {
                found.push(AnalyticsTable::new(fields, rows));
            }
            JsonNode::Object(_) | JsonNode::List(_) | JsonNode::Value(_) | JsonNode::Absent => {}
        }
    }
}

impl<'n, 'a> AnalyticsTable<'n, 'a> {
    fn new(fields: &'n Fields<'a>, rows: &'n [JsonNode<'a>]) -> Self {
        let schema = fields.object(&["schema"]).unwrap_or(fields);
        let columns = match schema.first(&["columns"]) {
            Some(JsonNode::List(columns)) => columns.iter().map(column_name).collect(),
            _ => Vec::new(),
        };
        Self {
            columns,
            rows,
            pagination: fields.object(&["pagination", "meta"]),
        }
    }

    fn lacks_columns(&self) -> bool {
        let is_list = |row: &JsonNode<'_>| matches!(row, JsonNode::List(_));
        self.columns.is_empty() && self.rows.iter().any(is_list)
    }

    /// Returns the value of a row in the first of these columns that has one.
    pub fn cell(&self, row: &'n JsonNode<'a>, names: &[&str]) -> &'n Scalar<'a> {
        let values = names.iter().map(|name| self.value(row, name));
        let mut values = values.filter(|value| !value.is_blank());
        values.next().unwrap_or(&NOTHING)
    }

    fn value(&self, row: &'n JsonNode<'a>, name: &str) -> &'n Scalar<'a> {
        let node = match row {
            JsonNode::List(values) => {
                let mut columns = self.columns.iter();
                let at = columns.position(|column| is_same_name(column, name));
                at.and_then(|at| values.get(at))
            }
            JsonNode::Object(fields) => {
                let mut entries = fields.entries();
                let found = entries.find(|(known, _)| is_same_name(known, name));
                found.map(|(_, node)| node)
            }
            JsonNode::Absent | JsonNode::Value(_) => None,
        };
        match node {
            None | Some(JsonNode::Absent) => &NOTHING,
            Some(JsonNode::Value(value)) => value,
            Some(JsonNode::List(_) | JsonNode::Object(_)) => &NO_VALUE,
        }
    }

    /// Notes that no row can have a value, since the table has none of these columns.
    pub fn expect_column(&self, page: &mut PageBuilder, about: &ResourceId, names: &[&str]) {
        let mut columns = self.columns.iter();
        let is_named = columns.any(|column| names.iter().any(|name| is_same_name(column, name)));
        let is_list = self.rows.iter().any(|row| matches!(row, JsonNode::List(_)));
        if let Some(name) = names.first().filter(|_| is_list && !is_named) {
            let message =
                format!("Postman's analytics have no column `{name}`: what it says is missing");
            page.notice(
                "missing-field",
                Some(about),
                Impact::AttributeUnknown,
                message,
            );
        }
    }

    /// Returns the number of rows in all, where Postman states it or says that there are more.
    fn total(&self, seen: u64) -> Option<u64> {
        let pagination = self.pagination?;
        let total = pagination.first(&["total"]).and_then(JsonNode::count);
        let more = pagination.first(&["has_more", "hasMore"]);
        match more {
            Some(JsonNode::Value(Scalar::Bool(true))) => {
                Some(total.filter(|total| *total > seen).unwrap_or(u64::MAX))
            }
            Some(JsonNode::Value(Scalar::Bool(false))) => total.max(Some(seen)),
            _ => total,
        }
    }
}

fn column_name<'n>(column: &'n JsonNode<'_>) -> &'n str {
    column.text_in(&["name"]).unwrap_or_default()
}

/// Returns whether two names are one in another spelling, as `last_active` and `lastActive`.
fn is_same_name(one: &str, other: &str) -> bool {
    let letters = |name: &str| {
        let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
        letters.map(|byte| byte.to_ascii_lowercase()).collect()
    };
    let [one, other]: [Vec<u8>; 2] = [letters(one), letters(other)];
    one == other
}

/// Returns the token of the page that follows these tables, where any does.
///
/// # Errors
/// Returns an error if the list shows the same page again.
pub fn next_page(
    page: &mut PageBuilder,
    answer: &AcceptedResponse<'_>,
    place: PagePosition,
    tables: &[AnalyticsTable<'_, '_>],
) -> Result<Option<String>, Error> {
    let longest = tables.iter().max_by_key(|table| table.rows.len());
    let rows = longest.map_or(&[][..], |table| table.rows);
    let received = rows.len();
    let seen = paging::before(&place).saturating_add(received.try_into().unwrap_or(u64::MAX));
    let counted = OffsetPage {
        received,
        first: &rows.first().map(mark).unwrap_or_default(),
        total: tables.iter().filter_map(|table| table.total(seen)).max(),
        asked: answer.asked,
    };
    let next = paging::count(page, answer, place, &counted)?;
    if next.is_some() && seen > MAX_OFFSET {
        let message = format!("Postman shows no rows of its analytics after the first {seen}");
        page.notice("short-list", None, Impact::ItemOmitted, message);
        return Ok(None);
    }
    Ok(next)
}

/// Returns a text by which a row is known again.
fn mark(row: &JsonNode<'_>) -> String {
    let ids: Vec<String> = match row {
        JsonNode::List(values) => values.iter().filter_map(JsonNode::id).collect(),
        JsonNode::Object(fields) => fields.entries().filter_map(|(_, node)| node.id()).collect(),
        JsonNode::Absent | JsonNode::Value(_) => Vec::new(),
    };
    let text = ids.concat();
    text.chars().take(MAX_MARK).collect()
}

/// Returns a time, where a date alone is the beginning of its day.
pub fn moment(
    page: &mut PageBuilder,
    field: &str,
    value: &Scalar<'_>,
    about: &ResourceId,
) -> Option<String> {
    match value.as_str() {
        Some(day) if day.len() == 10 => {
            let midnight = Scalar::Text(format!("{day}T00:00:00Z").into());
            page.moment(field, &midnight, about)
        }
        _ => page.moment(field, value, about),
    }
}
