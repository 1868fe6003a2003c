//! The rules about use evaluate_rules accounts by their latest activity, invitations by their age, and seats by number.

use connector_host::records::{
    AccountType, Attributes, Details, Evidence, Grant, Operation, Resource, Scope, UserDetails,
};
use connector_host::review::findings::{RULES, RuleLimits, evaluate_rules};
use connector_host::sync::SyncInventory;

use crate::findings::{evaluated, found, not_evaluated, sound, with_resources};
use crate::made::{FORBIDDEN, grant, id, scope, store_sync, team, user};

/// An account or a record of its use, with the time of its last activity.
fn used(of: &str, name: &str, email: Option<&str>, last_login: Option<&str>) -> Resource {
    let details = Details::User(UserDetails {
        email: email.map(str::to_owned),
        login: None,
        account_type: AccountType::Unknown,
        last_login: last_login.map(str::to_owned),
    });
    Resource {
        details,
        ..Resource {
            id: id(of, name),
            ..user(name)
        }
    }
}

fn activity(name: &str, last_login: &str) -> Resource {
    let email = format!("{}@EXAMPLE.com", name.to_uppercase());
    used("activity", name, Some(&email), Some(last_login))
}

fn invitation(name: &str, created_at: Option<&str>) -> Resource {
    Resource {
        created_at: created_at.map(str::to_owned),
        attributes: Attributes(vec![(
            "invited_by".to_owned(),
            "ann@example.com".to_owned(),
        )]),
        ..used("invitation", name, Some("new@elsewhere.example"), None)
    }
}

fn invited(name: &str) -> Grant {
    grant(&team(), "invited", &id("invitation", name))
}

/// The notes of a rule's findings.
fn notes(synced: &SyncInventory, rule: &str) -> Vec<String> {
    let findings = evaluated(synced).findings.into_iter();
    let of_rule = findings.filter(|one| one.rule == rule);
    of_rule
        .flat_map(|one| one.evidence)
        .filter_map(|row| row.note)
        .collect()
}

/// The reason why a rule could not be evaluated.
fn open(synced: &SyncInventory, rule: &str) -> Vec<String> {
    let all = evaluated(synced).not_evaluated.into_iter();
    let of_rule = all.filter(|one| one.rule == rule);
    of_rule.filter_map(|one| one.because.message).collect()
}

#[test]
fn an_account_is_dormant_to_the_second() {
    // 90 days before the sync, and a second less.
    let late = activity("ann", "2026-03-03T12:00:00Z");
    let synced = with_resources(sound(), vec![late, activity("bob", "2026-03-03T12:00:01Z")]);
    assert_eq!(found(&synced, "dormant-account"), ["user ann"]);
    assert_eq!(
        notes(&synced, "dormant-account"),
        ["last active 2026-03-03T12:00:00Z"]
    );
    let (store, run) = store_sync(&synced);
    let limits = RuleLimits {
        dormant_days: 91,
        ..RuleLimits::default()
    };
    let rules: Vec<_> = RULES
        .iter()
        .filter(|rule| rule.id == "dormant-account")
        .collect();
    assert_eq!(
        evaluate_rules(&store, run, &rules, &limits)
            .unwrap()
            .findings,
        []
    );
}

#[test]
fn the_latest_use_of_an_address_counts() {
    let old = "2025-01-01T00:00:00Z";
    let more = vec![
        activity("ann", old),
        used(
            "scim-account",
            "s",
            Some("ann@example.com"),
            Some("2026-05-01T00:00:00Z"),
        ),
        // No account that holds something has this address.
        activity("gone", old),
    ];
    let synced = with_resources(sound(), more);
    assert_eq!(found(&synced, "dormant-account"), Vec::<String>::new());
}

#[test]
fn a_partner_is_dormant_by_its_own_record() {
    let partner = Resource {
        evidence: Evidence::Referenced,
        ..used("partner", "p", None, Some("2026-01-01T00:00:00Z"))
    };
    let mut grants = sound();
    grants.push(grant(
        &id("workspace", "w"),
        "partner-viewer",
        &id("partner", "p"),
    ));
    let synced = with_resources(grants, vec![partner.clone()]);
    assert_eq!(found(&synced, "dormant-account"), ["partner p"]);
    let idle = with_resources(sound(), vec![partner]);
    assert_eq!(found(&idle, "dormant-account"), Vec::<String>::new());
}

#[test]
fn accounts_without_a_stated_use_are_named() {
    let synced = with_resources(sound(), vec![activity("ann", "2026-05-01T00:00:00Z")]);
    let expected = ["list-resources user under team 1: not-stated"];
    assert_eq!(not_evaluated(&synced, "dormant-account"), expected);
    let open = open(&synced, "dormant-account");
    assert!(
        open.len() == 1 && open[0].contains("2 of the accounts"),
        "{open:?}"
    );
}

#[test]
fn an_invitation_is_old_after_some_days() {
    // 30 days before the sync, and a second less.
    let mut grants = sound();
    grants.extend(["a", "b"].map(invited));
    let more = vec![
        invitation("a", Some("2026-05-02T12:00:00Z")),
        invitation("b", Some("2026-05-02T12:00:01Z")),
        // One of which it is not known what it invites to.
        invitation("c", Some("2020-01-01T00:00:00Z")),
    ];
    let mut synced = with_resources(grants, more);
    assert_eq!(
        found(&synced, "old-invitation"),
        ["invitation a", "invitation c"]
    );
    let expected = [
        "invited 2026-05-02T12:00:00Z by ann@example.com",
        "invited 2020-01-01T00:00:00Z by ann@example.com",
    ];
    assert_eq!(notes(&synced, "old-invitation"), expected);
    assert_eq!(
        not_evaluated(&synced, "old-invitation"),
        Vec::<String>::new()
    );
    let dormant = not_evaluated(&synced, "dormant-account");
    assert!(
        dormant.iter().all(|open| !open.contains("invitation")),
        "{dormant:?}"
    );
    for one in &mut synced.resources {
        one.created_at = None;
    }
    let list = scope(Operation::ListResources, "invitation", None, Some(team()));
    synced.scopes.push(list);
    assert_eq!(found(&synced, "old-invitation"), Vec::<String>::new());
    let open = open(&synced, "old-invitation");
    assert!(
        open.len() == 1 && open[0].contains("3 of the invitations"),
        "{open:?}"
    );
}

#[test]
fn seats_are_unused_where_more_are_paid_for() {
    let report = |total: &str, used: &str| Resource {
        details: Details::Other,
        attributes: Attributes(vec![
            ("seats_total".to_owned(), total.to_owned()),
            ("seats_used".to_owned(), used.to_owned()),
        ]),
        ..Resource {
            id: id("analytics-report", "1"),
            ..user("1")
        }
    };
    for (total, used, wanted) in [
        ("10", "2", 1),
        ("10", "10", 0),
        ("9", "10", 0),
        ("10", "9", 1),
    ] {
        let synced = with_resources(sound(), vec![report(total, used)]);
        assert_eq!(
            found(&synced, "unused-seats").len(),
            wanted,
            "{total} {used}"
        );
    }
    let synced = with_resources(sound(), vec![report("10", "2")]);
    assert_eq!(notes(&synced, "unused-seats"), ["8 of 10 seats"]);
}

#[test]
fn a_refused_report_opens_the_rules_that_need_it() {
    let refused = |of: &str| {
        let mut synced = with_resources(sound(), Vec::new());
        synced.scopes.push(Scope {
            outcome: FORBIDDEN,
            ..scope(Operation::ListResources, of, None, Some(team()))
        });
        let all = evaluated(&synced).not_evaluated.into_iter();
        let all = all.filter(|one| one.because.scope.resource_type == of);
        all.map(|one| one.rule).collect::<Vec<_>>()
    };
    let all = ["dormant-account", "old-invitation", "unused-seats"];
    assert_eq!(refused("analytics-report"), all);
    assert_eq!(refused("activity"), ["dormant-account"]);
    assert_eq!(refused("invitation"), ["old-invitation"]);
}
