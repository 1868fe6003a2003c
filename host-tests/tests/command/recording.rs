//! A recording makes a sync reproducible elsewhere: a recorded sync, replayed without
//! key and network, gives the same bytes.
//! `make components` comes first.

use std::fs;
use std::path::PathBuf;
use std::process::Output;
use std::sync::Arc;

use connector_cli::report::read_ndjson;
use connector_host::sync::SyncInventory;
use postman_simulator::{ApiQuirks, FaultRule, Faults, Options, RunningSimulator, Simulator};
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::cli::CONNECTOR;

const KEY: &str = "PMAK-canary/\"77c1\"";

/// A team that listens, and a place for files.
pub struct Team {
    pub running: RunningSimulator,
    dir: TempDir,
}

impl Team {
    pub async fn start(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options {
            users: 25,
            workspaces: 30,
            api_key: KEY.into(),
            quirks: ApiQuirks::all(),
            ..Options::default()
        };
        change(&mut options);
        let address = ([127, 0, 0, 1], 0).into();
        Self {
            running: Simulator::start(options, address).await.unwrap(),
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).unwrap()
    }

    pub async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = host_tests::command();
        command.args(arguments).current_dir(self.dir.path());
        if arguments[0] != "sanitize" {
            command.args(CONNECTOR);
        }
        if arguments[0] == "sync" {
            command.env("POSTMAN_API_KEY", KEY);
            command.env("POSTMAN_BASE_URL", self.running.base_url());
        }
        tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap()
    }

    /// Records a sync with all opt-ins into `recording` and `reported`.
    pub async fn record(&self, more: &[&str]) -> Output {
        let mut arguments = vec![
            "sync",
            "--pacing",
            "off",
            "--record",
            "recording",
            "--ndjson",
            "reported",
        ];
        arguments.extend(["--include", "collection", "--include", "group:grants"]);
        arguments.extend(more);
        self.run(&arguments).await
    }

    pub async fn replay(&self, recording: &str, reported: &str) -> Output {
        self.run(&["replay", recording, "--ndjson", reported]).await
    }

    pub fn synced(&self, name: &str) -> SyncInventory {
        read_ndjson(self.bytes(name).as_slice()).unwrap()
    }
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn rules(rules: &[&str]) -> Faults {
    Faults {
        rules: rules.iter().map(|rule| rule.parse().unwrap()).collect(),
        seed: 3,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_sync_gives_the_same_bytes_again() {
    let passing = rules(&[
        "/workspaces:status=503,body=html,nth=1",
        "/users:rate-limited=retry-after-date,seconds=1,nth=1",
        "/workspaces/{id}/roles:reset,every=7,most=3",
        "/workspaces/{id}/roles:status=500,body=empty,nth=5",
        "/groups/{id}:invalid-utf8,nth=2",
        "/collections:truncated,nth=3",
    ]);
    let lasting = rules(&[
        "/collection-access-keys:status=403,body=detail-object",
        "/workspaces/{id}/roles:month-spent,nth=12",
    ]);
    let plain = |_: &mut Options| {};
    let teams = [
        Team::start(plain).await,
        Team::start(|it| it.faults = passing).await,
        Team::start(|it| (it.faults, it.seed, it.workspaces) = (lasting, 2, 130)).await,
        // The list of groups and the list of teams ask for the groups, and are tried again.
        Team::start(|it| it.faults = rules(&["/groups:status=403,body=html"])).await,
    ];
    // At once, since each waits between its tries.
    let [one, two, three, four] = &teams;
    tokio::join!(
        same_again(one),
        same_again(two),
        same_again(three),
        same_again(four)
    );
    let fired = teams.iter().flat_map(|team| team.running.fired_faults());
    let unfired: Vec<_> = fired.filter(|one| one.times == 0).collect();
    assert_eq!(unfired, []);
}

async fn same_again(team: &Team) {
    let recorded = team.record(&[]).await;
    let replayed = team.replay("recording", "again").await;
    assert_eq!(
        recorded.status.code(),
        replayed.status.code(),
        "{}",
        said(&replayed)
    );
    assert_eq!(team.text("reported"), team.text("again"));
    assert!(team.text("again").lines().count() > 100);
    assert!(!said(&replayed).contains("note"), "{}", said(&replayed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_failed_fails_again_in_the_same_words() {
    let team = Team::start(|it| it.faults = rules(&["/me:status=401,body=flat"])).await;
    let (recorded, replayed) = (
        team.record(&[]).await,
        team.replay("recording", "again").await,
    );
    assert_eq!(
        (recorded.status.code(), replayed.status.code()),
        (Some(1), Some(1))
    );
    assert_eq!(said(&recorded), said(&replayed));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_private_and_not_overwritten() {
    use std::os::unix::fs::PermissionsExt;
    let team = Team::start(|_| {}).await;
    team.record(&[]).await;
    let mode = fs::metadata(team.path("recording"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = team.bytes("recording");
    let again = team.record(&[]).await;
    assert_eq!(again.status.code(), Some(2), "{}", said(&again));
    assert!(
        said(&again).contains("recording is there already"),
        "{}",
        said(&again)
    );
    assert_eq!(team.bytes("recording"), before);
}

/// The key in every form in which an answer can repeat it.
fn forms() -> [String; 3] {
    let json = KEY.replace('"', "\\\"");
    [KEY.to_owned(), json.replace('/', "\\/"), json]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_has_no_key_echoed_by_the_provider() {
    // An answer's text is written into JSON and HTML as it is.
    tokio::join!(no_key_from("html"), no_key_from("problem"));
}

async fn no_key_from(body: &str) {
    let echo = format!("/groups:status=403,body={body},says=Key {KEY} may not");
    let team = Team::start(|it| it.faults = rules(&[&echo])).await;
    team.record(&[]).await;
    let recording = team.text("recording");
    assert!(recording.contains("[redacted]"), "the key was not repeated");
    for form in forms() {
        assert!(!recording.contains(&form), "{form}");
    }
    assert!(!recording.contains("canary"));
    team.replay("recording", "again").await;
    assert_eq!(team.text("reported"), team.text("again"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_altered_or_foreign_recording_is_reported() {
    let team = Arc::new(Team::start(|it| it.quirks = ApiQuirks::none()).await);
    team.record(&[]).await;
    let whole = team.text("recording");
    let lines: Vec<&str> = whole.lines().collect();
    let cut = format!("{}\n{}", lines[..20].join("\n"), &lines[20][..30]);
    let users = |line: &&&str| !line.contains("\"path\":\"/users\"");
    let without = lines
        .iter()
        .filter(users)
        .copied()
        .collect::<Vec<_>>()
        .join("\n")
        + "\n";
    let broken = whole.replacen("{\"exchange\":", "{\"exchanged\":", 1);
    let newer = whole.replacen("\"format\":1", "\"format\":2", 1);
    let cases = [
        (cut, 1, "stopped or cut off before its end"),
        (
            without,
            1,
            "does not have the request /users with the credential postman",
        ),
        (broken, 2, "line 2: unknown variant"),
        (newer, 2, "of format 2"),
        (String::new(), 2, "it is no recording"),
        ("{\"run\":{}}\n".to_owned(), 2, "it is no recording"),
        (
            format!("{whole}{}\n", lines[1]),
            2,
            "it stands after the end",
        ),
    ];
    // Together: what lacks an answer waits for the reason why.
    let mut replays = JoinSet::new();
    for (place, (text, code, wanted)) in cases.into_iter().enumerate() {
        let (altered, again) = (format!("altered-{place}"), format!("again-{place}"));
        fs::write(team.path(&altered), text).unwrap();
        let team = Arc::clone(&team);
        replays.spawn(async move {
            let output = team.replay(&altered, &again).await;
            let said = said(&output);
            assert_eq!(output.status.code(), Some(code), "{wanted}: {said}");
            assert!(said.contains(wanted), "{wanted}: {said}");
            assert!(!team.path(&again).exists(), "{wanted}");
        });
    }
    replays.join_all().await;
    let absent = team.replay("nowhere", "again").await;
    assert_eq!(absent.status.code(), Some(2));
    assert!(said(&absent).contains("nowhere: "), "{}", said(&absent));
}

#[tokio::test(flavor = "multi_thread")]
async fn replay_notes_that_the_component_differs() {
    let team = Team::start(|it| it.quirks = ApiQuirks::none()).await;
    team.record(&[]).await;
    let text = team.text("recording");
    let head: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let digest = head["recording"]["component_sha256"].as_str().unwrap();
    fs::write(team.path("other"), text.replace(digest, "00")).unwrap();
    let output = team.replay("other", "again").await;
    assert!(said(&output).contains("note: it was recorded with another component"));
    assert_eq!(team.text("reported"), team.text("again"));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_rule_of_these_tests_means_what_it_says() {
    for text in [
        "/users:rate-limited=retry-after-date,seconds=1,nth=1",
        "*:status=200,body=html,chance=0.5,most=2",
        "/workspaces/{id}/roles:reset,every=7,most=3",
    ] {
        assert_eq!(text.parse::<FaultRule>().unwrap().to_string(), text);
    }
}
