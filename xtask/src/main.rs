//! The command `xtask`: tasks that the Makefile needs beyond one-line targets.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::{dist, join, tidy};

/// Runs a task of the build.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Pack built files: digests, bills of materials and OCI layouts.
    Dist(dist::command::DistArguments),
    /// Print the figures of the language in shipped code, and their limits.
    Figures,
    /// Join components: the exports of a plug become the imports of those after it.
    Join(join::JoinArguments),
    /// Check the rules that neither the compiler nor a pinned tool holds.
    Tidy,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Dist(arguments) => dist::command::run(&arguments),
        Task::Figures => tidy::figures(),
        Task::Join(arguments) => join::run(&arguments),
        Task::Tidy => tidy::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
