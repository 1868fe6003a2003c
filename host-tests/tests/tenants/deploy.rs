//! The files in `deploy/` fit the command: its options, its tenants file, its metrics.

use super::*;
use std::collections::BTreeSet;

/// The built component, so that a command without one of its own starts as well.
const COMPONENT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../target/components/postman-connector.wasm"
);

const RULES: &str = include_str!("../../../deploy/prometheus/rules.yml");
const GUIDE: &str = include_str!("../../../docs/operating.md");
const METRICS: &str = include_str!("../../../crates/connector-cli/src/commands/serve/metrics.rs");

/// The names of metrics in a text.
fn metrics(text: &str) -> BTreeSet<&str> {
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let words = text.split(|c: char| !is_name(c));
    let words = words.filter(|word| word.starts_with("connector_"));
    words.filter(|word| !word.ends_with('_')).collect()
}

#[test]
fn rules_and_guide_name_the_metrics_that_there_are() {
    let quoted = METRICS.split('"').skip(1).step_by(2);
    let exposed: BTreeSet<&str> = quoted.flat_map(metrics).collect();
    let (_, table) = GUIDE.split_once("| metric | labels | meaning |").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let table = table.replace(
        "`…_age_seconds`",
        "`connector_last_complete_sync_age_seconds`",
    );
    assert_eq!(metrics(&table), exposed);
    let unknown: Vec<_> = metrics(RULES).difference(&exposed).copied().collect();
    assert_eq!(unknown, Vec::<&str>::new());
    let alerts = |text: &'static str, before: &str| -> BTreeSet<String> {
        let names = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix(before));
        let names = names.map(|name| name.split('`').next().unwrap().to_owned());
        names.collect()
    };
    let (_, guide) = GUIDE.split_once("| alert | condition |").unwrap();
    let (guide, _) = guide.split_once("\n\n").unwrap();
    assert_eq!(alerts(RULES, "- alert: "), alerts(guide, "| `"));
}

/// The arguments after the command in a unit of systemd.
fn of_unit(unit: &str) -> Vec<String> {
    let start = "ExecStart=/usr/local/bin/connector-host ";
    let line = unit
        .lines()
        .find_map(|line| line.strip_prefix(start))
        .unwrap();
    line.split(' ').map(str::to_owned).collect()
}

/// The arguments of the container in a manifest: in one line, or one a line.
fn of_manifest(manifest: &str) -> Vec<String> {
    let (_, rest) = manifest.split_once("args:").unwrap();
    let bare = |word: &str| {
        word.trim()
            .trim_matches('"')
            .replace("$(JOB_COMPLETION_INDEX)", "1")
    };
    if let Some(line) = rest.lines().next().unwrap().trim().strip_prefix('[') {
        return line.trim_end_matches(']').split(',').map(bare).collect();
    }
    let lines = rest
        .lines()
        .skip(1)
        .map_while(|line| line.trim().strip_prefix("- "));
    lines.map(bare).collect()
}

#[test]
fn units_and_manifests_start_the_command_as_it_is() {
    let files = [
        of_unit(include_str!(
            "../../../deploy/systemd/connector-host-serve.service"
        )),
        of_unit(include_str!(
            "../../../deploy/systemd/connector-host-sync.service"
        )),
        of_manifest(include_str!("../../../deploy/kubernetes/serve.yaml")),
        of_manifest(include_str!("../../../deploy/kubernetes/cronjob.yaml")),
    ];
    for arguments in files {
        assert!(arguments.len() > 2, "{arguments:?}");
        let started = host_tests::command()
            .args(
                arguments
                    .iter()
                    .map(|one| one.replace("/etc/connector-host", "/not-there")),
            )
            .args(["--component", COMPONENT])
            .output()
            .unwrap();
        // Everything is understood, and the tenants file is not there.
        let said = String::from_utf8(started.stderr).unwrap();
        let out = String::from_utf8(started.stdout).unwrap();
        assert_eq!(started.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(
            said.contains("tenants.toml: No such file"),
            "{arguments:?}: {said}{out}"
        );
    }
}

#[test]
fn the_tenants_of_a_manifest_can_be_served() {
    let manifest = include_str!("../../../deploy/kubernetes/configuration.yaml");
    let (_, text) = manifest.split_once("tenants.toml: |\n").unwrap();
    let (text, _) = text.split_once("\n---").unwrap();
    let text: String = text
        .lines()
        .map(|line| format!("{}\n", line.trim()))
        .collect();
    let file = TenantsFile::parse(&text, Path::new("/")).unwrap();
    for tenant in &file.tenants {
        assert!(tenant.schedule.is_some(), "{}", tenant.name);
        let db = tenant.db.as_ref().unwrap();
        let serve = include_str!("../../../deploy/kubernetes/serve.yaml");
        let folder = db.parent().unwrap().display().to_string();
        assert!(
            serve.contains(&format!("mountPath: {folder} }}")),
            "{folder}"
        );
    }
}
