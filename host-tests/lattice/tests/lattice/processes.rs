//! The command `connector-host`: a simulated team, and syncs of it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The token of the service.
pub const TOKEN: &str = "token-of-the-lattice-0123";

/// A process that ends with the value, by SIGKILL, with the processes that it has started.
pub struct Process(Child);

impl Process {
    /// Starts a process as the leader of a group.
    pub fn start(command: &mut Command) -> Self {
        Self(command.process_group(0).spawn().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        // One that has ended by itself cannot be killed.
        let mut kill = Command::new("kill");
        let _ = kill.args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.0.wait();
    }
}

fn built(path: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    let path = fs::canonicalize(root).unwrap().join(path);
    assert!(
        path.is_file(),
        "{} is missing: run `make test-lattice`",
        path.display()
    );
    path
}

/// A component that `make components` has built.
pub fn component(name: &str) -> PathBuf {
    built(&format!("components/{name}"))
}

fn command() -> Command {
    let mut command = Command::new(built("debug/connector-host"));
    command.env_clear();
    command
}

/// A port of this machine that nobody listens on.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Returns the status of the service's health, if it answers.
pub fn health(port: u16) -> Option<u16> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .ok()?;
    let request =
        format!("GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

/// A simulated team in a process of its own.
pub struct Team {
    pub url: String,
    pub key: String,
    _process: Process,
}

impl Team {
    /// Serves a team with so many workspaces.
    pub fn start(workspaces: usize) -> Self {
        let mut simulate = command();
        simulate.args([
            "simulate",
            "--users",
            "40",
            "--workspaces",
            &workspaces.to_string(),
        ]);
        let mut process = Process::start(simulate.stdout(Stdio::piped()));
        let lines = BufReader::new(process.0.stdout.take().unwrap()).lines();
        let mut lines = lines.map(Result::unwrap);
        let line = lines
            .find(|line| line.contains("POSTMAN_BASE_URL="))
            .unwrap();
        let value = |name: &str| {
            let mut words = line.split_whitespace();
            let found = words.find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            found.unwrap().to_owned()
        };
        Self {
            url: value("POSTMAN_BASE_URL"),
            key: value("POSTMAN_API_KEY"),
            _process: process,
        }
    }

    /// The variables with which the command reads the team itself.
    pub fn variables(&self) -> [(&'static str, String); 2] {
        [
            ("POSTMAN_BASE_URL", self.url.clone()),
            ("POSTMAN_API_KEY", self.key.clone()),
        ]
    }
}

/// A sync that runs.
pub struct Syncing {
    process: Process,
    folder: PathBuf,
}

/// The files of a sync.
pub struct SyncInventory {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Starts a sync that writes into a folder of its own.
pub fn sync(
    scratch: &Path,
    name: &str,
    variables: &[(&'static str, String)],
    arguments: &[&str],
) -> Syncing {
    let folder = scratch.join(name);
    fs::create_dir(&folder).unwrap();
    let file = |name: &str| fs::File::create(folder.join(name)).unwrap();
    let mut sync = command();
    sync.args(["sync", "--ndjson", "-", "--log", "log"])
        .args(arguments);
    sync.envs(variables.iter().cloned()).current_dir(&folder);
    sync.stdin(Stdio::null())
        .stdout(file("stdout"))
        .stderr(file("stderr"));
    Syncing {
        process: Process::start(&mut sync),
        folder,
    }
}

impl Syncing {
    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap_or_default()
    }

    /// The number of requests that have ended so far.
    pub fn requests(&self) -> usize {
        self.read("log").lines().count()
    }

    /// Returns whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.process.0.try_wait().unwrap().is_some()
    }

    /// Waits for its end.
    pub fn wait(mut self) -> SyncInventory {
        let status = self.process.0.wait().unwrap();
        SyncInventory {
            code: status.code(),
            stdout: self.read("stdout"),
            stderr: self.read("stderr"),
        }
    }
}

/// The records of a sync, without the one that states when and where it was.
pub fn records(synced: &SyncInventory) -> Vec<&str> {
    let mut lines = synced.stdout.lines();
    let first = lines.next().unwrap_or_default();
    assert!(first.starts_with("{\"run\":"), "{first}: {}", synced.stderr);
    lines.collect()
}
