//! The origin metadata of a component.

use anyhow::Result;
use wasm_metadata::{AddMetadata, AddMetadataField::Set, Licenses, Payload, Revision, Version};

/// The origin of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentOrigin {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The revision of the source that it was built from.
    pub revision: String,
    /// Its licence, an SPDX expression.
    pub licence: String,
}

/// Returns the same component with its origin written into it, in the sections that tools read.
///
/// # Errors
/// Returns an error if the bytes are no component or the license is no SPDX expression.
pub fn stamp_component(component: &[u8], origin: &ComponentOrigin) -> Result<Vec<u8>> {
    let mut metadata = AddMetadata::default();
    metadata.name = Set(origin.name.clone());
    metadata.version = Set(Version::new(origin.version.clone()));
    metadata.revision = Set(Revision::new(origin.revision.clone()));
    metadata.licenses = Set(Licenses::new(&origin.licence)?);
    metadata.to_wasm(component)
}

/// Returns the origin that a component states; `None` where it states none.
///
/// # Errors
/// Returns an error if the bytes are no component.
pub fn stamped_origin(component: &[u8]) -> Result<Option<ComponentOrigin>> {
    let payload = Payload::from_binary(component)?;
    let stated = payload.metadata();
    let text = |field: Option<String>| field.filter(|text| !text.is_empty());
    let origin = || {
        Some(ComponentOrigin {
            name: text(stated.name.clone())?,
            version: text(stated.version.as_ref().map(ToString::to_string))?,
            revision: text(stated.revision.as_ref().map(ToString::to_string))?,
            licence: text(stated.licenses.as_ref().map(ToString::to_string))?,
        })
    };
    Ok(origin())
}
