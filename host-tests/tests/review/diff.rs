//! A change is reported only if both syncs could have shown it: an unread record is never
//! called removed, and what was merely not read before is never called new.

use crate::made;
use std::collections::BTreeSet;

use crate::compared::{compared, line};
use crate::harness::{Asked, outcome, read, start};
use crate::made::{
    FORBIDDEN, close, end, grant, group, id, implied, notice, store_sync, sync, team, user,
    workspace,
};
use connector_host::records::Operation::{ListGrants, ListResources};
use connector_host::records::{GrantListing, Outcome, Resource};
use connector_host::review::ReviewError;
use connector_host::review::diff::{ChangeSubject, DiffOptions, compare_runs, latest_two};
use connector_host::store::{RunId, Store};
use connector_host::sync::SyncInventory;
use postman_simulator::{ApiQuirks, Fault, FaultRule, Faults, Options};

fn lines(older: &SyncInventory, newer: &SyncInventory) -> Vec<String> {
    compared(older, newer).changes.iter().map(line).collect()
}

/// Ann administers one workspace, Bob edits it through a group.
fn base() -> SyncInventory {
    let place = id("workspace", "w");
    let grants = vec![
        grant(&team(), "member", &id("user", "ann")),
        grant(&team(), "member", &id("user", "bob")),
        grant(&id("group", "g"), "member", &id("user", "bob")),
        grant(&place, "admin", &id("user", "ann")),
        grant(&place, "editor", &id("group", "g")),
        implied(&place, "access", &team()),
    ];
    let resources = vec![user("ann"), user("bob"), group("g"), workspace("w")];
    sync(resources, grants)
}

fn changed(change: impl FnOnce(&mut SyncInventory)) -> SyncInventory {
    let mut synced = base();
    change(&mut synced);
    close(&mut synced);
    synced
}

fn resource<'a>(synced: &'a mut SyncInventory, of: &str, name: &str) -> &'a mut Resource {
    let wanted = id(of, name);
    let mut all = synced.resources.iter_mut();
    all.find(|one| one.id == wanted).unwrap()
}

fn without(synced: &mut SyncInventory, of: &str, name: &str) {
    let gone = id(of, name);
    synced.resources.retain(|one| one.id != gone);
    synced
        .grants
        .retain(|one| one.resource != gone && one.principal != gone);
    synced
        .scopes
        .retain(|one| !(one.resource_type == of && one.id.as_deref() == Some(name)));
}

#[test]
fn two_syncs_that_say_the_same_do_not_differ() {
    assert_eq!(lines(&base(), &base()), Vec::<String>::new());
}

#[test]
fn every_kind_of_change_is_reported_with_its_fields() {
    let newer = changed(|synced| {
        without(synced, "user", "bob");
        let place = resource(synced, "workspace", "w");
        place.display_name = "Other".to_owned();
        place.attributes = made::profile("visibility", "public");
        synced.resources.push(user("cem"));
        let place = id("workspace", "w");
        synced
            .grants
            .push(grant(&place, "viewer", &id("user", "cem")));
        let access = synced
            .grants
            .iter_mut()
            .find(|one| one.entitlement == "access");
        access.unwrap().implied_by = None;
        synced
            .entitlements
            .retain(|one| one.slug != "partner-viewer");
    });
    let expected = [
        "removed user bob",
        "added user cem",
        "changed workspace w [attributes.visibility, display_name]",
        "removed entitlement partner-viewer on workspace",
        "removed user bob member on group g",
        "removed user bob member on team 1",
        "changed team 1 access on workspace w [implied_by]",
        "added user cem viewer on workspace w",
    ];
    assert_eq!(lines(&base(), &newer), expected);
}

#[test]
fn an_ignored_field_makes_no_difference() {
    let newer = changed(|synced| resource(synced, "user", "ann").display_name = "A".to_owned());
    let (older, newer) = (store_sync(&base()), store_sync(&newer));
    let options = DiffOptions {
        ignore: BTreeSet::from(["display_name".to_owned()]),
    };
    let found = compare_runs((&older.0, older.1), (&newer.0, newer.1), &options).unwrap();
    assert_eq!(found.changes, []);
}

#[test]
fn a_refused_list_never_shows_removals() {
    let newer = changed(|synced| {
        without(synced, "workspace", "w");
        end(synced, ListResources, "workspace", None, FORBIDDEN);
    });
    let why = "(list-resources workspace under team 1: forbidden)";
    let found = lines(&base(), &newer);
    assert_eq!(found.len(), 4, "{found:#?}");
    for line in &found {
        assert!(
            line.starts_with("not-readable") && line.ends_with(why),
            "{line}"
        );
    }
    let back = lines(&newer, &base());
    assert_eq!(back.len(), 4, "{back:#?}");
    for line in &back {
        assert!(
            line.starts_with("newly-readable") && line.ends_with(why),
            "{line}"
        );
    }
}

#[test]
fn a_refused_grant_scope_affects_its_grants_alone() {
    for outcome in [
        FORBIDDEN,
        Outcome::Partial,
        Outcome::Trapped,
        Outcome::NotAsked,
    ] {
        let newer = changed(|synced| {
            synced
                .grants
                .retain(|one| one.resource.resource_type != "workspace");
            without(synced, "user", "bob");
            end(synced, ListGrants, "workspace", Some("w"), outcome);
        });
        let word = outcome.name();
        let expected = [
            "removed user bob".to_owned(),
            "removed user bob member on group g".to_owned(),
            "removed user bob member on team 1".to_owned(),
            format!("not-readable team 1 access on workspace w (list-grants workspace w: {word})"),
            format!("not-readable user ann admin on workspace w (list-grants workspace w: {word})"),
            format!("not-readable group g editor on workspace w (list-grants workspace w: {word})"),
        ];
        assert_eq!(lines(&base(), &newer), expected);
    }
}

#[test]
fn grants_on_a_removed_resource_are_removed() {
    let newer = changed(|synced| without(synced, "workspace", "w"));
    let found = lines(&base(), &newer);
    assert_eq!(found.len(), 4, "{found:#?}");
    assert!(
        found.iter().all(|line| line.starts_with("removed")),
        "{found:#?}"
    );
    let back = lines(&newer, &base());
    assert!(
        back.iter().all(|line| line.starts_with("added")),
        "{back:#?}"
    );
}

#[test]
fn a_type_that_was_left_out_is_not_readable() {
    let newer = changed(|synced| {
        without(synced, "group", "g");
        synced.scopes.retain(|one| one.resource_type != "group");
        let left_out = made::scope(ListResources, "group", None, None);
        synced.scopes.push(left_out);
        end(synced, ListResources, "group", None, Outcome::NotAsked);
    });
    let found = lines(&base(), &newer);
    assert!(
        found.contains(
            &"not-readable group g (list-resources group under team 1: not-asked)".to_owned()
        ),
        "{found:#?}"
    );
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("not-readable user bob member on group g")),
        "{found:#?}"
    );
}

#[test]
fn a_missing_list_in_a_complete_scope_removes_nothing() {
    let newer = changed(|synced| {
        synced
            .grants
            .retain(|one| one.resource.resource_type != "group");
        synced
            .notices
            .push(notice("missing-field", &id("group", "g")));
    });
    let found = lines(&base(), &newer);
    let expected = "not-readable user bob member on group g (list-resources group under team 1: missing-field)";
    assert_eq!(found, [expected]);
    let newer = changed(|synced| {
        let role = |one: &connector_host::records::Grant| {
            one.resource == team() && one.principal == id("user", "bob")
        };
        synced.grants.retain(|one| !role(one));
        synced
            .notices
            .push(notice("missing-field", &id("user", "bob")));
    });
    let found = lines(&base(), &newer);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].starts_with("not-readable user bob member on team 1"),
        "{found:#?}"
    );
}

#[test]
fn an_unlisted_principal_of_a_role_is_reported_as_such() {
    let newer = changed(|synced| {
        let bob = resource(synced, "user", "bob");
        *bob = Resource::referenced(bob.id.clone());
    });
    assert_eq!(lines(&base(), &newer), ["changed user bob [evidence]"]);
    let unread = changed(|synced| {
        let bob = resource(synced, "user", "bob");
        *bob = Resource::referenced(bob.id.clone());
        end(synced, ListResources, "user", None, FORBIDDEN);
    });
    let expected = "not-readable user bob (list-resources user under team 1: forbidden)";
    assert_eq!(lines(&base(), &unread), [expected]);
}

#[test]
fn grants_without_a_scope_follow_their_list() {
    let newer = |outcome| {
        changed(|synced| {
            resource(synced, "workspace", "w").grants = GrantListing::Complete;
            synced.scopes.retain(|one| one.call != ListGrants);
            synced.grants.retain(|one| one.entitlement != "editor");
            end(synced, ListResources, "workspace", None, outcome);
        })
    };
    let whole = lines(&base(), &newer(Outcome::Complete));
    assert_eq!(
        whole,
        [
            "changed workspace w [grants]",
            "removed group g editor on workspace w"
        ]
    );
    let partial = lines(&base(), &newer(Outcome::Partial));
    assert!(
        partial[1].starts_with("not-readable group g editor"),
        "{partial:#?}"
    );
}

/// Without the store's word, every list that can have shown a grant has to be complete.
#[test]
fn diff_uses_the_scope_recorded_in_the_store() {
    let newer = changed(|synced| {
        synced
            .grants
            .retain(|one| one.resource != team() || one.principal != id("user", "bob"));
        end(synced, ListResources, "team", None, FORBIDDEN);
    });
    let derived = lines(&base(), &newer);
    assert_eq!(
        derived,
        ["not-readable user bob member on team 1 (list-resources team: forbidden)"]
    );
    let (older, newer) = (store_sync(&base()), store_sync(&newer));
    made::note_list(&older.0, "team", "user");
    let options = DiffOptions::default();
    let found = compare_runs((&older.0, older.1), (&newer.0, newer.1), &options).unwrap();
    let named: Vec<_> = found.changes.iter().map(line).collect();
    assert_eq!(named, ["removed user bob member on team 1"]);
}

/// The first run of one file and the first run of another have the same number.
#[test]
fn a_name_of_the_older_file_says_that_it_is_older() {
    let newer = changed(|synced| {
        *resource(synced, "user", "bob") = Resource::referenced(id("user", "bob"));
    });
    let (older, newer) = (store_sync(&base()), store_sync(&newer));
    assert_eq!(older.1, newer.1);
    let options = DiffOptions::default();
    let found = compare_runs((&older.0, older.1), (&newer.0, newer.1), &options).unwrap();
    let names = found.changes.iter().filter_map(|one| match &one.subject {
        ChangeSubject::Resource(named) => Some((&*named.display_name, named.name_from_run)),
        ChangeSubject::Entitlement { .. } | ChangeSubject::Grant { .. } => None,
    });
    assert_eq!(names.collect::<Vec<_>>(), [("Name of bob", Some(1))]);
}

#[test]
fn what_is_only_referred_to_is_no_news_of_its_own() {
    let newer = changed(|synced| {
        let place = id("workspace", "w");
        synced
            .grants
            .push(grant(&place, "viewer", &id("partner", "p")));
    });
    assert_eq!(
        lines(&base(), &newer),
        ["added partner p viewer on workspace w"]
    );
}

#[test]
fn diff_rejects_other_tenants_and_connectors() {
    let refused = |newer: &SyncInventory| {
        let (older, newer) = (store_sync(&base()), store_sync(newer));
        let options = DiffOptions::default();
        match compare_runs((&older.0, older.1), (&newer.0, newer.1), &options) {
            Err(ReviewError::Unfit(reason)) => reason,
            other => panic!("{other:?}"),
        }
    };
    let mut other = base();
    other.run.tenant.id = id("team", "2");
    assert!(refused(&other).contains("different tenants"));
    let mut other = base();
    other.run.connector = "another".to_owned();
    assert!(refused(&other).contains("different connectors"));
}

#[test]
fn the_latest_two_are_of_one_tenant() {
    let mut other = base();
    other.run.tenant.id = id("team", "2");
    let mut store = Store::temporary().unwrap();
    let runs: Vec<RunId> = [&base(), &other, &base(), &base(), &other]
        .into_iter()
        .map(|one| store.save(one, "{}").unwrap())
        .collect();
    let two = |from, to| latest_two(&store, from, to).unwrap();
    assert_eq!(two(None, None), (runs[1], runs[4]));
    assert_eq!(two(None, Some(runs[3])), (runs[2], runs[3]));
    assert_eq!(two(Some(runs[0]), None), (runs[0], runs[3]));
    assert_eq!(two(Some(runs[0]), Some(runs[2])), (runs[0], runs[2]));
    let single = latest_two(&store, None, Some(runs[0])).unwrap_err();
    assert!(single.to_string().contains("sync once more"), "{single}");
    let unknown = latest_two(&store, Some(RunId(99)), None).unwrap_err();
    assert!(unknown.to_string().contains("no sync 99"), "{unknown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_list_without_its_owner_removes_nobody() {
    let team = |rules| Options {
        users: 12,
        workspaces: 6,
        quirks: ApiQuirks::none(),
        faults: Faults { rules, seed: 1 },
        ..Options::default()
    };
    let (before, ..) = read(&start(team(Vec::new())).await, &Asked::plain()).await;
    assert!(before.summary.complete);
    for (fault, left) in [(Fault::NoUsers, 0), (Fault::OwnerUnlisted, 11)] {
        let running = start(team(vec![FaultRule::at_path("/users", fault)])).await;
        let (after, ..) = read(&running, &Asked::plain()).await;
        let listed = |one: &&Resource| &*one.id.resource_type == "user" && one.parent.is_some();
        assert_eq!(after.resources.iter().filter(listed).count(), left);
        assert_eq!(outcome(&after, "list user"), "partial");
        assert!(!after.summary.complete);
        let changes = lines(&before, &after);
        let removed: Vec<_> = changes
            .iter()
            .filter(|it| it.starts_with("removed"))
            .collect();
        assert!(removed.is_empty(), "{removed:#?}");
    }
}
