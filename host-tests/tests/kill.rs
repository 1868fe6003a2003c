//! The command that keeps a sync in a file, when it is killed, stopped, run twice, or has no room: the
//! file is always good, and the next run resumes. `make components` comes first.

#![cfg(unix)]
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use connector_host::store::Store;
use postman_simulator::{ApiQuirks, Options, RunningSimulator, Simulator};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};

const KEY: &str = "PMAK-of-nobody-5511";
/// The delay of each answer of the provider.
const SLOW: Duration = Duration::from_millis(2);
/// Options that make a sync last as long as others take to start.
const VERY_SLOW: Duration = Duration::from_millis(60);

/// A team whose provider takes its time, and a place for files.
struct Team {
    running: RunningSimulator,
    base_url: String,
    dir: TempDir,
}

impl Team {
    async fn start() -> Self {
        Self::answering_after(SLOW).await
    }

    async fn answering_after(wait: Duration) -> Self {
        let options = Options {
            users: 30,
            workspaces: 105,
            quirks: ApiQuirks::all(),
            api_key: KEY.into(),
            ..Options::default()
        };
        let address = ([127, 0, 0, 1], 0).into();
        let running = Simulator::start(options, address).await.unwrap();
        let provider = running.base_url().trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass_on(client, provider.clone(), wait));
            }
        });
        Self {
            running,
            base_url,
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn place(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn sync(&self, arguments: &[&str]) -> Command {
        let component = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../target/components/postman-connector.wasm"
        );
        let mut command = host_tests::command();
        command
            .args(["sync", "--component", component, "--concurrency", "2"])
            .args(arguments)
            .env("POSTMAN_API_KEY", KEY)
            .env("POSTMAN_BASE_URL", &self.base_url)
            .current_dir(self.dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

async fn pass_on(client: TcpStream, provider: String, wait: Duration) {
    let Ok(provider) = TcpStream::connect(provider).await else {
        return;
    };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_provider, mut to_provider) = provider.into_split();
    tokio::spawn(async move { copy(&mut from_client, &mut to_provider).await });
    let mut bytes = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from_provider.read(&mut bytes).await {
        tokio::time::sleep(wait).await;
        if to_client.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

async fn end(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

async fn end_of(child: Child) -> Output {
    tokio::task::spawn_blocking(move || child.wait_with_output().unwrap())
        .await
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The lines but for when the sync began and how many requests were sent.
fn lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    let parse = |line: &str| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        for (record, field) in [("run", "started_at"), ("summary", "requests")] {
            if let Some(found) = line.get_mut(record) {
                found[field] = Value::Null;
            }
        }
        line
    };
    text.lines().map(parse).collect()
}

fn is_sound(file: &Path) -> bool {
    let store = Store::open_to_read(file).unwrap();
    let check: String = store
        .connection()
        .pragma_query_value(None, "integrity_check", |row| row.get(0))
        .unwrap();
    let dangling = "SELECT count(*) FROM pragma_foreign_key_check";
    let dangling: i64 = store
        .connection()
        .query_row(dangling, [], |row| row.get(0))
        .unwrap();
    check == "ok" && dangling == 0
}

/// Kills syncs at random times, each until it comes to its end, and holds each end against that of
/// a sync that was left alone.
async fn killed(kills: u32) {
    let team = Team::start().await;
    let whole = team.place("whole.ndjson");
    let alone = ["--db", "whole.db", "--ndjson", "whole.ndjson"];
    // The first one fills the cache of the compiled connector.
    end(team.sync(&alone)).await;
    let began = Instant::now();
    let output = end(team.sync(&alone)).await;
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let takes = began.elapsed();
    let expected = lines(&whole);

    let seed = fastrand::u64(..);
    let mut chance = fastrand::Rng::with_seed(seed);
    let (mut done, mut resumed, mut at) = (0, 0, 0);
    while done < kills {
        at += 1;
        let (db, out) = (format!("{at}.db"), format!("{at}.ndjson"));
        let arguments = ["--db", &db, "--ndjson", &out, "--resume"];
        loop {
            let mut child = team.sync(&arguments).spawn().unwrap();
            let wait =
                Duration::from_millis(chance.u64(..u64::try_from(takes.as_millis()).unwrap()));
            tokio::time::sleep(wait).await;
            let killed = done < kills && child.kill().is_ok();
            let output = end_of(child).await;
            if let Some(code) = output.status.code() {
                assert_eq!(code, 3, "seed {seed}: {}", said(&output));
                resumed += u32::from(said(&output).contains("goes on with"));
                break;
            }
            assert!(killed);
            done += 1;
            let db = team.place(&db);
            assert!(!db.exists() || is_sound(&db), "seed {seed}, kill {done}");
        }
        assert_eq!(lines(&team.place(&out)), expected, "seed {seed}, sync {at}");
        assert!(is_sound(&team.place(&db)), "seed {seed}, sync {at}");
    }
    println!("{done} kills of {at} syncs, of which {resumed} were gone on with");
    assert!(kills < 100 || resumed > 0, "no kill met a sync under way");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_random_kills_leave_the_result_unchanged() {
    killed(10).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: `make soak`"]
async fn a_hundred_random_kills_leave_the_result_unchanged() {
    killed(100).await;
}

/// Waits until a sync has written so many pages.
async fn pages(file: &Path, wanted: i64) {
    for _ in 0..6_000 {
        let found = Store::open_to_read(file).and_then(|store| {
            let pages = "SELECT count(*) FROM pages";
            Ok(store
                .connection()
                .query_row(pages, [], |row| row.get::<_, i64>(0))?)
        });
        if found.is_ok_and(|found| found >= wanted) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("no pages were written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_is_stopped_says_how_to_go_on_and_does() {
    let team = Team::start().await;
    for (signal, db) in [("-INT", "int.db"), ("-TERM", "term.db")] {
        let child = team.sync(&["--db", db]).spawn().unwrap();
        pages(&team.place(db), 5).await;
        let kill = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        let output = end_of(child).await;
        assert_eq!(output.status.code(), Some(130), "{}", said(&output));
        let reported = format!(
            "what was read so far is in {db}. To continue, run the same command with --resume"
        );
        assert!(said(&output).contains(&reported), "{}", said(&output));
        let output = end(team.sync(&["--db", db, "--resume"])).await;
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        assert!(said(&output).contains("resuming the sync that began at"));
        let output = end(team.sync(&["--db", db, "--resume"])).await;
        assert!(
            said(&output).contains("no interrupted sync to resume"),
            "{}",
            said(&output)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_takes_one_writer_and_many_readers() {
    let team = Team::answering_after(VERY_SLOW).await;
    let first = team.sync(&["--db", "one.db"]).spawn().unwrap();
    pages(&team.place("one.db"), 3).await;
    std::os::unix::fs::symlink(team.place("one.db"), team.place("link.db")).unwrap();
    for name in ["one.db", "link.db"] {
        let second = end(team.sync(&["--db", name])).await;
        assert_eq!(second.status.code(), Some(2), "{}", said(&second));
        assert!(
            said(&second).contains("another sync writes to it"),
            "{}",
            said(&second)
        );
    }
    let reader = Store::open_to_read(&team.place("one.db")).unwrap();
    assert!(reader.has_unfinished().unwrap());
    for suffix in ["", "-wal", "-shm", "-lock"] {
        let file = team.place(&format!("one.db{suffix}"));
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
    assert_eq!(end_of(first).await.status.code(), Some(3));
    assert_eq!(reader.runs().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_ends_a_sync_and_keeps_its_state() {
    let team = Team::start().await;
    let output = end(team.sync(&["--db", "full.db"])).await;
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let complete = Store::open_to_read(&team.place("full.db")).unwrap();
    let before = complete.load(complete.runs().unwrap()[0].run).unwrap();
    drop(complete);

    let plain = team.sync(&["--db", "full.db"]);
    // A shell, since it can ignore the signal that otherwise ends the process.
    let mut limited = Command::new("/bin/sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 512; exec \"$@\""])
        .arg0("sh")
        .arg("sh")
        .arg(plain.get_program())
        .args(plain.get_args())
        .env_clear()
        .envs(
            plain
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .current_dir(team.dir.path())
        .stderr(Stdio::piped());
    let output = end(limited).await;
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(
        said(&output).contains("the disk that holds the database"),
        "{}",
        said(&output)
    );
    assert!(said(&output).contains("--resume"), "{}", said(&output));

    assert!(is_sound(&team.place("full.db")));
    let store = Store::open_to_read(&team.place("full.db")).unwrap();
    assert_eq!(store.load(store.runs().unwrap()[0].run).unwrap(), before);
    let output = end(team.sync(&["--db", "full.db", "--resume"])).await;
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unwritable_output_fails_before_any_request() {
    let team = Team::start().await;
    std::fs::write(team.place("notes.txt"), "not a database").unwrap();
    std::fs::write(team.place("plain"), "").unwrap();
    for (db, reason) in [
        ("missing/team.db", "No such file or directory"),
        ("plain/team.db", "Not a directory"),
        (".", "it names no file"),
        ("/dev/null", "it is no file"),
        ("notes.txt", "not a database of this program"),
    ] {
        let output = end(team.sync(&["--db", db])).await;
        assert_eq!(output.status.code(), Some(2), "{db}: {}", said(&output));
        assert!(said(&output).contains(reason), "{db}: {}", said(&output));
    }
    assert_eq!(team.running.total_requests(), 0);
    let notes = std::fs::read_to_string(team.place("notes.txt")).unwrap();
    assert_eq!(notes, "not a database");
    assert!(!team.place("notes.txt-lock").exists());
    for (arguments, reason) in [
        (&["--resume"][..], "name the file with --db"),
        (&["--db", "a", "--ndjson", "a"], "give each its own"),
        (&["--keep", "3"], "--keep has no effect"),
    ] {
        let output = end(team.sync(arguments)).await;
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains(reason), "{}", said(&output));
    }
}
