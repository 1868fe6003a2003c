//! Bills of materials in CycloneDX 1.6, from what Cargo resolved.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use super::sha256;

/// The used part of the output of `cargo metadata`.
#[derive(Clone, Debug, Deserialize)]
pub struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

/// One package.
#[derive(Clone, Debug, Deserialize)]
pub struct Package {
    id: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence, where it states one.
    pub license: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Resolve {
    nodes: Vec<DependencyNode>,
}

#[derive(Clone, Debug, Deserialize)]
struct DependencyNode {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Clone, Debug, Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Clone, Debug, Deserialize)]
struct DependencyKind {
    /// `dev` or `build`; `None` is what runs.
    kind: Option<String>,
}

impl Metadata {
    /// Returns the package of this name.
    ///
    /// # Errors
    /// Returns an error if there is none.
    pub fn find_package(&self, name: &str) -> Result<&Package> {
        let mut packages = self.packages.iter();
        let found = packages.find(|package| package.name == name);
        found.with_context(|| format!("no package {name}"))
    }

    /// Returns the packages that each package needs at run time: not for building or testing it.
    fn dependency_names(&self) -> BTreeMap<&str, Vec<&str>> {
        let runs = |dep: &&Dependency| dep.dep_kinds.iter().any(|one| one.kind.is_none());
        let nodes = self.resolve.nodes.iter().map(|node| {
            let needed = node.deps.iter().filter(runs).map(|dep| &*dep.pkg);
            (&*node.id, needed.collect())
        });
        nodes.collect()
    }
}

/// The file that a bill is about.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its name.
    pub name: &'a str,
    /// The Cargo packages that it is built from, the one that gives the version first.
    pub packages: &'a [String],
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// Returns the bill of a file: the packages that it is built from and all that they need to run, each with
/// version, licence and package URL, bound to the file by its digest.
///
/// # Errors
/// Returns an error if there is no such package.
pub fn bill_of_materials(metadata: &Metadata, file: File<'_>) -> Result<Value> {
    let roots = file.packages.iter().map(|name| metadata.find_package(name));
    let roots: Vec<&Package> = roots.collect::<Result<_>>()?;
    let needs = metadata.dependency_names();
    let mut waiting: Vec<&str> = roots.iter().map(|package| &*package.id).collect();
    let mut reached = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if reached.insert(id) {
            waiting.extend(needs.get(id).into_iter().flatten());
        }
    }
    let all = metadata.packages.iter();
    let by_id: BTreeMap<&str, &Package> = all.map(|package| (&*package.id, package)).collect();
    let packages = reached.iter().filter_map(|id| by_id.get(id));
    let dependencies = packages.clone().map(|package| {
        let needed = needs.get(&*package.id).into_iter().flatten();
        let needed = needed
            .filter_map(|id| by_id.get(id))
            .map(|one| one.package_url());
        json!({ "ref": package.package_url(), "dependsOn": needed.collect::<Vec<_>>() })
    });
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "name": file.name,
                "version": roots.first().map(|package| &package.version),
                "hashes": [{ "alg": "SHA-256", "content": sha256(file.bytes) }],
            }
        },
        "dependencies": dependencies.collect::<Vec<_>>(),
        "components": packages.map(|package| package.component_entry()).collect::<Vec<_>>(),
    }))
}

impl Package {
    fn package_url(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version)
    }

    fn component_entry(&self) -> Value {
        // Cargo's older form of "or" is no SPDX.
        let licence = self.license.as_ref().map(|text| text.replace('/', " OR "));
        let licences = licence.map(|expression| json!({ "expression": expression }));
        json!({
            "type": "library",
            "bom-ref": self.package_url(),
            "name": self.name,
            "version": self.version,
            "purl": self.package_url(),
            "licenses": licences.into_iter().collect::<Vec<_>>(),
        })
    }
}
