//! Packs built components for others: `xtask dist`.
//!
//! ```sh
//! cargo metadata --format-version 1 --locked |
//!   xtask dist --revision REVISION --created TIME --output FOLDER NAME=FILE=PACKAGE+PACKAGE …
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::materials::{self, File, Metadata};
use super::stamp::ComponentOrigin;
use super::{image, layout, sha256, stamp};
use anyhow::{Context, Result};

/// Arguments of `xtask dist`.
#[derive(clap::Args)]
pub struct DistArguments {
    /// The revision of the source.
    #[arg(long)]
    revision: String,
    /// The time of the revision, RFC 3339 in UTC: the same inputs give the same bytes.
    #[arg(long)]
    created: String,
    /// Output folder.
    #[arg(short, long, value_name = "FOLDER")]
    output: PathBuf,
    /// An artifact of which a container image is made, too: a static executable for Linux.
    #[arg(long, value_name = "NAME")]
    image: Vec<String>,
    /// Artifacts to pack: name, file, and the packages that it is built from.
    #[arg(value_name = "NAME=FILE=PACKAGE+PACKAGE")]
    artifacts: Vec<Artifact>,
}

#[derive(Clone)]
struct Artifact {
    name: String,
    file: PathBuf,
    packages: Vec<String>,
}

impl FromStr for Artifact {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('=').map(str::to_owned);
        let (name, file, packages) = (parts.next(), parts.next(), parts.next());
        let (Some(name), Some(file), Some(packages)) = (name, file, packages) else {
            return Err("it is not in the form NAME=FILE=PACKAGE+PACKAGE");
        };
        Ok(Self {
            name,
            file: file.into(),
            packages: packages.split('+').map(str::to_owned).collect(),
        })
    }
}

/// Packs built files: digests and bills of materials; components and images also as OCI layouts.
///
/// # Errors
/// Returns an error if a file cannot be read, packed or written.
pub fn run(arguments: &DistArguments) -> Result<()> {
    let metadata: Metadata = serde_json::from_reader(io::stdin().lock())
        .context("standard input should be what `cargo metadata` prints")?;
    fs::create_dir_all(&arguments.output)?;
    let mut sums = String::new();
    for artifact in &arguments.artifacts {
        let line = pack_artifact(arguments, artifact, &metadata)
            .with_context(|| format!("{}", artifact.file.display()))?;
        sums.push_str(&line);
    }
    fs::write(arguments.output.join("SHA256SUMS"), sums)?;
    Ok(())
}

/// Packs one file and gives its line of `SHA256SUMS`.
fn pack_artifact(
    arguments: &DistArguments,
    artifact: &Artifact,
    metadata: &Metadata,
) -> Result<String> {
    let bytes = fs::read(&artifact.file)?;
    let is_component = bytes.starts_with(b"\0asm");
    let origin = artifact_origin(arguments, artifact, metadata)?;
    let bytes = if is_component {
        stamp::stamp_component(&bytes, &origin)?
    } else {
        bytes
    };
    let out = |name: &str| arguments.output.join(name);
    write(&out(&artifact.name), &bytes, !is_component)?;
    let file = File {
        name: &artifact.name,
        packages: &artifact.packages,
        bytes: &bytes,
    };
    let bill = materials::bill_of_materials(metadata, file)?;
    let bill = serde_json::to_vec_pretty(&bill)?;
    fs::write(out(&format!("{}.cdx.json", artifact.name)), &bill)?;
    let folder = out("oci").join(&origin.name);
    if is_component {
        layout::write(&folder, &bytes, &origin, &arguments.created)?;
    } else if arguments.image.contains(&artifact.name) {
        let command = image::PackedCommand {
            origin: &origin,
            executable: &bytes,
            bill: &bill,
        };
        image::write(&folder, &command, &arguments.created)?;
    }
    Ok(format!("{}  {}\n", sha256(&bytes), artifact.name))
}

fn write(path: &Path, bytes: &[u8], executable: bool) -> Result<()> {
    fs::write(path, bytes)?;
    #[cfg(unix)]
    if executable {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(path, mode)?;
    }
    let _ = executable;
    Ok(())
}

fn artifact_origin(
    arguments: &DistArguments,
    artifact: &Artifact,
    metadata: &Metadata,
) -> Result<ComponentOrigin> {
    let first = artifact.packages.first().context("no package is named")?;
    let package = metadata.find_package(first)?;
    let licence = package.license.clone();
    Ok(ComponentOrigin {
        name: artifact.name.trim_end_matches(".wasm").to_owned(),
        version: package.version.clone(),
        revision: arguments.revision.clone(),
        licence: licence.context("a package without a licence")?,
    })
}
