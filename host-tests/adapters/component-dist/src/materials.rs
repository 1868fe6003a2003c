//! Bills of materials in CycloneDX 1.6, from what Cargo resolved.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::sha256;

/// The file that a bill is about.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its name.
    pub name: &'a str,
    /// The Cargo packages that it is built from.
    pub packages: &'a [String],
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// The bill of a file: the packages that it is built from and all that they need to run, each with
/// version, licence and package URL, bound to the file by its digest. `metadata` is what
/// `cargo metadata` prints.
///
/// # Errors
/// `metadata` is of another form, or has no such package.
pub fn bill(metadata: &Value, file: File<'_>) -> Result<Value> {
    let packages = by_id(metadata)?;
    let needs = needs(metadata)?;
    let mut waiting = Vec::new();
    for wanted in file.packages {
        let root = packages
            .iter()
            .find(|(_, package)| package["name"] == **wanted);
        waiting.push(*root.with_context(|| format!("no package {wanted}"))?.0);
    }
    let roots = waiting.clone();
    let mut reached = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if reached.insert(id) {
            waiting.extend(needs.get(id).into_iter().flatten());
        }
    }
    let of = |id: &&str| packages.get(*id).map(|package| component(package));
    let components: Vec<_> = reached.iter().filter_map(of).collect();
    let reference = |id: &str| packages.get(id).map(|package| purl(package));
    let dependencies: Vec<_> = reached
        .iter()
        .map(|id| {
            let on = needs.get(id).into_iter().flatten();
            let on: Vec<_> = on.filter_map(|id| reference(id)).collect();
            json!({ "ref": reference(id), "dependsOn": on })
        })
        .collect();
    let first = roots.first().and_then(|id| packages.get(*id));
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "name": file.name,
                "version": first.map(|package| &package["version"]),
                "hashes": [{ "alg": "SHA-256", "content": sha256(file.bytes) }],
            }
        },
        "components": components,
        "dependencies": dependencies,
    }))
}

fn by_id(metadata: &Value) -> Result<BTreeMap<&str, &Value>> {
    let packages = metadata["packages"].as_array().context("no packages")?;
    let named = packages
        .iter()
        .filter_map(|package| Some((package["id"].as_str()?, package)));
    Ok(named.collect())
}

/// What each package needs when it runs: not what builds or tests it.
fn needs(metadata: &Value) -> Result<BTreeMap<&str, Vec<&str>>> {
    let nodes = metadata["resolve"]["nodes"]
        .as_array()
        .context("nothing is resolved")?;
    let mut found = BTreeMap::new();
    for node in nodes {
        let all = node["deps"].as_array().into_iter().flatten();
        let runs = |dep: &&Value| {
            let kinds = dep["dep_kinds"].as_array().into_iter().flatten();
            kinds.into_iter().any(|kind| kind["kind"].is_null())
        };
        let needed = all.filter(runs).filter_map(|dep| dep["pkg"].as_str());
        let id = node["id"].as_str().context("a node without an id")?;
        found.insert(id, needed.collect());
    }
    Ok(found)
}

fn component(package: &Value) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": purl(package),
        "name": package["name"],
        "version": package["version"],
        "purl": purl(package),
    });
    // Cargo's older form of "or" is no SPDX.
    if let Some(licence) = package["license"].as_str() {
        let expression = licence.replace('/', " OR ");
        component["licenses"] = json!([{ "expression": expression }]);
    }
    component
}

fn purl(package: &Value) -> String {
    let part = |name: &str| package[name].as_str().unwrap_or_default().to_owned();
    format!("pkg:cargo/{}@{}", part("name"), part("version"))
}
