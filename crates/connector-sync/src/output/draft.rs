//! Files that are written beside their final path. They are removed on every exit: dropped with
//! their value, and by [`remove_drafts`] if a signal ends the process.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use connector_types::lock;
use tempfile::NamedTempFile;

/// The drafts that are there, by their paths.
static DRAFTS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
/// The files that SQLite may have beside a draft of a database.
const BESIDE: [&str; 4] = ["", "-journal", "-wal", "-shm"];

/// A file that does not have its final name yet.
#[derive(Debug)]
pub struct DraftFile {
    file: Option<NamedTempFile>,
    path: PathBuf,
}

impl DraftFile {
    /// Creates an empty file in a folder, for its owner alone.
    ///
    /// # Errors
    /// Returns an error if the folder cannot be written to.
    pub fn create_in(folder: &Path) -> io::Result<Self> {
        // No draft is made between the removal of all and the end of the process.
        let mut drafts = lock(&DRAFTS);
        let file = NamedTempFile::new_in(folder)?;
        let path = file.path().to_owned();
        drafts.insert(path.clone());
        Ok(Self {
            file: Some(file),
            path,
        })
    }

    /// Returns the path of the draft.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the open file.
    ///
    /// # Errors
    /// Returns no error as long as the draft exists.
    pub fn open_file(&self) -> io::Result<&File> {
        let file = self.file.as_ref().map(NamedTempFile::as_file);
        file.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Renames the file to its final path, where it replaces the earlier one.
    ///
    /// # Errors
    /// Returns an error if it cannot be synchronized or renamed; the draft is gone then.
    pub fn persist(mut self, place: &Path) -> io::Result<()> {
        self.open_file()?.sync_all()?;
        match self.file.take() {
            Some(file) => file.persist(place).map(drop).map_err(|e| e.error),
            None => Ok(()),
        }
    }
}

impl Drop for DraftFile {
    fn drop(&mut self) {
        drop(self.file.take());
        lock(&DRAFTS).remove(&self.path);
    }
}

/// Removes all drafts of this process, which makes no more of them: it has to end now.
pub fn remove_drafts() {
    let drafts: MutexGuard<'static, _> = lock(&DRAFTS);
    for draft in &*drafts {
        for suffix in BESIDE {
            let mut path = OsString::from(draft);
            path.push(suffix);
            // A draft that was renamed already, or never existed, needs no removal.
            let _ = std::fs::remove_file(path);
        }
    }
    mem::forget(drafts);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_gone_with_its_value_or_in_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let count = || std::fs::read_dir(dir.path()).unwrap().count();
        let dropped = DraftFile::create_in(dir.path()).unwrap();
        assert!(lock(&DRAFTS).contains(dropped.path()));
        let path = dropped.path().to_owned();
        drop(dropped);
        assert!(!lock(&DRAFTS).contains(&path));
        assert_eq!(count(), 0);
        let persisted = DraftFile::create_in(dir.path()).unwrap();
        persisted.persist(&dir.path().join("place")).unwrap();
        assert_eq!(count(), 1);
    }
}
