//! Rows for spreadsheets, which would run some of what others wrote.

use std::io::{self, Write};

use csv::{ErrorKind, QuoteStyle, WriterBuilder};

use connector_types::plain;

/// The characters that a spreadsheet reads as the start of a formula, in every width.
const STARTS: [char; 12] = [
    '=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫',
];
/// The characters at which a spreadsheet can split a line, at any position and regardless of
/// quotes.
const SEPARATORS: [char; 6] = [',', ';', '|', '\t', '\n', '\r'];

/// Writes rows under a header, as RFC 4180 has them, with every cell in quotes. In each cell,
/// characters that cannot be seen are left out, ends of lines and tabs become spaces, and what a
/// spreadsheet would run as a formula gets a `'` before it: at the start of the cell, and after
/// everything at which a spreadsheet of another locale splits a line.
///
/// # Errors
/// Returns an error if writing failed.
pub fn write_csv(
    out: &mut dyn Write,
    header: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> io::Result<()> {
    let mut csv = WriterBuilder::new();
    let mut csv = csv.quote_style(QuoteStyle::Always).from_writer(out);
    csv.write_record(header).map_err(io_error)?;
    for row in rows {
        let cells = row.iter().map(|cell| inert_cell(cell));
        csv.write_record(cells).map_err(io_error)?;
    }
    csv.flush()
}

/// Returns the error as it came from the output, so that a broken pipe is distinguished from other
/// errors.
fn io_error(error: csv::Error) -> io::Error {
    let kind = error.into_kind();
    if let ErrorKind::Io(error) = kind {
        error
    } else {
        io::Error::other(format!("{kind:?}"))
    }
}

/// Returns the cell without a part that a spreadsheet would run.
fn inert_cell(cell: &str) -> String {
    let mut inert = String::with_capacity(cell.len());
    for part in cell.split_inclusive(SEPARATORS) {
        let part = plain(&part.replace('\r', " "));
        let start = part.trim_start_matches(|c: char| c.is_whitespace() || c == '"');
        if start.starts_with(STARTS) {
            // A cell that begins with blanks has it before them.
            let at = if inert.trim().is_empty() {
                0
            } else {
                inert.len()
            };
            inert.insert(at, '\'');
        }
        inert.push_str(&part);
    }
    inert
}
