//! A sync whose machine loses its power, anywhere: the file is always sound, what was stored before is
//! still there, going on gives what an undisturbed sync gives, and a sync that has said that it ended is
//! there, whatever the disk had not written by then.
//!
//! The operations of SQLite on its files are recorded (`support/disk.rs`), and for every moment of a sync images of
//! the files are made as a loss of power may leave them.

use host_tests::disk;
use host_tests::support;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use connector_host::records::Page;
use connector_host::store::{Store, SyncRecorder};
use connector_host::sync::{self, NoProgress, SyncEnd, SyncInventory, SyncOptions};
use disk::{Done, Luck};
use support::scripted::{Scripted, asked, grant, grants, id, listed, page};
use support::stored::{how, lines};
use tempfile::TempDir;

const DB: &str = "team.db";
const WAL: &str = "team.db-wal";
/// Pages of the write-ahead log after which it is written into the database: few, so that this too
/// happens within a small sync, or so many that it does not.
const FEW: u32 = 40;
const MANY: u32 = 100_000;

/// A team whose user list has this many pages.
fn team(pages: usize) -> Arc<Scripted> {
    let things = (0..12).map(|thing| asked("thing", &thing.to_string(), "team 1"));
    let mut team = Scripted::new().page("list thing under team 1", page(things));
    for at in 0..pages {
        let cursor = |at: usize| match at {
            0 => String::new(),
            at => format!(" @{at}"),
        };
        let users = (0..20).map(|own| listed("user", &format!("{at}-{own}"), "team 1"));
        let one = Page {
            next_page_token: (at + 1 < pages).then(|| (at + 1).to_string()),
            ..page(users)
        };
        team = team.page(&format!("list user under team 1{}", cursor(at)), one);
    }
    for thing in 0..12 {
        let thing = thing.to_string();
        let holds = |own: usize| grant(id("thing", &thing), "can", id("user", &format!("0-{own}")));
        team = team.page(&format!("grants thing {thing}"), grants((0..9).map(holds)));
    }
    Arc::new(team)
}

/// Reads a team into a file, whose log is written into the database after so many pages.
async fn read(file: &Path, team: &Arc<Scripted>, resume: bool, checkpoint: u32) -> SyncInventory {
    let store = Store::open(file).unwrap();
    let connection = store.connection();
    connection
        .pragma_update(None, "wal_autocheckpoint", checkpoint)
        .unwrap();
    let recorder = SyncRecorder::new(store, how(resume)).unwrap();
    let options = SyncOptions {
        concurrency: 1,
        ..SyncOptions::default()
    };
    let source = Arc::clone(team);
    let ended = sync::run_with_checkpoints(
        source,
        &options,
        Arc::new(NoProgress),
        recorder.checkpoints(),
    )
    .await;
    let end = ended.unwrap();
    ENDED.with(|ended| ended.set(disk::now()));
    let synced = recorder.read_back().unwrap();
    assert_eq!(SyncEnd::of(&synced), end);
    synced
}

thread_local! {
    /// The operations on files when the last sync of this thread reported its end.
    static ENDED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// A sync that was recorded, after another one in the same file.
struct Recorded {
    team: Arc<Scripted>,
    former: String,
    expected: String,
    before: HashMap<String, Vec<u8>>,
    done: Vec<(String, Done)>,
    /// The number of operations when the sync reported its end.
    ended: usize,
}

impl Recorded {
    async fn new(checkpoint: u32) -> Self {
        disk::insert();
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().canonicalize().unwrap();
        let file = place.join(DB);
        let former = lines(&read(&file, &team(2), false, FEW).await).0;
        let before = HashMap::from([(DB.to_owned(), std::fs::read(&file).unwrap())]);
        assert!(!place.join(WAL).exists());
        let (team, from) = (team(80), disk::now());
        let expected = lines(&read(&file, &team, false, checkpoint).await).0;
        let done = disk::done(&place, from, disk::now());
        let ended = disk::done(&place, from, ENDED.with(std::cell::Cell::get)).len();
        Self {
            team,
            former,
            expected,
            before,
            done,
            ended,
        }
    }

    /// The files after so much was done, in a folder of their own.
    fn image(&self, done: usize, luck: Luck) -> TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in disk::after(&self.before, &self.done[..done], luck) {
            std::fs::write(dir.path().join(name), bytes).unwrap();
        }
        dir
    }

    /// Returns the errors after a loss of power at so many operations.
    async fn wrongs(&self, done: usize, luck: Luck) -> Vec<String> {
        let dir = self.image(done, luck);
        let file = dir.path().join(DB);
        let mut found = Vec::new();
        if !is_sound(&file) {
            found.push("the file is damaged".to_owned());
        }
        let stored = stored_syncs(&file);
        if !stored.contains(&self.former) {
            found.push("the former sync is lost".to_owned());
        }
        if done >= self.ended && !stored.contains(&self.expected) {
            found.push("the sync had ended, and is lost".to_owned());
        }
        if !stored
            .iter()
            .all(|one| [&self.former, &self.expected].contains(&one))
        {
            found.push("a sync is there that is neither of the two".to_owned());
        }
        let resumed = lines(&read(&file, &self.team, true, FEW).await).0;
        if resumed != self.expected {
            found.push("going on gives another result".to_owned());
        }
        let say = |wrong| format!("after {done} of {}, {luck:?}: {wrong}", self.done.len());
        found.into_iter().map(say).collect()
    }
}

fn is_sound(file: &Path) -> bool {
    let store = Store::open(file).unwrap();
    let check = |pragma: &str| -> Vec<String> {
        let mut rows = store.connection().prepare(pragma).unwrap();
        let rows = rows.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.map(|row| row.unwrap_or_default()).collect()
    };
    check("PRAGMA integrity_check") == ["ok"] && check("PRAGMA foreign_key_check").is_empty()
}

/// The syncs in a file that have ended.
fn stored_syncs(file: &Path) -> Vec<String> {
    let store = Store::open_to_read(file).unwrap();
    let runs = store.runs().unwrap().into_iter();
    runs.map(|row| lines(&store.load(row.run).unwrap()).0)
        .collect()
}

/// Loses the power at moments that are so far apart, each with these kinds of luck.
async fn lost_at(every: usize, lucks: u64) {
    let recorded = Recorded::new(FEW).await;
    let seed = fastrand::u64(..);
    let (mut images, mut synced) = (0, 0);
    let moments = (0..=recorded.done.len()).step_by(every);
    let own = [recorded.ended, recorded.done.len()];
    for moment in moments.chain(own) {
        let by_chance = (0..lucks).map(|at| Luck::Some(seed ^ at ^ ((moment as u64) << 8)));
        for luck in [Luck::None, Luck::All].into_iter().chain(by_chance) {
            let wrongs = recorded.wrongs(moment, luck).await;
            assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
            images += 1;
        }
    }
    for (_, done) in &recorded.done {
        synced += u32::from(matches!(done, Done::Synced));
    }
    println!(
        "{images} images of {} steps, {synced} of them waits for the disk; the sync ended after {}",
        recorded.done.len(),
        recorded.ended
    );
}

#[tokio::test]
async fn power_loss_costs_only_rereadable_pages() {
    lost_at(17, 2).await;
}

#[tokio::test]
#[ignore = "long: `make soak`"]
async fn power_loss_at_any_step_costs_rereadable_pages() {
    lost_at(1, 12).await;
}

/// An oracle that cannot object proves nothing.
#[tokio::test]
async fn a_missing_final_disk_flush_is_detected() {
    let mut recorded = Recorded::new(MANY).await;
    let last = recorded.done[..recorded.ended]
        .iter()
        .rposition(|(_, done)| matches!(done, Done::Written { .. }))
        .unwrap();
    let waits = |(_, done): &(String, Done)| matches!(done, Done::Synced);
    assert!(recorded.done[last..recorded.ended].iter().any(waits));
    // Planted: the last wait is left out.
    let stored = recorded.done[last..recorded.ended].to_vec();
    let stored = stored.into_iter().filter(|one| !waits(one));
    recorded.done = recorded.done[..last]
        .iter()
        .cloned()
        .chain(stored)
        .collect();
    recorded.ended = recorded.done.len();
    let wrongs = recorded.wrongs(recorded.ended, Luck::None).await;
    assert!(
        wrongs.iter().any(|wrong| wrong.contains("is lost")),
        "{wrongs:?}"
    );
}

#[tokio::test]
async fn a_missing_log_flush_is_detected() {
    let mut recorded = Recorded::new(FEW).await;
    let is_wait_for_log =
        |(name, done): &(String, Done)| name == WAL && matches!(done, Done::Synced);
    assert!(recorded.done.iter().any(is_wait_for_log));
    // Planted: nobody ever waits for the log.
    let before = recorded.done.len();
    recorded.done.retain(|one| !is_wait_for_log(one));
    assert!(recorded.done.len() < before);
    let is_damaged = |moment| {
        let dir = recorded.image(moment, Luck::Some(moment as u64));
        let file = dir.path().join(DB);
        let opened = std::panic::catch_unwind(|| {
            is_sound(&file) && stored_syncs(&file).contains(&recorded.former)
        });
        !opened.unwrap_or(false)
    };
    let mut moments = (0..recorded.done.len()).rev();
    assert!(moments.any(is_damaged), "no image was damaged");
}
