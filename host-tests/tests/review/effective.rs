//! Effective access is a view that expands groups. Here a slow expansion,
//! written apart from it, says the same of 200 teams, and cases made by hand say what must be so.

use crate::harness;
use std::collections::BTreeSet;

use crate::harness::{Asked, start};
use crate::made::{grant, group, id, implied, partner, store_sync, sync, team, user, workspace};
use crate::slow::{Row, Slow};
use connector_host::records::{Audience, Details, ResourceId};
use connector_host::review::{
    AccessFilters, AccessMark, EffectiveAccess, effective_access, find_account,
};
use connector_host::store::{RunId, Store};
use connector_host::sync::SyncInventory;
use postman_simulator::{ApiQuirks, Options};

fn view(store: &Store, run: RunId) -> BTreeSet<Row> {
    let sql = "SELECT resource_type, resource_id, entitlement, principal_type, principal_id, path,
        implied_by FROM effective_access WHERE run = ?";
    let mut query = store.connection().prepare(sql).unwrap();
    let rows = query.query_map([run.0], |row| {
        let text = |at: usize| row.get::<_, String>(at);
        let on = id(&text(0)?, &text(1)?);
        Ok((
            on,
            text(2)?,
            id(&text(3)?, &text(4)?),
            text(5)?,
            row.get(6)?,
        ))
    });
    let rows: Vec<Row> = rows.unwrap().collect::<Result<_, _>>().unwrap();
    let count = rows.len();
    let rows: BTreeSet<Row> = rows.into_iter().collect();
    assert_eq!(rows.len(), count, "the view has a row twice");
    rows
}

/// The rows that one of them has and the other has not.
fn differences(synced: &SyncInventory, store: &Store, run: RunId) -> Vec<Row> {
    let (view, slow) = (view(store, run), Slow::default().rows(synced));
    view.symmetric_difference(&slow).cloned().collect()
}

/// The answer of `access` as rows; the audience of public resources is beside them.
fn answered(store: &Store, run: RunId, question: &AccessFilters) -> BTreeSet<Row> {
    let (answer, _) = effective_access(store, run, question).unwrap();
    let rows = answer.into_iter().flat_map(|one| {
        let paths = one.paths.clone().into_iter();
        paths.map(move |path| {
            let via: Vec<String> = path.via.iter().map(|set| set.id.to_string()).collect();
            let via = if via.is_empty() {
                vec!["direct".to_owned()]
            } else {
                via
            };
            let held = (one.resource.id.clone(), one.entitlement.slug.clone());
            (
                held.0,
                held.1,
                one.principal.id.clone(),
                via.join(" > "),
                path.implied_by.clone(),
            )
        })
    });
    rows.collect()
}

fn small(seed: u64) -> Options {
    let at = usize::try_from(seed).unwrap();
    Options {
        seed,
        users: 1 + at * 7 % 19,
        workspaces: at * 5 % 13,
        quirks: ApiQuirks::all(),
        ..Options::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_view_equals_a_slow_expansion() {
    let mut rows = 0;
    for seed in 0..200 {
        let running = start(small(seed)).await;
        let synced = harness::sync(&running, &Asked::everything()).await.unwrap();
        let (store, run) = store_sync(&synced);
        assert_eq!(differences(&synced, &store, run), Vec::new(), "seed {seed}");
        rows += view(&store, run).len();
    }
    assert!(rows > 10_000, "only {rows} rows were compared");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_query_equals_the_slow_expansion() {
    for seed in 0..10 {
        let running = start(small(seed)).await;
        let synced = harness::sync(&running, &Asked::everything()).await.unwrap();
        let (store, run) = store_sync(&synced);
        let all = Slow::default().rows(&synced);
        let named = |id: &ResourceId| connector_host::review::Named {
            id: id.clone(),
            display_name: String::new(),
            name_from_run: None,
        };
        for one in synced.resources.iter().map(|one| &one.id) {
            let of = |row: &&Row| row.2 == *one && one.resource_type != "everyone";
            let expected: BTreeSet<Row> = all.iter().filter(of).cloned().collect();
            let person = Some(named(one)).filter(|_| one.resource_type != "everyone");
            if person.is_some() {
                let question = AccessFilters {
                    principal: person,
                    ..AccessFilters::default()
                };
                assert_eq!(
                    answered(&store, run, &question),
                    expected,
                    "seed {seed}: {one}"
                );
            }
            let expected = all.iter().filter(|row| row.0 == *one).cloned();
            let question = AccessFilters {
                on: Some(named(one)),
                ..AccessFilters::default()
            };
            let mut answer = answered(&store, run, &question);
            answer.retain(|row| row.2.resource_type != "everyone");
            let expected: BTreeSet<Row> = expected
                .filter(|row| row.2.resource_type != "everyone")
                .collect();
            assert_eq!(answer, expected, "seed {seed}: on {one}");
        }
    }
}

fn asked(synced: &SyncInventory, on: &str) -> Vec<EffectiveAccess> {
    let (store, run) = store_sync(synced);
    assert_eq!(differences(synced, &store, run), Vec::new());
    let on = connector_host::review::find_resource(&store, run, on).unwrap();
    let question = AccessFilters {
        on: Some(on),
        ..AccessFilters::default()
    };
    effective_access(&store, run, &question).unwrap().0
}

/// Principal and paths, in short.
fn short(answer: &[EffectiveAccess]) -> Vec<String> {
    let line = |one: &EffectiveAccess| {
        let paths = one.paths.iter().map(|path| {
            let via: Vec<&str> = path.via.iter().map(|set| &*set.id.id).collect();
            format!("[{}]", via.join(">"))
        });
        let paths: String = paths.collect();
        format!("{} {} {paths}", one.principal.id.id, one.entitlement.slug)
    };
    answer.iter().map(line).collect()
}

#[test]
fn the_same_entitlement_by_two_paths_is_one_row() {
    let (w, g, u) = (id("workspace", "w"), id("group", "g"), id("user", "u"));
    let grants = vec![
        grant(&w, "editor", &u),
        grant(&w, "editor", &g),
        grant(&g, "member", &u),
        implied(&w, "access", &team()),
        grant(&team(), "member", &u),
    ];
    let synced = sync(vec![workspace("w"), group("g"), user("u")], grants);
    assert_eq!(
        short(&asked(&synced, "workspace:w")),
        ["u editor [][g]", "u access [1]"]
    );
}

#[test]
fn nested_groups_expand_with_their_access_paths() {
    let (w, a, b) = (id("workspace", "w"), id("group", "a"), id("group", "b"));
    let grants = vec![
        grant(&w, "viewer", &a),
        grant(&a, "member", &b),
        grant(&b, "member", &id("user", "deep")),
        grant(&a, "member", &id("user", "near")),
    ];
    let people = vec![user("deep"), user("near"), group("a"), group("b")];
    let synced = sync([people, vec![workspace("w")]].concat(), grants);
    assert_eq!(
        short(&asked(&synced, "workspace:w")),
        ["deep viewer [a>b]", "near viewer [a]"]
    );
}

#[test]
fn a_circle_of_groups_has_an_end() {
    let (w, a, b) = (id("workspace", "w"), id("group", "a"), id("group", "b"));
    let grants = vec![
        grant(&w, "viewer", &a),
        grant(&w, "viewer", &b),
        grant(&a, "member", &b),
        grant(&b, "member", &a),
        grant(&a, "member", &a),
        grant(&b, "member", &id("user", "u")),
    ];
    let synced = sync(
        vec![workspace("w"), group("a"), group("b"), user("u")],
        grants,
    );
    assert_eq!(short(&asked(&synced, "workspace:w")), ["u viewer [a>b][b]"]);
}

#[test]
fn a_group_without_members_is_its_own_principal() {
    let (w, g) = (id("workspace", "w"), id("group", "g"));
    let synced = sync(
        vec![workspace("w"), group("g")],
        vec![grant(&w, "admin", &g)],
    );
    let answer = asked(&synced, "workspace:w");
    assert_eq!(short(&answer), ["g admin []"]);
    assert_eq!(answer[0].principal.marks, [AccessMark::NobodyKnown]);
}

#[test]
fn unlisted_principals_are_shown_and_marked() {
    let w = id("workspace", "w");
    let grants = vec![
        grant(&w, "viewer", &id("user", "ghost")),
        grant(&w, "partner-viewer", &id("partner", "p")),
    ];
    let synced = sync(vec![workspace("w"), partner("p")], grants);
    let answer = asked(&synced, "workspace:w");
    let marks: Vec<_> = answer
        .iter()
        .map(|one| (&*one.principal.id.id, &*one.principal.marks))
        .collect();
    assert_eq!(
        marks,
        [
            ("p", &[AccessMark::Outside][..]),
            ("ghost", &[AccessMark::Unlisted][..])
        ]
    );
}

#[test]
fn public_resources_are_open_to_everyone() {
    let (w, everyone) = (id("workspace", "w"), id("everyone", "everyone"));
    let mut all = connector_host::records::Resource::referenced(everyone.clone());
    all.details = Details::Audience(Audience::Anyone);
    let synced = sync(
        vec![workspace("w"), user("a"), user("b"), partner("p"), all],
        vec![implied(&w, "access", &everyone)],
    );
    let answer = asked(&synced, "workspace:w");
    assert_eq!(
        short(&answer),
        [
            "a access [everyone]",
            "b access [everyone]",
            "everyone access []"
        ]
    );
    assert_eq!(answer[2].principal.marks, [AccessMark::Everyone]);
    let (store, run) = store_sync(&synced);
    let person = Some(find_account(&store, run, "everyone").unwrap());
    let question = AccessFilters {
        principal: person,
        ..AccessFilters::default()
    };
    let answer = effective_access(&store, run, &question).unwrap().0;
    assert_eq!(short(&answer), ["everyone access []"]);
}

#[test]
fn another_sync_in_the_same_store_does_not_show() {
    let w = id("workspace", "w");
    let first = sync(
        vec![workspace("w"), user("gone")],
        vec![grant(&w, "admin", &id("user", "gone"))],
    );
    let (mut store, before) = store_sync(&first);
    let second = sync(
        vec![workspace("w"), user("new")],
        vec![grant(&w, "admin", &id("user", "new"))],
    );
    let now = store.save(&second, "{}").unwrap();
    for (run, person) in [(before, "gone"), (now, "new")] {
        let who_can = Some("admin".to_owned());
        let question = AccessFilters {
            who_can,
            ..AccessFilters::default()
        };
        let answer = effective_access(&store, run, &question).unwrap().0;
        assert_eq!(short(&answer), [format!("{person} admin []")]);
    }
}

#[test]
fn a_planted_wrong_row_and_a_lost_one_are_seen() {
    let (w, g) = (id("workspace", "w"), id("group", "g"));
    let grants = vec![
        grant(&w, "editor", &g),
        grant(&g, "member", &id("user", "u")),
    ];
    let synced = sync(
        vec![workspace("w"), group("g"), user("u"), user("v")],
        grants,
    );
    let (store, run) = store_sync(&synced);
    assert_eq!(differences(&synced, &store, run), Vec::new());
    let planted = "INSERT INTO expansion_versions (epoch, first, group_like, slug, principal, path)
        SELECT x.run, x.run, x.group_like, x.slug, v.resource, x.path
        FROM expansions x, resources v WHERE v.id = 'v'";
    assert_eq!(store.connection().execute(planted, []).unwrap(), 1);
    assert_eq!(differences(&synced, &store, run).len(), 1);
    let lost = "DELETE FROM expansion_versions WHERE path <> 0";
    assert_eq!(store.connection().execute(lost, []).unwrap(), 2);
    // The member of the group has lost the entitlement.
    assert_eq!(differences(&synced, &store, run).len(), 1);
}
