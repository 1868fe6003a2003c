//! The destination of a report: standard output, or a file that is whole or not there at all.

use std::convert::Infallible;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::clean::json_stdout;
use super::distinct::{refuse_database, refuse_database_as_stdout};
use super::draft::DraftFile;
use super::files::{at_path, open_private, resolve_output};

/// A file, or `-` for standard output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Standard output, which then carries nothing else.
    Stdout,
    /// A file.
    File(PathBuf),
}

impl FromStr for Destination {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "-" => Self::Stdout,
            path => Self::File(path.into()),
        })
    }
}

impl Destination {
    /// Opens it, so that a destination that cannot be written to is known before anything is read.
    ///
    /// # Errors
    /// Returns an error that names the file if it cannot be created.
    pub fn open(&self) -> io::Result<Output> {
        match self {
            Self::Stdout => {
                refuse_database_as_stdout()?;
                Ok(Output(OutputKind::Open(json_stdout())))
            }
            Self::File(path) => open_file(path).map_err(|e| at_path(path, &e)),
        }
    }
}

/// An open destination.
pub struct Output(OutputKind);

enum OutputKind {
    /// Written as it comes: standard output, or a pipe or device that is there already.
    Open(Box<dyn Write + Send>),
    /// Written beside its path, and renamed at the end.
    Beside(DraftFile, PathBuf),
}

/// The number of bytes that are written at once.
const WRITTEN_AT_ONCE: usize = 1 << 16;

impl Output {
    /// Writes everything and renames the file to its path. Until then, the earlier file stays. Its
    /// owner alone can read it: it contains personal data.
    ///
    /// # Errors
    /// Returns an error if writing failed; nothing is left behind.
    pub fn write(self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        match self.0 {
            OutputKind::Open(out) => {
                let mut out = BufWriter::with_capacity(WRITTEN_AT_ONCE, out);
                write(&mut out)?;
                out.flush()
            }
            OutputKind::Beside(draft, path) => {
                let written = draft.open_file().and_then(|file| {
                    let mut out = BufWriter::with_capacity(WRITTEN_AT_ONCE, file);
                    write(&mut out)?;
                    out.flush()
                });
                let persisted = written.and_then(|()| draft.persist(&path));
                persisted.map_err(|e| at_path(&path, &e))
            }
        }
    }
}

fn open_file(path: &Path) -> io::Result<Output> {
    let path = resolve_output(path)?;
    refuse_database(&path)?;
    match std::fs::symlink_metadata(&path).map(|it| it.file_type()) {
        Ok(kind) if kind.is_dir() => {
            let text = "it is a directory: name a file";
            Err(io::Error::new(io::ErrorKind::IsADirectory, text))
        }
        Ok(kind) if !kind.is_file() => Ok(Output(OutputKind::Open(Box::new(open_private(&path)?)))),
        _ => {
            let folder = path.parent().unwrap_or(Path::new("/"));
            Ok(Output(OutputKind::Beside(
                DraftFile::create_in(folder)?,
                path,
            )))
        }
    }
}

/// Opens a log, to write at its end. Its owner alone can read it, under any umask; the mode of an
/// existing one is narrowed to that.
///
/// # Errors
/// Returns an error that names the file if it is another user's or leads over a link of
/// another user's, or cannot be opened or narrowed.
pub fn open_private_log(path: &Path) -> io::Result<File> {
    let opened = resolve_output(path).and_then(|path| {
        refuse_database(&path)?;
        open_private(&path)
    });
    opened.map_err(|e| at_path(path, &e))
}

/// Creates a file that its owner alone can read, under any umask.
///
/// # Errors
/// Returns an error that names the file if it is there already, if a link of another user leads to it, or
/// if it cannot be created.
pub fn create_private(path: &Path) -> io::Result<File> {
    let real = resolve_output(path).map_err(|e| at_path(path, &e))?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(real).map_err(|e| {
        if e.kind() == io::ErrorKind::AlreadyExists {
            let text = format!("{} is there already: name another file", path.display());
            io::Error::new(e.kind(), text)
        } else {
            at_path(path, &e)
        }
    })
}
