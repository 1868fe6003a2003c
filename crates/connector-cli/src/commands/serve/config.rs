//! The tenants file of `serve`: read at the start, on SIGHUP, and when it or a key file changes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::service::TenantService;
use super::status::Stored;
use crate::commands::output::print_note;
use crate::commands::tenants;
use connector_host::schedule::{PlannedTenant, SchedulerCommand, Shard};
use connector_host::tenants::{SecretLocation, SecretSource, TenantEntry};
use connector_sync::output::OutputClaims;

/// Time between two looks at the files.
const INTERVAL: Duration = Duration::from_secs(2);

/// The tenants of this process, by name.
pub(super) type Entries = BTreeMap<String, Arc<TenantEntry>>;

/// Size and time of each file that counts.
type Fingerprint = BTreeMap<PathBuf, Option<(u64, SystemTime)>>;

/// A tenants file that is read again when it changes.
pub(super) struct TenantsFileWatch {
    path: PathBuf,
    shard: Option<Shard>,
    service: Arc<TenantService>,
    seen: Fingerprint,
}

impl TenantsFileWatch {
    pub(super) fn new(path: PathBuf, shard: Option<Shard>, service: Arc<TenantService>) -> Self {
        Self {
            path,
            shard,
            service,
            seen: Fingerprint::new(),
        }
    }

    /// Loads the file and hands it to the service.
    ///
    /// # Errors
    /// Returns an error if the file cannot be used; the tenants before stay.
    pub(super) async fn load(&mut self) -> Result<Vec<PlannedTenant>, String> {
        let (path, shard) = (self.path.clone(), self.shard);
        let service = Arc::clone(&self.service);
        let reading = tokio::task::spawn_blocking(move || {
            let read = read(&path, shard)?;
            service.warn_of_settings(&read.0);
            Ok::<_, String>(read)
        });
        let read = reading.await.map_err(|lost| lost.to_string())?;
        // Of a file that cannot be used, too: it is not read again before it changes.
        self.seen = self.config_fingerprint(read.as_ref().ok().map(|(entries, _)| entries));
        let (entries, stored) = read?;
        Ok(self.service.replace_entries(entries, stored))
    }

    /// Loads the file whenever it changes or the process gets SIGHUP.
    pub(super) async fn run(&mut self, commands: &mpsc::Sender<SchedulerCommand>) {
        let mut hangup = HangupSignal::new();
        loop {
            let is_asked = tokio::select! {
                () = hangup.wait() => true,
                () = tokio::time::sleep(INTERVAL) => false,
            };
            if !is_asked && self.seen == self.config_fingerprint(None) {
                continue;
            }
            let loaded = self.load().await;
            self.service.note_reload(loaded.is_ok());
            match loaded {
                Ok(tenants) => {
                    print_note("note: the tenants file was loaded again\n");
                    if commands
                        .send(SchedulerCommand::Replace(tenants))
                        .await
                        .is_err()
                    {
                        return;
                    }
                }
                Err(reason) => print_note(&format!(
                    "warning: the tenants file cannot be used, so the one loaded before stays in use. {reason}\n"
                )),
            }
        }
    }

    /// Looks at the files of `entries`, or at those that were looked at before.
    fn config_fingerprint(&self, entries: Option<&Entries>) -> Fingerprint {
        let mut paths: Vec<&Path> = match entries {
            None => self.seen.keys().map(PathBuf::as_path).collect(),
            Some(entries) => {
                let files = entries.values().flat_map(|entry| {
                    let keys = entry
                        .credentials
                        .values()
                        .flat_map(SecretSource::secret_locations);
                    let keys = keys.filter_map(SecretLocation::secret_file);
                    keys.chain(entry.accept.as_deref())
                });
                files.collect()
            }
        };
        paths.push(&self.path);
        let look = |path: &Path| {
            let found = std::fs::metadata(path).ok();
            let found = found.and_then(|found| Some((found.len(), found.modified().ok()?)));
            (path.to_owned(), found)
        };
        paths.into_iter().map(look).collect()
    }
}

fn read(path: &Path, shard: Option<Shard>) -> Result<(Entries, BTreeMap<String, Stored>), String> {
    let fault = |reason: String| format!("{}: {reason}", path.display());
    let file = tenants::read_file(path, shard, OutputClaims::default())
        .map_err(|error| error.to_string())?;
    tenants::warn_of_tenants(&file, shard);
    let (mut entries, mut stored) = (Entries::new(), BTreeMap::new());
    for entry in file.tenants {
        for (field, is_there) in [
            ("schedule", entry.schedule.is_some()),
            ("db", entry.db.is_some()),
        ] {
            if !is_there {
                let name = &entry.name;
                return Err(fault(format!(
                    "tenant {name} has no {field}: serve needs one"
                )));
            }
        }
        let known = Stored::read(&entry);
        let known = known.map_err(|reason| fault(format!("tenant {}: {reason}", entry.name)))?;
        stored.insert(entry.name.clone(), known);
        entries.insert(entry.name.clone(), Arc::new(entry));
    }
    Ok((entries, stored))
}

/// Returns a tenant as the planner takes it.
pub(super) fn planned_tenant(
    entry: &TenantEntry,
    latest: Option<Timestamp>,
    starts_at_once: bool,
) -> Option<PlannedTenant> {
    Some(PlannedTenant {
        name: entry.name.clone(),
        schedule: entry.schedule.clone()?,
        latest,
        starts_at_once,
    })
}

/// SIGHUP, where there is such a signal.
struct HangupSignal {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl HangupSignal {
    #[cfg(unix)]
    fn new() -> Self {
        let hangup = tokio::signal::unix::SignalKind::hangup();
        Self {
            signal: tokio::signal::unix::signal(hangup).ok(),
        }
    }

    #[cfg(not(unix))]
    fn new() -> Self {
        Self {}
    }

    async fn wait(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending().await
    }
}
