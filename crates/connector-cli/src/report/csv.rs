//! Rows for spreadsheets, which would run some of what others wrote.

use std::io::{self, Write};

use connector_types::plain;

/// What a spreadsheet takes for the start of a formula, in either width.
const STARTS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Writes rows under a header, as RFC 4180 has them. In each cell, what can be seen nowhere is left
/// out, ends of lines and tabs become spaces, and what a spreadsheet would run as a formula gets a
/// `'` before it.
///
/// # Errors
/// Writing failed.
pub fn write_csv(
    out: &mut dyn Write,
    header: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(header)?;
    for row in rows {
        csv.write_record(row.iter().map(|cell| inert(cell)))?;
    }
    csv.flush()
}

fn inert(cell: &str) -> String {
    let cell = plain(&cell.replace('\r', " "));
    match cell.trim_start().starts_with(STARTS) {
        true => format!("'{cell}"),
        false => cell,
    }
}
