//! Parts that every OCI layout has: blobs by digest, an index of one manifest.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::{Value, json};

use super::sha256;
use super::stamp::ComponentOrigin;

/// Media type of a manifest.
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A blob as others refer to it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BlobDescriptor {
    media_type: &'static str,
    /// Algorithm and digest.
    pub(super) digest: String,
    size: usize,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<Value>,
}

/// A layout that is being written.
pub(super) struct OciLayout {
    folder: PathBuf,
}

impl OciLayout {
    /// Creates the folders.
    pub(super) fn create_layout(folder: &Path) -> Result<Self> {
        let blobs = folder.join("blobs/sha256");
        fs::create_dir_all(&blobs).with_context(|| format!("{}", blobs.display()))?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// Writes a blob and returns its descriptor.
    pub(super) fn add(&self, bytes: &[u8], media_type: &'static str) -> Result<BlobDescriptor> {
        let digest = sha256(bytes);
        fs::write(self.folder.join("blobs/sha256").join(&digest), bytes)?;
        Ok(BlobDescriptor {
            media_type,
            digest: format!("sha256:{digest}"),
            size: bytes.len(),
            annotations: BTreeMap::new(),
            platform: None,
        })
    }

    /// Writes the manifest of a configuration and one layer, and the index that names it by version.
    pub(super) fn finish(
        &self,
        (config, layer): (&BlobDescriptor, &BlobDescriptor),
        annotations: &BTreeMap<&'static str, String>,
        (origin, platform): (&ComponentOrigin, Option<Value>),
    ) -> Result<()> {
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config,
            "layers": [layer],
            "annotations": annotations,
        });
        let mut manifest = self.add(&serde_json::to_vec(&manifest)?, MANIFEST)?;
        let name = ("org.opencontainers.image.ref.name", origin.version.clone());
        manifest.annotations = BTreeMap::from([name]);
        manifest.platform = platform;
        let index = json!({ "schemaVersion": 2, "manifests": [manifest] });
        fs::write(self.folder.join("index.json"), serde_json::to_vec(&index)?)?;
        let layout = json!({ "imageLayoutVersion": "1.0.0" });
        fs::write(self.folder.join("oci-layout"), serde_json::to_vec(&layout)?)?;
        Ok(())
    }
}

/// Returns the annotations that name the origin of a file.
pub(super) fn origin_annotations(
    origin: &ComponentOrigin,
    created: &str,
) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("org.opencontainers.image.created", created.to_owned()),
        ("org.opencontainers.image.licenses", origin.licence.clone()),
        ("org.opencontainers.image.revision", origin.revision.clone()),
        ("org.opencontainers.image.title", origin.name.clone()),
        ("org.opencontainers.image.version", origin.version.clone()),
    ])
}
