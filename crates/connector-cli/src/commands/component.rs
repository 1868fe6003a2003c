//! Finding the connector: named, built in, or beside the command.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::CliError;
use super::args::ComponentArgs;
use connector_policy::ApprovedManifest;
use connector_runtime::{Cache, Connector, Sandbox, SandboxOptions};
use connector_sync::output::files::resolve_output;
use connector_types::bounded::read_file;
use connector_types::hexadecimal;

/// The largest component or other file that options name, in bytes.
pub(super) const MAX_FILE: u64 = 64 << 20;
/// Name of the default connector's file.
const FILE: &str = "postman-connector.wasm";

#[cfg(embedded_component)]
const BUILT_IN: Option<&[u8]> = Some(include_bytes!(concat!(env!("OUT_DIR"), "/component.wasm")));
#[cfg(not(embedded_component))]
const BUILT_IN: Option<&[u8]> = None;

/// Returns the directory for compiled connectors: the option's, or else the variable's.
fn cache_dir(args: &ComponentArgs) -> Option<PathBuf> {
    let named = || std::env::var_os("CONNECTOR_CACHE").filter(|dir| !dir.is_empty());
    args.cache.clone().or_else(|| named().map(PathBuf::from))
}

/// Opens a cache, to which no link of another user leads.
fn open_cache(dir: &Path) -> Result<Cache, CliError> {
    let existing = dir.ancestors().find(|it| it.symlink_metadata().is_ok());
    let checked = existing.map_or(Ok(PathBuf::new()), resolve_output);
    checked.map_err(|e| CliError::Usage(format!("the cache {}: {e}", dir.display())))?;
    Cache::open(dir).map_err(|e| CliError::Usage(e.to_string()))
}

/// Loads the connector that the options name.
pub(super) async fn load(args: &ComponentArgs) -> Result<Connector, CliError> {
    let (bytes, name) = match &args.component {
        Some(path) => (read(path)?, path.display().to_string()),
        None => default()?,
    };
    let approved = args
        .approved
        .as_deref()
        .map(ApprovedFile::read)
        .transpose()?;
    if let Some(approved) = &approved {
        approved.check_bytes(&bytes)?;
    }
    let options = SandboxOptions {
        deterministic: args.deterministic,
        cache: cache_dir(args).as_deref().map(open_cache).transpose()?,
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::new(&options);
    let sandbox = sandbox.map_err(|e| CliError::for_error(e.to_string()))?;
    let connector = Connector::load(&sandbox, &bytes).await;
    let connector = connector.map_err(|e| CliError::Usage(format!("{name}: {e}")))?;
    if let Some(approved) = &approved {
        approved.check(&connector)?;
    }
    Ok(connector)
}

/// An approved manifest, and the file that it was read from.
struct ApprovedFile<'a> {
    path: &'a Path,
    manifest: ApprovedManifest,
}

impl<'a> ApprovedFile<'a> {
    fn read(path: &'a Path) -> Result<Self, CliError> {
        let manifest = serde_json::from_slice(&read(path)?).map_err(|e| {
            CliError::Usage(format!(
                "{} is not an approved manifest: {e}. `describe --format approved-manifest` prints one.",
                path.display()
            ))
        })?;
        Ok(Self { path, manifest })
    }

    /// Refuses other bytes than the approved ones while they are only bytes.
    fn check_bytes(&self, bytes: &[u8]) -> Result<(), CliError> {
        let digest = hexadecimal(&Sha256::digest(bytes));
        let checked = self.manifest.check_digest(&digest);
        checked.map_err(|other| {
            self.approval_error(&[other], "The component was not run, and nothing")
        })
    }

    fn check(&self, connector: &Connector) -> Result<(), CliError> {
        let checked = self
            .manifest
            .check(connector.descriptor(), connector.sha256());
        checked.map_err(|beyond| self.approval_error(&beyond, "Nothing"))
    }

    fn approval_error(&self, beyond: &[String], nothing: &str) -> CliError {
        let lines: String = beyond.iter().map(|line| format!("\n  + {line}")).collect();
        CliError::Usage(format!(
            "the connector is not the one of {}, or asks for more:{lines}\n{nothing} was sent. To accept it, approve its manifest again: connector-host describe --format approved-manifest > FILE",
            self.path.display()
        ))
    }
}

fn default() -> Result<(Cow<'static, [u8]>, String), CliError> {
    if let Some(bytes) = BUILT_IN {
        return Ok((bytes.into(), "the built-in connector".to_owned()));
    }
    let command = std::env::current_exe().ok();
    let beside = command.as_deref().and_then(Path::parent);
    if let Some(path) = beside
        .map(|dir| dir.join(FILE))
        .filter(|path| path.is_file())
    {
        return Ok((read(&path)?, path.display().to_string()));
    }
    Err(CliError::Usage(format!(
        "no connector: this command was built without one, and there is no {FILE} beside it.\nBuild it with `make components`, or name one with --component FILE."
    )))
}

fn read(path: &Path) -> Result<Cow<'static, [u8]>, CliError> {
    let bytes = read_file(path, MAX_FILE);
    let bytes = bytes.map_err(|e| CliError::Usage(format!("{}: {e}", path.display())))?;
    Ok(bytes.into())
}
