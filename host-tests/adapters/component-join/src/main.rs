//! Joins two components at build time: what the plug exports becomes what the socket imports.
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

/// Joins two components: what the plug exports becomes what the socket imports.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The component whose exports are used.
    #[arg(long, value_name = "FILE")]
    plug: PathBuf,
    /// The component whose imports are filled, and whose exports are kept.
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
    let (plug, socket) = (&arguments.plug, &arguments.socket);
    let joined = component_join::join(read(plug)?, read(socket)?)
        .with_context(|| format!("cannot join {} to {}", plug.display(), socket.display()))?;
    fs::write(&arguments.output, joined)
        .with_context(|| format!("cannot write {}", arguments.output.display()))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
