//! Aligned columns, as wide as their cells or as the terminal allows.
//!
//! Not comfy-table (8.0): it pads every row to the longest cell, so that one long name in a pipe
//! widens all lines, and it cuts cells at the end of a word.

use std::fmt;
use std::io::{self, Write};

use anstyle::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::terminal::styled_text;
use connector_types::plain;

/// Columns between the starts of two cells that are not the cell's.
const BETWEEN: usize = 2;
/// If no terminal limits a table, cells longer than this extend beyond their column, so that one
/// long name does not widen every line.
const WIDEST: usize = 60;
/// No column is made narrower than this for another one's sake.
const NARROWEST: usize = 8;

/// Rows of cells: the first column to the left, those that hold numbers to the right.
#[derive(Clone, Debug, Default)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    width: Option<usize>,
}

impl Table {
    /// Returns a table with these headings.
    pub fn new<'a>(header: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            header: header.into_iter().map(str::to_owned).collect(),
            rows: Vec::new(),
            width: None,
        }
    }

    /// Limits the table to a terminal's number of columns, if known: the widest columns shrink, and
    /// truncated cells end in `…`.
    pub fn within_width(mut self, width: Option<usize>) -> Self {
        self.width = width;
        self
    }

    /// Adds a row. Cells are cleaned for the terminal.
    pub fn add_row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells = cells.into_iter().map(|cell| plain(&cell));
        self.rows.push(cells.collect());
    }

    /// Returns whether the table has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn table_layout(&self) -> TableLayout {
        let mut layout = TableLayout::new(&self.header, self.width);
        for row in &self.rows {
            layout.measure_row(row);
        }
        layout.finish()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layout = self.table_layout();
        writeln!(f, "{}", layout.header(&self.header))?;
        for row in &self.rows {
            writeln!(f, "{}", layout.line(row))?;
        }
        Ok(())
    }
}

/// Writes a table of any length. Its rows are made twice, to be measured and to be written, so that
/// memory does not grow with them.
///
/// # Errors
/// Returns an error if writing fails.
pub fn write_table<R: Iterator<Item = Vec<String>>>(
    out: &mut dyn Write,
    header: &[&str],
    width: Option<usize>,
    rows: impl Fn() -> R,
) -> io::Result<()> {
    let rows = || rows().map(|row| row.iter().map(|cell| plain(cell)).collect::<Vec<_>>());
    let header: Vec<_> = header.iter().map(|cell| (*cell).to_owned()).collect();
    let mut layout = TableLayout::new(&header, width);
    for row in rows() {
        layout.measure_row(&row);
    }
    let layout = layout.finish();
    writeln!(out, "{}", layout.header(&header))?;
    for row in rows() {
        writeln!(out, "{}", layout.line(&row))?;
    }
    Ok(())
}

/// The columns of a table, which all of its rows decide.
#[derive(Debug)]
struct TableLayout {
    columns: Vec<Column>,
    /// The width of the terminal, where there is one.
    width: Option<usize>,
}

#[derive(Debug)]
struct Column {
    width: usize,
    is_numeric: bool,
}

impl TableLayout {
    fn new(header: &[String], width: Option<usize>) -> Self {
        let columns = header.iter().map(|cell| Column {
            width: cell.width(),
            is_numeric: true,
        });
        Self {
            columns: columns.collect(),
            width,
        }
    }

    fn measure_row(&mut self, row: &[String]) {
        for (column, cell) in self.columns.iter_mut().zip(row) {
            column.width = column.width.max(cell.width());
            column.is_numeric &= cell.chars().all(|c| c.is_ascii_digit());
        }
    }

    /// Takes the widths as they are once every row is measured.
    fn finish(mut self) -> Self {
        let widths = self.columns.iter().map(|column| column.width);
        let widths = match self.width {
            Some(width) => narrow_columns(widths.collect(), width),
            None => widths.map(|one| one.min(WIDEST)).collect(),
        };
        for (column, width) in self.columns.iter_mut().zip(widths) {
            column.width = width;
        }
        self
    }

    fn header(&self, header: &[String]) -> String {
        styled_text(Style::new().bold(), &self.line(header))
    }

    fn line(&self, row: &[String]) -> String {
        let mut line = String::from(" ");
        for (cell, column) in row.iter().zip(&self.columns) {
            let cell = match self.width {
                Some(_) => cut_text(cell, column.width),
                None => cell.clone(),
            };
            let padding = " ".repeat(column.width.saturating_sub(cell.width()));
            let cell = if column.is_numeric {
                format!(" {padding}{cell} ")
            } else {
                format!(" {cell}{padding} ")
            };
            line.push_str(&cell);
        }
        line.trim_end().to_owned()
    }
}

/// Shrinks the widest columns one by one, until the line fits or none can shrink further.
fn narrow_columns(mut widths: Vec<usize>, line: usize) -> Vec<usize> {
    let between = BETWEEN * widths.len();
    while widths.iter().sum::<usize>() + between > line {
        match widths.iter_mut().max() {
            Some(widest) if *widest > NARROWEST => *widest -= 1,
            _ => break,
        }
    }
    widths
}

/// Returns the start of a text, as wide as it may be.
fn cut_text(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut start = String::new();
    let mut room = width.saturating_sub(1);
    for c in text.chars() {
        let Some(left) = room.checked_sub(c.width().unwrap_or(0)) else {
            break;
        };
        room = left;
        start.push(c);
    }
    start.push('…');
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_written_by_rows_is_the_collected_one() {
        let rows = [["a", "1"], ["long \u{1b}[31m name", "12"], ["", "7"]];
        let rows = || rows.iter().map(|row| row.map(str::to_owned).to_vec());
        for width in [None, Some(20)] {
            let mut table = Table::new(["Name", "N"]).within_width(width);
            rows().for_each(|row| table.add_row(row));
            let mut written = Vec::new();
            write_table(&mut written, &["Name", "N"], width, rows).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), table.to_string());
        }
    }
}
