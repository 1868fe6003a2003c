//! The files of a container image.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::image::{PackedCommand, USER};

/// The folder of what the command stores: a volume belongs there.
pub(super) const STATE: &str = "var/lib/connector-host";

/// The path at which programs look for root certificates.
const CERTIFICATES: &str = "etc/ssl/certs/ca-certificates.crt";

/// A file or folder of an image.
pub(super) struct RootFile {
    /// Its path from the root; that of a folder ends with a slash.
    pub(super) path: String,
    pub(super) mode: u32,
    /// User and group.
    pub(super) owner: u64,
    /// `None` is a folder.
    pub(super) content: Option<Vec<u8>>,
}

/// Returns the files of an image by path, folders before what is in them.
pub(super) fn root_files(command: &PackedCommand<'_>) -> Vec<RootFile> {
    let name = &command.origin.name;
    let documents = format!("usr/share/doc/{name}");
    let accounts = format!("{name}:x:{USER}:");
    let mut files = vec![
        root_file("etc/group", 0o644, accounts.clone() + "\n"),
        root_file(
            "etc/passwd",
            0o644,
            format!("{accounts}{USER}::/{STATE}:/sbin/nologin\n"),
        ),
        root_file(CERTIFICATES, 0o644, root_certificates()),
        root_file(format!("usr/bin/{name}"), 0o755, command.executable),
        root_file(
            format!("{documents}/LICENSE"),
            0o644,
            include_bytes!("../../../LICENSE"),
        ),
        root_file(format!("{documents}/{name}.cdx.json"), 0o644, command.bill),
    ];
    for path in [
        "etc",
        "etc/ssl",
        "etc/ssl/certs",
        "usr",
        "usr/bin",
        "usr/share",
        "usr/share/doc",
        &documents,
        "var",
        "var/lib",
    ] {
        files.push(root_folder(path, 0o755, 0));
    }
    // SQLite's temporary files.
    files.push(root_folder("tmp", 0o1777, 0));
    files.push(root_folder(STATE, 0o750, USER));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn root_file(path: impl Into<String>, mode: u32, content: impl AsRef<[u8]>) -> RootFile {
    RootFile {
        path: path.into(),
        mode,
        owner: 0,
        content: Some(content.as_ref().to_owned()),
    }
}

fn root_folder(path: &str, mode: u32, owner: u64) -> RootFile {
    RootFile {
        path: format!("{path}/"),
        mode,
        owner,
        content: None,
    }
}

/// Returns Mozilla's root certificates, of the version in the lock file, as PEM.
fn root_certificates() -> String {
    let mut text = String::new();
    for certificate in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        text.push_str("-----BEGIN CERTIFICATE-----\n");
        for (at, c) in BASE64_STANDARD.encode(certificate).char_indices() {
            if at > 0 && at % 64 == 0 {
                text.push('\n');
            }
            text.push(c);
        }
        text.push_str("\n-----END CERTIFICATE-----\n");
    }
    text
}
