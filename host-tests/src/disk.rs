//! A disk that remembers: everything that SQLite writes, cuts off, deletes and waits for, in its order,
//! and from that the files as a loss of power may leave them.
//!
//! It stands between SQLite and the functions by which that uses the system's files, and hands every call
//! on. What was written to a file and then waited for (synced) is there after a loss of power; of what was
//! written since, any part may be: nothing, all, some of the writes, some sectors of a write, or garbage
//! in their place. The index in shared memory (`-shm`) is gone.
#![allow(
    unsafe_code,
    reason = "it implements an interface of C, as SQLite calls it"
)]

use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::ptr::{null, null_mut};
use std::sync::{LazyLock, Mutex, MutexGuard, Once, OnceLock};

use rusqlite::ffi::{
    SQLITE_OK, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs, sqlite3_vfs_find,
    sqlite3_vfs_register,
};

/// Bytes that a disk writes whole or not at all.
const SECTOR: usize = 512;

/// One thing that was done to a file.
#[derive(Clone, Debug)]
pub enum Done {
    Written { at: usize, bytes: Vec<u8> },
    Cut(usize),
    Synced,
    Deleted,
}

/// The operations in order, by any thread.
static LOG: LazyLock<Mutex<Vec<(PathBuf, Done)>>> = LazyLock::new(Mutex::default);
/// Open files by their address: their path, and the functions that they came with.
static FILES: LazyLock<Mutex<HashMap<usize, (PathBuf, usize)>>> = LazyLock::new(Mutex::default);
/// The functions that take the place of others.
static OURS: LazyLock<Mutex<HashMap<usize, usize>>> = LazyLock::new(Mutex::default);
static SYSTEM: OnceLock<usize> = OnceLock::new();

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap()
}

/// Has SQLite use this disk in the whole process.
pub fn insert() {
    static ONCE: Once = Once::new();
    // SAFETY: SQLite's own functions, with a copy of its own record that lives as long as the process.
    ONCE.call_once(|| unsafe {
        let system = sqlite3_vfs_find(null());
        SYSTEM.set(system as usize).unwrap();
        let mut disk = *system;
        disk.zName = c"remembering".as_ptr();
        disk.pNext = null_mut();
        disk.xOpen = Some(open);
        disk.xDelete = Some(delete);
        let disk = Box::into_raw(Box::new(disk));
        assert_eq!(sqlite3_vfs_register(disk, 1), SQLITE_OK);
    });
}

/// Returns the number of operations so far.
pub fn now() -> usize {
    lock(&LOG).len()
}

/// Returns the operations on these files from one moment to another.
pub fn done(folder: &Path, from: usize, to: usize) -> Vec<(String, Done)> {
    let log = lock(&LOG);
    let of_folder = log[from..to]
        .iter()
        .filter(|(path, _)| path.starts_with(folder));
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    of_folder
        .map(|(path, done)| (name(path), done.clone()))
        .collect()
}

fn note(path: PathBuf, done: Done) {
    lock(&LOG).push((path, done));
}

unsafe fn path_of(name: *const c_char) -> PathBuf {
    // SAFETY: SQLite's names end with a zero.
    let name = unsafe { CStr::from_ptr(name) };
    name.to_str().unwrap().into()
}

unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let system = SYSTEM.get().copied().unwrap() as *mut sqlite3_vfs;
    // SAFETY: handed on as it came; where it went well, the file has functions, which live for ever.
    unsafe {
        let opened = (*system).xOpen.unwrap()(system, name, file, flags, out);
        if opened == SQLITE_OK && !name.is_null() {
            let theirs = (*file).pMethods;
            lock(&FILES).insert(file as usize, (path_of(name), theirs as usize));
            (*file).pMethods = ours(theirs);
        }
        opened
    }
}

/// These functions with ours in between.
unsafe fn ours(theirs: *const sqlite3_io_methods) -> *const sqlite3_io_methods {
    let mut known = lock(&OURS);
    let made = known.entry(theirs as usize).or_insert_with(|| {
        // SAFETY: SQLite's tables of functions are never written to.
        let mut ours = unsafe { *theirs };
        ours.xClose = Some(close);
        ours.xWrite = Some(write);
        ours.xTruncate = Some(truncate);
        ours.xSync = Some(sync);
        Box::into_raw(Box::new(ours)) as usize
    });
    *made as *const sqlite3_io_methods
}

fn known(file: *mut sqlite3_file) -> (PathBuf, *const sqlite3_io_methods) {
    let (path, theirs) = lock(&FILES)[&(file as usize)].clone();
    (path, theirs as *const sqlite3_io_methods)
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    let (_, theirs) = known(file);
    lock(&FILES).remove(&(file as usize));
    // SAFETY: handed on as it came, in this function and in those that follow.
    unsafe { (*theirs).xClose.unwrap()(file) }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    bytes: *const c_void,
    length: c_int,
    at: sqlite3_int64,
) -> c_int {
    let (path, theirs) = known(file);
    // SAFETY: SQLite says how long it is.
    let copy = unsafe { std::slice::from_raw_parts(bytes.cast::<u8>(), length as usize) };
    let (at_byte, bytes_written) = (at as usize, copy.to_vec());
    note(
        path,
        Done::Written {
            at: at_byte,
            bytes: bytes_written,
        },
    );
    unsafe { (*theirs).xWrite.unwrap()(file, bytes, length, at) }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    let (path, theirs) = known(file);
    note(path, Done::Cut(size as usize));
    unsafe { (*theirs).xTruncate.unwrap()(file, size) }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    let (path, theirs) = known(file);
    let synced = unsafe { (*theirs).xSync.unwrap()(file, flags) };
    if synced == SQLITE_OK {
        note(path, Done::Synced);
    }
    synced
}

unsafe extern "C" fn delete(_: *mut sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    let system = SYSTEM.get().copied().unwrap() as *mut sqlite3_vfs;
    // SAFETY: as above.
    unsafe {
        note(path_of(name), Done::Deleted);
        if sync != 0 {
            // SQLite waits until the folder has lost the name.
            note(path_of(name), Done::Synced);
        }
        (*system).xDelete.unwrap()(system, name, sync)
    }
}

/// The part of the unsynced writes that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Luck {
    /// Nothing.
    None,
    /// All: only the process has ended.
    All,
    /// Writes by chance, some of them in part, some of them garbage.
    Some(u64),
}

/// The files as they are when the power is lost after these things were done to what was there before.
/// `None` is a file that is not there.
pub fn after(
    before: &HashMap<String, Vec<u8>>,
    done: &[(String, Done)],
    luck: Luck,
) -> HashMap<String, Vec<u8>> {
    let mut chance = fastrand::Rng::with_seed(match luck {
        Luck::Some(seed) => seed,
        Luck::None | Luck::All => 0,
    });
    let mut files: HashMap<String, Option<Vec<u8>>> = before
        .iter()
        .map(|(name, bytes)| (name.clone(), Some(bytes.clone())))
        .collect();
    let mut last_sync = HashMap::new();
    for (at, (name, one)) in done.iter().enumerate() {
        if matches!(one, Done::Synced) {
            last_sync.insert(name.as_str(), at);
        }
    }
    for (at, (name, one)) in done.iter().enumerate() {
        let is_safe = last_sync.get(name.as_str()).is_some_and(|sync| at < *sync);
        let file = files.entry(name.clone()).or_default();
        let stored = match (is_safe, luck) {
            (true, _) | (false, Luck::All) => Some(one.clone()),
            (false, Luck::None) => None,
            (false, Luck::Some(_)) => damaged(one, &mut chance),
        };
        if let Some(stored) = stored {
            put(file, &stored);
        }
    }
    let there = files.into_iter();
    there
        .filter_map(|(name, bytes)| Some((name, bytes?)))
        .collect()
}

fn put(file: &mut Option<Vec<u8>>, done: &Done) {
    match done {
        Done::Written { at, bytes } => {
            let file = file.get_or_insert_default();
            let end = at + bytes.len();
            file.resize(file.len().max(end), 0);
            file[*at..end].copy_from_slice(bytes);
        }
        Done::Cut(size) => file.get_or_insert_default().resize(*size, 0),
        Done::Synced => {}
        Done::Deleted => *file = None,
    }
}

/// The possible result of an unsynced write.
fn damaged(done: &Done, chance: &mut fastrand::Rng) -> Option<Done> {
    let Done::Written { at, bytes } = done else {
        return chance.bool().then(|| done.clone());
    };
    let mut bytes = bytes.clone();
    match chance.u8(..8) {
        0 | 1 => return None,
        2 => bytes.truncate(chance.usize(..=bytes.len()) / SECTOR * SECTOR),
        3 => sector(&mut bytes, chance).fill(0),
        4 => {
            let seed = chance.u64(..);
            fastrand::Rng::with_seed(seed).fill(sector(&mut bytes, chance));
        }
        _ => {}
    }
    Some(Done::Written { at: *at, bytes })
}

fn sector<'a>(bytes: &'a mut [u8], chance: &mut fastrand::Rng) -> &'a mut [u8] {
    let from = chance.usize(..=bytes.len()) / SECTOR * SECTOR;
    let to = bytes.len().min(from + SECTOR);
    &mut bytes[from..to]
}
