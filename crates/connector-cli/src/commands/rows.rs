//! Answers in the format that was asked for: a table for people, JSON and CSV for programs.

use std::collections::BTreeMap;
use std::io::{self, Write};

use clap::ValueEnum;
use serde::Serialize;
use serde_json::Value;

use super::CliError;
use super::output::{print_note, print_to, print_words};
use super::provenance::{Provenance, StoredSync};
use crate::report::{Table, plain, terminal_width, write_csv, write_table};
use connector_review::{MissingScope, ReviewError, SharedNames};
use connector_store::{RunId, Store};
use connector_types::counted;

/// The most kinds of unread data that are listed.
const SHOWN: usize = 12;

/// The output formats of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RowFormat {
    /// People; within the terminal's width, where it goes to one.
    Table,
    /// Programs: one object, with the sync, the rows and what was not read.
    Json,
    /// Programs: one object a line.
    Ndjson,
    /// Spreadsheets: every cell quoted, none runs as a formula; each row names tenant, sync, date and completeness.
    Csv,
}

/// The format options of an answer.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct FormatArgs {
    /// Format of the answer
    #[arg(long, value_enum, default_value_t = RowFormat::Table)]
    pub(super) format: RowFormat,
    /// Begin CSV with a byte order mark, without which Excel does not read it as UTF-8
    #[arg(long)]
    bom: bool,
}

impl FormatArgs {
    /// Returns these options for a format that another option chose.
    pub(super) fn new(format: RowFormat, bom: bool) -> Self {
        Self { format, bom }
    }

    /// Returns the format.
    ///
    /// # Errors
    /// Returns an error if a byte order mark is asked for that the format cannot have.
    pub(super) fn checked_format(&self) -> Result<RowFormat, CliError> {
        match (self.bom, self.format) {
            (true, RowFormat::Table | RowFormat::Json | RowFormat::Ndjson) => {
                let text = "--bom goes with --format csv: add it, or leave out --bom";
                Err(CliError::Usage(text.to_owned()))
            }
            (_, format) => Ok(format),
        }
    }
}

/// One row of an answer.
pub(super) trait TableRow: Serialize {
    /// The name of one row in JSON.
    const NAME: &'static str;
    /// The headings of the table.
    const TABLE: &'static [&'static str];
    /// The headings of the CSV.
    const CSV: &'static [&'static str];
    /// Returns the cells of the table.
    fn table_cells(&self, names: &SharedNames) -> Vec<String>;
    /// Returns the cells of the CSV.
    fn record_fields(&self, names: &SharedNames) -> Vec<String>;
}

/// Rows about one stored sync, and the gaps in them.
pub(super) struct ReviewTable<'a, L> {
    pub(super) rows: &'a [L],
    pub(super) unread: &'a [MissingScope],
    /// The title above the table.
    pub(super) title: String,
    /// The headings of columns that the title makes needless.
    pub(super) without: Vec<&'static str>,
}

impl<L: TableRow> ReviewTable<'_, L> {
    /// Writes the table to standard output, with the sync that it is from. For people, standard
    /// error lists the missing parts.
    pub(super) fn write(
        &self,
        format: &FormatArgs,
        (store, run): (&Store, RunId),
    ) -> Result<(), CliError> {
        let sync = StoredSync::read(store, run)?;
        let report = Report {
            header: &[("run", record_value(&sync)?)],
            provenance: Provenance::of_sync(&sync),
            names: SharedNames::read(store, run)?,
            rows: self.rows,
            gaps: ("unread", self.unread),
        };
        report.write(format, |out| {
            self.write_table(out, &report.provenance, &report.names)
        })?;
        if matches!(format.format, RowFormat::Table | RowFormat::Csv) {
            print_note(&missing_scopes(self.unread));
        }
        Ok(())
    }

    fn write_table(
        &self,
        out: &mut dyn Write,
        provenance: &Provenance,
        names: &SharedNames,
    ) -> io::Result<()> {
        let title = plain(&self.title);
        writeln!(out, "{}\n{title}\n", provenance.heading)?;
        if self.rows.is_empty() {
            return writeln!(out, "  None.");
        }
        let columns = TableColumns::without_columns::<L>(&self.without);
        let rows = || {
            self.rows
                .iter()
                .map(|row| columns.select_columns(row.table_cells(names)))
        };
        write_table(out, &columns.header, terminal_width(), rows)
    }
}

/// The output of a command: a header, rows and gaps. In JSON these are one object, with the rows as
/// `rows`; in NDJSON each is a line of its own; in CSV each row has columns for the header.
pub(super) struct Report<'a, L, U> {
    pub(super) header: &'a [(&'static str, Value)],
    pub(super) provenance: Provenance,
    pub(super) names: SharedNames,
    pub(super) rows: &'a [L],
    /// The name of the gaps, and what could not be read or evaluated.
    pub(super) gaps: (&'static str, &'a [U]),
}

impl<L: TableRow, U: Serialize> Report<'_, L, U> {
    /// Writes them to standard output, or this text where people are to read them.
    pub(super) fn write_or(
        &self,
        format: &FormatArgs,
        text: impl FnOnce() -> String,
    ) -> Result<(), CliError> {
        self.write(format, |out| out.write_all(text().as_bytes()))
    }

    /// Writes them to standard output, or what `words` writes where people are to read them.
    pub(super) fn write(
        &self,
        format: &FormatArgs,
        words: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), CliError> {
        match format.checked_format()? {
            RowFormat::Table => print_words(words),
            RowFormat::Json => print_to(|out| self.write_json(out)),
            RowFormat::Ndjson => print_to(|out| self.write_ndjson(out)),
            RowFormat::Csv => {
                print_to(|out| self.write_csv(out, format.bom))?;
                if self.rows.is_empty() {
                    print_note(&format!("note: no rows. {}\n", self.provenance.heading));
                }
                Ok(())
            }
        }
    }

    fn write_csv(&self, out: &mut dyn Write, bom: bool) -> io::Result<()> {
        if bom {
            out.write_all("\u{feff}".as_bytes())?;
        }
        let Provenance { columns, cells, .. } = &self.provenance;
        let rows = self.rows.iter().map(|row| {
            let mut fields = row.record_fields(&self.names);
            fields.extend_from_slice(cells);
            fields
        });
        write_csv(out, &[L::CSV, columns].concat(), rows)
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let (name, gaps) = self.gaps;
        let header = self.header.iter();
        let header = header.map(|(name, value)| (*name, ObjectMember::Header(value)));
        let mut members: BTreeMap<_, _> = header.collect();
        members.insert("rows", ObjectMember::Rows(self.rows));
        members.insert(name, ObjectMember::Gaps(gaps));
        serde_json::to_writer_pretty(&mut *out, &members)?;
        out.write_all(b"\n")
    }

    fn write_ndjson(&self, out: &mut dyn Write) -> io::Result<()> {
        for (name, record) in self.header {
            line(out, name, record)?;
        }
        for row in self.rows {
            line(out, L::NAME, row)?;
        }
        let (name, gaps) = self.gaps;
        for one in gaps {
            line(out, name, one)?;
        }
        Ok(())
    }
}

/// A member of an answer's object, which may have very many rows: they are not copied.
#[derive(Serialize)]
#[serde(untagged)]
enum ObjectMember<'a, L, U> {
    Header(&'a Value),
    Rows(&'a [L]),
    Gaps(&'a [U]),
}

/// Returns a record as JSON.
pub(super) fn record_value(record: &impl Serialize) -> Result<Value, CliError> {
    serde_json::to_value(record).map_err(|e| CliError::for_error(e.to_string()))
}

/// The columns of a table that say something.
struct TableColumns {
    indices: Vec<usize>,
    header: Vec<&'static str>,
}

impl TableColumns {
    /// Returns the columns of `L` without those of these headings.
    fn without_columns<L: TableRow>(without: &[&str]) -> Self {
        let columns = L::TABLE.iter().enumerate();
        let columns = columns.filter(|(_, heading)| !without.contains(heading));
        let (indices, header) = columns.unzip();
        Self { indices, header }
    }

    fn select_columns(&self, cells: Vec<String>) -> Vec<String> {
        let cells = cells.into_iter().enumerate();
        let cells = cells.filter(|(column, _)| self.indices.contains(column));
        cells.map(|(_, cell)| cell).collect()
    }
}

/// Rows within the terminal's width.
pub(super) fn table<'a, L: TableRow + 'a>(
    rows: impl IntoIterator<Item = &'a L>,
    names: &SharedNames,
) -> Table {
    let mut table = Table::new(L::TABLE.iter().copied()).within_width(terminal_width());
    for row in rows {
        table.add_row(row.table_cells(names));
    }
    table
}

fn line(out: &mut dyn Write, name: &str, record: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &BTreeMap::from([(name, record)]))?;
    out.write_all(b"\n")
}

/// Returns the missing parts of an answer, with equal outcomes and messages merged.
fn missing_scopes(unread: &[MissingScope]) -> String {
    type GapKey<'a> = (&'a str, &'a str, &'a str, &'a str);
    let mut fates: BTreeMap<GapKey<'_>, Vec<&MissingScope>> = BTreeMap::new();
    for one in unread {
        let words = one.message.as_deref().unwrap_or("");
        let scope = &one.scope;
        let outcome = one.notice.as_deref().unwrap_or(&one.outcome);
        let fate = (outcome, &*scope.call, &*scope.resource_type, words);
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
        let words = if words.is_empty() {
            String::new()
        } else {
            format!(": {}", plain(words))
        };
        let scope = plain(&first.scope.to_string());
        text.push_str(&format!("  {}: {scope}{others}{words}\n", plain(outcome)));
    }
    if more > 0 {
        text.push_str(&format!(
            "  … and {}: --format json has them all\n",
            counted(more, "more kind")
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
