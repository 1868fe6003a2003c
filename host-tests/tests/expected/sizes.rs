//! Teams from the smallest to a large one: reported exactly, with as few requests as possible.

use postman_simulator::{ApiQuirks, ExpectedState, Options};

use crate::compare::{contradictions, differences};
use crate::harness::{Asked, read, start};
use crate::scopes::unaccounted;

/// One request for each workspace, one for each page of them, and 10. An organization takes one more for
/// each of its teams, and one for the groups, to distinguish them from teams.
pub fn most_requests(expected: &ExpectedState) -> u64 {
    let known = u64::try_from(known_workspaces(expected)).unwrap();
    let teams = match known_of(expected, "team").saturating_sub(1) {
        0 => 0,
        sub_teams => sub_teams + 1,
    };
    most_requests_of(known) + u64::try_from(teams).unwrap()
}

fn most_requests_of(workspaces: u64) -> u64 {
    workspaces + workspaces.div_ceil(100) + 10
}

fn known_workspaces(expected: &ExpectedState) -> usize {
    known_of(expected, "workspace")
}

fn known_of(expected: &ExpectedState, resource_type: &str) -> usize {
    let start = format!(r#"{{"resource":{{"id":{{"resource_type":"{resource_type}""#);
    let lines = expected.resources.iter();
    lines.filter(|line| line.starts_with(&start)).count()
}

async fn a_team_of(seed: u64, users: usize, workspaces: usize) {
    let options = Options {
        seed,
        users,
        workspaces,
        quirks: ApiQuirks::all(),
        ..Options::default()
    };
    let running = start(options.clone()).await;
    let (synced, lines, expected) = read(&running, &Asked::plain()).await;
    assert_eq!(differences(&lines, &expected), Vec::<String>::new());
    assert_eq!(contradictions(&lines), Vec::<String>::new());
    assert_eq!(
        unaccounted(&synced, &expected, &options),
        Vec::<String>::new()
    );
    assert_eq!(known_workspaces(&expected), workspaces);
    let (sent, most) = (running.total_requests(), most_requests(&expected));
    assert!(
        sent <= most,
        "{sent} requests, of at most {most}: {:?}",
        running.request_counts()
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
async fn a_large_team_is_read_exactly() {
    a_team_of(2, 5_000, 2_000).await;
}

#[test]
fn the_quota_table_of_the_guide_is_computed() {
    let guide = include_str!("../../../docs/operating.md");
    let head = "| workspaces | requests a sync | minutes at 300 a minute |";
    let (_, table) = guide.split_once(head).unwrap();
    let number = |cell: &str| cell.trim().replace(',', "").parse::<u64>().unwrap();
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let mut count = 0;
    for row in rows {
        let cells: Vec<u64> = row.trim_matches('|').split('|').map(number).collect();
        let requests = most_requests_of(cells[0]);
        let quotas = [10_000, 100_000, 1_000_000, 10_000_000];
        let mut expected = vec![cells[0], requests, requests.div_ceil(300)];
        expected.extend(quotas.map(|quota: u64| quota / requests));
        assert_eq!(cells, expected, "{row}");
        count += 1;
    }
    assert_eq!(count, 7);
}
