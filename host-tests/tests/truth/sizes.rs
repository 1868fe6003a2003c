//! Teams from the smallest to a large one: told exactly, with as few requests as there can be.

use postman_simulator::{Options, Traps, Truth};

use crate::compare::{contradictions, differences};
use crate::harness::{Asked, read, start};
use crate::scopes::unaccounted;

/// One request for each workspace, one for each page of them, and 10. An organization takes one more for
/// each of its teams, and one for the groups, to tell them from teams.
pub fn most_requests(truth: &Truth) -> u64 {
    let known = known_workspaces(truth);
    let teams = match known_of(truth, "team").saturating_sub(1) {
        0 => 0,
        sub_teams => sub_teams + 1,
    };
    u64::try_from(known + known.div_ceil(100) + 10 + teams).unwrap()
}

fn known_workspaces(truth: &Truth) -> usize {
    known_of(truth, "workspace")
}

fn known_of(truth: &Truth, resource_type: &str) -> usize {
    let start = format!(r#"{{"resource":{{"id":{{"resource_type":"{resource_type}""#);
    let lines = truth.resources.iter();
    lines.filter(|line| line.starts_with(&start)).count()
}

async fn a_team_of(seed: u64, users: usize, workspaces: usize) {
    let options = Options {
        seed,
        users,
        workspaces,
        traps: Traps::all(),
        ..Options::default()
    };
    let running = start(options.clone()).await;
    let (synced, told, truth) = read(&running, &Asked::plain()).await;
    assert_eq!(differences(&told, &truth), Vec::<String>::new());
    assert_eq!(contradictions(&told), Vec::<String>::new());
    assert_eq!(unaccounted(&synced, &truth, &options), Vec::<String>::new());
    assert_eq!(known_workspaces(&truth), workspaces);
    let (sent, most) = (running.total_requests(), most_requests(&truth));
    assert!(
        sent <= most,
        "{sent} requests, of at most {most}: {:?}",
        running.requests()
    );
    assert_eq!(synced.summary.requests, sent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_team_without_workspaces() {
    a_team_of(3, 3, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_team_of_three_hundred_users() {
    a_team_of(1, 300, 250).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_team() {
    a_team_of(2, 5_000, 2_000).await;
}
