//! Real faults in a copy of the second connector, built as it is built: each is found by the rules that are
//! meant, and by no other. `guests/pagerduty-faulty/faults` has them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use connector_cli::report::{describe_verdict, junit_report};
use connector_conformance::{self as conformance, Answers, CheckResult, ConformanceReport};
use connector_host::{Connector, Sandbox};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;

use crate::account::Account;
use crate::command::recorded;
use crate::kit::answers;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The text in the component before the two digits of the chosen fault.
const MARK: &[u8] = b"the fault planted here: ";

/// Each fault's name, and the rules that have to find it. Their places are their numbers, from 1.
fn faults() -> Vec<(String, BTreeSet<String>)> {
    let folder = Path::new(ROOT).join("guests/pagerduty-faulty/faults");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let sorted: BTreeSet<_> = files.collect();
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        let finds = text
            .lines()
            .find_map(|line| line.strip_prefix("finds: "))
            .unwrap();
        let rules = finds.split(' ').filter(|rule| *rule != "nothing");
        let name = path.file_stem().unwrap().to_str().unwrap();
        (name.to_owned(), rules.map(str::to_owned).collect())
    };
    sorted.iter().map(read).collect()
}

/// The faulty component with the fault of this number; 0 is none.
fn with_fault(number: usize) -> Vec<u8> {
    let path = Path::new(ROOT).join("../target/guests/pagerduty-faulty.wasm");
    choose_fault(std::fs::read(path).unwrap(), number)
}

/// The bytes with this number behind the mark, which is there once.
fn choose_fault(mut bytes: Vec<u8>, number: usize) -> Vec<u8> {
    let marks = bytes.windows(MARK.len()).enumerate();
    let marks: Vec<_> = marks
        .filter(|(_, part)| *part == MARK)
        .map(|(at, _)| at)
        .collect();
    let [at] = marks.as_slice() else {
        panic!("the fault's number is there {} times", marks.len());
    };
    let digits = at + MARK.len();
    bytes[digits..digits + 2].copy_from_slice(format!("{number:02}").as_bytes());
    bytes
}

/// Writes the compiled form of each copy into the cache, made of that of the copy without a fault: they differ
/// in the number alone, and each takes seconds to compile. A file that is not as the cache writes it is
/// compiled all the same.
async fn cache_copies(sandbox: &Sandbox, count: usize) {
    const MAGIC: &[u8] = b"ccache1\n";
    let sound = Connector::load(sandbox, &with_fault(0)).await.unwrap();
    let entries = std::fs::read_dir(host_tests::compiled_components()).unwrap();
    let mut files = entries.map(|entry| entry.unwrap().path());
    let is_sound = |path: &PathBuf| path.to_string_lossy().contains(sound.sha256());
    let file = files.find(is_sound).unwrap();
    let compiled = std::fs::read(&file).unwrap();
    for number in 1..=count {
        let digest = Sha256::digest(with_fault(number));
        let code = choose_fault(compiled[MAGIC.len() + 32..].to_vec(), number);
        let seal = Sha256::digest([MAGIC, &digest, &code].concat());
        let hexadecimal: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let name = file.to_string_lossy().replace(sound.sha256(), &hexadecimal);
        std::fs::copy(&file, &name).unwrap();
        std::fs::write(name, [MAGIC, &seal, &code].concat()).unwrap();
    }
}

async fn verdict(sandbox: Arc<Sandbox>, number: usize, answers: Answers) -> ConformanceReport {
    let connector = Connector::load(&sandbox, &with_fault(number))
        .await
        .unwrap();
    conformance::run(&connector, Some(answers)).await
}

fn broken(verdict: &ConformanceReport) -> BTreeSet<String> {
    let found = verdict.checks.iter();
    let broken = found.filter(|(_, finding)| matches!(finding, CheckResult::Failed { .. }));
    broken.map(|(check, _)| check.name.to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_in_a_copy_fails_its_intended_rules() {
    let (_server, dir) = recorded(Account::large()).await;
    let answers = answers(&dir);
    let sandbox = Arc::new(host_tests::sandbox());
    let faults = faults();
    cache_copies(&sandbox, faults.len()).await;
    let mut running = JoinSet::new();
    for number in 0..=faults.len() {
        let (sandbox, answers) = (Arc::clone(&sandbox), answers.clone());
        running.spawn(async move { (number, verdict(sandbox, number, answers).await) });
    }
    let verdicts: BTreeMap<_, _> = running.join_all().await.into_iter().collect();
    // The copy without a fault has none, so that what is found is what was planted.
    assert_eq!(broken(&verdicts[&0]), BTreeSet::new());
    let mut wrong = Vec::new();
    for (number, (name, meant)) in (1..).zip(&faults) {
        let found = broken(&verdicts[&number]);
        if found != *meant {
            wrong.push(format!("{name}: {found:?} instead of {meant:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // A reader that accepts an altered token accepts nearly all: twenty cases are printed, and the number of the rest.
    let unguarded = describe_verdict(&verdicts[&2]);
    assert!(unguarded.contains(" more\n"), "{unguarded}");
    assert!(junit_report(&verdicts[&2]).contains(" more</failure>"));
    let met: BTreeSet<_> = faults
        .iter()
        .flat_map(|(_, meant)| meant.iter().map(String::as_str))
        .collect();
    let checks = verdicts[&0].checks.iter().map(|(check, _)| check.name);
    let unmet: Vec<_> = checks.filter(|name| !met.contains(name)).collect();
    // `loads` is what `Connector::load` refuses. A guest has no state, time or chance to answer twice
    // otherwise: what stands around a connector can, as `conformance/` shows. PagerDuty's connector has no
    // change log.
    assert_eq!(
        unmet,
        [
            "loads",
            "same-answers-same-page",
            "change-log-is-newest-first"
        ]
    );
}
