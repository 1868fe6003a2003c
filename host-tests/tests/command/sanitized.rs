//! A sanitised recording replays to the same structure and has nobody's name in it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connector_host::recording::{RecordedBody, RecordedResult, Recording};
use connector_host::sync::SyncInventory;
use postman_simulator::{ApiQuirks, ExpectedScope};

use crate::recording::{Team, rules, said};

/// Words of the team's that name somebody or something: names, addresses, logins, ids.
fn names(reported: &SyncInventory) -> Vec<String> {
    let mut names = Vec::new();
    for resource in reported
        .resources
        .iter()
        .filter(|one| one.id.id != "everyone")
    {
        let value = serde_json::to_value(resource).unwrap();
        let details = &value["details"]["user"];
        let texts = [
            &value["id"]["id"],
            &value["display_name"],
            &value["description"],
            &details["email"],
            &details["login"],
            &value["attributes"]["external_id"],
            &value["attributes"]["team_domain"],
        ];
        names.extend(
            texts
                .iter()
                .filter_map(|text| text.as_str())
                .map(str::to_owned),
        );
    }
    // Short numbers stand in other numbers by chance.
    let is_telling = |name: &String| {
        if name.chars().all(|c| c.is_ascii_digit()) {
            name.len() >= 7
        } else {
            name.chars().filter(|c| c.is_alphanumeric()).count() > 4
        }
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

/// Returns the kinds of records of which two syncs have different numbers.
fn differences(one: &SyncInventory, other: &SyncInventory) -> Vec<String> {
    let (one, other) = (structure(one), structure(other));
    let all = one
        .keys()
        .chain(other.keys())
        .filter(|what| one.get(*what) != other.get(*what));
    all.map(|what| format!("{what}: {:?}, {:?}", one.get(what), other.get(what)))
        .collect()
}

/// Returns the numbers of resources, grants and scopes of each kind and outcome.
fn structure(synced: &SyncInventory) -> BTreeMap<String, usize> {
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
        count(format!("{} {}", one.code, one.is_partial()));
    }
    counts
}

/// A recording as it stands in its file, and its bodies that are no UTF-8.
fn recorded_text(team: &Team, name: &str) -> String {
    let text = team.text(name);
    let recording = Recording::read(text.as_bytes()).unwrap();
    let bodies = recording
        .exchanges
        .iter()
        .filter_map(|one| match &one.heard {
            RecordedResult::Answer {
                body: RecordedBody::BodyBase64(body),
                ..
            } => Some(STANDARD.decode(body).unwrap()),
            RecordedResult::Answer { .. } | RecordedResult::Nothing { .. } => None,
        });
    let bodies: Vec<u8> = bodies.flatten().collect();
    text.clone() + &String::from_utf8_lossy(&bodies)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sanitized_recording_keeps_structure_alone() {
    for seed in [1, 4] {
        let team = Team::start(|it| {
            (it.seed, it.workspaces) = (seed, 130);
            it.faults = rules(&["/workspaces/{id}/roles:status=403,body=title,says=Ask taylor.lee@example.com,nth=4"]);
        })
        .await;
        team.record(&[]).await;
        let output = team.run(&["sanitize", "recording", "-o", "clean"]).await;
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let again = team.replay("clean", "clean-reported").await;
        assert_ne!(again.status.code(), Some(1), "{}", said(&again));
        let (reported, clean) = (team.synced("reported"), team.synced("clean-reported"));
        assert_eq!(differences(&reported, &clean), Vec::<String>::new());
        let recording = recorded_text(&team, "recording");
        let text = recorded_text(&team, "clean") + &team.text("clean-reported");
        let names = names(&reported);
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
async fn recording_with_sanitize_stores_no_names() {
    let team = Team::start(|it| it.quirks = ApiQuirks::none()).await;
    team.record(&["--sanitize"]).await;
    let output = team.replay("recording", "again").await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let (reported, again) = (team.synced("reported"), team.synced("again"));
    assert_eq!(differences(&reported, &again), Vec::<String>::new());
    let text = team.text("recording");
    let found: Vec<_> = names(&reported)
        .into_iter()
        .filter(|name| text.contains(name))
        .collect();
    assert_eq!(found, Vec::<String>::new());
    let expected = team.running.expected_state(&ExpectedScope::default());
    assert!(!expected.resources.is_empty());
}
