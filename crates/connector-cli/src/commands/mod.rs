//! The command: one file for each subcommand, and what they share.

mod accept;
mod access;
mod args;
mod completions;
mod component;
mod conformance;
mod demo;
mod describe;
mod diff;
mod dry_run;
mod exit;
mod explain;
mod export;
mod findings;
mod help;
mod lists;
mod log;
mod memory;
mod next;
mod oauth;
mod output;
mod outputs;
mod progress;
mod provenance;
mod record;
mod report;
mod result;
mod rows;
mod runs;
mod serve;
mod service;
mod settings;
mod signals;
mod simulate;
mod storage;
mod stored_sync;
mod sync;
mod tenants;
#[cfg_attr(not(feature = "traces"), path = "untraced.rs")]
mod traces;
mod validate;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use connector_runtime as runtime;

pub use exit::{CliError, Exit};
pub use settings::{Environment, ProviderOptions, ProviderSettings, variable_name};

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
  3    with --exit-code: something was found that is not accepted, of the rules and syncs asked for.
       0 does not mean that every rule was evaluated: see what was not evaluated";

const FOOTER: &str = "\
Examples:
  connector-host demo --db team.db --report report.html   read a simulated team: no key, no network
  connector-host sync --db team.db                        read the tenant into a SQLite file
  connector-host report team.db -o report.html            write the stored sync as a page

Credentials come from environment variables, or from files that a tenants file names; never from
options. See 'connector-host <COMMAND> --help' for options and more examples.";

/// Read who has access to what, with a sandboxed connector
#[derive(Debug, Parser)]
#[command(name = "connector-host", version, after_help = format!("{FOOTER}\n\n{EXIT_CODES}"))]
struct Cli {
    #[command(subcommand)]
    command: HostCommand,
}

#[derive(Debug, Subcommand)]
enum HostCommand {
    /// Show the types, credentials and requests that the connector declares
    Describe(describe::DescribeArgs),
    /// Check that the credential works, and show its limits
    Validate(validate::ValidateArgs),
    /// Read the whole tenant, and store or write the records
    #[command(after_help = EXIT_CODES)]
    Sync(sync::SyncArgs),
    /// Sync the tenants of a file on schedules, with health, metrics and reports over HTTP
    Serve(serve::ServeArgs),
    /// Read a simulated team in this process, without a key or network
    #[command(after_help = EXIT_CODES)]
    Demo(demo::DemoArgs),
    /// List effective access: principals, entitlements and access paths
    Access(access::AccessArgs),
    /// List the syncs in a database, or put one on hold
    Runs(runs::RunsArgs),
    /// List resources
    Resources(lists::ResourcesArgs),
    /// List grants as the provider stated them
    Grants(lists::GrantsArgs),
    /// Write a sync in a format that other tools import
    Export(export::ExportArgs),
    /// Run the connector on a recording, without a key or network
    #[command(after_help = EXIT_CODES)]
    Replay(record::ReplayArgs),
    /// Replace names, addresses and ids in a recording
    Sanitize(record::SanitizeArgs),
    /// Check a connector against the contract
    Conformance(conformance::ConformanceArgs),
    /// Serve a simulated team over HTTP on this machine
    Simulate(simulate::SimulateArgs),
    /// Compare two syncs
    #[command(after_help = DIFF_CODES)]
    Diff(diff::DiffArgs),
    /// Check a sync against access-review rules
    #[command(after_help = FINDINGS_CODES)]
    Findings(findings::FindingsArgs),
    /// Explain why a principal has an entitlement, with evidence
    Explain(explain::ExplainArgs),
    /// Write an HTML report
    Report(report::ReportArgs),
    /// Write a completion script for a shell
    Completions(completions::CompletionsArgs),
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let matches = help::arrange_help(Cli::command()).try_get_matches();
    let matches = matches.unwrap_or_else(|error| help::end_with(&error));
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let subcommand = matches.subcommand_name().unwrap_or_default();
    allow_files();
    memory::share_heaps();
    let runtime = match runtime::runtime_threads().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return exit::report_failure(&CliError::for_error(error.to_string()), subcommand);
        }
    };
    runtime.spawn(signals::end_at_signal());
    let end = runtime.block_on(run(cli.command, &Environment::of_process()));
    // Name look-ups run on threads that cannot be stopped: the shutdown does not wait for them.
    runtime.shutdown_background();
    match end {
        Ok(exit) => exit.into(),
        Err(error) => exit::report_failure(&error, subcommand),
    }
}

/// Raises the limit of open files as far as the system allows: each tenant of many has a connection and
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

async fn run(command: HostCommand, environment: &Environment) -> Result<Exit, CliError> {
    match command {
        HostCommand::Describe(args) => describe::run(args).await,
        HostCommand::Validate(args) => validate::run(args, environment).await,
        HostCommand::Sync(args) => sync::run(args, environment).await,
        HostCommand::Serve(args) => serve::run(args, environment).await,
        HostCommand::Demo(args) => demo::run(args).await,
        HostCommand::Access(args) => access::run(&args),
        HostCommand::Runs(args) => runs::run(&args),
        HostCommand::Resources(args) => lists::print_resources(&args),
        HostCommand::Grants(args) => lists::print_grants(&args),
        HostCommand::Export(args) => export::run(&args),
        HostCommand::Replay(args) => record::replay_recording(args).await,
        HostCommand::Sanitize(args) => record::run_sanitize(&args),
        HostCommand::Conformance(args) => conformance::run(args).await,
        HostCommand::Simulate(args) => simulate::run(args).await,
        HostCommand::Diff(args) => diff::run(&args),
        HostCommand::Findings(args) => findings::run(&args),
        HostCommand::Explain(args) => explain::run(&args),
        HostCommand::Report(args) => report::run(&args),
        HostCommand::Completions(args) => completions::run(&args, &mut Cli::command()),
    }
}
