//! Other programs: the simulator, the command, what people would write instead.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::measure::{Used, used};

/// A simulated team in a process of its own.
pub struct Simulated {
    child: Child,
    /// Its path.
    pub base_url: String,
    /// Its key.
    pub key: String,
}

impl Simulated {
    /// Starts one of this size, without oddities.
    pub fn start(users: usize, workspaces: usize, more: &[&str]) -> Self {
        let sizes = [users.to_string(), workspaces.to_string()];
        let mut child = Command::new(host_tests::program("connector-host"))
            .args(["simulate", "--quirks", "none", "--users", &sizes[0]])
            .args(["--workspaces", &sizes[1]])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines
            .map(|line| line.unwrap())
            .find(|line| line.contains("POSTMAN_API_KEY="))
            .expect("how to read it");
        let value = |name: &str| {
            let mut words = line.split_whitespace();
            let value = words.find_map(|word| word.strip_prefix(name)).unwrap();
            value.to_owned()
        };
        let (base_url, key) = (value("POSTMAN_BASE_URL="), value("POSTMAN_API_KEY="));
        Self {
            child,
            base_url,
            key,
        }
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The cost of a program from start to end.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Seconds on the clock.
    pub wall: f64,
    /// Its use of resources.
    pub used: Used,
}

/// Runs a program that reads this team to its end and watches it; `None` where it cannot be started or fails.
pub fn watch(command: &mut Command, team: &Simulated) -> Option<Run> {
    watch_program(
        command
            .env("POSTMAN_BASE_URL", &team.base_url)
            .env("POSTMAN_API_KEY", &team.key),
    )
}

/// Runs a program to its end and watches it; `None` where it cannot be started or fails.
pub fn watch_program(command: &mut Command) -> Option<Run> {
    let began = Instant::now();
    let mut child = command.stdout(Stdio::null()).spawn().ok()?;
    let pid = child.id().to_string();
    let mut most = Used::default();
    // The times of an ended process stay until its parent waits for it.
    while !has_ended(&pid) {
        if let Some(now) = used(&pid) {
            most.peak = most.peak.max(now.peak);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let wall = began.elapsed().as_secs_f64();
    most.cpu = used(&pid).map(|last| last.cpu).unwrap_or_default();
    let status = child.wait().ok()?;
    // 3 is a sync with scopes missing: it was read all the same.
    matches!(status.code(), Some(0 | 3)).then_some(Run { wall, used: most })
}

fn has_ended(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(')').map(|(_, rest)| rest.trim_start());
    state.is_none_or(|rest| rest.starts_with('Z'))
}
