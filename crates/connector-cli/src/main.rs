//! The command `connector-host`.

use std::process::ExitCode;

fn main() -> ExitCode {
    connector_cli::commands::main()
}
