//! A run as lines of NDJSON, read one record at a time.

use std::borrow::Cow;
use std::io::{self, Write};

use super::load::{load_run, load_scopes, load_summary};
use super::ordered::OrderedRun;
use super::{RunId, Store};
use connector_sync::output::{write_grant, write_record};
use connector_types::OutputRecord;

impl Store {
    /// Writes a run that has ended, as the sync itself writes it.
    ///
    /// # Errors
    /// Returns an error if the run does not exist or cannot be read, or if writing fails.
    pub fn write_ndjson(&self, run: RunId, out: &mut dyn Write) -> io::Result<()> {
        let connection = &self.connection;
        let records = OrderedRun::new(connection, run)?;
        let scopes = load_scopes(connection, run)?;
        let begun = load_run(connection, run)?;
        write_record(out, &OutputRecord::Run(Cow::Owned(begun)))?;
        records.resources(|one| write_record(out, &OutputRecord::Resource(Cow::Borrowed(one))))?;
        records.entitlements(|one| {
            write_record(out, &OutputRecord::Entitlement(Cow::Borrowed(one)))
        })?;
        let mut line = Vec::new();
        records.grants(|one| write_grant(out, one, &mut line))?;
        records.notices(|one| write_record(out, &OutputRecord::Notice(Cow::Borrowed(one))))?;
        for scope in &scopes {
            write_record(out, &OutputRecord::Scope(Cow::Borrowed(scope)))?;
        }
        let summary = load_summary(connection, run, &scopes)?;
        write_record(out, &OutputRecord::Summary(Cow::Owned(summary)))?;
        out.flush()
    }
}
