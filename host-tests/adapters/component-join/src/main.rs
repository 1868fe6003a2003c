//! Joins components at build time: what a plug exports becomes what those after it import.
//!
//! ```sh
//! component-join --plug wasi_http_client.wasm --socket postman_connector.wasm -o joined.wasm
//! ```
//!
//! The same inputs give the same bytes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

/// Joins components: what a plug exports becomes what those after it import.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// A component whose exports are used by the plugs after it and by the socket.
    #[arg(long, value_name = "FILE", required = true)]
    plug: Vec<PathBuf>,
    /// The component whose exports are kept.
    #[arg(long, value_name = "FILE")]
    socket: PathBuf,
    /// Where to write the joined component.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("component-join: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let socket = &arguments.socket;
    let plugs: Result<_> = arguments.plug.iter().map(|plug| read(plug)).collect();
    let joined = component_join::join(plugs?, read(socket)?)
        .with_context(|| format!("cannot join the plugs to {}", socket.display()))?;
    fs::write(&arguments.output, joined)
        .with_context(|| format!("cannot write {}", arguments.output.display()))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
