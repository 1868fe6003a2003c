//! Every output of a sync of changes names its basis: the summary, JSON, NDJSON, `runs`, `explain`
//! and the report.

use std::path::Path;
use std::process::{Command, Output};

use postman_simulator::{ApiQuirks, Options, RunningSimulator, Simulator};
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

struct SyncedTeam {
    running: RunningSimulator,
    dir: TempDir,
}

impl SyncedTeam {
    /// A team that was read into `team.db`.
    async fn read() -> Self {
        let options = Options {
            users: 12,
            workspaces: 12,
            quirks: ApiQuirks::none(),
            ..Options::default()
        };
        let team = Self {
            running: Simulator::start(options, ([127, 0, 0, 1], 0).into())
                .await
                .unwrap(),
            dir: tempfile::tempdir().unwrap(),
        };
        team.sync(&["--db", "team.db"], 0).await;
        team
    }

    async fn sync(&self, options: &[&str], code: i32) -> Output {
        let sync = ["sync", "--pacing", "off"];
        let mut command = command(self.dir.path(), &[&sync, options].concat());
        command.env("POSTMAN_API_KEY", self.running.api_key());
        command.env("POSTMAN_BASE_URL", self.running.base_url());
        expect(output(command).await, code)
    }

    async fn ask(&self, line: &[&str]) -> String {
        let output = expect(output(command(self.dir.path(), line)).await, 0);
        text(&output.stdout)
    }

    /// A workspace of which a user holds a role by a grant that was carried over.
    fn carried_grant(&self) -> [String; 3] {
        let connection = Connection::open(self.dir.path().join("team.db")).unwrap();
        let sql = "SELECT g.resource_type || ':' || g.resource_id, g.entitlement,
                g.principal_type || ':' || g.principal_id
            FROM grants g JOIN scopes s ON s.run = g.run AND s.scope = g.scope
            WHERE g.run = (SELECT max(run) FROM runs) AND s.read_at IS NOT NULL
                AND g.principal_type = 'user' LIMIT 1";
        let row = connection.query_row(sql, [], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]));
        row.unwrap()
    }
}

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = host_tests::command();
    command.args(arguments).current_dir(dir);
    command
}

async fn output(mut command: Command) -> Output {
    let ended = tokio::task::spawn_blocking(move || command.output().unwrap());
    ended.await.unwrap()
}

fn expect(output: Output, code: i32) -> Output {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_output_names_what_was_carried_over() {
    let team = SyncedTeam::read().await;
    let simulator = team.running.simulator();
    simulator.change_roles(&simulator.workspaces_with_roles()[0]);
    let options = ["--db", "team.db", "--since-last", "--ndjson", "team.ndjson"];
    let said = team.sync(&options, 0).await;
    let summary = text(&said.stdout);
    assert!(
        summary.contains("Carried over from the sync of "),
        "{summary}"
    );
    assert!(
        summary.contains("has 1 event, which name 1 resource."),
        "{summary}"
    );

    let lines = std::fs::read_to_string(team.dir.path().join("team.ndjson")).unwrap();
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let from = &lines[0]["run"]["since_last"]["carried"]["from"];
    let from = from.as_str().unwrap();
    let carried = lines.iter().filter(|line| line["scope"]["read_at"] == from);
    let summary = &lines.last().unwrap()["summary"];
    assert_eq!(summary["carried"], carried.count());

    let runs = team.ask(&["runs", "team.db"]).await;
    assert!(runs.contains("carried over from"), "{runs}");
    let runs = team.ask(&["runs", "team.db", "--format", "ndjson"]).await;
    let latest: Value = serde_json::from_str(runs.lines().next().unwrap()).unwrap();
    assert_eq!(latest["run"]["since_last"]["carried"]["from"], from);

    let grant = team.carried_grant();
    let grant = grant.each_ref().map(String::as_str);
    let explain = [&["explain", "team.db", "--grant"][..], &grant].concat();
    let reported = team.ask(&explain).await;
    let carried = format!("carried over from the sync of {from}");
    assert!(reported.contains(&carried), "{reported}");
    let reported = team
        .ask(&[&explain[..], &["--format", "json"]].concat())
        .await;
    let reported: Value = serde_json::from_str(&reported).unwrap();
    let mut paths = reported["paths"].as_array().unwrap().iter();
    assert!(
        paths.any(|way| way["steps"][0]["origin"]["read_at"] == from),
        "{reported}"
    );

    team.ask(&["report", "team.db", "-o", "team.html"]).await;
    let page = std::fs::read_to_string(team.dir.path().join("team.html")).unwrap();
    assert!(page.contains("log_since"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_reads_everything_says_why() {
    let team = SyncedTeam::read().await;
    let simulator = team.running.simulator();
    simulator.log_event("team.add_member", "{}");
    let options = ["--db", "team.db", "--since-last"];
    let said = text(&team.sync(&options, 0).await.stdout);
    let why = "Everything was read: event team.add_member of the change log of ";
    assert!(said.contains(why), "{said}");
    let json = team
        .sync(&[&options[..], &["--format", "json"]].concat(), 0)
        .await;
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    let full = json["run"]["since_last"]["full"].as_str().unwrap();
    assert!(full.contains("may have changed anything"), "{full}");
    assert_eq!(json["counts"]["carried"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn options_of_what_changed_need_a_database() {
    let team = SyncedTeam::read().await;
    for (options, word) in [
        (&["--since-last"][..], "--db"),
        (&["--db", "team.db", "--full-every", "3"], "--since-last"),
        (
            &["--db", "team.db", "--since-last", "--full-every", "0"],
            "--full-every",
        ),
        (
            &["--db", "team.db", "--since-last", "--record", "r"],
            "--record",
        ),
    ] {
        let said = text(&team.sync(options, 2).await.stderr);
        assert!(said.contains(word), "{options:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_file_asks_for_what_changed() {
    let team = SyncedTeam::read().await;
    let dir = team.dir.path();
    let tenants = |own: &str| {
        let base_url = team.running.base_url();
        let text = format!(
            "[defaults]\nbase-url = \"{base_url}\"\nfull-every = 2\npacing = \"off\"\n
            [[tenant]]\nname = \"one\"\ncredentials.postman = {{ env = \"POSTMAN_API_KEY\" }}\n{own}\n"
        );
        std::fs::write(dir.join("tenants.toml"), text).unwrap();
    };
    let sync = async |code| {
        let mut command = command(dir, &["sync", "--tenants", "tenants.toml"]);
        command.env("POSTMAN_API_KEY", team.running.api_key());
        let output = expect(output(command).await, code);
        text(&output.stdout) + &text(&output.stderr)
    };
    tenants("db = \"team.db\"\nsince-last = true");
    let said = sync(0).await;
    assert!(
        said.contains("one: Carried over from the sync of "),
        "{said}"
    );
    let said = sync(0).await;
    assert!(
        said.contains("one: Everything was read: one sync in 2"),
        "{said}"
    );
    tenants("since-last = true");
    let said = sync(2).await;
    assert!(
        said.contains("field since-last") && said.contains("db"),
        "{said}"
    );
    tenants("db = \"team.db\"\nrecord = \"r\"\nsince-last = true");
    let said = sync(2).await;
    assert!(
        said.contains("field since-last") && said.contains("record"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_counts_a_sync_that_reads_everything() {
    let team = SyncedTeam::read().await;
    let whole = team.running.total_requests();
    let options = ["--db", "team.db", "--since-last"];
    team.sync(&options, 0).await;
    let sent = team.running.total_requests();
    assert!(sent < 2 * whole, "{sent} of {whole}");
    let said = team.sync(&[&options[..], &["--dry-run"]].concat(), 0).await;
    let said = text(&said.stdout);
    // One of them reads the log.
    let total = format!("Total: {} requests (every scope was counted)", whole + 1);
    assert!(said.contains(&total), "{said}");
    assert!(
        said.contains("With --since-last a sync sends fewer"),
        "{said}"
    );
    assert_eq!(team.running.total_requests(), sent);
}
