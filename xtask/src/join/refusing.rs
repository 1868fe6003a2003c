//! A component that stands where a circle would close: it exports what another one imports, and every
//! call of it traps.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use wit_component::{
    ComponentEncoder, DecodedWasm, StringEncoding, decode, dummy_module, embed_component_metadata,
};
use wit_parser::{ManglingAndAbi, WorldKey};

/// Makes a component that exports those imports of the component in `bytes` that are named.
pub(crate) fn refusing_component(bytes: &[u8], names: &BTreeSet<String>) -> Result<Vec<u8>> {
    let DecodedWasm::Component(mut resolve, world) = decode(bytes)? else {
        bail!("it is not a component");
    };
    let named = |key: &WorldKey| names.contains(&resolve.name_world_key(key));
    let all = resolve.worlds.get(world).map(|world| &world.imports);
    let named: Vec<bool> = all
        .into_iter()
        .flatten()
        .map(|(key, _)| named(key))
        .collect();
    if let Some(world) = resolve.worlds.get_mut(world) {
        let imports = std::mem::take(&mut world.imports);
        world.exports.clear();
        for (is_named, (key, item)) in named.into_iter().zip(imports) {
            if is_named {
                world.exports.insert(key, item)
            } else {
                // What is left may define types of what is exported.
                world.imports.insert(key, item)
            };
        }
    }
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Standard32);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    ComponentEncoder::default()
        .module(&module)?
        .validate(true)
        .encode()
}
