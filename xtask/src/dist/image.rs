//! A container image of a command as an OCI layout: one layer with a static executable, and nothing
//! that is built or run while the image is made.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::{Compression, GzBuilder};
use jiff::Timestamp;
use serde_json::json;

use super::oci::{OciLayout, origin_annotations};
use super::root_files::{RootFile, STATE, root_files};
use super::sha256;
use super::stamp::ComponentOrigin;

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// The account that the command runs as: no name of a system has it.
pub(super) const USER: u64 = 65_532;

/// A command to be packed.
#[derive(Clone, Copy, Debug)]
pub struct PackedCommand<'a> {
    /// Its origin; the name is that of its executable.
    pub origin: &'a ComponentOrigin,
    /// The executable.
    pub executable: &'a [u8],
    /// Its bill of materials.
    pub bill: &'a [u8],
}

/// Writes the layout into a folder. `created` is RFC 3339 in UTC, and the time of every file.
///
/// # Errors
/// Returns an error if the executable is not a static one for Linux, the time is none, or the folder
/// cannot be written to.
pub fn write(folder: &Path, command: &PackedCommand<'_>, created: &str) -> Result<()> {
    let name = &command.origin.name;
    let time: Timestamp = created.parse().context("the time of creation")?;
    let architecture = elf_architecture(command.executable)?;
    let files = root_files(command);
    let tar = tar_archive(&files, u64::try_from(time.as_second())?)?;
    let layout = OciLayout::create_layout(folder)?;
    let layer = layout.add(&compress_layer(&tar)?, LAYER)?;
    let labels = origin_annotations(command.origin, created);
    let config = json!({
        "created": created,
        "architecture": architecture,
        "os": "linux",
        "config": {
            "User": format!("{USER}:{USER}"),
            "ExposedPorts": { "9464/tcp": {} },
            "Env": ["PATH=/usr/bin"],
            "Entrypoint": [format!("/usr/bin/{name}")],
            "Cmd": ["--help"],
            "WorkingDir": format!("/{STATE}"),
            "Labels": labels,
            "StopSignal": "SIGTERM",
        },
        "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{}", sha256(&tar))] },
        "history": [{ "created": created, "created_by": "cargo xtask dist" }],
    });
    let config = layout.add(&serde_json::to_vec(&config)?, CONFIG)?;
    let platform = json!({ "architecture": architecture, "os": "linux" });
    layout.finish((&config, &layer), &labels, (command.origin, Some(platform)))
}

/// Returns the name of the architecture that a static executable is for.
fn elf_architecture(elf: &[u8]) -> Result<&'static str> {
    /// Type of the program header that names a dynamic linker.
    const INTERPRETER: u32 = 3;
    let number = |at: usize, size: usize| {
        let bytes = elf.get(at..at + size).context("it is cut off")?;
        let bytes = bytes.iter().rev().map(|byte| u64::from(*byte));
        anyhow::Ok(bytes.fold(0, |number, byte| number << 8 | byte))
    };
    if !elf.starts_with(b"\x7fELF\x02\x01") {
        bail!("it is no executable for Linux of 64 bits");
    }
    let (first, size) = (usize::try_from(number(32, 8)?)?, number(54, 2)?);
    for index in 0..number(56, 2)? {
        let at = first + usize::try_from(index * size)?;
        if number(at, 4)? == u64::from(INTERPRETER) {
            bail!(
                "it needs a dynamic linker, which the image does not have: build it for a musl target"
            );
        }
    }
    match number(18, 2)? {
        62 => Ok("amd64"),
        183 => Ok("arm64"),
        other => bail!("its machine {other} has no name here"),
    }
}

/// Returns the files as an archive: in their order, all of one time.
fn tar_archive(files: &[RootFile], time: u64) -> Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for file in files {
        let mut header = tar::Header::new_ustar();
        let (kind, content) = match &file.content {
            None => (tar::EntryType::Directory, &[][..]),
            Some(content) => (tar::EntryType::Regular, content.as_slice()),
        };
        header.set_entry_type(kind);
        header.set_mode(file.mode);
        header.set_uid(file.owner);
        header.set_gid(file.owner);
        header.set_mtime(time);
        header.set_size(u64::try_from(content.len())?);
        archive.append_data(&mut header, &file.path, content)?;
    }
    Ok(archive.into_inner()?)
}

/// Compresses without the time and name that such a file can have.
fn compress_layer(tar: &[u8]) -> Result<Vec<u8>> {
    let mut gzip = GzBuilder::new()
        .mtime(0)
        .write(Vec::new(), Compression::best());
    gzip.write_all(tar)?;
    Ok(gzip.finish()?)
}
