//! A host that knows no connector by its names: a third, made-up connector shares none with the other two,
//! and every answer about it is as full. `make components` comes first.

mod answers;
mod laboratory;
mod literals;
mod review;

use std::path::{Path, PathBuf};
use std::process::Output;

use tempfile::TempDir;

use laboratory::{Laboratory, PASSKEY};

/// The third connector.
pub fn component() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/guests/lab-equipment.wasm");
    assert!(
        path.is_file(),
        "there is no {}: run `make components`",
        path.display()
    );
    path
}

/// A folder with a database of syncs.
pub struct Files(TempDir);

impl Files {
    pub fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Syncs a laboratory into the database, and returns the exit code.
    pub fn sync(&self, lab: Laboratory) -> Option<i32> {
        self.sync_with(lab, &[])
    }

    /// The same, with further arguments.
    pub fn sync_with(&self, lab: Laboratory, more: &[&str]) -> Option<i32> {
        let path = component();
        let arguments = ["sync", "--pacing", "off", "--db", "db", "--component"];
        let arguments = [&arguments[..], &[path.to_str().unwrap()], more].concat();
        self.run(&arguments, &lab.serve()).status.code()
    }

    /// Runs the command here.
    pub fn run(&self, arguments: &[&str], base_url: &str) -> Output {
        let mut command = host_tests::command();
        command.args(arguments).current_dir(self.0.path());
        command
            .env("LABORATORY_PASSKEY", PASSKEY)
            .env("LABORATORY_BASE_URL", base_url);
        command.output().unwrap()
    }

    /// Returns what a command prints that has to succeed, or to miss something.
    pub fn ask(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments, "http://127.0.0.1:1");
        assert!(
            matches!(output.status.code(), Some(0 | 3)),
            "{arguments:?}: {output:?}"
        );
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}
