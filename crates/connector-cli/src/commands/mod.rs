//! The command: one file for each subcommand, and what they share.

mod access;
mod args;
mod completions;
mod component;
mod conformance;
mod demo;
mod describe;
mod diff;
mod exit;
mod explain;
mod export;
mod findings;
mod keep;
mod kept;
mod lists;
mod log;
mod next;
mod output;
mod progress;
mod provenance;
mod record;
mod report;
mod result;
mod rows;
mod serve;
mod service;
mod settings;
mod simulate;
mod sync;
mod tenants;
mod validate;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use connector_runtime as runtime;

pub use exit::{CliError, Exit};
pub use settings::{Environment, ProviderOptions, Settings, variable_name};

const EXIT_CODES: &str = "\
Exit codes:
  0    done; a sync is complete
  1    failed: nothing may be concluded from what was read; of several tenants, all failed
  2    wrong usage: an option, a variable or a file
  3    a sync that ended with scopes missing: see the scopes in its output; of several tenants,
       none failed, and some lack scopes that are no known gaps
  4    of several tenants, some failed: see the summary
  130  stopped by the user";

const DIFF_CODES: &str = "\
Exit codes:
  0    done, whether they differ or not
  2    wrong usage: an option or a file, or two syncs that cannot be compared
  3    with --exit-code: they differ";

const FINDINGS_CODES: &str = "\
Exit codes:
  0    done, whether something was found or not
  2    wrong usage: an option or a file
  3    with --exit-code: something was found";

const EXAMPLES: &str = "\
Examples:
  connector-host describe              what the connector reads, and the variables it wants
  connector-host validate              whether the key works, and what it can see
  connector-host sync                  read the tenant and count
  connector-host sync --ndjson out.ndjson
  connector-host sync --db team.db     keep it in a SQLite file, beside former syncs
  connector-host sync --db team.db --resume
  connector-host sync --ndjson - | jq 'select(.grant)'
  connector-host demo                  the same, on a simulated team: needs no key and no network
  connector-host access team.ndjson --user jo@example.com
  connector-host access team.ndjson --on Payments --who-can admin

  connector-host sync --tenants tenants.toml
  connector-host sync --service https://connector.example.com

  connector-host diff team.db          what changed since the sync before
  connector-host findings team.db      what looks wrong
  connector-host explain team.db --grant workspace:ID admin user:ID
  connector-host report team.db -o report.html   all of it, as one page for a browser

Credentials are taken from environment variables, or from files that a tenants file names; never
from options.";

/// Runs a sandboxed identity-governance connector.
#[derive(Debug, Parser)]
#[command(name = "connector-host", version, after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what the connector reads, which secrets it wants, and every request it can send
    Describe(describe::Args),
    /// Check that the credential works, and show what it can see
    Validate(validate::Args),
    /// Read the whole tenant
    #[command(after_help = EXIT_CODES)]
    Sync(sync::Args),
    /// Sync the tenants of a file on schedules, with health, metrics and reports over HTTP
    Serve(serve::Args),
    /// Read a simulated team, in this process: no key, no network
    #[command(after_help = EXIT_CODES)]
    Demo(demo::Args),
    /// Say who can do what in the end, and how, of a sync that was kept
    Access(access::Args),
    /// List the resources of a sync that was kept
    Resources(lists::ResourcesArgs),
    /// List the grants of a sync that was kept, as they were read
    Grants(lists::GrantsArgs),
    /// Write a sync that was kept in a shape that others import
    Export(export::Args),
    /// Run the connector on what `sync --record` wrote: no key, no network, the same records
    #[command(after_help = EXIT_CODES)]
    Replay(record::ReplayArgs),
    /// Take names, addresses and ids out of a recording
    Sanitize(record::SanitizeArgs),
    /// Hold a component to the contract: any connector, with or without answers of its provider
    Conformance(conformance::Args),
    /// Serve a simulated team on this machine
    Simulate(simulate::Args),
    /// Compare two syncs: what was added, removed and changed, and what could not be read
    #[command(after_help = DIFF_CODES)]
    Diff(diff::Args),
    /// Hold a sync to the rules of an access review
    #[command(after_help = FINDINGS_CODES)]
    Findings(findings::Args),
    /// Tell why somebody has a right: each way to it, and where each step was read
    Explain(explain::Args),
    /// Make a page for a browser from a kept sync: who can reach what, and by which way
    Report(report::Args),
    /// Write a shell's completions to standard output
    Completions(completions::Args),
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    allow_files();
    let runtime = match runtime::threads().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::fail(&CliError::failed(error.to_string())),
    };
    let end = runtime.block_on(run(cli.command, &Environment::of_process()));
    // Look-ups of names run on threads that cannot be stopped: nobody waits for them.
    runtime.shutdown_background();
    match end {
        Ok(exit) => exit.into(),
        Err(error) => exit::fail(&error),
    }
}

/// As many open files as the system lets this process have: each tenant of many has a connection and
/// an output, and a shell's own limit is meant for less. Where it stays as it was, errors say so.
#[cfg(unix)]
fn allow_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    const ENOUGH: u64 = 1 << 16;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(ENOUGH, |maximum| maximum.min(ENOUGH));
    if current.is_some_and(|current| current < wanted) {
        let limit = Rlimit {
            current: Some(wanted),
            maximum,
        };
        let _ = setrlimit(Resource::Nofile, limit);
    }
}

#[cfg(not(unix))]
fn allow_files() {}

async fn run(command: Command, environment: &Environment) -> Result<Exit, CliError> {
    match command {
        Command::Describe(args) => describe::run(args).await,
        Command::Validate(args) => validate::run(args, environment).await,
        Command::Sync(args) => sync::run(args, environment).await,
        Command::Serve(args) => serve::run(args, environment).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Access(args) => access::run(&args),
        Command::Resources(args) => lists::resources(&args),
        Command::Grants(args) => lists::grants(&args),
        Command::Export(args) => export::run(&args),
        Command::Replay(args) => record::replay(args).await,
        Command::Sanitize(args) => record::run_sanitize(&args),
        Command::Conformance(args) => conformance::run(args).await,
        Command::Simulate(args) => simulate::run(args).await,
        Command::Diff(args) => diff::run(&args),
        Command::Findings(args) => findings::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Completions(args) => completions::run(&args, &mut Cli::command()),
    }
}
