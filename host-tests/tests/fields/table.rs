//! The tables: one line for each place and what happens to it.

use std::path::PathBuf;

use serde_json::Value;

use crate::calls::{CASES, Call, ask};
use crate::distort;
use crate::loss;
use crate::result::Outcome;

/// A line: the place, the distortions that have the same effect, the effect.
struct Line {
    place: String,
    changes: Vec<String>,
    effect: String,
}

fn file(name: &str) -> PathBuf {
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fields");
    [here, name].iter().collect()
}

fn recorded(answer: &str) -> Value {
    let path = file(&format!("answers/{answer}.json"));
    let text = std::fs::read_to_string(&path).expect("a recorded answer");
    serde_json::from_str(&text).expect("JSON")
}

/// The table of one recorded answer, and everything that it loses in silence.
async fn table(
    (name, answer, path, call): (&str, &str, &'static str, Call),
) -> (String, Vec<String>) {
    let body = recorded(answer);
    let unchanged = ask(path, call, &body).await;
    assert!(
        matches!(unchanged, Outcome::Reported(..)),
        "{name}: {unchanged:?}"
    );
    let mut lines: Vec<Line> = Vec::new();
    let mut silent = Vec::new();
    for distorted in distort::all(&body) {
        let now = ask(path, call, &distorted.body).await;
        let (place, change) = (&distorted.place, distorted.change.to_string());
        if let Some(lost) = loss::silent(name, &distorted, &unchanged, &now) {
            silent.push(format!("{name}: {place} {change}: {lost}"));
        }
        let effect = now.against(&unchanged);
        let mut same = lines.iter_mut();
        match same.find(|line| line.place == *place && line.effect == effect) {
            Some(line) => line.changes.push(change),
            None => lines.push(Line {
                place: place.clone(),
                changes: vec![change],
                effect,
            }),
        }
    }
    (lines.iter().map(written).collect(), silent)
}

/// The long ids of the recorded answers, and what stands for them in the tables.
const SHORT: [(&str, &str); 5] = [
    ("6d1c2f70-5a11-4f0e-8b1d-30c1a5b0e001", "W1"),
    ("6d1c2f70-5a11-4f0e-8b1d-30c1a5b0e002", "W2"),
    ("6d1c2f70-5a11-4f0e-8b1d-30c1a5b0e003", "W3"),
    ("40118822-0c7b21aa-77f4-4c39-9d5b-5b8ac1f0d101", "C1"),
    ("90b2d7e1f4a84c11b6f2d00e5a7c3391aa10f2b4c6d8e0f1", "A1"),
];

fn written(line: &Line) -> String {
    let place = match line.place.as_str() {
        "" => "the body",
        place => place,
    };
    let line = format!("{place} | {} | {}\n", line.changes.join(", "), line.effect);
    let shorten = |line: String, (id, short): &(&str, &str)| line.replace(id, short);
    SHORT.iter().fold(line, shorten)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_distorted_field_acts_as_its_row_states() {
    let (mut differing, mut silent) = (Vec::new(), Vec::new());
    for case in CASES {
        let (reported, lost) = table(case).await;
        silent.extend(lost);
        let path = file(&format!("tables/{}.txt", case.0));
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, reported).expect("a table that can be written");
        } else if std::fs::read_to_string(&path).unwrap_or_default() != reported {
            differing.push(case.0);
        }
    }
    assert!(silent.is_empty(), "lost in silence:\n{}", silent.join("\n"));
    assert!(
        differing.is_empty(),
        "the tables of {differing:?} differ: run with BLESS=1, and read what git diff shows"
    );
}

/// An event that is said to change nothing, whatever is wrong with it, is the planted loss.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_changes_less_is_found() {
    let body = recorded("audit-logs");
    let (path, log) = ("/audit/logs", Call::List("audit-event", None));
    let unchanged = ask(path, log, &body).await;
    let mut harmless = body.clone();
    for event in harmless["trails"].as_array_mut().expect("events") {
        event["action"] = "user.login_google_success".into();
    }
    let harmless = ask(path, log, &harmless).await;
    let all = distort::all(&body);
    let action = all.iter().find(|one| one.place == "trails[0].action");
    let found = loss::silent(
        "audit-events",
        action.expect("an action"),
        &unchanged,
        &harmless,
    );
    assert!(found.is_some_and(|lost| lost.contains("changes less")));
}

/// A rule that cannot fail proves nothing: an answer without its last user is the planted loss.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loss_without_a_word_is_found() {
    let body = recorded("users");
    let users = Call::List("user", Some(("team", "5150")));
    let unchanged = ask("/users", users, &body).await;
    let shorter = distort::all(&body)
        .into_iter()
        .find(|one| one.place == "data[1]");
    let shorter = ask("/users", users, &shorter.expect("a second user").body).await;
    let mut missed = 0;
    for distorted in distort::all(&body) {
        let is_found = loss::silent("users", &distorted, &unchanged, &shorter).is_some();
        let is_reported =
            matches!(distorted.change, distort::Change::Missing) && distorted.is_entry;
        let is_emptied = distorted.change.to_string() == "empty list";
        missed += usize::from(is_found == (is_reported || is_emptied));
    }
    assert_eq!(missed, 0);
    let broken = Outcome::Broken("trapped".to_owned());
    let first = &distort::all(&body)[0];
    assert!(loss::silent("users", first, &unchanged, &broken).is_some());
}
