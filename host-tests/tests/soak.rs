//! A thousand tenants at once in one process, each with a key and a team of its own: what it takes.
//! Nothing is asserted of times; figures are printed. The teams are served by this process, and
//! read by the command as an operator would, with the number of open files that a shell gives.

#![cfg(target_os = "linux")]
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use postman_simulator::{ApiQuirks, Options, RunningSimulator, Simulator, sample_key};

const TENANTS: usize = 1_000;

async fn team(number: usize) -> RunningSimulator {
    let options = Options {
        seed: number as u64,
        users: 20,
        workspaces: 20,
        quirks: ApiQuirks::none(),
        api_key: sample_key(&format!("PMAK{number}")),
        ..Options::default()
    };
    Simulator::start(options, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap()
}

/// The tenants file, with the keys in files beside it.
fn write_tenants(dir: &Path, teams: &[RunningSimulator]) {
    let mut text = String::new();
    for (number, team) in teams.iter().enumerate() {
        std::fs::write(dir.join(format!("key-{number}")), team.api_key()).unwrap();
        writeln!(
            text,
            "[[tenant]]\nname = \"tenant-{number}\"\nbase-url = \"{}\"\nndjson = \"{number}.ndjson\"\ncredentials.postman.file = \"key-{number}\"",
            team.base_url()
        )
        .unwrap();
    }
    std::fs::write(dir.join("tenants.toml"), text).unwrap();
}

fn start(dir: &Path) -> Child {
    let component = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../target/components/postman-connector.wasm"
    );
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -Sn 1024; exec \"$0\" \"$@\""])
        .arg(host_tests::program("connector-host"))
        .env(host_tests::CACHE, host_tests::compiled_components())
        .args([
            "sync",
            "--tenants",
            "tenants.toml",
            "--component",
            component,
        ])
        .current_dir(dir)
        .stdout(std::fs::File::create(dir.join("summary")).unwrap())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Of a process: its peak memory in KiB, its threads, its open files, its processor time in
/// hundredths of a second.
fn usage(process: u32) -> Option<[u64; 4]> {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{process}/{file}")).ok();
    let status = read("status")?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    let stat = read("stat")?;
    let after_name: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let files = std::fs::read_dir(format!("/proc/{process}/fd"))
        .ok()?
        .count() as u64;
    let time = |place: usize| after_name.get(place)?.parse::<u64>().ok();
    let time = time(11)? + time(12)?;
    Some([field("VmHWM:")?, field("Threads:")?, files, time])
}

#[ignore = "keeps both processors busy: make soak"]
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_tenants_at_once_are_all_whole() {
    let dir = tempfile::tempdir().unwrap();
    let mut teams = Vec::new();
    for number in 0..TENANTS {
        teams.push(team(number).await);
    }
    write_tenants(dir.path(), &teams);
    let began = Instant::now();
    let mut child = start(dir.path());
    let mut peaks = [0; 4];
    let status = loop {
        if let Some(now) = usage(child.id()) {
            peaks = std::array::from_fn(|n| now[n].max(peaks[n]));
        }
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let took = began.elapsed();
    let summary = std::fs::read_to_string(dir.path().join("summary")).unwrap();
    let all = format!("of {TENANTS} tenants {TENANTS} complete");
    assert!(summary.contains(&all), "{status}: {summary}");
    for (number, team) in teams.iter().enumerate() {
        let records = std::fs::read_to_string(dir.path().join(format!("{number}.ndjson")));
        let records = records.unwrap();
        assert!(records.contains(&team.base_url()), "tenant {number}");
    }
    let requests: u64 = teams.iter().map(RunningSimulator::total_requests).sum();
    let [memory, threads, files, time] = peaks;
    println!(
        "{TENANTS} tenants, {requests} requests: {:.1} s, processor {:.1} s ({:.1} ms a tenant), memory at most {} MiB, {threads} threads, {files} files",
        took.as_secs_f64(),
        time as f64 / 100.0,
        time as f64 * 10.0 / TENANTS as f64,
        memory >> 10
    );
}
