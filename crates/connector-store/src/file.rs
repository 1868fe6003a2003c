//! The file under a store: where it is, whose it is, who may write to it.
//!
//! It is never opened beside SQLite: on Unix, closing one of two handles of a process drops the locks
//! of the other.

use std::ffi::{OsStr, OsString};
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::StoreError;
use connector_sync::output::DraftFile;
use connector_sync::output::files::{narrow_private, open_private, resolve_output};

/// The number of tries, and the pause between them, for a lock that another process has. A child
/// process that was just started has this process's locks, too, until it has become another
/// program.
const LOCK_TRIES: u32 = 10;
const LOCK_WAIT: Duration = Duration::from_millis(20);

/// Returns the path without links, so that one file has one lock under any of its names.
pub(super) fn place(path: &Path) -> Result<PathBuf, StoreError> {
    if file_name(path).is_none() {
        let other = io::Error::new(ErrorKind::IsADirectory, "it names no file: name a file");
        return Err(at(path, other));
    }
    let real = resolve_output(path).map_err(|source| at(path, source))?;
    match std::fs::symlink_metadata(&real) {
        Ok(found) if !found.is_file() => {
            let other = io::Error::new(ErrorKind::InvalidInput, "it is no file: name a file");
            Err(at(path, other))
        }
        _ => Ok(real),
    }
}

/// Returns the name at the end of a path; `None` where the path ends as that of a folder does (`x/`, `x/.`).
fn file_name(path: &Path) -> Option<&OsStr> {
    let name = path.file_name()?;
    let whole = path.as_os_str().as_encoded_bytes();
    whole.ends_with(name.as_encoded_bytes()).then_some(name)
}

fn folder(path: &Path) -> &Path {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    folder.unwrap_or_else(|| Path::new("."))
}

/// Returns whether there is nothing yet.
pub(super) fn is_empty(path: &Path) -> Result<bool, StoreError> {
    match std::fs::symlink_metadata(path) {
        Ok(found) => Ok(found.len() == 0),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(at(path, error)),
    }
}

/// Writes a draft beside the file's path, and renames it when it is whole.
pub(super) fn put(
    path: &Path,
    make: impl FnOnce(&Path) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let fault = |source| at(path, source);
    let draft = DraftFile::create_in(folder(path)).map_err(fault)?;
    make(draft.path())?;
    draft.persist(path).map_err(fault)?;
    sync_folder(path).map_err(fault)
}

/// Makes the file's name outlast a power loss.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder(path))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Narrows the file, and what SQLite may have left beside it, to its owner.
pub(super) fn make_private(path: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-journal", "-shm", "-wal"] {
        let path = sibling_path(path, suffix);
        match narrow_private(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(at(&path, error)),
            _ => {}
        }
    }
    Ok(())
}

/// Takes the lock for writing, which lasts as long as the returned file. The file stays when
/// the lock is gone: were it removed, two could hold it.
pub(super) fn lock(path: &Path) -> Result<File, StoreError> {
    let place = sibling_path(path, "-lock");
    let file = open_private(&place).map_err(|source| at(&place, source))?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_WAIT),
            Err(TryLockError::Error(source)) => return Err(at(&place, source)),
        }
    }
    Err(StoreError::Locked(path.to_owned()))
}

/// Returns whether a log or journal beside the file has something that the file has not.
pub(super) fn has_log(path: &Path) -> Result<bool, StoreError> {
    let logs = ["-wal", "-journal"].map(|suffix| is_empty(&sibling_path(path, suffix)));
    let [log, journal] = logs;
    Ok(!(log? && journal?))
}

/// Returns the URI by which SQLite takes a file for one that never changes.
pub(super) fn immutable_uri(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                uri.push(char::from(*byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    uri
}

fn sibling_path(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

pub(super) fn at(path: &Path, source: io::Error) -> StoreError {
    let path = path.to_owned();
    StoreError::File { path, source }
}
