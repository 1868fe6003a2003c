//! The first thing that a newcomer runs shows a team that is read whole, with something to find in it.

use crate::cli::{code, command, output, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_is_complete_and_names_its_quirks() {
    let output = output(command(&["demo"])).await;
    let (summary, reported) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(code(&output), 0, "{reported}");
    assert!(reported.contains("This team is simulated"), "{reported}");
    assert!(
        reported.contains("connector-host demo --quirks"),
        "{reported}"
    );
    assert!(summary.contains("\nComplete: "), "{summary}");
    assert!(!summary.contains("Not read"), "{summary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_of_any_plan_for_teams_is_complete() {
    for plan in ["team", "enterprise"] {
        for seed in ["2", "3"] {
            let output = output(command(&["demo", "--plan", plan, "--seed", seed])).await;
            assert_eq!(code(&output), 0, "{plan} {seed}: {}", text(&output.stdout));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn quirks_make_a_demo_incomplete() {
    let output = output(command(&["demo", "--quirks"])).await;
    assert_eq!(code(&output), 3, "{}", text(&output.stdout));
    assert!(!text(&output.stderr).contains("--quirks"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_has_findings_and_changes() {
    let dir = tempfile::tempdir().unwrap();
    let db = dir.path().join("team.db");
    let db = db.to_str().unwrap();
    let demo = output(command(&["demo", "--db", db])).await;
    assert_eq!(code(&demo), 0, "{}", text(&demo.stderr));
    for rule in [
        "external-editor",
        "public",
        "single-admin",
        "orphaned-account",
    ] {
        let line = ["findings", db, "--rule", rule, "--exit-code"];
        let found = output(command(&line)).await;
        assert_eq!(code(&found), 3, "{rule}: {}", text(&found.stdout));
    }
    let changed = output(command(&["diff", db, "--exit-code"])).await;
    assert_eq!(code(&changed), 3, "{}", text(&changed.stdout));
}
