//! An explanation lists the access paths that really lead to an entitlement, and what was not read is not
//! taken for a no.

use crate::made;
use crate::made::{
    FORBIDDEN, end, grant, group, id, implied, store_sync, sync, team, user, workspace,
};
use connector_host::records::{Grant, Operation, Resource, ResourceId};
use connector_host::review::explain::{Explanation, explain_access};
use connector_host::sync::SyncInventory;

fn w() -> ResourceId {
    id("workspace", "w")
}

fn tenant(grants: Vec<Grant>) -> SyncInventory {
    let people: Vec<Resource> = ["ann", "bob"].map(user).into();
    let groups = ["g", "h"].map(group);
    let all = people.into_iter().chain(groups).chain([workspace("w")]);
    sync(all.collect(), grants)
}

fn explained(synced: &SyncInventory, slug: &str, who: &ResourceId) -> Explanation {
    let (store, run) = store_sync(synced);
    explain_access(&store, run, &w(), slug, who).unwrap()
}

/// Each access path in a line, from the principal back to the resource.
fn paths(found: &Explanation) -> Vec<String> {
    let way = |way: &connector_host::review::explain::AccessPath| {
        let steps = way.steps.iter().map(|step| {
            let scope = step.origin.as_ref().unwrap().scope.to_string();
            format!(
                "{} {} on {} [{scope}]",
                step.principal.id, step.entitlement, step.resource.id
            )
        });
        let mut steps: Vec<_> = steps.collect();
        steps.extend(way.through_everyone.then(|| "everyone".to_owned()));
        steps.join(", ")
    };
    found.paths.iter().map(way).collect()
}

#[test]
fn an_entitlement_by_two_paths_has_both() {
    let synced = tenant(vec![
        grant(&w(), "editor", &id("user", "ann")),
        grant(&w(), "editor", &id("group", "g")),
        grant(&id("group", "g"), "member", &id("group", "h")),
        grant(&id("group", "h"), "member", &id("user", "ann")),
        grant(&id("group", "h"), "member", &id("user", "bob")),
    ]);
    let found = explained(&synced, "editor", &id("user", "ann"));
    let expected = [
        "group g editor on workspace w [list-grants workspace w], \
         group h member on group g [list-resources group under team 1], \
         user ann member on group h [list-resources group under team 1]",
        "user ann editor on workspace w [list-grants workspace w]",
    ];
    assert_eq!(paths(&found), expected);
    let bob = explained(&synced, "editor", &id("user", "bob"));
    assert_eq!(bob.paths.len(), 1);
    assert_eq!(bob.paths[0].steps.len(), 3);
}

#[test]
fn an_implied_grant_names_its_rule_and_scope() {
    let synced = tenant(vec![
        grant(&team(), "member", &id("user", "ann")),
        implied(&w(), "access", &team()),
        implied(&w(), "access", &id("everyone", "everyone")),
    ]);
    let found = explained(&synced, "access", &id("user", "ann"));
    let list = "list-resources workspace under team 1";
    let expected = [
        format!("everyone everyone access on workspace w [{list}], everyone"),
        format!(
            "team 1 access on workspace w [{list}], user ann member on team 1 [list-resources user under team 1]"
        ),
    ];
    assert_eq!(paths(&found), expected);
    assert_eq!(
        found.paths[1].steps[0].implied_by.as_deref(),
        Some("by a rule")
    );
    assert_eq!(found.paths[1].steps[1].implied_by, None);
    let set = explained(&synced, "access", &team());
    assert_eq!(set.paths.len(), 1);
}

#[test]
fn groups_within_themselves_end() {
    let synced = tenant(vec![
        grant(&w(), "viewer", &id("group", "g")),
        grant(&id("group", "g"), "member", &id("group", "h")),
        grant(&id("group", "h"), "member", &id("group", "g")),
        grant(&id("group", "h"), "member", &id("user", "ann")),
    ]);
    let found = explained(&synced, "viewer", &id("user", "ann"));
    assert_eq!(found.paths.len(), 1);
    assert_eq!(found.paths[0].steps.len(), 3);
}

#[test]
fn a_missing_grant_names_the_scope_of_proof() {
    let mut synced = tenant(Vec::new());
    let found = explained(&synced, "admin", &id("user", "ann"));
    assert_eq!(paths(&found), Vec::<String>::new());
    let read_by = found.read_by.unwrap();
    assert_eq!(
        (read_by.scope.to_string().as_str(), read_by.outcome.as_str()),
        ("list-grants workspace w", "complete")
    );
    end(
        &mut synced,
        Operation::ListGrants,
        "workspace",
        Some("w"),
        FORBIDDEN,
    );
    let found = explained(&synced, "admin", &id("user", "ann"));
    assert_eq!(found.read_by.unwrap().outcome, "forbidden");
}

#[test]
fn what_the_sync_does_not_know_is_refused_by_name() {
    let (store, run) = store_sync(&tenant(Vec::new()));
    let ask = |resource: &ResourceId, slug: &str, who: &ResourceId| {
        explain_access(&store, run, resource, slug, who)
            .unwrap_err()
            .to_string()
    };
    let ann = id("user", "ann");
    assert!(ask(&id("workspace", "x"), "admin", &ann).contains("no workspace x"));
    assert!(ask(&w(), "admin", &id("user", "x")).contains("no user x"));
    let slugs = ask(&w(), "boss", &ann);
    assert!(
        slugs.contains("`boss`") && slugs.contains("editor"),
        "{slugs}"
    );
}

/// The view `effective_access` has exactly the paths that are explained.
#[test]
fn the_ways_are_those_of_the_store() {
    let synced = tenant(vec![
        grant(&w(), "viewer", &id("group", "g")),
        grant(&w(), "viewer", &id("group", "h")),
        grant(&w(), "viewer", &id("user", "ann")),
        grant(&id("group", "g"), "member", &id("group", "h")),
        grant(&id("group", "h"), "member", &id("user", "ann")),
        grant(&id("group", "h"), "member", &id("user", "bob")),
    ]);
    let (store, run) = store_sync(&synced);
    for who in ["ann", "bob"] {
        let sql = "SELECT count(*) FROM effective_access WHERE run = ? AND principal_id = ? AND entitlement = 'viewer'";
        let paths: u32 = store
            .connection()
            .query_row(sql, (run.0, who), |row| row.get(0))
            .unwrap();
        let found = explain_access(&store, run, &w(), "viewer", &id("user", who)).unwrap();
        assert_eq!(u32::try_from(found.paths.len()), Ok(paths), "{who}");
    }
}

#[test]
fn explain_cites_page_and_request_if_stored() {
    let synced = tenant(vec![grant(&team(), "admin", &id("user", "ann"))]);
    let (store, run) = store_sync(&synced);
    made::note_list(&store, "team", "user");
    let found = explain_access(&store, run, &team(), "admin", &id("user", "ann")).unwrap();
    let origin = found.paths[0].steps[0].origin.as_ref().unwrap();
    assert!(origin.stated);
    assert_eq!(
        (origin.page, &*origin.requests),
        (Some(1), &["/users".to_owned()][..])
    );
}
