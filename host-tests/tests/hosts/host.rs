//! The programs in `examples/hosts/`, run as anybody would run them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Once;
use std::{fs, io};

/// The variable of the key.
pub const KEY: &str = "POSTMAN_API_KEY";
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A language with a host of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// `hosts/node`
    Node,
    /// `hosts/python`
    Python,
}

/// The end of a run.
pub struct Ended {
    pub code: i32,
    pub printed: String,
    pub complaint: String,
}

impl Host {
    /// Returns the host, or nothing if it is not installed, which is printed.
    pub fn found(self) -> Option<Self> {
        let installed = root(match self {
            Self::Node => "target/hosts/node/installed",
            Self::Python => "target/hosts/python/venv/installed",
        });
        if installed.is_file() {
            return Some(self);
        }
        let test = std::thread::current();
        let name = test.name().unwrap_or("a test").to_owned();
        // Past the capture of tests: who reads the result has to see it.
        let text = format!("skipped {name}: {self:?} is not installed (make hosts)\n");
        io::stderr().write_all(text.as_bytes()).unwrap();
        None
    }

    /// Runs it with these variables, besides which it has nothing of ours.
    pub fn run(self, component: &Path, options: &[&str], variables: &[(&str, &str)]) -> Ended {
        let mut command = self.command();
        command.arg(component).args(options).env_clear();
        let output = command.envs(variables.iter().copied()).output().unwrap();
        ended(&output, variables)
    }

    fn command(self) -> Command {
        match self {
            Self::Node => {
                copy_sources();
                let mut command = Command::new(found("node"));
                command.arg(root("target/hosts/node/src/main.js"));
                command
            }
            Self::Python => {
                let mut command = Command::new(root("target/hosts/python/venv/bin/python"));
                command.arg("-B");
                command.arg(root("examples/hosts/python/main.py"));
                command
            }
        }
    }
}

/// Returns the end of a run, which printed none of the secrets among its variables.
pub fn ended(output: &Output, variables: &[(&str, &str)]) -> Ended {
    let ended = Ended {
        code: output.status.code().unwrap_or(-1),
        printed: String::from_utf8(output.stdout.clone()).unwrap(),
        complaint: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    let secrets = variables.iter().filter(|(name, _)| name.ends_with("_KEY"));
    for (name, secret) in secrets {
        let reported = ended.printed.contains(secret) || ended.complaint.contains(secret);
        assert!(!reported, "the secret in {name} was printed");
    }
    ended
}

/// A component that `make components` has built.
pub fn component(name: &str) -> PathBuf {
    let path = root("target/components").join(name);
    assert!(path.is_file(), "there is no {name}: run `make components`");
    path
}

fn root(path: &str) -> PathBuf {
    Path::new(ROOT).join(path)
}

/// The program on the search path, since a run is given no search path.
fn found(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&path).map(|place| place.join(program));
    places.find(|place| place.is_file()).unwrap()
}

/// Node.js finds packages beside the program alone: they lie in `target`, so the program must too.
fn copy_sources() {
    static COPIED: Once = Once::new();
    COPIED.call_once(|| {
        for entry in fs::read_dir(root("examples/hosts/node/src")).unwrap() {
            let path = entry.unwrap().path();
            let place = root("target/hosts/node/src").join(path.file_name().unwrap());
            fs::copy(path, place).unwrap();
        }
    });
}
