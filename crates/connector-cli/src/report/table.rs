//! Aligned columns, as wide as they need or as a terminal has.
//!
//! Not comfy-table (8.0): it pads every row to the longest cell, so that one long name in a pipe widens
//! all lines, and it cuts cells at the end of a word.

use std::fmt;

use anstyle::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::terminal::styled;
use connector_types::plain;

/// Columns between the starts of two cells that are not the cell's.
const BETWEEN: usize = 2;
/// Where no terminal limits a table, longer cells than this stand out of their column, so that one
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
    /// A table with these headings.
    pub fn new<'a>(header: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            header: header.into_iter().map(str::to_owned).collect(),
            rows: Vec::new(),
            width: None,
        }
    }

    /// The table within so many columns of a terminal, where it has them: the widest columns give
    /// way, and what is cut off ends in `…`.
    pub fn within(mut self, width: Option<usize>) -> Self {
        self.width = width;
        self
    }

    /// Adds a row. Cells are cleaned for the terminal.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells = cells.into_iter().map(|cell| plain(&cell));
        self.rows.push(cells.collect());
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths = vec![0; self.header.len()];
        for row in std::iter::once(&self.header).chain(&self.rows) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        match self.width {
            Some(width) => narrowed(widths, width),
            None => widths.into_iter().map(|one| one.min(WIDEST)).collect(),
        }
    }

    fn line(&self, row: &[String], columns: &[(usize, bool)]) -> String {
        let mut line = String::from(" ");
        for (cell, (width, numeric)) in row.iter().zip(columns) {
            let cell = match self.width {
                Some(_) => cut(cell, *width),
                None => cell.clone(),
            };
            let padding = " ".repeat(width.saturating_sub(cell.width()));
            let cell = match numeric {
                true => format!(" {padding}{cell} "),
                false => format!(" {cell}{padding} "),
            };
            line.push_str(&cell);
        }
        line.trim_end().to_owned()
    }

    fn is_numeric(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.all(|cell| cell.chars().all(|c| c.is_ascii_digit()))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths().into_iter().enumerate();
        let columns: Vec<_> = widths
            .map(|(column, width)| (width, self.is_numeric(column)))
            .collect();
        let header = self.line(&self.header, &columns);
        writeln!(f, "{}", styled(Style::new().bold(), &header))?;
        for row in &self.rows {
            writeln!(f, "{}", self.line(row, &columns))?;
        }
        Ok(())
    }
}

/// The widest columns give way, one by one, until the line fits or none has more to give.
fn narrowed(mut widths: Vec<usize>, line: usize) -> Vec<usize> {
    let between = BETWEEN * widths.len();
    while widths.iter().sum::<usize>() + between > line {
        match widths.iter_mut().max() {
            Some(widest) if *widest > NARROWEST => *widest -= 1,
            _ => break,
        }
    }
    widths
}

/// The start of a text, as wide as it may be.
fn cut(text: &str, width: usize) -> String {
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
