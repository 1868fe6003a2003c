//! The commands at the end of a first sync work as they are printed, and the fields of `explain` are
//! there: checked with the built connector, a team that listens, and a real recording. `make
//! components` comes first.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use connector_host::store::Store;
use postman_simulator::{ApiQuirks, Options, Simulator};
use serde_json::Value;
use tempfile::TempDir;

use crate::cli::CONNECTOR;

const KEY: &str = "PMAK-canary-77c1";

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = host_tests::command();
    command.args(arguments).current_dir(dir);
    command
}

/// The same, of a command that runs the connector.
fn reading(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = command(dir, arguments);
    command.args(CONNECTOR);
    command
}

async fn output(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_demo_names_commands_that_work() {
    let dir = tempfile::tempdir().unwrap();
    let demo = ["demo", "--db", "team.db", "--report", "team.html"];
    let said = output(reading(dir.path(), &demo)).await;
    let reported = text(&said.stderr);
    assert_eq!(said.status.code(), Some(0), "{reported}");
    let (_, next) = reported.split_once("Try next:\n").unwrap();
    let page = fs::read_to_string(dir.path().join("team.html")).unwrap();
    assert!(reported.contains("Open team.html") && page.starts_with("<!doctype html>"));
    let commands: Vec<&str> = next.lines().map(str::trim).collect();
    assert_eq!(commands.len(), 4, "{reported}");
    let has = |word: &str| commands.iter().any(|one| one.contains(word));
    assert!(has(" access ") && has(" findings ") && has(" explain ") && has(" diff "));
    for line in commands {
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).current_dir(dir.path());
        let said = output(shell).await;
        assert!(said.status.success(), "{line}: {}", text(&said.stderr));
        let answer = text(&said.stdout);
        assert!(answer.lines().count() > 2, "{line}: {answer}");
        assert!(!answer.contains("does not hold"), "{line}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_without_a_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let said = output(reading(dir.path(), &["demo", "--report", "team.html"])).await;
    assert_eq!(said.status.code(), Some(2));
    assert!(
        text(&said.stderr).contains("--db"),
        "{}",
        text(&said.stderr)
    );
}

/// A team that was read into `team.db` and recorded in `recording`.
async fn recorded() -> TempDir {
    let options = Options {
        users: 25,
        workspaces: 30,
        quirks: ApiQuirks::none(),
        api_key: KEY.into(),
        ..Options::default()
    };
    let running = Simulator::start(options, ([127, 0, 0, 1], 0).into());
    let running = running.await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let sync = [
        "sync",
        "--pacing",
        "off",
        "--db",
        "team.db",
        "--record",
        "recording",
        "--include",
        "collection",
        "--include",
        "group:grants",
    ];
    let mut sync = reading(dir.path(), &sync);
    sync.env("POSTMAN_API_KEY", KEY);
    sync.env("POSTMAN_BASE_URL", running.base_url());
    let said = output(sync).await;
    assert_eq!(said.status.code(), Some(0), "{}", text(&said.stderr));
    dir
}

/// One grant of each kind: resource, entitlement, principal, and true if a rule implies it.
fn kinds(dir: &Path) -> Vec<([String; 3], bool)> {
    let store = Store::open_to_read(&dir.join("team.db")).unwrap();
    let sql = "SELECT resource_type || ':' || min(resource_id), entitlement,
            principal_type || ':' || principal_id, implied_by IS NOT NULL FROM grants
        GROUP BY resource_type, entitlement, principal_type, implied_by IS NOT NULL";
    let mut query = store.connection().prepare(sql).unwrap();
    let rows = query.query_map([], |row| {
        Ok(([row.get(0)?, row.get(1)?, row.get(2)?], row.get(3)?))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// Returns a role name as a slug.
fn slug(role: &Value) -> String {
    let name = role["displayName"].as_str().unwrap_or_default();
    name.to_lowercase().replace(' ', "-")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_source_of_a_grant_names_its_principal() {
    let dir = recorded().await;
    let recording = fs::read_to_string(dir.path().join("recording")).unwrap();
    let lines: Vec<Value> = recording
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kinds = kinds(dir.path());
    let (mut roles, mut by_rule) = (0, 0);
    for ([on, entitlement, principal], implied) in &kinds {
        let explain = [
            "explain",
            "team.db",
            "--recording",
            "recording",
            "--format",
            "json",
            "--grant",
            on,
            entitlement,
            principal,
        ];
        let said = output(command(dir.path(), &explain)).await;
        assert!(said.status.success(), "{explain:?}: {}", text(&said.stderr));
        let found: Value = serde_json::from_slice(&said.stdout).unwrap();
        let paths = found["paths"].as_array().unwrap();
        let direct = paths
            .iter()
            .position(|way| way["steps"].as_array().unwrap().len() == 1);
        let direct = direct.unwrap();
        let origin = &paths[direct]["steps"][0]["origin"];
        assert_eq!(
            (&origin["stated"], &origin["page"]),
            (&true.into(), &1.into())
        );
        let places = found["fields"][direct][0].as_array().unwrap();
        assert!(!places.is_empty(), "{explain:?}");
        let ids = [principal, on].map(|full| full.split_once(':').unwrap().1);
        let mut has_role = false;
        for place in places {
            let line =
                &lines[usize::try_from(place["line"].as_u64().unwrap()).unwrap() - 1]["exchange"];
            let requests = origin["requests"].as_array().unwrap();
            assert!(requests.contains(&place["request"]), "{explain:?}");
            assert_eq!(
                line["path"], place["request"],
                "no cursor in so small a team"
            );
            let answer: Value = serde_json::from_str(line["body"].as_str().unwrap()).unwrap();
            let pointer = place["pointer"].as_str().unwrap();
            let field = answer.pointer(pointer).unwrap();
            let field = field
                .as_str()
                .map_or_else(|| field.to_string(), str::to_owned);
            // A rule grants an entitlement to sets that no answer names: there it is the record itself.
            let wanted = if *implied && !principal.starts_with("user:") {
                ids[1]
            } else {
                ids[0]
            };
            assert_eq!(field, wanted, "{explain:?} {pointer}");
            let role = pointer
                .split('/')
                .nth(2)
                .filter(|_| pointer.starts_with("/roles/"));
            has_role |= role.is_some_and(|at| {
                slug(&answer["roles"][at.parse::<usize>().unwrap()]) == *entitlement
            });
        }
        let call = origin["scope"]["call"].as_str().unwrap();
        match (on.split_once(':').unwrap(), implied) {
            (("workspace", id), false) => {
                assert_eq!((call, &origin["scope"]["id"]), ("list-grants", &id.into()));
                roles += usize::from(has_role);
            }
            (("workspace", _), true) => {
                assert_eq!(call, "list-resources");
                by_rule += 1;
            }
            _ => {}
        }
    }
    let of = |word: &str| {
        kinds
            .iter()
            .filter(|([on, ..], _)| on.starts_with(word))
            .count()
    };
    assert!(roles > 4 && by_rule > 2 && of("group:") == 2 && of("collection:") > 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_of_another_sync_points_nowhere() {
    let dir = recorded().await;
    let path = dir.path().join("recording");
    let whole = fs::read_to_string(&path).unwrap();
    let (cut, _) = whole.trim_end().rsplit_once('\n').unwrap();
    fs::write(&path, format!("{cut}\n")).unwrap();
    let ([on, entitlement, principal], _) = kinds(dir.path()).remove(0);
    let explain = [
        "explain",
        "team.db",
        "--recording",
        "recording",
        "--grant",
        &on,
        &entitlement,
        &principal,
    ];
    let said = output(command(dir.path(), &explain)).await;
    assert_eq!(said.status.code(), Some(2));
    let reported = text(&said.stderr);
    assert!(
        reported.contains("not the recording of sync 1"),
        "{reported}"
    );
}
