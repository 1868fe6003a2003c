//! Answers in the format that was asked for: a table for people, JSON and CSV for programs.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use clap::ValueEnum;
use serde::Serialize;
use serde_json::Value;

use super::CliError;
use super::output::{print, tell, unless_reader_left};
use crate::report::{Table, plain, terminal_width, write_csv};
use connector_review::{ReviewError, Unread};
use connector_store::{RunId, RunRow, Store};
use connector_types::ResourceId;

/// So many kinds of what was not read are told.
const SHOWN: usize = 12;

/// For whom an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RowFormat {
    /// People; within the terminal's width, where it goes to one.
    Table,
    /// Programs: one object, with the sync, the rows and what was not read.
    Json,
    /// Programs: one object a line.
    Ndjson,
    /// Spreadsheets: no cell runs as a formula.
    Csv,
}

/// How an answer is written.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct FormatArgs {
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = RowFormat::Table)]
    pub(super) format: RowFormat,
}

/// One row of an answer.
pub(super) trait Line: Serialize {
    /// What one row is called in JSON.
    const NAME: &'static str;
    /// The headings of the table.
    const TABLE: &'static [&'static str];
    /// The headings of the CSV.
    const CSV: &'static [&'static str];
    /// The cells of the table.
    fn cells(&self) -> Vec<String>;
    /// The cells of the CSV.
    fn fields(&self) -> Vec<String>;
}

/// An answer of a sync, and what it lacks.
pub(super) struct Answer<'a, L> {
    pub(super) rows: &'a [L],
    pub(super) unread: &'a [Unread],
    /// What stands over the table.
    pub(super) title: String,
    /// The headings of columns that the title makes needless.
    pub(super) without: Vec<&'static str>,
}

/// The sync that was asked.
#[derive(Debug, Serialize)]
pub(super) struct Asked<'a> {
    run: i64,
    tenant: &'a ResourceId,
    tenant_name: &'a str,
    started_at: &'a str,
    complete: bool,
}

impl<'a> From<&'a RunRow> for Asked<'a> {
    fn from(row: &'a RunRow) -> Self {
        Self {
            run: row.run.0,
            tenant: &row.tenant,
            tenant_name: &row.tenant_name,
            started_at: &row.started_at,
            complete: row.complete,
        }
    }
}

/// The sync of this key, which is there.
pub(super) fn run_row(store: &Store, run: RunId) -> Result<RunRow, CliError> {
    let row = store.run(run)?;
    row.ok_or_else(|| CliError::failed("the sync is gone: another program has pruned it"))
}

impl<L: Line> Answer<'_, L> {
    /// Writes it to standard output, with the sync that was asked. People are told on standard error
    /// what it lacks.
    pub(super) fn write(
        &self,
        format: RowFormat,
        (store, run): (&Store, RunId),
    ) -> Result<(), CliError> {
        let run = run_row(store, run)?;
        let records = Records {
            about: &[("run", record(&Asked::from(&run))?)],
            rows: self.rows,
            lacks: ("unread", self.unread),
        };
        records.write(format, || self.table())?;
        if matches!(format, RowFormat::Table | RowFormat::Csv) {
            tell(&lacking(self.unread));
        }
        Ok(())
    }

    fn table(&self) -> String {
        let title = plain(&self.title);
        if self.rows.is_empty() {
            return format!("{title}\n\n  None.\n");
        }
        format!("{title}\n\n{}", table(self.rows, &self.without))
    }
}

/// What programs get of an answer: what it is about, its rows, and what it lacks. In JSON these are
/// one object, with the rows as `rows`; in NDJSON each is a line of its own.
pub(super) struct Records<'a, L, U> {
    pub(super) about: &'a [(&'static str, Value)],
    pub(super) rows: &'a [L],
    /// What is lacking, and what it is called.
    pub(super) lacks: (&'static str, &'a [U]),
}

impl<L: Line, U: Serialize> Records<'_, L, U> {
    /// Writes them to standard output, or `words` where people are to read them.
    pub(super) fn write(
        &self,
        format: RowFormat,
        words: impl FnOnce() -> String,
    ) -> Result<(), CliError> {
        match format {
            RowFormat::Table => print(&words()),
            RowFormat::Json => to_stdout(|out| self.json(out)),
            RowFormat::Ndjson => to_stdout(|out| self.ndjson(out)),
            RowFormat::Csv => {
                to_stdout(|out| write_csv(out, L::CSV, self.rows.iter().map(Line::fields)))
            }
        }
    }

    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut answer: BTreeMap<_, _> = self.about.iter().cloned().collect();
        answer.insert("rows", serde_json::to_value(self.rows)?);
        let (name, lacks) = self.lacks;
        answer.insert(name, serde_json::to_value(lacks)?);
        serde_json::to_writer_pretty(&mut *out, &answer)?;
        out.write_all(b"\n")
    }

    fn ndjson(&self, out: &mut dyn Write) -> io::Result<()> {
        for (name, record) in self.about {
            line(out, name, record)?;
        }
        for row in self.rows {
            line(out, L::NAME, row)?;
        }
        let (name, lacks) = self.lacks;
        for one in lacks {
            line(out, name, one)?;
        }
        Ok(())
    }
}

/// A record as it stands in JSON.
pub(super) fn record(record: &impl Serialize) -> Result<Value, CliError> {
    serde_json::to_value(record).map_err(|e| CliError::failed(e.to_string()))
}

/// Rows within the terminal's width, without the columns of these headings.
pub(super) fn table<'a, L: Line + 'a>(
    rows: impl IntoIterator<Item = &'a L>,
    without: &[&str],
) -> Table {
    let kept = |column: &usize| {
        let heading = L::TABLE.get(*column);
        heading.is_some_and(|heading| !without.contains(heading))
    };
    let columns: Vec<usize> = (0..L::TABLE.len()).filter(kept).collect();
    let header = columns.iter().filter_map(|column| L::TABLE.get(*column));
    let mut table = Table::new(header.copied()).within(terminal_width());
    for row in rows {
        let cells = row.cells().into_iter().enumerate();
        let cells = cells.filter(|(column, _)| columns.contains(column));
        table.row(cells.map(|(_, cell)| cell));
    }
    table
}

fn line(out: &mut dyn Write, name: &str, record: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &BTreeMap::from([(name, record)]))?;
    out.write_all(b"\n")
}

fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliError> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    unless_reader_left(written)
}

/// What an answer lacks, the same fate and words told once.
fn lacking(unread: &[Unread]) -> String {
    type Fate<'a> = (&'a str, &'a str, &'a str, &'a str);
    let mut fates: BTreeMap<Fate<'_>, Vec<&Unread>> = BTreeMap::new();
    for one in unread {
        let words = one.message.as_deref().unwrap_or("");
        let scope = &one.scope;
        let fate = (&*one.outcome, &*scope.call, &*scope.resource_type, words);
        fates.entry(fate).or_default().push(one);
    }
    if fates.is_empty() {
        return String::new();
    }
    let mut text = "\nNot read, so that something may be missing above:\n".to_owned();
    let more = fates.len().saturating_sub(SHOWN);
    for ((outcome, _, _, words), scopes) in fates.iter().take(SHOWN) {
        let Some(first) = scopes.first() else {
            continue;
        };
        let others = match scopes.len() {
            1 => String::new(),
            several => format!(" and {} more", several - 1),
        };
        let words = match words.is_empty() {
            true => String::new(),
            false => format!(": {}", plain(words)),
        };
        let scope = plain(&first.scope.to_string());
        text.push_str(&format!("  {}: {scope}{others}{words}\n", plain(outcome)));
    }
    if more > 0 {
        text.push_str(&format!(
            "  … and {more} more kinds: --format json has them all\n"
        ));
    }
    text
}

impl From<ReviewError> for CliError {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::Store(error) => error.into(),
            ReviewError::Unfit(reason) => Self::Usage(reason),
        }
    }
}
