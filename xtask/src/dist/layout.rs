//! An OCI layout of one component, as the CNCF's guide for Wasm artifacts has it: one layer, the
//! component, and a configuration that names what it imports and exports.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::json;
use wit_component::DecodedWasm;
use wit_parser::{Resolve, WorldKey};

use super::oci::{OciLayout, origin_annotations};
use super::stamp::ComponentOrigin;

const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const LAYER: &str = "application/wasm";

/// Writes the layout into a folder. `created` is RFC 3339 in UTC.
///
/// # Errors
/// Returns an error if the bytes are no component or the folder cannot be written.
pub fn write(
    folder: &Path,
    component: &[u8],
    origin: &ComponentOrigin,
    created: &str,
) -> Result<()> {
    let layout = OciLayout::create_layout(folder)?;
    let layer = layout.add(component, LAYER)?;
    let (imports, exports) = component_interfaces(component)?;
    let config = json!({
        "created": created,
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": [layer.digest],
        "component": { "exports": exports, "imports": imports, "target": null },
    });
    let config = layout.add(&serde_json::to_vec(&config)?, CONFIG)?;
    layout.finish(
        (&config, &layer),
        &origin_annotations(origin, created),
        (origin, None),
    )
}

/// Returns the imports and exports of a component, by name.
fn component_interfaces(component: &[u8]) -> Result<(Vec<String>, Vec<String>)> {
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
