//! The test kit: guests, a simulated provider, hand-made syncs, and the programs that tests start.

use std::path::{Path, PathBuf};

pub mod bodies;
pub mod bombs;
pub mod compared;
pub mod direct;
pub mod disk;
pub mod engine;
pub mod handmade;
pub mod harness;
pub mod large;
pub mod manifests;
pub mod paths;
pub mod postman;
pub mod recordings;
pub mod server;
pub mod stock;
pub mod stored_syncs;
pub mod support;

/// The command `connector-host`.
///
/// # Panics
/// If it is not there.
pub fn command() -> PathBuf {
    program("connector-host")
}

/// A program of the workspace, which Cargo builds beside the tests' own folder.
///
/// # Panics
/// If it is not there.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let built = test
        .parent()
        .and_then(Path::parent)
        .expect("a folder above deps/");
    let program = built.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.is_file(),
        "{} is missing: build it with `cargo build --workspace --bins --examples`",
        program.display()
    );
    program
}

/// A folder for files that a test leaves for later runs.
///
/// # Panics
/// If it cannot be made.
pub fn scratch_folder() -> PathBuf {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/tmp"));
    std::fs::create_dir_all(&folder).expect("a folder in target/");
    folder
}
