//! Each quirk does something, does it where it says, and can be switched by name.

use crate::client::{Reply, get, plain, read, send, start};
use postman_simulator::{ApiQuirks, ExpectedScope, Options, RunningSimulator, Simulator};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn only(quirk: &str) -> Options {
    Options {
        quirks: quirk.parse().expect("a quirk"),
        users: 120,
        workspaces: 140,
        scim_key: Some("s".to_owned()),
        ..plain()
    }
}

/// Every body that a reader can get, by path; quirks that have to do with ends of lists need small pages.
async fn everything(running: &RunningSimulator) -> BTreeMap<String, (u16, String)> {
    let mut answers = BTreeMap::new();
    let mut paths: Vec<String> = [
        "/me",
        "/users",
        "/groups",
        "/workspaces-roles",
        "/collections?limit=10",
        "/collection-access-keys",
        "/teams",
        "/analytics?resource=team&metrics=members&view=detailed",
        "/analytics?resource=workspace&metrics=pending_invites&view=detailed",
        "/accounts",
        "/nope/1",
        "/nope/2",
        "/nope/3",
    ]
    .map(str::to_owned)
    .to_vec();
    let list = get(running, "/workspaces").await;
    let workspaces = list.json();
    answers.insert("/workspaces".to_owned(), (list.status, list.body));
    for workspace in workspaces["workspaces"].as_array().expect("a list") {
        let Some(id) = workspace["id"].as_str().filter(|id| id.len() == 36) else {
            continue;
        };
        paths.extend([
            format!("/workspaces/{id}?include=team"),
            format!("/workspaces/{id}/roles"),
            format!("/collections?workspace={id}"),
        ]);
    }
    paths.extend((0..4).map(|at| format!("/teams/{}?include=members", 57_000 + 17 * at)));
    walk(running, &mut paths).await;
    for path in paths {
        let reply = get(running, &path).await;
        let content_type = &reply.headers["content-type"];
        answers.insert(
            path,
            (reply.status, format!("{content_type}\n{}", reply.body)),
        );
    }
    let scim = send(running, "GET", "/scim/v2/Users", &[("Authorization", "s")]).await;
    answers.insert("scim".to_owned(), (scim.status, scim.body));
    for path in ["/users", "/groups", "/workspaces-roles"] {
        let reply = packed(running, path).await;
        answers.insert(format!("{path} packed"), (reply.status, coding(&reply)));
    }
    answers
}

/// GET as one who takes packed bodies.
async fn packed(running: &RunningSimulator, path: &str) -> Reply {
    let headers = [
        ("X-API-Key", running.api_key()),
        ("Accept-Encoding", "gzip"),
    ];
    send(running, "GET", path, &headers).await
}

fn coding(reply: &Reply) -> String {
    let coding = reply.headers.get("content-encoding");
    coding.cloned().unwrap_or_default()
}

/// Adds the paths of all pages of the list of workspaces.
async fn walk(running: &RunningSimulator, paths: &mut Vec<String>) {
    let mut path = "/workspaces?limit=60".to_owned();
    while !paths.contains(&path) {
        paths.push(path.clone());
        let body = read(running, &path).await;
        let meta = body
            .get("meta")
            .or(body.get("metadata"))
            .expect("a paging object");
        match meta
            .get("nextCursor")
            .and_then(Value::as_str)
            .filter(|cursor| !cursor.is_empty())
        {
            Some(cursor) => {
                path = format!("/workspaces?limit=60&cursor={}", cursor.replace('=', "%3D"))
            }
            None => break,
        }
    }
}

#[tokio::test]
async fn every_quirk_changes_some_answer() {
    let mut without = Vec::new();
    for seed in 0..4 {
        without.push(
            everything(
                &start(Options {
                    seed,
                    ..only("none")
                })
                .await,
            )
            .await,
        );
    }
    for (quirk, _) in ApiQuirks::NAMES {
        let mut changed = false;
        for (seed, without) in (0..).zip(&without) {
            let mut options = Options {
                seed,
                ..only(quirk)
            };
            // How a missing name is written shows only where one is missing.
            options.quirks.null_fields |= *quirk == "empty_about";
            // These show in an organisation alone.
            let alike = if ["sub_team_forms", "workspace_teams"].contains(quirk) {
                options.quirks.organisation = true;
                let quirks = only("organisation").quirks;
                let organisation = Options {
                    quirks,
                    ..options.clone()
                };
                everything(&start(organisation).await).await
            } else {
                without.clone()
            };
            let with = everything(&start(options).await).await;
            changed |= with != alike;
        }
        assert!(changed, "{quirk}");
    }
}

#[test]
fn quirks_of_form_leave_the_expected_state() {
    let scope = ExpectedScope {
        collections: true,
        group_managers: true,
        scim: true,
        analytics: true,
        ..ExpectedScope::default()
    };
    let forms = "group_keys last_cursor duplicates conflicting_records metadata_key unwrapped id_forms unknown_fields content_types \
        personal_roles_refused hostile_ids broken_items empty_about packed_bodies role_spellings teams_refusals analytics_forms";
    let without = Simulator::new(only("none")).expected_state(&scope);
    for quirk in forms.split_whitespace() {
        let with = Simulator::new(only(quirk)).expected_state(&scope);
        assert!(
            with.resources == without.resources && with.grants == without.grants,
            "{quirk}"
        );
    }
}

#[tokio::test]
async fn packed_bodies_have_every_name_of_gzip() {
    let mut names = BTreeSet::new();
    for seed in 0..24 {
        let running = start(Options {
            seed,
            ..only("packed_bodies")
        })
        .await;
        names.insert(coding(&packed(&running, "/users").await));
        let unasked = get(&running, "/users").await;
        assert_eq!(coding(&unasked), "");
    }
    let all = ["", "GZIP", "X-GZip", "gzip", "x-gzip"].map(str::to_owned);
    assert_eq!(names, BTreeSet::from(all));
}

#[tokio::test]
async fn the_last_cursor_takes_every_form() {
    let mut forms = BTreeSet::new();
    for seed in 0..24 {
        let running = start(Options {
            seed,
            ..only("last_cursor")
        })
        .await;
        let first = read(&running, "/workspaces?limit=100").await;
        let sent = first["meta"]["nextCursor"].as_str().expect("a second page");
        let last = read(
            &running,
            &format!("/workspaces?limit=100&cursor={}", sent.replace('=', "%3D")),
        )
        .await;
        forms.insert(match last["meta"].get("nextCursor") {
            None => "absent",
            Some(Value::Null) => "null",
            Some(next) if next == "" => "empty",
            Some(next) if next == sent => "repeated",
            Some(_) => "another",
        });
    }
    assert_eq!(
        forms,
        BTreeSet::from(["absent", "null", "empty", "repeated"])
    );
}

#[tokio::test]
async fn groups_appear_under_either_key_or_both() {
    let running = start(Options {
        workspaces: 400,
        ..only("group_keys")
    })
    .await;
    let mut forms = BTreeSet::new();
    let mut overlaps = false;
    for (path, (_, body)) in everything(&running)
        .await
        .iter()
        .filter(|(path, _)| path.ends_with("/roles"))
    {
        let body: Value =
            serde_json::from_str(body.split_once('\n').expect("a body").1).expect("JSON");
        for role in body["roles"]
            .as_array()
            .unwrap_or_else(|| panic!("{path}: {body}"))
        {
            let (group, usergroup) = (role.get("group"), role.get("usergroup"));
            forms.insert((group.is_some(), usergroup.is_some()));
            if let (Some(Value::Array(group)), Some(Value::Array(usergroup))) = (group, usergroup) {
                overlaps |= group.iter().any(|one| usergroup.contains(one));
            }
        }
    }
    assert_eq!(forms.len(), 4);
    assert!(overlaps);
}

#[tokio::test]
async fn refused_roles_belong_to_listed_workspaces() {
    let running = start(Options {
        workspaces: 400,
        ..only("refused_roles")
    })
    .await;
    let expected = running.expected_state(&ExpectedScope::default());
    assert!(expected.refused.len() > 2);
    let mut statuses = BTreeSet::new();
    for refused in &expected.refused {
        let id = refused.strip_prefix("workspace ").expect("a workspace");
        statuses.insert(
            get(&running, &format!("/workspaces/{id}/roles"))
                .await
                .status,
        );
        let grants = expected
            .grants
            .iter()
            .filter(|line| line.contains(id) && line.contains("\"implied_by\":null"));
        assert_eq!(grants.count(), 0);
    }
    assert!(
        statuses.is_subset(&BTreeSet::from([401, 403, 404])) && statuses.len() > 1,
        "{statuses:?}"
    );
}

#[tokio::test]
async fn control_characters_in_names_are_not_expected() {
    let mut options = only("odd_names");
    options.workspaces = 400;
    let running = start(options).await;
    let body = read(&running, "/workspaces").await;
    let expected = running.expected_state(&ExpectedScope::default());
    let (mut controlled, mut long, mut unnamed) = (0, 0, 0);
    for workspace in body["workspaces"].as_array().expect("a list") {
        let name = workspace["name"].as_str().expect("a name");
        let spaced: String = name
            .chars()
            .map(|one| if one.is_control() { ' ' } else { one })
            .collect();
        let meant: String = spaced.trim().chars().take(1024).collect();
        let nameless = format!("Workspace {}", workspace["id"].as_str().expect("an id"));
        unnamed += usize::from(meant.is_empty());
        let meant = if meant.is_empty() { nameless } else { meant };
        controlled += usize::from(name.chars().any(char::is_control));
        long += usize::from(name.chars().count() > 1024);
        let id = &workspace["id"];
        let record =
            format!("{{\"resource\":{{\"id\":{{\"resource_type\":\"workspace\",\"id\":{id}}}");
        let line = expected
            .resources
            .iter()
            .find(|line| line.starts_with(&record))
            .expect("a record");
        assert!(
            line.contains(&format!("\"display_name\":{}", Value::from(meant))),
            "{line}"
        );
    }
    assert!(
        controlled > 20 && long > 1 && unnamed > 1,
        "{controlled} {long} {unnamed}"
    );
}

#[tokio::test]
async fn times_come_in_other_forms_and_are_meant_in_one() {
    let running = start(only("odd_times")).await;
    let body = read(&running, "/users").await;
    let expected = running.expected_state(&ExpectedScope::default());
    let (mut offsets, mut unreadable) = (0, 0);
    for user in body["data"].as_array().expect("a list") {
        let written = user["joinedAt"].as_str().expect("a time");
        let meant = written
            .parse::<jiff::Timestamp>()
            .ok()
            .and_then(|time| jiff::Timestamp::from_second(time.as_second()).ok());
        offsets += usize::from(!written.ends_with('Z') && meant.is_some());
        unreadable += usize::from(meant.is_none());
        let attributes = match meant {
            Some(time) => format!("\"attributes\":{{\"joined_at\":\"{time}\"}}"),
            None => "\"attributes\":{}".to_owned(),
        };
        let record = format!(
            "{{\"resource\":{{\"id\":{{\"resource_type\":\"user\",\"id\":\"{}\"}}",
            user["id"]
        );
        let line = expected
            .resources
            .iter()
            .find(|line| line.starts_with(&record))
            .expect("a record");
        assert!(line.contains(&attributes), "{written}: {line}");
    }
    assert!(offsets > 5 && unreadable > 1, "{offsets} {unreadable}");
}

#[test]
fn quirks_are_switched_by_name() {
    assert_eq!("all".parse(), Ok(ApiQuirks::all()));
    assert_eq!("none".parse(), Ok(ApiQuirks::none()));
    assert_eq!("".parse(), Ok(ApiQuirks::none()));
    let two = ApiQuirks {
        group_keys: true,
        last_cursor: true,
        ..ApiQuirks::none()
    };
    assert_eq!("group-keys, last_cursor".parse(), Ok(two));
    let but_one = ApiQuirks {
        hostile_ids: false,
        ..ApiQuirks::all()
    };
    assert_eq!("all,-hostile-ids".parse(), Ok(but_one));
    let error = "all,bogus"
        .parse::<ApiQuirks>()
        .expect_err("no such quirk")
        .to_string();
    assert!(
        error.contains("`bogus`") && error.contains("shared-collections"),
        "{error}"
    );
    assert!(
        ApiQuirks::NAMES.len() > 20
            && ApiQuirks::NAMES
                .iter()
                .all(|(_, text)| text.trim().ends_with('.'))
    );
}
