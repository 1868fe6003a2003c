//! The lines of NDJSON: written, and read again.

use std::borrow::Cow;
use std::io::{self, BufRead, Write};

use thiserror::Error;

use super::content::BYTE_ORDER_MARK;
use crate::SyncInventory;
use connector_types::bounded::{MAX_LINE, read_line};
use connector_types::{
    Entitlement, Grant, Notice, OutputRecord, Resource, Run, Scope, Summary, Texts,
    append_grant_json,
};

/// The reason why lines are not a sync.
#[derive(Debug, Error)]
pub enum ReadError {
    /// A line is none of the records, or not one line of text.
    #[error("line {line}: {reason}")]
    Line {
        /// Which one, from 1.
        line: usize,
        /// The fault of the line.
        reason: String,
    },
    /// The first or the last line is missing: the file was cut off, or is something else.
    #[error("it has no `{0}` line: it was cut off, or is not the NDJSON of a sync")]
    Cut(&'static str),
}

/// Writes a sync: the run, then every kind in its order, then the summary.
///
/// # Errors
/// Returns an error if writing fails.
pub fn write_ndjson(synced: &SyncInventory, out: &mut impl Write) -> io::Result<()> {
    write_record(out, &OutputRecord::Run(Cow::Borrowed(&synced.run)))?;
    for resource in &synced.resources {
        write_record(out, &OutputRecord::Resource(Cow::Borrowed(resource)))?;
    }
    for entitlement in &synced.entitlements {
        write_record(out, &OutputRecord::Entitlement(Cow::Borrowed(entitlement)))?;
    }
    let mut line = Vec::new();
    for grant in &synced.grants {
        write_grant(out, grant, &mut line)?;
    }
    for notice in &synced.notices {
        write_record(out, &OutputRecord::Notice(Cow::Borrowed(notice)))?;
    }
    for scope in &synced.scopes {
        write_record(out, &OutputRecord::Scope(Cow::Borrowed(scope)))?;
    }
    write_record(out, &OutputRecord::Summary(Cow::Borrowed(&synced.summary)))?;
    out.flush()
}

/// Writes one line.
///
/// # Errors
/// Returns an error if writing fails.
pub fn write_record(out: &mut (impl Write + ?Sized), record: &OutputRecord<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, record)?;
    out.write_all(b"\n")
}

/// Writes the line of a grant as [`write_record`] does, and faster; `line` is room for it.
///
/// # Errors
/// Returns an error if writing failed.
pub fn write_grant(
    out: &mut (impl Write + ?Sized),
    grant: &Grant,
    line: &mut Vec<u8>,
) -> io::Result<()> {
    line.clear();
    line.extend_from_slice(b"{\"grant\":");
    append_grant_json(line, grant);
    line.extend_from_slice(b"}\n");
    out.write_all(line)
}

/// Reads what [`write_ndjson`] wrote, and what other programs make of it: a byte order mark, other
/// ends of lines and blank lines are passed over.
///
/// # Errors
/// Returns an error if a line is no record, if the first or last one is missing, or if there are the
/// lines of several syncs.
pub fn read_ndjson(mut lines: impl BufRead) -> Result<SyncInventory, ReadError> {
    let mut ends: (Option<Run>, Option<Summary>) = (None, None);
    let (mut found, mut texts) = (ParsedRecords::default(), Texts::default());
    let mut bytes = Vec::new();
    for number in 1.. {
        let fault = |reason: String| ReadError::Line {
            line: number,
            reason,
        };
        let read = read_line(&mut lines, bytes, MAX_LINE);
        bytes = read.map_err(|e| fault(e.to_string()))?;
        if bytes.is_empty() {
            break;
        }
        let Some(record) = record(&bytes).map_err(fault)? else {
            continue;
        };
        let first = match record {
            OutputRecord::Run(run) => ends.0.replace(run.into_owned()).is_none(),
            OutputRecord::Summary(summary) => ends.1.replace(summary.into_owned()).is_none(),
            other @ (OutputRecord::Resource(_)
            | OutputRecord::Entitlement(_)
            | OutputRecord::Grant(_)
            | OutputRecord::Notice(_)
            | OutputRecord::Scope(_)) => {
                found.add(other, &mut texts);
                true
            }
        };
        if !first {
            let reason = "a second sync: give each sync a file of its own";
            return Err(fault(reason.to_owned()));
        }
    }
    let run = ends.0.ok_or(ReadError::Cut("run"))?;
    let summary = ends.1.ok_or(ReadError::Cut("summary"))?;
    Ok(found.with(run, summary))
}

/// Returns the record of a line; `None` for a blank line.
fn record(line: &[u8]) -> Result<Option<OutputRecord<'static>>, String> {
    let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
    let text = std::str::from_utf8(line.trim_ascii());
    let text = text.map_err(|_| "it is not UTF-8 text: convert the file to UTF-8".to_owned())?;
    if text.is_empty() {
        Ok(None)
    } else {
        serde_json::from_str(text).map(Some).map_err(|e| reason(&e))
    }
}

/// Returns the error without the line's number, which is always 1 within a line.
fn reason(error: &serde_json::Error) -> String {
    let (text, column) = (error.to_string(), error.column());
    let place = format!(" at line {} column {column}", error.line());
    match text.strip_suffix(&place) {
        Some(text) => format!("{text} at column {column}"),
        None => text,
    }
}

#[derive(Default)]
struct ParsedRecords {
    resources: Vec<Resource>,
    entitlements: Vec<Entitlement>,
    grants: Vec<Grant>,
    notices: Vec<Notice>,
    scopes: Vec<Scope>,
}

impl ParsedRecords {
    /// Adds a record that is not the first or last line.
    fn add(&mut self, record: OutputRecord<'_>, texts: &mut Texts) {
        match record {
            OutputRecord::Run(_) | OutputRecord::Summary(_) => {}
            OutputRecord::Resource(one) => self.resources.push(one.into_owned()),
            OutputRecord::Entitlement(one) => self.entitlements.push(one.into_owned()),
            OutputRecord::Grant(one) => self.grants.push(texts.shared(one.into_owned())),
            OutputRecord::Notice(one) => self.notices.push(one.into_owned()),
            OutputRecord::Scope(one) => self.scopes.push(one.into_owned()),
        }
    }

    fn with(self, run: Run, summary: Summary) -> SyncInventory {
        SyncInventory {
            run,
            resources: self.resources,
            entitlements: self.entitlements,
            grants: self.grants,
            notices: self.notices,
            scopes: self.scopes,
            summary,
        }
    }
}
