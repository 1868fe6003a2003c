//! The command explains itself. Cargo builds the command for this test, beside which the tests of
//! `host-tests` find it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

fn help(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_connector-host"));
    let output = command.args(arguments).arg("--help").output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The names of the subcommands under each group's heading.
fn groups() -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for line in help(&[]).lines() {
        let Some(entry) = line.strip_prefix("  ") else {
            groups.extend(
                line.strip_suffix(':')
                    .map(|title| (title.into(), Vec::new())),
            );
            continue;
        };
        let name = entry.split(' ').next().filter(|name| !name.is_empty());
        let group = groups.last_mut().map(|(_, names)| names);
        group.unwrap().extend(name.map(str::to_owned));
    }
    let end = groups.iter().position(|(title, _)| title == "Options");
    groups.truncate(end.unwrap());
    groups
}

#[test]
fn subcommands_are_listed_in_groups() {
    let groups = groups();
    let of = |title: &str| {
        let group = groups.iter().find(|(one, _)| one == title);
        group.unwrap().1.join(" ")
    };
    assert!(
        of("Read a tenant").contains("sync serve demo"),
        "{groups:?}"
    );
    assert!(
        of("Review a stored sync").contains("access explain"),
        "{groups:?}"
    );
    assert_eq!(of("Other"), "completions", "put it into a group of help.rs");
}

#[test]
fn every_subcommand_has_a_help_text_with_examples() {
    let groups = groups();
    let names = groups.iter().flat_map(|(_, names)| names);
    for name in names {
        let text = help(&[name]);
        assert!(text.contains("Usage:"), "{name}");
        let example = format!("connector-host {name} ");
        let (_, examples) = text.split_once("Examples:\n").unwrap_or_default();
        assert!(
            name == "completions" || examples.contains(example.trim()),
            "{name}: {text}"
        );
    }
}

#[test]
fn wrong_usage_is_an_error_with_help() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_connector-host"));
    let output = command
        .args(["report", "none.db", "-o", "-"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("error: "), "{text}");
    assert!(
        text.ends_with("help: see `connector-host report --help`\n"),
        "{text}"
    );
}
