//! The lines of NDJSON: written, and read again.

use std::borrow::Cow;
use std::io::{self, BufRead, Write};

use thiserror::Error;

use crate::Synced;
use connector_types::{Entitlement, Grant, Notice, Record, Resource, Run, Scope, Summary, Texts};

/// Why lines are not a sync.
#[derive(Debug, Error)]
pub enum ReadError {
    /// A line is none of the records, or not one line of text.
    #[error("line {line}: {reason}")]
    Line {
        /// Which one, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The first or the last line is missing: the file was cut off, or is something else.
    #[error("it has no `{0}` line: it was cut off, or is not the NDJSON of a sync")]
    Cut(&'static str),
}

/// Writes a sync: the run, then every kind in its order, then the summary.
///
/// # Errors
/// Writing failed.
pub fn write_ndjson(synced: &Synced, out: &mut impl Write) -> io::Result<()> {
    line(out, &Record::Run(Cow::Borrowed(&synced.run)))?;
    for resource in &synced.resources {
        line(out, &Record::Resource(Cow::Borrowed(resource)))?;
    }
    for entitlement in &synced.entitlements {
        line(out, &Record::Entitlement(Cow::Borrowed(entitlement)))?;
    }
    for grant in &synced.grants {
        line(out, &Record::Grant(Cow::Borrowed(grant)))?;
    }
    for notice in &synced.notices {
        line(out, &Record::Notice(Cow::Borrowed(notice)))?;
    }
    for scope in &synced.scopes {
        line(out, &Record::Scope(Cow::Borrowed(scope)))?;
    }
    line(out, &Record::Summary(Cow::Borrowed(&synced.summary)))?;
    out.flush()
}

fn line(out: &mut impl Write, record: &Record<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, record)?;
    out.write_all(b"\n")
}

/// Reads what [`write_ndjson`] wrote.
///
/// # Errors
/// A line is no record, or the first or last one is missing.
pub fn read_ndjson(lines: impl BufRead) -> Result<Synced, ReadError> {
    let mut ends: (Option<Run>, Option<Summary>) = (None, None);
    let (mut found, mut texts) = (Found::default(), Texts::default());
    for (at, line) in lines.lines().enumerate() {
        let fault = |reason: String| ReadError::Line {
            line: at + 1,
            reason,
        };
        let line = line.map_err(|e| fault(e.to_string()))?;
        match serde_json::from_str(&line).map_err(|e| fault(e.to_string()))? {
            Record::Run(run) => ends.0 = Some(run.into_owned()),
            Record::Summary(summary) => ends.1 = Some(summary.into_owned()),
            Record::Resource(one) => found.resources.push(one.into_owned()),
            Record::Entitlement(one) => found.entitlements.push(one.into_owned()),
            Record::Grant(one) => found.grants.push(texts.shared(one.into_owned())),
            Record::Notice(one) => found.notices.push(one.into_owned()),
            Record::Scope(one) => found.scopes.push(one.into_owned()),
        }
    }
    let run = ends.0.ok_or(ReadError::Cut("run"))?;
    let summary = ends.1.ok_or(ReadError::Cut("summary"))?;
    Ok(found.with(run, summary))
}

#[derive(Default)]
struct Found {
    resources: Vec<Resource>,
    entitlements: Vec<Entitlement>,
    grants: Vec<Grant>,
    notices: Vec<Notice>,
    scopes: Vec<Scope>,
}

impl Found {
    fn with(self, run: Run, summary: Summary) -> Synced {
        Synced {
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
