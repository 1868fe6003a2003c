//! Standard output and error, with styles only where they are wanted.

use std::io::{self, BufWriter, LineWriter, Write};

use clap::ValueEnum;
use serde::Serialize;

use super::{CliError, log};
use crate::report::tenant_line;
use connector_host::tenants::TenantEnd;
use connector_sync::output::{CleanWriter, json_stdout};

/// The output formats of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    /// People.
    Text,
    /// Programs: one JSON object.
    Json,
}

/// Prints to standard output. A reader that has gone away, such as `head`, is no error.
pub(super) fn print_text(text: &str) -> Result<(), CliError> {
    print_words(|out| out.write_all(text.as_bytes()))
}

/// Prints what is written for people to standard output.
pub(super) fn print_words(
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), CliError> {
    // Whole lines, so that no style is cut in two.
    let mut out = LineWriter::new(CleanWriter::text(anstream::stdout().lock()));
    let written = write(&mut out).and_then(|()| out.flush());
    unless_reader_left(written)
}

/// Prints JSON, or lines of it, to standard output.
pub(super) fn print_to(
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), CliError> {
    let mut out = BufWriter::new(json_stdout());
    let written = write(&mut out).and_then(|()| out.flush());
    unless_reader_left(written)
}

/// Prints a record.
pub(super) fn print_json(record: &impl Serialize) -> Result<(), CliError> {
    print_to(|out| {
        serde_json::to_writer_pretty(&mut *out, record)?;
        out.write_all(b"\n")
    })
}

/// Prints to standard error, as a line of the log if that is there as JSON.
pub(super) fn print_note(text: &str) {
    if log::record_message(text) {
        return;
    }
    // If standard error is closed, no reader is left for the message.
    let _ = CleanWriter::text(anstream::stderr()).write_all(text.as_bytes());
}

/// Prints the end of a tenant's sync, and writes it to the log.
pub(super) fn print_tenant_end(end: &TenantEnd) {
    if !log::record_tenant_end(end) {
        print_note(&tenant_line(end));
    }
}

/// Takes a reader that has gone away for a reader that has enough.
pub(super) fn unless_reader_left(written: io::Result<()>) -> Result<(), CliError> {
    match written {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(CliError::for_error(format!(
            "the output could not be written: {e}"
        ))),
        _ => Ok(()),
    }
}
