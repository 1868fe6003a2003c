//! A refusal is named with its remedy, and ends no more scopes than it must.

use connector_host::records::{ErrorCase, Outcome};
use connector_host::sync::SyncError;
use postman_simulator::{ApiQuirks, KeyOwner, Options, TeamPlan};

use crate::compare::differences;
use crate::harness::{Asked, message, name, outcome, read, start, sync};

const NEEDS_TEAM_PLAN: &str = "a team plan or higher is needed to read the user list";

fn small(plan: TeamPlan) -> Options {
    Options {
        users: 20,
        workspaces: 12,
        plan,
        quirks: ApiQuirks::none(),
        ..Options::default()
    }
}

async fn failure(options: Options, asked: &Asked) -> (ErrorCase, String) {
    match sync(&start(options).await, asked).await {
        Err(SyncError::Failed {
            outcome: Outcome::Error(case),
            problem,
            ..
        }) => (case, problem.message),
        other => panic!("no failure of the connector's: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn single_user_plans_learn_of_the_team_plan() {
    let mut outcomes = std::collections::BTreeSet::new();
    for seed in 0..20 {
        for plan in [TeamPlan::Free, TeamPlan::Solo] {
            let running = start(Options {
                seed,
                ..small(plan)
            })
            .await;
            let (synced, lines, expected) = read(&running, &Asked::plain()).await;
            let said = message(&synced, "list user");
            assert!(said.to_lowercase().contains(NEEDS_TEAM_PLAN), "{said}");
            outcomes.insert(outcome(&synced, "list user"));
            assert_eq!(outcome(&synced, "list workspace"), "complete");
            assert_eq!(differences(&lines, &expected), Vec::<String>::new());
        }
    }
    // Nobody has published what Postman answers there: each of its bodies is taken for what it says.
    assert_eq!(Vec::from_iter(outcomes), ["forbidden", "not-offered"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_without_a_team_is_lines_so_at_once() {
    let options = Options {
        teamless: true,
        ..small(TeamPlan::Free)
    };
    let (case, said) = failure(options, &Asked::plain()).await;
    assert_eq!(case, ErrorCase::NotOffered);
    assert!(said.to_lowercase().contains(NEEDS_TEAM_PLAN), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_groups_cost_the_groups_alone() {
    let of_partner = Options {
        owner: KeyOwner::Partner,
        ..small(TeamPlan::Enterprise)
    };
    for (options, refused) in [
        (small(TeamPlan::Team), vec!["list group"]),
        (of_partner, vec!["list group", "list user"]),
    ] {
        let (synced, lines, expected) = read(&start(options).await, &Asked::plain()).await;
        let failed = synced.scopes.iter().filter(|scope| scope.problem.is_some());
        assert_eq!(failed.map(name).collect::<Vec<_>>(), refused);
        let outcome = outcome(&synced, "list group");
        assert!(matches!(outcome, "forbidden" | "not-offered"), "{outcome}");
        assert!(message(&synced, "list group").contains("groups"));
        assert_eq!(differences(&lines, &expected), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_scim_key_costs_the_scim_lists_alone() {
    let running = start(small(TeamPlan::Enterprise)).await;
    for (scim_key, wanted, complete) in [
        (None, "not-asked", true),
        (Some("wrong"), "unauthenticated", false),
    ] {
        let asked = Asked {
            scim_key,
            ..Asked::plain()
        };
        let (synced, lines, expected) = read(&running, &asked).await;
        let of_scim = ["list scim-account", "list scim-group"];
        for list in of_scim {
            assert_eq!(outcome(&synced, list), wanted);
        }
        let others = synced
            .scopes
            .iter()
            .filter(|scope| !of_scim.contains(&&*name(scope)));
        for scope in others.filter(|scope| scope.outcome != Outcome::NotAsked) {
            assert_eq!(scope.outcome, Outcome::Complete, "{}", name(scope));
        }
        assert_eq!(synced.summary.complete, complete);
        assert_eq!(differences(&lines, &expected), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_key_fails_and_names_the_key_page() {
    let asked = Asked {
        api_key: Some("PMAK-wrong"),
        ..Asked::plain()
    };
    let (case, said) = failure(small(TeamPlan::Enterprise), &asked).await;
    assert_eq!(case, ErrorCase::Unauthenticated);
    assert!(said.contains("Settings > API keys"), "{said}");
    assert!(!said.contains("PMAK-wrong"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn validate_names_what_a_key_cannot_read() {
    use KeyOwner::{Admin, Developer, Partner, ServiceAccount, SuperAdmin};
    for (plan, owner, wanted) in [
        (
            TeamPlan::Enterprise,
            SuperAdmin,
            vec!["month-quota", "not-in-api", "owner-roles"],
        ),
        (
            TeamPlan::Enterprise,
            Admin,
            vec!["limited-view", "month-quota", "not-in-api", "owner-roles"],
        ),
        (
            TeamPlan::Team,
            Developer,
            vec![
                "limited-view",
                "month-quota",
                "no-groups",
                "not-in-api",
                "owner-roles",
            ],
        ),
        (
            TeamPlan::Enterprise,
            Partner,
            vec![
                "guest-or-partner",
                "limited-view",
                "no-groups",
                "not-in-api",
                "owner-roles",
            ],
        ),
        (
            TeamPlan::Enterprise,
            ServiceAccount,
            vec![
                "limited-view",
                "month-quota",
                "not-in-api",
                "owner-roles",
                "service-account",
            ],
        ),
    ] {
        let options = Options {
            owner,
            ..small(plan)
        };
        let synced = sync(&start(options).await, &Asked::plain()).await.unwrap();
        let notices = synced.run.tenant.notices.iter();
        let mut said: Vec<&str> = notices.map(|notice| notice.code.as_str()).collect();
        said.sort_unstable();
        assert_eq!(said, wanted, "{owner:?}");
    }
}
