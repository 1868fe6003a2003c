//! The file under a store: where it is, whose it is, who may write to it.
//!
//! It is never opened beside SQLite: on Unix, closing one of two handles of a process drops the locks
//! of the other.

use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::StoreError;

/// The path without links, so that one file has one lock whatever it is called.
pub(super) fn place(path: &Path) -> Result<PathBuf, StoreError> {
    let fault = |source| at(path, source);
    if let Ok(found) = path.canonicalize() {
        let is_file = found.is_file();
        let other = io::Error::new(ErrorKind::InvalidInput, "it is no file: name a file");
        return is_file.then_some(found).ok_or_else(|| fault(other));
    }
    let folder_named = || io::Error::new(ErrorKind::IsADirectory, "it names no file: name a file");
    let name = file_name(path).ok_or_else(|| fault(folder_named()))?;
    let folder = folder(path).canonicalize().map_err(fault)?;
    Ok(folder.join(name))
}

/// The name at the end of a path; `None` where the path ends as that of a folder does (`x/`, `x/.`).
fn file_name(path: &Path) -> Option<&OsStr> {
    let name = path.file_name()?;
    let whole = path.as_os_str().as_encoded_bytes();
    whole.ends_with(name.as_encoded_bytes()).then_some(name)
}

fn folder(path: &Path) -> &Path {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    folder.unwrap_or_else(|| Path::new("."))
}

/// Whether there is nothing yet.
pub(super) fn is_empty(path: &Path) -> Result<bool, StoreError> {
    match std::fs::metadata(path) {
        Ok(found) => Ok(found.len() == 0),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(at(path, error)),
    }
}

/// Makes a file beside its place, and puts it there when it is whole.
pub(super) fn put(
    path: &Path,
    make: impl FnOnce(&Path) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let fault = |source| at(path, source);
    let draft = NamedTempFile::new_in(folder(path)).map_err(fault)?;
    make(draft.path())?;
    draft.as_file().sync_all().map_err(fault)?;
    draft.persist(path).map_err(|e| fault(e.error))?;
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
    for suffix in ["", "-wal", "-shm"] {
        let path = beside(path, suffix);
        match narrow(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(at(&path, error)),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(unix)]
fn narrow(path: &Path) -> io::Result<()> {
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

#[cfg(not(unix))]
fn narrow(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Takes the right to write, which lasts as long as the file that is given back. The file stays when
/// the lock is gone: were it removed, two could hold it.
pub(super) fn lock(path: &Path) -> Result<File, StoreError> {
    let place = beside(path, "-lock");
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&place).map_err(|source| at(&place, source))?;
    narrow(&place).map_err(|source| at(&place, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(at(&place, source)),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

pub(super) fn at(path: &Path, source: io::Error) -> StoreError {
    let path = path.to_owned();
    StoreError::File { path, source }
}
