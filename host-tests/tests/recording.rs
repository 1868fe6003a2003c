//! What cannot be looked at where it happened has to be brought along: a recorded sync, replayed without
//! key and network, gives the same bytes, and a sanitised one the same structure without anybody's name.
//! `make components` comes first.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use connector_host::report::read_ndjson;
use connector_host::simulator::{Faults, Options, Rule, Running, Scope, Simulator, Traps};
use connector_host::sync::Synced;
use serde_json::Value;
use tempfile::TempDir;

const KEY: &str = "PMAK-canary/\"77c1\"";

/// A team that listens, and a place for files.
struct Team {
    running: Running,
    dir: TempDir,
}

impl Team {
    async fn start(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options {
            users: 25,
            workspaces: 30,
            api_key: KEY.into(),
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

    fn text(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).unwrap()
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/components");
        let mut command = Command::new(env!("CARGO_BIN_EXE_connector-host"));
        command
            .args(arguments)
            .env_clear()
            .current_dir(self.dir.path());
        if arguments[0] != "sanitize" {
            command.args(["--component", &format!("{root}/postman-connector.wasm")]);
        }
        if arguments[0] == "sync" {
            command.env("POSTMAN_API_KEY", KEY);
            command.env("POSTMAN_BASE_URL", self.running.base_url());
        }
        tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap()
    }

    /// Records a sync with all opt-ins into `recording` and `told`.
    async fn record(&self, more: &[&str]) -> Output {
        let mut arguments = vec![
            "sync",
            "--pacing",
            "off",
            "--record",
            "recording",
            "--ndjson",
            "told",
        ];
        arguments.extend(["--include", "collection", "--include", "group:grants"]);
        arguments.extend(more);
        self.run(&arguments).await
    }

    async fn replay(&self, recording: &str, told: &str) -> Output {
        self.run(&["replay", recording, "--ndjson", told]).await
    }

    fn synced(&self, name: &str) -> Synced {
        read_ndjson(self.bytes(name).as_slice()).unwrap()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn rules(rules: &[&str]) -> Faults {
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
    ];
    for team in &teams {
        let recorded = team.record(&[]).await;
        let replayed = team.replay("recording", "again").await;
        assert_eq!(
            recorded.status.code(),
            replayed.status.code(),
            "{}",
            said(&replayed)
        );
        assert_eq!(team.text("told"), team.text("again"));
        assert!(team.text("again").lines().count() > 100);
        assert!(!said(&replayed).contains("note"), "{}", said(&replayed));
    }
    let fired = teams.iter().flat_map(|team| team.running.fired());
    let unfired: Vec<_> = fired.filter(|one| one.times == 0).collect();
    assert_eq!(unfired, []);
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
async fn a_recording_is_its_owners_alone_and_never_written_over() {
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
async fn a_key_that_the_provider_repeats_is_not_in_the_recording() {
    // What an answer says is written into JSON and HTML as it is.
    for body in ["html", "problem"] {
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
        assert_eq!(team.text("told"), team.text("again"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cut_altered_or_foreign_is_told_so() {
    let team = Team::start(|it| it.traps = Traps::none()).await;
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
    for (text, code, wanted) in [
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
    ] {
        fs::write(team.path("altered"), text).unwrap();
        let output = team.replay("altered", "again").await;
        assert_eq!(
            output.status.code(),
            Some(code),
            "{wanted}: {}",
            said(&output)
        );
        assert!(
            said(&output).contains(wanted),
            "{wanted}: {}",
            said(&output)
        );
        assert!(!team.path("again").exists(), "{wanted}");
    }
    let absent = team.replay("nowhere", "again").await;
    assert_eq!(absent.status.code(), Some(2));
    assert!(said(&absent).contains("nowhere: "), "{}", said(&absent));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_of_another_component_is_replayed_with_a_note() {
    let team = Team::start(|it| it.traps = Traps::none()).await;
    team.record(&[]).await;
    let text = team.text("recording");
    let head: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let digest = head["recording"]["component_sha256"].as_str().unwrap();
    fs::write(team.path("other"), text.replace(digest, "00")).unwrap();
    let output = team.replay("other", "again").await;
    assert!(said(&output).contains("note: it was recorded with another component"));
    assert_eq!(team.text("told"), team.text("again"));
}

/// Words of the team's that name somebody or something: names, addresses, logins, ids.
fn names(told: &Synced) -> Vec<String> {
    let mut names = Vec::new();
    for resource in told.resources.iter().filter(|one| one.id.id != "everyone") {
        let value = serde_json::to_value(resource).unwrap();
        let details = &value["details"]["user"];
        let texts = [
            &value["id"]["id"],
            &value["display_name"],
            &value["description"],
            &details["email"],
            &details["login"],
            &value["profile"]["external_id"],
            &value["profile"]["team_domain"],
        ];
        names.extend(
            texts
                .iter()
                .filter_map(|text| text.as_str())
                .map(str::to_owned),
        );
    }
    // Short numbers stand in other numbers by chance.
    let is_telling = |name: &String| match name.chars().all(|c| c.is_ascii_digit()) {
        true => name.len() >= 7,
        false => name.chars().filter(|c| c.is_alphanumeric()).count() > 4,
    };
    // The connector's own words for what has no name.
    let is_own = |name: &String| {
        ["User ", "Group ", "Partner ", "Workspace ", "Collection "]
            .iter()
            .any(|own| name.starts_with(own))
    };
    names
        .into_iter()
        .filter(|name| is_telling(name) && !is_own(name))
        .collect()
}

/// What two syncs have of different numbers of.
fn differences(one: &Synced, other: &Synced) -> Vec<String> {
    let (one, other) = (structure(one), structure(other));
    let all = one
        .keys()
        .chain(other.keys())
        .filter(|what| one.get(*what) != other.get(*what));
    all.map(|what| format!("{what}: {:?}, {:?}", one.get(what), other.get(what)))
        .collect()
}

/// How many resources, grants and scopes there are of each kind and outcome.
fn structure(synced: &Synced) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    let mut count = |what: String| *counts.entry(what).or_insert(0) += 1;
    for one in &synced.resources {
        count(format!(
            "{} {:?} {:?}",
            one.id.resource_type, one.evidence, one.status
        ));
    }
    for one in &synced.grants {
        count(format!(
            "{} {} {}",
            one.resource.resource_type, one.entitlement, one.principal.resource_type
        ));
    }
    for one in &synced.scopes {
        count(format!(
            "{:?} {} {:?} {} {}",
            one.call, one.resource_type, one.outcome, one.pages, one.requests
        ));
    }
    for one in &synced.notices {
        count(format!("{} {}", one.code, one.omits));
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sanitised_recording_has_nobodys_name_and_the_same_structure() {
    for seed in [1, 4] {
        let team = Team::start(|it| {
            (it.seed, it.workspaces) = (seed, 130);
            it.faults = rules(&["/workspaces/{id}/roles:status=403,body=title,says=Ask taylor.lee@example.com,nth=4"]);
        })
        .await;
        team.record(&[]).await;
        let output = team.run(&["sanitize", "recording", "-o", "clean"]).await;
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let again = team.replay("clean", "clean-told").await;
        assert_ne!(again.status.code(), Some(1), "{}", said(&again));
        let (told, clean) = (team.synced("told"), team.synced("clean-told"));
        assert_eq!(differences(&told, &clean), Vec::<String>::new());
        let (recording, text) = (
            team.text("recording"),
            team.text("clean") + &team.text("clean-told"),
        );
        let names = names(&told);
        assert!(names.len() > 300, "{}", names.len());
        for name in names
            .iter()
            .map(String::as_str)
            .chain(["taylor", "127.0.0.1"])
        {
            assert!(!text.contains(name), "{name}");
        }
        // The search finds what is there.
        let found = names
            .iter()
            .filter(|name| recording.contains(name.as_str()))
            .count();
        assert!(found * 10 > names.len() * 9, "{found} of {}", names.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sanitised_while_it_is_recorded_is_sanitised() {
    let team = Team::start(|it| it.traps = Traps::none()).await;
    team.record(&["--sanitize"]).await;
    let output = team.replay("recording", "again").await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let (told, again) = (team.synced("told"), team.synced("again"));
    assert_eq!(differences(&told, &again), Vec::<String>::new());
    let text = team.text("recording");
    let found: Vec<_> = names(&told)
        .into_iter()
        .filter(|name| text.contains(name))
        .collect();
    assert_eq!(found, Vec::<String>::new());
    let truth = team.running.truth(&Scope::default());
    assert!(!truth.resources.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_rule_of_these_tests_means_what_it_says() {
    for text in [
        "/users:rate-limited=retry-after-date,seconds=1,nth=1",
        "*:status=200,body=html,chance=0.5,most=2",
        "/workspaces/{id}/roles:reset,every=7,most=3",
    ] {
        assert_eq!(text.parse::<Rule>().unwrap().to_string(), text);
    }
}
