//! The files that one run writes: each is a file of its own under all of its names, none is one
//! that the run reads, and none is another sync database.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::Destination;
use super::files::{FileIdentity, resolve_output};

/// The number in its header that marks a database as one of syncs: "C1gv".
pub const DATABASE_ID: u32 = 0x4331_6776;
/// The names of the files that belong to a database, after its own.
const SIDECARS: [&str; 4] = ["-journal", "-wal", "-shm", "-lock"];
/// The first bytes of each SQLite database.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// Offset of the application's number in the header.
const ID_AT: usize = 68;
/// Standard output as a file, where it is one.
const STDOUT: &str = "/dev/stdout";

/// The outputs and inputs of one run, claimed before the first output is opened.
#[derive(Debug, Default)]
pub struct OutputClaims(Vec<OutputClaim>);

#[derive(Debug)]
struct OutputClaim {
    option: String,
    path: PathBuf,
    identity: FileIdentity,
    is_input: bool,
}

/// Two outputs that are one file, or an output that would replace an input or a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputConflict {
    /// Both options name one file.
    Shared {
        /// The option that was claimed first.
        first: String,
        /// The other option.
        second: String,
        /// The file.
        path: PathBuf,
    },
    /// The option names a sync database, or a file that belongs to one.
    Database {
        /// The option.
        option: String,
        /// The file.
        path: PathBuf,
    },
}

impl fmt::Display for OutputConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shared {
                first,
                second,
                path,
            } => {
                let path = path.display();
                write!(
                    f,
                    "{second} and {first} name one file, {path}: give each its own"
                )
            }
            Self::Database { option, path } => {
                let path = path.display();
                write!(
                    f,
                    "{option} names {path}, which is or belongs to a sync database: name another file"
                )
            }
        }
    }
}

impl OutputClaims {
    /// Claims a destination that is no database.
    ///
    /// # Errors
    /// Returns the conflict if it is another output or a sync database.
    pub fn claim(&mut self, option: &str, to: &Destination) -> Result<(), OutputConflict> {
        match to {
            Destination::File(path) => self.claim_file(option, path),
            Destination::Stdout => {
                if is_regular(Path::new(STDOUT)) {
                    self.claim_file(option, Path::new(STDOUT))
                } else {
                    Ok(())
                }
            }
        }
    }

    /// Claims a file that is no database.
    ///
    /// # Errors
    /// Returns the conflict if it is another output or a sync database.
    pub fn claim_file(&mut self, option: &str, path: &Path) -> Result<(), OutputConflict> {
        let real = resolve(path);
        if is_of_database(&real) {
            Err(OutputConflict::Database {
                option: option.to_owned(),
                path: real,
            })
        } else {
            self.add(option.to_owned(), real)
        }
    }

    /// Claims a file that the run reads, which other options may read too.
    ///
    /// # Errors
    /// Returns the conflict if it is an output.
    pub fn claim_input(&mut self, option: &str, path: &Path) -> Result<(), OutputConflict> {
        self.add_as(option.to_owned(), resolve(path), true)
    }

    /// Claims a sync database, with the files that belong to it.
    ///
    /// # Errors
    /// Returns the conflict if it is another output, or one of the files of another
    /// database.
    pub fn claim_database(&mut self, option: &str, path: &Path) -> Result<(), OutputConflict> {
        let real = resolve(path);
        if is_sidecar(&real) {
            let option = option.to_owned();
            return Err(OutputConflict::Database { option, path: real });
        }
        self.add(option.to_owned(), real.clone())?;
        for suffix in SIDECARS {
            let option = format!("the {suffix} file of {option}");
            self.add(option, sibling_path(&real, suffix))?;
        }
        Ok(())
    }

    fn add(&mut self, option: String, path: PathBuf) -> Result<(), OutputConflict> {
        self.add_as(option, path, false)
    }

    fn add_as(
        &mut self,
        option: String,
        path: PathBuf,
        is_input: bool,
    ) -> Result<(), OutputConflict> {
        // Pipes and devices take what several outputs write.
        let Some(identity) = FileIdentity::of(&path) else {
            return Ok(());
        };
        let mut others = self.0.iter().filter(|one| !(is_input && one.is_input));
        if let Some(known) = others.find(|one| one.identity.is_same(&identity)) {
            return Err(OutputConflict::Shared {
                first: known.option.clone(),
                second: option,
                path: known.path.clone(),
            });
        }
        self.0.push(OutputClaim {
            option,
            path,
            identity,
            is_input,
        });
        Ok(())
    }
}

/// Refuses a file that an output would replace although it is a sync database, or belongs to one.
///
/// # Errors
/// Returns an error if it is.
pub(super) fn refuse_database(real: &Path) -> io::Result<()> {
    if is_of_database(real) {
        Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "it is or belongs to a sync database: name another file",
        ))
    } else {
        Ok(())
    }
}

/// Refuses standard output where it is a sync database.
///
/// # Errors
/// Returns an error if it is.
pub(super) fn refuse_database_as_stdout() -> io::Result<()> {
    refuse_database(Path::new(STDOUT))
}

/// Returns the real path, or the path as it is where its folder is not there: opening it says so.
fn resolve(path: &Path) -> PathBuf {
    let real = resolve_output(path).or_else(|_| std::path::absolute(path));
    real.unwrap_or_else(|_| path.to_owned())
}

fn is_of_database(real: &Path) -> bool {
    is_database(real) || is_sidecar(real)
}

fn is_sidecar(real: &Path) -> bool {
    let path = real.as_os_str().as_encoded_bytes();
    SIDECARS.iter().any(|suffix| {
        let of = path.strip_suffix(suffix.as_bytes());
        of.is_some_and(|_| is_database(&without(real, suffix)))
    })
}

/// Returns a path without the end of its name.
fn without(path: &Path, suffix: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(name.strip_suffix(suffix).unwrap_or(&name))
}

fn sibling_path(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

fn is_regular(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.is_file())
}

/// Returns whether the header of a file is that of a sync database. Opening a pipe would wait for
/// its writer, so that only a regular file is opened.
fn is_database(path: &Path) -> bool {
    let mut header = Vec::new();
    if is_regular(path)
        && let Ok(file) = std::fs::File::open(path)
    {
        let _ = file.take(100).read_to_end(&mut header);
    }
    let id = header.get(ID_AT..ID_AT + 4);
    header.starts_with(MAGIC) && id == Some(&DATABASE_ID.to_be_bytes())
}

#[cfg(test)]
mod tests;
