//! Each rule finds what it is for and nothing beside it, and says so where it could not look.

use crate::made::{
    FORBIDDEN, account, close, end, grant, group, id, implied, key, notice, partner, store_sync,
    sync, team, user, workspace,
};
use connector_host::records::{Grant, Operation, Outcome, Resource, Status};
use connector_host::review::findings::{
    Findings, RULES, RuleChoice, RuleLimits, Severity, evaluate_rules,
};
use connector_host::sync::SyncInventory;

pub fn evaluated(synced: &SyncInventory) -> Findings {
    let (store, run) = store_sync(synced);
    let rules: Vec<_> = RULES.iter().collect();
    evaluate_rules(&store, run, &rules, &RuleLimits::default()).unwrap()
}

/// The subjects that a rule finds.
pub fn found(synced: &SyncInventory, rule: &str) -> Vec<String> {
    let findings = evaluated(synced).findings.into_iter();
    let of_rule = findings.filter(|one| one.rule == rule);
    of_rule.map(|one| one.subject.id.to_string()).collect()
}

/// The reasons why a rule was not evaluated, in words.
pub fn not_evaluated(synced: &SyncInventory, rule: &str) -> Vec<String> {
    let all = evaluated(synced).not_evaluated.into_iter();
    let of_rule = all.filter(|one| one.rule == rule);
    of_rule
        .map(|one| match one.subject {
            Some(subject) => format!("{subject}: {}", one.because),
            None => one.because.to_string(),
        })
        .collect()
}

fn w() -> connector_host::records::ResourceId {
    id("workspace", "w")
}

/// One workspace with these grants, and ann, bob and cem in the team.
fn with(grants: Vec<Grant>) -> SyncInventory {
    with_resources(grants, Vec::new())
}

pub fn with_resources(grants: Vec<Grant>, more: Vec<Resource>) -> SyncInventory {
    let mut resources = vec![
        user("ann"),
        user("bob"),
        user("cem"),
        group("g"),
        workspace("w"),
    ];
    resources.extend(more);
    let mut all = grants;
    for name in ["ann", "bob", "cem"] {
        all.push(grant(&team(), "member", &id("user", name)));
    }
    sync(resources, all)
}

/// `ann` and `bob` administer the workspace.
pub fn sound() -> Vec<Grant> {
    vec![
        grant(&w(), "admin", &id("user", "ann")),
        grant(&w(), "admin", &id("user", "bob")),
    ]
}

#[test]
fn a_sound_tenant_has_no_finding() {
    let found = evaluated(&with(sound()));
    assert_eq!(found.findings, []);
    // Nothing says when an account of this tenant was last active.
    let mut open = found.not_evaluated.iter();
    assert!(open.all(|one| one.rule == "dormant-account"));
    assert_eq!(found.rules.len(), RULES.len());
}

#[test]
fn a_workspace_without_any_admin_is_a_finding() {
    assert_eq!(
        found(
            &with(vec![grant(&w(), "editor", &id("user", "ann"))]),
            "no-admin"
        ),
        ["workspace w"]
    );
    let by_group = vec![
        grant(&w(), "admin", &id("group", "g")),
        grant(&id("group", "g"), "member", &id("user", "ann")),
        grant(&id("group", "g"), "member", &id("user", "bob")),
    ];
    assert_eq!(
        found(&with(by_group.clone()), "no-admin"),
        Vec::<String>::new()
    );
    assert_eq!(found(&with(by_group), "single-admin"), Vec::<String>::new());
    let empty_group = vec![grant(&w(), "admin", &id("group", "g"))];
    assert_eq!(found(&with(empty_group), "no-admin"), ["workspace w"]);
}

#[test]
fn disabled_and_unlisted_accounts_are_no_admins() {
    let off = Resource {
        status: Status::Disabled,
        ..user("dan")
    };
    let grants = vec![
        grant(&w(), "admin", &id("user", "dan")),
        grant(&w(), "admin", &id("user", "gone")),
    ];
    let synced = with_resources(grants.clone(), vec![off.clone()]);
    assert_eq!(found(&synced, "no-admin"), ["workspace w"]);
    let evidence = evaluated(&synced).findings;
    let evidence = &evidence
        .iter()
        .find(|one| one.rule == "no-admin")
        .unwrap()
        .evidence;
    let notes: Vec<_> = evidence
        .iter()
        .map(|one| one.note.clone().unwrap())
        .collect();
    assert_eq!(notes, ["switched off", "in no list"]);
    let mut one_more = grants;
    one_more.push(grant(&w(), "admin", &id("user", "ann")));
    let synced = with_resources(one_more, vec![off]);
    assert_eq!(found(&synced, "no-admin"), Vec::<String>::new());
    assert_eq!(found(&synced, "single-admin"), ["workspace w"]);
}

#[test]
fn a_disabled_scim_namesake_disables_an_account() {
    let off = |name: &str, address: &str| Resource {
        status: Status::Disabled,
        ..account(id("scim-account", name), address)
    };
    let synced = with_resources(sound(), vec![off("s", "ANN@example.com")]);
    assert_eq!(found(&synced, "single-admin"), ["workspace w"]);
    assert_eq!(found(&synced, "disabled-account-with-access"), ["user ann"]);
    let two = vec![
        off("s", "ann@example.com"),
        account(id("scim-account", "t"), "ann@example.com"),
    ];
    let synced = with_resources(sound(), two);
    assert_eq!(found(&synced, "single-admin"), Vec::<String>::new());
    assert_eq!(
        found(&synced, "disabled-account-with-access"),
        Vec::<String>::new()
    );
}

#[test]
fn a_place_that_is_somebodys_own_by_a_rule_is_exempt() {
    let own = with(vec![implied(&w(), "admin", &id("user", "ann"))]);
    for rule in ["no-admin", "single-admin", "single-principal"] {
        assert_eq!(found(&own, rule), Vec::<String>::new(), "{rule}");
    }
    let shared = with(vec![grant(&w(), "admin", &id("user", "ann"))]);
    for rule in ["single-admin", "single-principal"] {
        assert_eq!(found(&shared, rule), ["workspace w"], "{rule}");
    }
}

#[test]
fn a_place_that_was_not_read_is_not_evaluated() {
    for rule in ["no-admin", "single-admin", "single-principal"] {
        let grants = match rule {
            "no-admin" => Vec::new(),
            _ => vec![grant(&w(), "admin", &id("user", "ann"))],
        };
        let mut refused = with(grants.clone());
        assert_eq!(found(&refused, rule), ["workspace w"], "{rule}");
        end(
            &mut refused,
            Operation::ListGrants,
            "workspace",
            Some("w"),
            FORBIDDEN,
        );
        assert_eq!(found(&refused, rule), Vec::<String>::new(), "{rule}");
        let expected = ["workspace w: list-grants workspace w: forbidden"];
        assert_eq!(not_evaluated(&refused, rule), expected);

        let mut silent = with(grants.clone());
        silent.notices.push(notice("missing-field", &w()));
        assert_eq!(found(&silent, rule), Vec::<String>::new(), "{rule}");
        assert_eq!(not_evaluated(&silent, rule).len(), 1);

        let mut through_group = with(grants);
        through_group
            .grants
            .push(grant(&w(), "admin", &id("group", "h")));
        through_group.resources.push(group("h"));
        close(&mut through_group);
        end(
            &mut through_group,
            Operation::ListResources,
            "group",
            None,
            Outcome::Partial,
        );
        assert_eq!(found(&through_group, rule), Vec::<String>::new(), "{rule}");
        let expected = [
            "list-resources group under team 1: partial",
            "workspace w: list-resources group under team 1: partial",
        ];
        assert_eq!(not_evaluated(&through_group, rule), expected);
    }
}

#[test]
fn rules_name_the_refused_scopes_they_need() {
    let refused = |of: &str| {
        let mut synced = with(sound());
        end(&mut synced, Operation::ListResources, of, None, FORBIDDEN);
        let found = evaluated(&synced);
        let open = found.not_evaluated.iter();
        let mut rules: Vec<_> = open.map(|one| one.rule).collect();
        rules.retain(|rule| *rule != "dormant-account");
        rules.dedup();
        rules
    };
    assert_eq!(
        refused("workspace"),
        ["no-admin", "single-admin", "public", "single-principal"]
    );
    assert_eq!(
        refused("user"),
        [
            "disabled-account-with-access",
            "orphaned-account",
            "many-admins"
        ]
    );
    assert_eq!(
        refused("scim-account"),
        [
            "disabled-account-with-access",
            "orphaned-account",
            "many-admins"
        ]
    );
    assert_eq!(
        refused("access-key"),
        ["unused-key", "expiring-key", "non-expiring-key"]
    );
    let groups = [
        "no-admin",
        "single-admin",
        "external-editor",
        "many-admins",
        "single-principal",
    ];
    assert_eq!(refused("group"), groups);
}

#[test]
fn external_editors_are_found_and_readers_not() {
    for (slug, expected) in [
        ("viewer", &[][..]),
        ("partner-viewer", &[]),
        ("editor", &["partner p"]),
        ("admin", &["partner p"]),
        ("partner-editor", &["partner p"]),
    ] {
        let mut grants = sound();
        grants.push(grant(&w(), slug, &id("partner", "p")));
        let synced = with_resources(grants, vec![partner("p")]);
        assert_eq!(found(&synced, "external-editor"), expected, "{slug}");
    }
    let mut grants = sound();
    grants.push(grant(&w(), "editor", &id("user", "cem")));
    assert_eq!(
        found(&with(grants), "external-editor"),
        Vec::<String>::new()
    );
}

#[test]
fn what_everyone_can_open_is_found_with_its_rule() {
    let mut grants = sound();
    grants.push(implied(&w(), "access", &id("everyone", "everyone")));
    let synced = with(grants);
    assert_eq!(found(&synced, "public"), ["workspace w"]);
    let findings = evaluated(&synced).findings;
    assert_eq!(findings[0].evidence[0].note.as_deref(), Some("by a rule"));
    let mut grants = sound();
    grants.push(implied(&w(), "access", &team()));
    assert_eq!(found(&with(grants), "public"), Vec::<String>::new());
}

#[test]
fn orphaned_accounts_need_a_complete_user_list() {
    let mut grants = sound();
    grants.push(grant(&w(), "viewer", &id("user", "gone")));
    grants.push(grant(&w(), "viewer", &id("partner", "p")));
    let mut synced = with_resources(grants, vec![partner("p")]);
    assert_eq!(found(&synced, "orphaned-account"), ["user gone"]);
    end(
        &mut synced,
        Operation::ListResources,
        "user",
        None,
        FORBIDDEN,
    );
    assert_eq!(found(&synced, "orphaned-account"), Vec::<String>::new());
    assert_eq!(
        not_evaluated(&synced, "orphaned-account"),
        ["list-resources user under team 1: forbidden"]
    );
}

#[test]
fn administrators_of_the_tenant_are_counted_as_people() {
    let admins = |count: usize| {
        let people: Vec<_> = (0..count).map(|n| user(&format!("a{n}"))).collect();
        let mut grants = sound();
        for one in &people {
            grants.push(grant(&team(), "admin", &one.id));
            grants.push(grant(&id("group", "g"), "member", &one.id));
        }
        grants.push(grant(&team(), "admin", &id("group", "g")));
        with_resources(grants, people)
    };
    assert_eq!(found(&admins(5), "many-admins"), Vec::<String>::new());
    assert_eq!(found(&admins(6), "many-admins"), ["team 1"]);
    let (store, run) = store_sync(&admins(5));
    let limits = RuleLimits {
        tenant_admins: 4,
        ..RuleLimits::default()
    };
    let rule: RuleChoice = "many-admins".parse().unwrap();
    let strict = evaluate_rules(&store, run, &[rule.0], &limits).unwrap();
    assert_eq!(strict.findings.len(), 1);
    assert_eq!(strict.rules, ["many-admins"]);
}

#[test]
fn a_workspace_open_to_a_group_is_not_personal() {
    let alone = vec![
        grant(&w(), "admin", &id("user", "ann")),
        grant(&w(), "viewer", &id("user", "ann")),
    ];
    assert_eq!(
        found(&with(alone.clone()), "single-principal"),
        ["workspace w"]
    );
    for set in [team(), id("everyone", "everyone")] {
        let mut open = alone.clone();
        open.push(implied(&w(), "access", &set));
        assert_eq!(
            found(&with(open), "single-principal"),
            Vec::<String>::new(),
            "{set}"
        );
    }
    assert_eq!(
        found(&with(Vec::new()), "single-principal"),
        Vec::<String>::new()
    );
}

#[test]
fn every_finding_says_where_it_was_read() {
    let mut grants = vec![grant(&w(), "admin", &id("user", "ann"))];
    grants.push(implied(&w(), "access", &id("everyone", "everyone")));
    let synced = with_resources(grants, vec![key("k", None, None)]);
    let findings = evaluated(&synced).findings;
    let read = |rule: &str| {
        let of = findings.iter().find(|one| one.rule == rule).unwrap();
        let scopes: Vec<_> = of.origins.iter().map(|one| one.scope.to_string()).collect();
        scopes
    };
    assert_eq!(read("single-admin"), ["list-grants workspace w"]);
    assert_eq!(read("public"), ["list-resources workspace under team 1"]);
    assert_eq!(
        read("non-expiring-key"),
        ["list-resources access-key under team 1"]
    );
}

#[test]
fn rules_are_known_by_their_ids_and_explained() {
    for (at, rule) in RULES.iter().enumerate() {
        let choice: RuleChoice = rule.id.parse().unwrap();
        assert_eq!(choice.0.id, rule.id);
        assert!(RULES[..at].iter().all(|other| other.id != rule.id));
        assert!(!rule.meaning.is_empty() && !rule.remedy.is_empty() && !rule.needs.is_empty());
    }
    let unknown = "no-such-rule".parse::<RuleChoice>().unwrap_err();
    assert!(unknown.to_string().contains("no-admin"), "{unknown}");
    assert!(Severity::High < Severity::Low);
}
