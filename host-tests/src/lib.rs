//! The test kit: guests, a simulated provider, hand-made syncs, and the programs that tests start.

use std::path::{Path, PathBuf};
use std::process::Command;

use connector_host::runtime::Cache;
use connector_host::{Sandbox, SandboxOptions};

pub mod bodies;
pub mod bombs;
pub mod compared;
pub mod direct;
pub mod disk;
pub mod engine;
pub mod handmade;
pub mod harness;
pub mod json_schema;
pub mod large;
pub mod manifests;
pub mod paths;
pub mod postman;
pub mod recordings;
pub mod server;
pub mod stock;
pub mod stored_syncs;
pub mod support;

/// The variable that names the directory of compiled components.
pub const CACHE: &str = "CONNECTOR_CACHE";

/// The command `connector-host` with no variable but one, by which it finds what other tests have
/// compiled of a component.
///
/// # Panics
/// If it is not there.
pub fn command() -> Command {
    let mut command = Command::new(program("connector-host"));
    command.env_clear().env(CACHE, compiled_components());
    command
}

/// The directory of components that tests have compiled, for this user alone.
///
/// # Panics
/// If it cannot be made.
pub fn compiled_components() -> PathBuf {
    let folder = scratch_folder().join("compiled");
    Cache::open(&folder).expect("a cache in target/");
    folder
}

/// A sandbox that finds what other tests have compiled of a component.
///
/// # Panics
/// If there is no engine, or no folder in `target/`.
pub fn sandbox() -> Sandbox {
    sandbox_with(SandboxOptions::default())
}

/// The same, with other options.
///
/// # Panics
/// As [`sandbox`].
pub fn sandbox_with(options: SandboxOptions) -> Sandbox {
    let options = SandboxOptions {
        cache: Some(Cache::open(&compiled_components()).expect("a cache in target/")),
        ..options
    };
    Sandbox::new(&options).expect("an engine")
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
