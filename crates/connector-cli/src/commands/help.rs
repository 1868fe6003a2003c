//! The command's help: subcommands in groups, and examples.

use clap::Command;

use super::output::print_note;

/// The groups of subcommands, in the order of their use. A subcommand in no group is listed last.
const GROUPS: [(&str, &[&str]); 3] = [
    (
        "Read a tenant",
        &["describe", "validate", "sync", "serve", "demo"],
    ),
    (
        "Review a stored sync",
        &[
            "access",
            "explain",
            "findings",
            "diff",
            "report",
            "runs",
            "resources",
            "grants",
            "export",
        ],
    ),
    (
        "Develop and test a connector",
        &["conformance", "replay", "sanitize", "simulate"],
    ),
];

/// The examples of subcommands; their first line says what the first one does.
const EXAMPLES: [(&str, &str); 19] = [
    (
        "describe",
        "connector-host describe
  connector-host describe --format approved-manifest > approved.json",
    ),
    ("validate", "POSTMAN_API_KEY=... connector-host validate"),
    (
        "sync",
        "connector-host sync --db team.db
  connector-host sync --db team.db --resume
  connector-host sync --dry-run
  connector-host sync --ndjson - | jq 'select(.grant)'
  connector-host sync --tenants tenants.toml --format json
  connector-host sync --service https://connector.example.com",
    ),
    (
        "serve",
        "connector-host serve --config tenants.toml
  connector-host serve --config tenants.toml --shard 0/3 --listen 0.0.0.0:9464",
    ),
    (
        "demo",
        "connector-host demo --db team.db --report report.html
  connector-host demo --quirks",
    ),
    (
        "access",
        "connector-host access team.db --principal jo@example.com
  connector-host access team.db --on Payments --entitlement admin
  connector-host access team.db --on Payments --entitlement editor --at-least",
    ),
    (
        "explain",
        "connector-host explain team.db --grant Payments admin jo@example.com",
    ),
    (
        "findings",
        "connector-host findings team.db
  connector-host findings team.db --rule public --exit-code
  connector-host findings team.db --accept accepted.toml --new-since previous --exit-code
  connector-host findings team.db --minimum-severity high --format sarif
  connector-host findings --rules",
    ),
    (
        "diff",
        "connector-host diff team.db
  connector-host diff team.db --from 1 --to 3 --exit-code
  connector-host diff before.ndjson after.ndjson",
    ),
    (
        "report",
        "connector-host report team.db -o report.html
  connector-host report team.db --accept accepted.toml -o report.html",
    ),
    (
        "runs",
        "connector-host runs team.db
  connector-host runs team.db --hold 2026-03-31",
    ),
    (
        "resources",
        "connector-host resources team.db --type workspace --format csv",
    ),
    (
        "grants",
        "connector-host grants team.db --on Payments
  connector-host grants team.db --principal jo@example.com",
    ),
    (
        "export",
        "connector-host export team.db --as scim -o team.json",
    ),
    (
        "conformance",
        "connector-host conformance --component connector.wasm
  connector-host conformance --component connector.wasm --recording team.recording",
    ),
    (
        "replay",
        "connector-host sync --record team.recording
  connector-host replay team.recording --ndjson team.ndjson",
    ),
    (
        "sanitize",
        "connector-host sanitize team.recording -o shared.recording",
    ),
    ("simulate", "connector-host simulate --port 8080 --quirks"),
    (
        "completions",
        "connector-host completions bash > connector-host.bash",
    ),
];

/// Returns the command with its subcommands listed in groups, and examples in the help of each.
pub(super) fn arrange_help(command: Command) -> Command {
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}\
         {}\n{{options}}{{after-help}}",
        subcommand_list(&command),
        styled_heading(&command, "Options")
    );
    let add = |command: Command, (name, examples)| {
        command.mut_subcommand(name, |one| add_examples(one, examples))
    };
    EXAMPLES
        .into_iter()
        .fold(command, add)
        .help_template(template)
}

/// Ends the process with a help text, or with an error of the command line in the form of all errors.
pub(super) fn end_with(error: &clap::Error) -> ! {
    if !error.use_stderr() {
        error.exit();
    }
    let text = error.render().ansi().to_string();
    let text = text.replace("tip:\u{1b}", "help:\u{1b}");
    let text = match text.split_once("For more information, try ") {
        Some((text, _)) => format!("{text}help: {}\n", help_hint()),
        None => text,
    };
    print_note(&text);
    std::process::exit(error.exit_code())
}

/// Returns the sentence that names the help of the subcommand that was called.
fn help_hint() -> String {
    let called = std::env::args().nth(1).unwrap_or_default();
    let known = GROUPS.iter().any(|(_, names)| names.contains(&&*called));
    let subcommand = if known {
        format!(" {called}")
    } else {
        String::new()
    };
    format!("see `connector-host{subcommand} --help`")
}

fn add_examples(command: Command, examples: &str) -> Command {
    let head = styled_heading(&command, "Examples");
    let rest = command
        .get_after_help()
        .map(|text| format!("\n\n{}", text.ansi()));
    let text = format!("{head}\n  {examples}{}", rest.unwrap_or_default());
    command.after_help(text)
}

fn styled_heading(command: &Command, text: &str) -> String {
    let style = command.get_styles().get_header();
    format!("{style}{text}:{style:#}")
}

/// Returns the list of subcommands, group by group.
fn subcommand_list(command: &Command) -> String {
    let is_grouped = |name: &str| GROUPS.iter().any(|(_, names)| names.contains(&name));
    let all = || command.get_subcommands().map(Command::get_name);
    let others: Vec<&str> = all().filter(|name| !is_grouped(name)).collect();
    let groups = GROUPS.into_iter().chain([("Other", &*others)]);
    groups.map(|group| command_group(command, group)).collect()
}

fn command_group(command: &Command, (title, names): (&str, &[&str])) -> String {
    let width = command
        .get_subcommands()
        .map(|one| one.get_name().len())
        .max();
    let width = width.unwrap_or_default();
    let style = command.get_styles().get_literal();
    let found = names
        .iter()
        .filter_map(|name| command.find_subcommand(name));
    let line = |one: &Command| {
        let about = one.get_about().map(ToString::to_string).unwrap_or_default();
        format!("  {style}{:width$}{style:#}  {about}\n", one.get_name())
    };
    let lines: String = found.map(line).collect();
    format!("{}\n{lines}\n", styled_heading(command, title))
}
