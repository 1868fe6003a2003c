//! An organization with everything that Postman shows of one: each person, program, partner and invitation
//! is named rightly in every answer, at a price that is counted.

use std::collections::{BTreeMap, BTreeSet};

use connector_host::export::ExportShape;
use connector_host::records::{Details, Resource};
use connector_host::review::findings::{RULES, RuleLimits, evaluate_rules};
use connector_host::review::{AccessFilters, effective_access};
use connector_host::store::{FormerNames, Store};
use connector_host::sync::SyncInventory;
use serde_json::Value;

use postman_simulator::{ApiQuirks, ExpectedScope, Options, RunningSimulator, TeamPlan};

use crate::compare::{contradictions, differences};
use crate::harness::{self, Asked, ndjson, outcome, start, sync};
use crate::scopes::unaccounted;

/// A sync with analytics or without, and the requests that it took by endpoint.
async fn read(
    running: &RunningSimulator,
    analytics: bool,
) -> (SyncInventory, BTreeMap<String, u64>) {
    let before = running.request_counts();
    let asked = Asked {
        analytics,
        ..Asked::plain()
    };
    let synced = sync(running, &asked).await.expect("a sync to its end");
    let asked = running.request_counts().into_iter();
    let asked = asked.map(|(path, count)| {
        let earlier = before.get(&path).copied().unwrap_or_default();
        (path, count - earlier)
    });
    (synced, asked.filter(|(_, count)| *count > 0).collect())
}

/// The requests of one sync beyond those of another.
fn more(with: &BTreeMap<String, u64>, without: &BTreeMap<String, u64>) -> Vec<String> {
    let more = with.iter().filter_map(|(path, count)| {
        let beyond = count - without.get(path).copied().unwrap_or_default();
        (beyond > 0).then(|| format!("{path} {beyond}"))
    });
    more.collect()
}

fn of_type(synced: &SyncInventory, resource_type: &str) -> BTreeSet<String> {
    let resources = synced.resources.iter();
    let of_type = resources.filter(|one| &*one.id.resource_type == resource_type);
    of_type.map(|one| one.id.id.to_string()).collect()
}

/// Each person, program, partner and invitation is one account of an export, and no activity is another one.
/// Baton knows no invitations: they are resources with grants there.
fn assert_accounts(synced: &SyncInventory, shape: ExportShape, text: &str) {
    let export: Value = serde_json::from_str(text).expect("JSON");
    let list = |of: &Value| of.as_array().expect("a list").clone();
    let accounts = match shape {
        ExportShape::Scim => list(&export["Resources"]),
        ExportShape::Oaa => list(&export["applications"][0]["local_users"]),
        ExportShape::Baton => list(&export["resources"]),
    };
    let accounts = accounts.iter().filter_map(|one| match shape {
        ExportShape::Scim => (one["meta"]["resourceType"] == "User").then(|| one["id"].clone()),
        ExportShape::Oaa => Some(one["id"].clone()),
        ExportShape::Baton => {
            let one = &one["resource"];
            let is_user = one["annotations"].to_string().contains("UserTrait");
            let id = |part: &str| one["id"][part].as_str().expect("an id").to_owned();
            is_user.then(|| format!("{}:{}", id("resourceType"), id("resource")).into())
        }
    });
    let accounts: Vec<String> = accounts
        .map(|id| id.as_str().expect("an id").to_owned())
        .collect();
    let named: BTreeSet<String> = accounts.iter().cloned().collect();
    assert_eq!(named.len(), accounts.len());
    let principals: BTreeSet<_> = synced.grants.iter().map(|grant| &grant.principal).collect();
    // Of an account that no list has, only the identity is known: OAA has it as an account.
    let is_account = |one: &&Resource| {
        let of = &*one.id.resource_type;
        let is_known = one.details != Details::Other;
        let holds = shape == ExportShape::Oaa && principals.contains(&one.id);
        let is_invitation = of == "invitation" && shape != ExportShape::Baton;
        (matches!(of, "user" | "partner") || is_invitation) && (is_known || holds)
    };
    let wanted = synced.resources.iter().filter(is_account);
    let wanted = wanted.map(|one| format!("{}:{}", one.id.resource_type, one.id.id));
    assert_eq!(named, wanted.collect(), "{shape:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_is_named_whole_in_every_answer() {
    let running = start(Options::organization()).await;
    let (synced, with) = read(&running, true).await;
    let (_, without) = read(&running, false).await;
    let expected = running.expected_state(&ExpectedScope {
        analytics: true,
        ..ExpectedScope::default()
    });
    assert_eq!(
        differences(&ndjson(&synced), &expected),
        Vec::<String>::new()
    );
    assert_eq!(
        more(&with, &without),
        ["/accounts 1", "/analytics 4", "/users 1"]
    );
    for (of, count) in [
        ("user", 405),
        ("activity", 400),
        ("partner", 20),
        ("invitation", 15),
        ("analytics-report", 1),
    ] {
        let found = of_type(&synced, of).len();
        // People who left hold roles, and are accounts that no list has.
        assert!(
            if of == "user" {
                found >= count
            } else {
                found == count
            },
            "{of}: {found}"
        );
    }
    let teams = of_type(&synced, "team").len();
    assert_eq!((teams, of_type(&synced, "group").len()), (1 + 3, 12 + 3));

    let mut store = Store::temporary().expect("room in memory");
    let run = store
        .save(&synced, "{}")
        .expect("a sync that fits together");
    let (all, _) = effective_access(&store, run, &AccessFilters::default()).expect("an answer");
    let named: BTreeSet<String> = all.iter().map(|row| row.principal.id.to_string()).collect();
    for id in of_type(&synced, "invitation") {
        assert!(named.contains(&format!("invitation {id}")), "{id}");
    }
    let rules: Vec<_> = RULES.iter().collect();
    let limits = RuleLimits {
        dormant_days: 0,
        invitation_days: 0,
        ..RuleLimits::default()
    };
    let found = evaluate_rules(&store, run, &rules, &limits).expect("findings");
    let subjects = |rule: &str| {
        let of_rule = found.findings.iter().filter(|one| one.rule == rule);
        of_rule
            .map(|one| one.subject.id.id.to_string())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(subjects("old-invitation"), of_type(&synced, "invitation"));
    // Everybody with a stated activity: members by the user's own record, and partners with a role.
    let active = expected.resources.iter().filter(|line| {
        line.contains(r#""resource_type":"activity""#) && !line.contains(r#""last_login":null"#)
    });
    let dormant = subjects("dormant-account");
    assert!(dormant.len() >= active.count(), "{}", dormant.len());
    let senders = found
        .findings
        .iter()
        .filter(|one| one.rule == "old-invitation");
    assert!(senders.clone().any(|one| one.summary.contains(" by ")));

    for shape in [ExportShape::Scim, ExportShape::Oaa, ExportShape::Baton] {
        let mut written = Vec::new();
        shape.write(&synced, &mut written).expect("room in memory");
        let text = String::from_utf8(written).expect("UTF-8");
        for id in of_type(&synced, "invitation")
            .iter()
            .chain(&of_type(&synced, "partner"))
        {
            assert!(text.contains(id.as_str()), "{id}");
        }
        assert_accounts(&synced, shape, &text);
    }
    let review = connector_cli::report::Review {
        synced: &synced,
        former: &FormerNames::default(),
        findings: Some(found),
        changes: None,
    };
    let mut page = Vec::new();
    connector_cli::report::write_page(&review, &mut page).expect("room in memory");
    let page = String::from_utf8(page).expect("UTF-8");
    for id in of_type(&synced, "invitation") {
        assert!(page.contains(&id), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn absent_analytics_cost_one_request_and_nothing_else() {
    let mut outcomes = BTreeSet::new();
    let absent = (0..12).map(|seed| Options {
        seed,
        quirks: "analytics-refusals".parse::<ApiQuirks>().expect("a quirk"),
        ..Options::default()
    });
    let team = Options {
        plan: TeamPlan::Team,
        ..Options::default()
    };
    for options in absent.chain([team]) {
        let running = start(Options {
            users: 9,
            workspaces: 5,
            ..options
        })
        .await;
        let expected = running.expected_state(&ExpectedScope {
            analytics: true,
            ..ExpectedScope::default()
        });
        if expected
            .resources
            .iter()
            .any(|line| line.contains(r#""analytics-report""#))
        {
            continue;
        }
        let (synced, with) = read(&running, true).await;
        let (_, without) = read(&running, false).await;
        assert_eq!(more(&with, &without), ["/analytics 1"]);
        assert_eq!(
            differences(&ndjson(&synced), &expected),
            Vec::<String>::new()
        );
        outcomes.insert(outcome(&synced, "list analytics-report"));
        let said = synced
            .scopes
            .iter()
            .filter(|scope| scope.resource_type == "analytics-report");
        assert_eq!(said.filter(|scope| scope.problem.is_some()).count(), 1);
    }
    assert_eq!(Vec::from_iter(outcomes), ["forbidden", "not-offered"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn analytics_with_every_quirk_are_as_expected() {
    let mut read = 0;
    for seed in 0..14 {
        let options = Options {
            seed,
            users: 30 + usize::try_from(seed).unwrap_or_default(),
            workspaces: 12,
            page: if seed % 2 == 0 { 7 } else { 100 },
            quirks: ApiQuirks::all(),
            ..Options::default()
        };
        let asked = Asked {
            analytics: true,
            ..Asked::everything()
        };
        let running = start(options.clone()).await;
        let (synced, lines, expected) = harness::read(&running, &asked).await;
        assert_eq!(
            differences(&lines, &expected),
            Vec::<String>::new(),
            "{seed}"
        );
        assert_eq!(contradictions(&lines), Vec::<String>::new(), "{seed}");
        assert_eq!(
            unaccounted(&synced, &expected, &options),
            Vec::<String>::new(),
            "{seed}"
        );
        read += usize::from(lines.contains(r#""resource_type":"activity""#));
    }
    assert!(read > 3, "{read}");
}
