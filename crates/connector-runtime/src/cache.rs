//! Compiled components on disk.
//!
//! Files loaded from there run as native code with all privileges of the process, so a file counts only
//! if no other user can have written it: a regular file, not a link, that this user owns and no
//! other may modify, checked through the descriptor that it is read from. A digest binds it to the
//! component that it was compiled from, and the engine refuses files that another version of it, or
//! one with other settings, has compiled.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use thiserror::Error;
use wasmtime::Engine;
use wasmtime::component::Component;

use connector_types::hexadecimal;

/// Begins every file, before the digest.
const MAGIC: &[u8; 8] = b"ccache1\n";
const DIGEST: usize = 32;
/// The largest compiled component that is read, in bytes.
const MAX_FILE: u64 = 1 << 30;

/// The directory cannot be used.
#[derive(Debug, Error)]
#[error("the cache {}: {reason}", dir.display())]
pub struct CacheError {
    dir: PathBuf,
    reason: String,
}

/// A directory of compiled components. Only this user may be able to write to it.
#[derive(Clone, Debug)]
pub struct Cache {
    dir: PathBuf,
}

impl Cache {
    /// Uses a directory, and creates it if it does not exist.
    ///
    /// # Errors
    ///
    /// Returns an error if it cannot be created, if another user owns it or may write to it, or if
    /// the system has no owners of files.
    pub fn open(dir: &Path) -> Result<Self, CacheError> {
        let fault = |reason: String| CacheError {
            dir: dir.to_owned(),
            reason,
        };
        owned::make_dir(dir).map_err(|e| fault(e.to_string()))?;
        let real = dir.canonicalize().map_err(|e| fault(e.to_string()))?;
        owned::check_dir(&real).map_err(|reason| fault(reason.to_owned()))?;
        Ok(Self { dir: real })
    }

    /// Returns the compiled form of the component with this digest, where there is a trustworthy one.
    pub(super) fn load(&self, engine: &Engine, component: &[u8; DIGEST]) -> Option<Component> {
        let file = owned::open(&self.path(engine, component)).ok()?;
        let length = file.metadata().ok()?.len().min(MAX_FILE);
        let mut bytes = Vec::with_capacity(usize::try_from(length).ok()?);
        file.take(MAX_FILE).read_to_end(&mut bytes).ok()?;
        let (digest, artifact) = bytes.strip_prefix(MAGIC)?.split_at_checked(DIGEST)?;
        if digest != seal_digest(component, artifact).as_slice() {
            return None;
        }
        deserialize(engine, artifact)
    }

    /// Keeps the compiled form of a component. A file that is there is replaced as a whole.
    pub(super) fn store_compiled(
        &self,
        engine: &Engine,
        component: &[u8; DIGEST],
        artifact: &[u8],
    ) -> io::Result<()> {
        // Made readable and writable by its owner alone.
        let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
        file.write_all(MAGIC)?;
        file.write_all(&seal_digest(component, artifact))?;
        file.write_all(artifact)?;
        file.persist(self.path(engine, component))?;
        Ok(())
    }

    /// Returns the file for a component and the settings of its compilation.
    fn path(&self, engine: &Engine, component: &[u8; DIGEST]) -> PathBuf {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let settings = hasher.finish();
        let name = format!("{}-{settings:016x}.compiled", hexadecimal(component));
        self.dir.join(name)
    }
}

/// Binds what was compiled to what it was compiled from.
fn seal_digest(component: &[u8; DIGEST], artifact: &[u8]) -> [u8; DIGEST] {
    let mut sha256 = Sha256::new();
    sha256.update(MAGIC);
    sha256.update(component);
    sha256.update(artifact);
    sha256.finalize().into()
}

#[expect(
    unsafe_code,
    reason = "the engine cannot check native code; this file's checks stand in for that"
)]
fn deserialize(engine: &Engine, artifact: &[u8]) -> Option<Component> {
    // SAFETY: the bytes are what `Component::serialize` gave: they come from a file that this user
    // alone could write, with the digest that was put on when it was written.
    unsafe { Component::deserialize(engine, artifact) }.ok()
}

#[cfg(unix)]
mod owned {
    use super::{File, Path, io};
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};

    pub(super) fn make_dir(dir: &Path) -> io::Result<()> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(dir)
    }

    pub(super) fn check_dir(dir: &Path) -> Result<(), &'static str> {
        let Ok(found) = std::fs::metadata(dir) else {
            return Err("it cannot be read");
        };
        if !found.is_dir() {
            return Err("it is not a directory");
        }
        if found.uid() != rustix::process::geteuid().as_raw() {
            return Err("it belongs to another user, who could put code there");
        }
        if found.mode() & 0o022 != 0 {
            return Err("others may write to it, and so put code there: chmod go-w it");
        }
        Ok(())
    }

    pub(super) fn open(path: &Path) -> io::Result<File> {
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let mut options = std::fs::OpenOptions::new();
        let flags = i32::try_from(flags.bits()).unwrap_or(0);
        let file = options.read(true).custom_flags(flags).open(path)?;
        let found = file.metadata()?;
        let is_ours = found.uid() == rustix::process::geteuid().as_raw();
        if found.is_file() && is_ours && found.mode() & 0o077 == 0 {
            Ok(file)
        } else {
            Err(io::ErrorKind::PermissionDenied.into())
        }
    }
}

#[cfg(not(unix))]
mod owned {
    use super::{File, Path, io};

    pub(super) fn make_dir(_dir: &Path) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn check_dir(_dir: &Path) -> Result<(), &'static str> {
        Err("this system does not say who owns a file, so that nothing can be trusted there")
    }

    pub(super) fn open(_path: &Path) -> io::Result<File> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
