//! Files that are written in folders which others may write to as well: no link of theirs is
//! followed, no file of theirs is taken for this user's, and a mode is changed only of what is open.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

pub(super) use system::FileIdentity;
pub use system::{narrow_private, open_private, resolve_output};

/// Returns an error that names the file.
pub fn at_path(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(unix)]
mod system {
    use std::collections::VecDeque;
    use std::ffi::OsString;
    use std::fs::{Metadata, OpenOptions, symlink_metadata};
    use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
    use std::path::Component;

    use rustix::fs::OFlags;

    use super::{File, Path, PathBuf, io};

    /// As many links as the kernel follows for one path.
    const MAX_LINKS: u32 = 40;
    /// Readable and writable by its owner alone.
    const PRIVATE: u32 = 0o600;

    /// Returns the path that `path` leads to, which may not exist yet. It has no link, except for
    /// one by which the kernel names an open file.
    ///
    /// # Errors
    /// Returns an error if a link on the path belongs to another user than this one or
    /// root, or a folder is not there.
    pub fn resolve_output(path: &Path) -> io::Result<PathBuf> {
        let mut pending = components(&std::path::absolute(path)?);
        let (mut real, mut links) = (PathBuf::new(), 0);
        while let Some(component) = pending.pop_front() {
            if component == ".." {
                real.pop();
                continue;
            }
            let next = real.join(component);
            let found = match symlink_metadata(&next) {
                Ok(found) => found,
                Err(error) if error.kind() == io::ErrorKind::NotFound && pending.is_empty() => {
                    return Ok(next);
                }
                Err(error) => return Err(error),
            };
            if !found.is_symlink() {
                real = next;
                continue;
            }
            check_link(&next, &found)?;
            links += 1;
            if links > MAX_LINKS {
                return Err(io::Error::other("it leads over too many links"));
            }
            let target = real.join(std::fs::read_link(&next)?);
            if pending.is_empty() && is_open_file(&next, &target) {
                return Ok(next);
            }
            for component in components(&target).into_iter().rev() {
                pending.push_front(component);
            }
        }
        Ok(real)
    }

    /// The file behind a path without links, under any of its names.
    #[derive(Debug, PartialEq, Eq)]
    pub enum FileIdentity {
        /// Device and number of a file that is there.
        Present(u64, u64),
        /// The folder and the name of one that is not.
        Absent(PathBuf, (u64, u64), OsString),
        /// The path of one whose folder is not there.
        Unplaced(PathBuf),
    }

    impl FileIdentity {
        /// Returns the identity; `None` for a pipe, device or folder, which no output replaces.
        pub fn of(real: &Path) -> Option<Self> {
            // A link that is left over is the kernel's, for an open file.
            if let Ok(found) = std::fs::metadata(real) {
                return found
                    .is_file()
                    .then(|| Self::Present(found.dev(), found.ino()));
            }
            let folder = real.parent().unwrap_or(Path::new("/"));
            Some(match (std::fs::metadata(folder), real.file_name()) {
                (Ok(found), Some(name)) => {
                    let number = (found.dev(), found.ino());
                    Self::Absent(folder.to_owned(), number, name.to_owned())
                }
                _ => Self::Unplaced(real.to_owned()),
            })
        }

        /// Returns whether both are one file.
        pub fn is_same(&self, other: &Self) -> bool {
            match (self, other) {
                (Self::Absent(folder, place, name), Self::Absent(_, other_place, other_name)) => {
                    let fold = |name: &OsString| name.to_string_lossy().to_lowercase();
                    place == other_place
                        && (name == other_name
                            || fold(name) == fold(other_name) && ignores_case(folder))
                }
                _ => self == other,
            }
        }
    }

    /// Tries whether a folder takes two names for one that differ in case alone.
    fn ignores_case(folder: &Path) -> bool {
        let mut probe = tempfile::Builder::new();
        let Ok(probe) = probe.prefix("case-a").tempfile_in(folder) else {
            return false;
        };
        let name = probe.path().file_name().map(|name| name.to_string_lossy());
        let other = name.map(|name| folder.join(name.replacen("case-a", "CASE-A", 1)));
        other.is_some_and(|other| symlink_metadata(other).is_ok())
    }

    fn components(path: &Path) -> VecDeque<OsString> {
        let parts = path.components().filter(|one| *one != Component::CurDir);
        parts.map(|one| one.as_os_str().to_owned()).collect()
    }

    fn check_link(path: &Path, link: &Metadata) -> io::Result<()> {
        if [this_user(), 0].contains(&link.uid()) {
            Ok(())
        } else {
            Err(refusal(format!(
                "{} is a link that another user made: name the file that it leads to",
                path.display()
            )))
        }
    }

    /// Returns whether a link is the kernel's name for a file without a path, such as a pipe.
    fn is_open_file(link: &Path, target: &Path) -> bool {
        link.starts_with("/proc") && symlink_metadata(target).is_err()
    }

    fn this_user() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    fn refusal(reason: impl Into<String>) -> io::Error {
        io::Error::new(io::ErrorKind::PermissionDenied, reason.into())
    }

    /// Opens a file to write at its end, or a pipe or device that is there already. A file is
    /// created if there is none, and is its owner's alone, under any umask or earlier mode. `path`
    /// is what [`resolve_output`] returned.
    ///
    /// # Errors
    /// Returns an error if it is a link, has a second name, belongs to another user, or
    /// cannot be opened.
    pub fn open_private(path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.append(true).create(true).mode(PRIVATE);
        let before = symlink_metadata(path).ok();
        if path.starts_with("/proc") && before.as_ref().is_some_and(Metadata::is_symlink) {
            // The kernel's name for what this process has open already.
            return options.open(path);
        }
        // Opening a pipe waits for its reader: whose it is has to be known before.
        before.as_ref().map_or(Ok(()), |it| check_owner(path, it))?;
        let file = options.custom_flags(flags(OFlags::NOFOLLOW)).open(path)?;
        let found = file.metadata()?;
        check_owner(path, &found)?;
        if before.is_some_and(|it| it.file_type() != found.file_type()) {
            return Err(refusal("another file replaced it"));
        }
        if found.is_file() && found.nlink() > 1 {
            return Err(refusal("the file has another name too: name another file"));
        }
        if found.is_file() && found.mode() & 0o7777 != PRIVATE {
            file.set_permissions(PermissionsExt::from_mode(PRIVATE))?;
        }
        Ok(file)
    }

    fn flags(flags: OFlags) -> i32 {
        i32::try_from(flags.bits()).unwrap_or(0)
    }

    /// Checks that a file or pipe belongs to this user, or to the owner of its folder, who could replace it
    /// anyway; a device may be root's too.
    fn check_owner(path: &Path, found: &Metadata) -> io::Result<()> {
        let kind = found.file_type();
        let is_device = kind.is_char_device() || kind.is_block_device();
        let folder = path.parent().map(symlink_metadata);
        let of_folder = folder.and_then(Result::ok).map(|folder| folder.uid());
        let is_ours = found.uid() == this_user() || Some(found.uid()) == of_folder;
        if is_ours || is_device && found.uid() == 0 {
            Ok(())
        } else {
            Err(refusal("it belongs to another user: name another file"))
        }
    }

    /// Narrows a file that is there to its owner. It is not opened for it: closing it would take
    /// this process's locks on it away.
    ///
    /// # Errors
    /// Returns an error if it is not there, is a link, belongs to another user, or its mode cannot
    /// be changed.
    pub fn narrow_private(path: &Path) -> io::Result<()> {
        let found = symlink_metadata(path)?;
        if found.is_symlink() {
            return Err(refusal("it is a link: name another file"));
        }
        check_owner(path, &found)?;
        match found.mode() & 0o7777 {
            PRIVATE => Ok(()),
            _ => change_mode(path, &found),
        }
    }

    #[cfg(target_os = "linux")]
    fn change_mode(path: &Path, checked: &Metadata) -> io::Result<()> {
        use rustix::fs::{Mode, open};
        use std::os::fd::AsRawFd;
        let handle = open(
            path,
            OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        let handle = File::from(handle);
        let found = handle.metadata()?;
        if (found.dev(), found.ino()) != (checked.dev(), checked.ino()) {
            return Err(refusal("another file replaced it"));
        }
        // A handle that names a file without opening it has no other method to change its mode.
        let opened = format!("/proc/self/fd/{}", handle.as_raw_fd());
        std::fs::set_permissions(opened, PermissionsExt::from_mode(PRIVATE))
    }

    #[cfg(not(target_os = "linux"))]
    fn change_mode(path: &Path, _checked: &Metadata) -> io::Result<()> {
        use rustix::fs::{AtFlags, CWD, Mode, chmodat};
        let mode = Mode::RUSR | Mode::WUSR;
        Ok(chmodat(CWD, path, mode, AtFlags::SYMLINK_NOFOLLOW)?)
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::OpenOptions;

    use super::{File, Path, PathBuf, io};

    /// Returns the path that `path` leads to, which may not be there yet.
    ///
    /// # Errors
    /// Returns an error if its folder is not there.
    pub fn resolve_output(path: &Path) -> io::Result<PathBuf> {
        if let Ok(found) = path.canonicalize() {
            return Ok(found);
        }
        let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        Ok(folder.unwrap_or(Path::new(".")).canonicalize()?.join(name))
    }

    /// The file behind a path, by its name: case counts for nothing here.
    #[derive(Debug, PartialEq, Eq)]
    pub struct FileIdentity(String);

    impl FileIdentity {
        /// Returns the identity; `None` for a folder.
        pub fn of(real: &Path) -> Option<Self> {
            let name = || Self(real.to_string_lossy().to_lowercase());
            (!real.is_dir()).then(name)
        }

        /// Returns whether both are one file.
        pub fn is_same(&self, other: &Self) -> bool {
            self == other
        }
    }

    /// Opens a file to write at its end, and makes it where there is none.
    ///
    /// # Errors
    /// Returns an error if it cannot be opened.
    pub fn open_private(path: &Path) -> io::Result<File> {
        OpenOptions::new().append(true).create(true).open(path)
    }

    /// Does nothing: this system states the owner of a file by other means.
    ///
    /// # Errors
    /// Returns no error.
    pub fn narrow_private(_path: &Path) -> io::Result<()> {
        Ok(())
    }
}
