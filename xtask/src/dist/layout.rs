//! An OCI layout of one component, as the CNCF's guide for Wasm artifacts has it: one layer, the
//! component, and a configuration that names what it imports and exports.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::json;
use wit_component::DecodedWasm;
use wit_parser::{Resolve, WorldKey};

use super::sha256;
use super::stamp::Origin;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const LAYER: &str = "application/wasm";

/// Writes the layout into a folder. `created` is RFC 3339 in UTC.
///
/// # Errors
/// The bytes are no component, or the folder cannot be written to.
pub fn write(folder: &Path, component: &[u8], origin: &Origin, created: &str) -> Result<()> {
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs).with_context(|| format!("{}", blobs.display()))?;
    let layer = keep(&blobs, component, LAYER)?;
    let (imports, exports) = interfaces(component)?;
    let config = json!({
        "created": created,
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": [layer.digest],
        "component": { "exports": exports, "imports": imports, "target": null },
    });
    let config = keep(&blobs, &serde_json::to_vec(&config)?, CONFIG)?;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config,
        "layers": [layer],
        "annotations": {
            "org.opencontainers.image.created": created,
            "org.opencontainers.image.licenses": origin.licence,
            "org.opencontainers.image.revision": origin.revision,
            "org.opencontainers.image.title": origin.name,
            "org.opencontainers.image.version": origin.version,
        },
    });
    let mut manifest = keep(&blobs, &serde_json::to_vec(&manifest)?, MANIFEST)?;
    let name = ("org.opencontainers.image.ref.name", origin.version.clone());
    manifest.annotations = BTreeMap::from([name]);
    let index = json!({ "schemaVersion": 2, "manifests": [manifest] });
    fs::write(folder.join("index.json"), serde_json::to_vec(&index)?)?;
    let layout = json!({ "imageLayoutVersion": "1.0.0" });
    fs::write(folder.join("oci-layout"), serde_json::to_vec(&layout)?)?;
    Ok(())
}

/// A blob as others refer to it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: &'static str,
    digest: String,
    size: usize,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<&'static str, String>,
}

/// Writes a blob and gives its descriptor.
fn keep(blobs: &Path, bytes: &[u8], media_type: &'static str) -> Result<Descriptor> {
    let digest = sha256(bytes);
    fs::write(blobs.join(&digest), bytes)?;
    Ok(Descriptor {
        media_type,
        digest: format!("sha256:{digest}"),
        size: bytes.len(),
        annotations: BTreeMap::new(),
    })
}

/// What a component imports and exports, by name.
fn interfaces(component: &[u8]) -> Result<(Vec<String>, Vec<String>)> {
    let DecodedWasm::Component(resolve, world) = wit_component::decode(component)? else {
        bail!("it is a package of interfaces and no component");
    };
    let world = resolve
        .worlds
        .get(world)
        .context("a component without a world")?;
    let imports = world.imports.keys().map(|key| name(&resolve, key));
    let exports = world.exports.keys().map(|key| name(&resolve, key));
    Ok((imports.collect(), exports.collect()))
}

fn name(resolve: &Resolve, key: &WorldKey) -> String {
    resolve.name_world_key(key)
}
