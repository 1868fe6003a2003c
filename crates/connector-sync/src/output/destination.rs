//! Where a report goes: standard output, or a file that is whole or not there at all.

use std::convert::Infallible;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use tempfile::NamedTempFile;

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
    /// Opens it, so that a place that cannot be written to is known before anything is read.
    ///
    /// # Errors
    /// The file cannot be made; the text names it.
    pub fn open(&self) -> io::Result<Output> {
        match self {
            Self::Stdout => Ok(Output(Kind::Open(Box::new(io::stdout())))),
            Self::File(path) => open_file(path).map_err(|e| at(path, &e)),
        }
    }
}

/// An open destination.
pub struct Output(Kind);

enum Kind {
    /// Written as it comes: standard output, or a pipe or device that is there already.
    Open(Box<dyn Write + Send>),
    /// Written beside its place, and put there at the end.
    Beside(NamedTempFile, PathBuf),
}

impl Output {
    /// Writes everything and puts it in its place. Until then, what was there before stays. The
    /// file can be read by its owner alone: it holds people's data.
    ///
    /// # Errors
    /// Writing failed; nothing is left behind.
    pub fn write(self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        match self.0 {
            Kind::Open(out) => {
                let mut out = BufWriter::new(out);
                write(&mut out)?;
                out.flush()
            }
            Kind::Beside(mut file, path) => {
                let mut out = BufWriter::new(file.as_file_mut());
                write(&mut out).map_err(|e| at(&path, &e))?;
                out.flush().map_err(|e| at(&path, &e))?;
                drop(out);
                file.as_file().sync_all().map_err(|e| at(&path, &e))?;
                file.persist(&path).map_err(|e| at(&path, &e.error))?;
                Ok(())
            }
        }
    }
}

fn open_file(path: &Path) -> io::Result<Output> {
    let there = std::fs::metadata(path).ok();
    if there.is_some_and(|it| !it.is_file() && !it.is_dir()) {
        let file = OpenOptions::new().write(true).open(path)?;
        return Ok(Output(Kind::Open(Box::new(file))));
    }
    if path.is_dir() || path.file_name().is_none() {
        let text = "it is a directory: name a file";
        return Err(io::Error::new(io::ErrorKind::IsADirectory, text));
    }
    // A link is followed, so that the file it leads to is replaced and not the link.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let beside = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    let file = NamedTempFile::new_in(beside.unwrap_or_else(|| Path::new(".")))?;
    Ok(Output(Kind::Beside(file, path)))
}

/// Opens a log, to write at its end. Its owner alone can read it, whatever the umask says; one
/// that is there already is narrowed to that.
///
/// # Errors
/// It cannot be opened or narrowed; the text names it.
pub fn open_private_log(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(|e| at(path, &e))?;
    #[cfg(unix)]
    if file.metadata().is_ok_and(|it| it.is_file()) {
        let alone = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        file.set_permissions(alone).map_err(|e| at(path, &e))?;
    }
    Ok(file)
}

/// Makes a file that its owner alone can read, whatever the umask says.
///
/// # Errors
/// It is there already, or cannot be made; the text names it.
pub fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|e| match e.kind() {
        io::ErrorKind::AlreadyExists => {
            let text = format!("{} is there already: name another file", path.display());
            io::Error::new(e.kind(), text)
        }
        _ => at(path, &e),
    })
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
