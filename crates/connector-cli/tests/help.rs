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

#[test]
fn every_subcommand_has_a_help_text() {
    let text = help(&[]);
    let commands = text.split("Commands:").nth(1).unwrap();
    let commands = commands
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with("  "));
    let names: Vec<&str> = commands
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help")
        .collect();
    assert!(
        names.contains(&"sync") && names.contains(&"demo"),
        "{names:?}"
    );
    for name in names {
        assert!(help(&[name]).contains("Usage:"), "{name}");
    }
}
