//! The files that `make` installs for tests of stock engines: the components, and wasmtime's own command.

use std::env;
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A component that `make components` has built.
pub fn component(name: &str) -> PathBuf {
    let path = Path::new(ROOT).join("target/components").join(name);
    assert!(
        path.is_file(),
        "there is no {}: run `make components`",
        path.display()
    );
    path
}

/// The stock command, of the version that the Makefile pins.
pub fn wasmtime() -> PathBuf {
    let given = env::var_os("WASMTIME").map(PathBuf::from);
    let path = given.unwrap_or_else(|| Path::new(ROOT).join("target/tools/bin/wasmtime"));
    assert!(
        path.is_file(),
        "there is no {}: run `make test`",
        path.display()
    );
    path
}
