//! The connector is linked from few crates, so that it can be reviewed.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

/// Crates that may be linked into the component, itself and procedural macros left out.
const MOST_CRATES: usize = 15;

pub(super) fn check_component(root: &Path) -> Result<Option<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "tree",
            "--locked",
            "--package",
            "postman-connector",
            "--edges",
            "normal,no-proc-macro",
        ])
        .args([
            "--target",
            "wasm32-unknown-unknown",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .current_dir(root)
        .output()?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let listed = String::from_utf8_lossy(&output.stdout);
    let crates = listed.lines().filter_map(|line| line.split(' ').next());
    let crates: BTreeSet<&str> = crates.filter(|name| *name != "postman-connector").collect();
    ensure!(
        crates.contains("serde_json"),
        "cargo tree does not list the component's crates"
    );
    Ok((crates.len() > MOST_CRATES).then(|| {
        let listed: Vec<&str> = crates.iter().copied().collect();
        format!(
            "the component is linked from {} crates, at most {MOST_CRATES}: {}",
            crates.len(),
            listed.join(", ")
        )
    }))
}
