//! Whatever is edited in a sync, a comparison gives back exactly that, and nothing is called removed
//! behind scopes that were not read.

use std::collections::BTreeMap;

use crate::compared::{compared, line};
use crate::made::{FORBIDDEN, close, grant, id, sync, team, user, workspace};
use connector_host::records::{Attributes, Resource, Status};
use connector_host::review::diff::ChangeVerdict;
use connector_host::sync::SyncInventory;
use proptest::prelude::*;

/// An edit of a sync whose scopes are all complete, and the line that a comparison has to give.
#[derive(Clone, Debug)]
enum Edit {
    Rename(usize),
    Disable(usize),
    Note(usize, u8),
    RemoveGrant(usize),
    AddGrant(usize, usize, usize),
    AddUser(u8),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = prop_oneof![
        any::<usize>().prop_map(Edit::Rename),
        any::<usize>().prop_map(Edit::Disable),
        (any::<usize>(), 0..3_u8).prop_map(|(at, key)| Edit::Note(at, key)),
        any::<usize>().prop_map(Edit::RemoveGrant),
        any::<(usize, usize, usize)>().prop_map(|(a, b, c)| Edit::AddGrant(a, b, c)),
        (0..50_u8).prop_map(Edit::AddUser),
    ];
    prop::collection::vec(edit, 0..12)
}

/// A tenant of some size.
fn large() -> SyncInventory {
    let users: Vec<_> = (0..12).map(|n| user(&format!("u{n}"))).collect();
    let places: Vec<_> = (0..6).map(|n| workspace(&format!("w{n}"))).collect();
    let mut grants = Vec::new();
    for (at, one) in users.iter().enumerate() {
        grants.push(grant(&team(), "member", &one.id));
        grants.push(grant(&places[at % 6].id, "admin", &one.id));
        grants.push(grant(&places[at * 5 % 6].id, "viewer", &one.id));
    }
    sync(users.into_iter().chain(places).collect(), grants)
}

/// One of the sync's resources, all of which are listed.
fn nth(synced: &mut SyncInventory, at: usize) -> &mut Resource {
    let count = synced.resources.len();
    &mut synced.resources[at % count]
}

fn apply(synced: &mut SyncInventory, edit: &Edit) {
    match edit {
        Edit::Rename(which) => nth(synced, *which).display_name.push('x'),
        Edit::Disable(which) => nth(synced, *which).status = Status::Disabled,
        Edit::Note(which, key) => {
            let Attributes(notes) = &mut nth(synced, *which).attributes;
            notes.retain(|(known, _)| *known != format!("k{key}"));
            notes.push((format!("k{key}"), "v".to_owned()));
            notes.sort();
        }
        Edit::RemoveGrant(which) => {
            let which = which % synced.grants.len().max(1);
            if which < synced.grants.len() {
                synced.grants.remove(which);
            }
        }
        Edit::AddGrant(place, slug, who) => {
            let slug = ["viewer", "editor", "admin"][slug % 3];
            let (place, who) = (format!("w{}", place % 6), format!("u{}", who % 12));
            let added = grant(&id("workspace", &place), slug, &id("user", &who));
            synced.grants.push(added);
        }
        Edit::AddUser(number) => synced.resources.push(user(&format!("new{number}"))),
    }
    close(synced);
}

/// Returns the differences by a slow search: every record of one side looked for in the other.
fn expected(older: &SyncInventory, newer: &SyncInventory) -> BTreeMap<String, ChangeVerdict> {
    let mut found = BTreeMap::new();
    for one in &newer.resources {
        match older.resources.iter().find(|other| other.id == one.id) {
            None => found.insert(one.id.to_string(), ChangeVerdict::Added),
            Some(other) if other != one => found.insert(one.id.to_string(), ChangeVerdict::Changed),
            Some(_) => None,
        };
    }
    let held = |one: &connector_host::records::Grant| {
        format!("{} {} on {}", one.principal, one.entitlement, one.resource)
    };
    for one in &newer.grants {
        if !older.grants.contains(one) {
            found.insert(held(one), ChangeVerdict::Added);
        }
    }
    for one in &older.grants {
        if !newer.grants.contains(one) {
            found.insert(held(one), ChangeVerdict::Removed);
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn edits_are_given_back_exactly(edits in edits()) {
        let older = large();
        let mut newer = older.clone();
        for edit in &edits {
            apply(&mut newer, edit);
        }
        let found: BTreeMap<_, _> = compared(&older, &newer)
            .changes
            .iter()
            .map(|change| {
                let line = line(change);
                let what = line.split_once(' ').unwrap().1;
                let what = what.split(" [").next().unwrap();
                (what.to_owned(), change.verdict)
            })
            .collect();
        prop_assert_eq!(found, expected(&older, &newer));
    }

    #[test]
    fn unread_scopes_never_cause_removals(
        edits in edits(), chosen_grants in prop::collection::vec(any::<bool>(), 40)
    ) {
        let older = large();
        let mut newer = older.clone();
        for edit in &edits {
            apply(&mut newer, edit);
        }
        let mut keep = chosen_grants.into_iter().cycle();
        newer.grants.retain(|_| keep.next().unwrap());
        for scope in &mut newer.scopes {
            scope.outcome = FORBIDDEN;
        }
        close(&mut newer);
        let found = compared(&older, &newer);
        let removed = found.changes.iter().filter(|one| one.verdict == ChangeVerdict::Removed);
        prop_assert_eq!(removed.count(), 0);
    }
}
