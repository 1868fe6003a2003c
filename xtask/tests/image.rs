//! A container image holds a static command and nothing else, and is the same bytes each time.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use serde_json::{Value, json};
use xtask::dist::image::{self, PackedCommand};
use xtask::dist::sha256;
use xtask::dist::stamp::ComponentOrigin;

const CREATED: &str = "2026-01-02T03:04:05Z";

/// The head of an executable with one program header of a type.
fn executable(kind: u32, machine: u16) -> Vec<u8> {
    let mut elf = vec![0; 120];
    elf[..6].copy_from_slice(b"\x7fELF\x02\x01");
    elf[18..20].copy_from_slice(&machine.to_le_bytes());
    elf[32..40].copy_from_slice(&64_u64.to_le_bytes());
    elf[54..56].copy_from_slice(&56_u16.to_le_bytes());
    elf[56..58].copy_from_slice(&1_u16.to_le_bytes());
    elf[64..68].copy_from_slice(&kind.to_le_bytes());
    elf
}

fn write(folder: &Path, executable: &[u8]) -> Result<(), String> {
    let origin = ComponentOrigin {
        name: "connector-host".to_owned(),
        version: "0.1.0".to_owned(),
        revision: "0123abcd".to_owned(),
        licence: "Apache-2.0".to_owned(),
    };
    let command = PackedCommand {
        origin: &origin,
        executable,
        bill: b"{}",
    };
    image::write(folder, &command, CREATED).map_err(|error| format!("{error:#}"))
}

fn blob(folder: &Path, descriptor: &Value) -> Vec<u8> {
    let digest = descriptor["digest"].as_str().unwrap();
    let digest = digest.strip_prefix("sha256:").unwrap();
    let bytes = fs::read(folder.join("blobs/sha256").join(digest)).unwrap();
    assert_eq!(sha256(&bytes), digest);
    assert_eq!(descriptor["size"], bytes.len());
    bytes
}

fn json_of(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// The configuration, and the layer as a tar archive.
fn read(folder: &Path) -> (Value, Vec<u8>) {
    let index = json_of(&fs::read(folder.join("index.json")).unwrap());
    let named = &index["manifests"][0];
    assert_eq!(
        named["platform"],
        json!({ "architecture": "amd64", "os": "linux" })
    );
    let manifest = json_of(&blob(folder, named));
    assert_eq!(manifest["layers"].as_array().unwrap().len(), 1);
    let config = json_of(&blob(folder, &manifest["config"]));
    let layer = blob(folder, &manifest["layers"][0]);
    let mut tar = Vec::new();
    let mut gzip = flate2::read::GzDecoder::new(layer.as_slice());
    gzip.read_to_end(&mut tar).unwrap();
    assert_eq!(
        config["rootfs"]["diff_ids"],
        json!([format!("sha256:{}", sha256(&tar))])
    );
    (config, tar)
}

/// Mode, owner, group and time of each entry, and its content.
fn entries(tar: &[u8]) -> Vec<(String, [u64; 4], Vec<u8>)> {
    let mut archive = tar::Archive::new(tar);
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        let header = entry.header();
        let facts = [
            u64::from(header.mode().unwrap()),
            header.uid().unwrap(),
            header.gid().unwrap(),
            header.mtime().unwrap(),
        ];
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        (path, facts, content)
    });
    entries.collect()
}

#[test]
fn an_image_runs_the_command_without_rights() {
    let folder = tempfile::tempdir().unwrap();
    let binary = executable(1, 62);
    write(folder.path(), &binary).unwrap();
    let (config, tar) = read(folder.path());
    assert_eq!(config["architecture"], "amd64");
    assert_eq!(config["created"], CREATED);
    let settings = &config["config"];
    assert_eq!(settings["User"], "65532:65532");
    let labels = &settings["Labels"];
    assert_eq!(labels["org.opencontainers.image.revision"], "0123abcd");
    assert_eq!(labels["org.opencontainers.image.version"], "0.1.0");
    let entries = entries(&tar);
    let by_path: BTreeMap<_, _> = entries
        .iter()
        .map(|(path, facts, content)| (format!("/{path}"), (facts, content)))
        .collect();
    let program = settings["Entrypoint"][0].as_str().unwrap();
    let (facts, content) = by_path[program];
    assert_eq!((facts[0], content), (0o755, &binary));
    let state = format!("{}/", settings["WorkingDir"].as_str().unwrap());
    assert_eq!(by_path[&state].0[..3], [0o750, 65_532, 65_532]);
    let roots = String::from_utf8(by_path["/etc/ssl/certs/ca-certificates.crt"].1.clone()).unwrap();
    assert!(roots.matches("-----BEGIN CERTIFICATE-----\nMI").count() > 100);
    assert!(roots.lines().all(|line| line.len() <= 64));
    assert_eq!(
        by_path["/usr/share/doc/connector-host/connector-host.cdx.json"].1,
        b"{}"
    );
    let files = entries.iter().filter(|(path, ..)| !path.ends_with('/'));
    assert_eq!(files.count(), 6);
    for (path, [mode, owner, ..], _) in &entries {
        assert!(*owner == 0 || format!("/{path}") == state, "{path}");
        assert!(mode & 0o6022 == 0 || path == "tmp/", "{path}: {mode:o}");
    }
}

#[test]
fn an_image_is_the_same_bytes_each_time() {
    let [one, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let binary = executable(1, 62);
    for folder in [&one, &other] {
        write(folder.path(), &binary).unwrap();
    }
    let index = |folder: &tempfile::TempDir| fs::read(folder.path().join("index.json")).unwrap();
    assert_eq!(index(&one), index(&other));
    let (_, tar) = read(one.path());
    let entries = entries(&tar);
    let paths: Vec<_> = entries.iter().map(|(path, ..)| path).collect();
    assert!(paths.is_sorted(), "{paths:?}");
    // 2026-01-02T03:04:05Z
    assert!(
        entries
            .iter()
            .all(|(_, [.., time], _)| *time == 1_767_323_045)
    );
}

#[test]
fn what_cannot_run_alone_is_no_image() {
    for (binary, reason) in [
        (executable(3, 62), "dynamic linker"),
        (executable(1, 8), "machine 8"),
        (b"#!/bin/sh\n".to_vec(), "no executable"),
        (b"\x7fELF\x02\x01".to_vec(), "cut off"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let answer = write(&folder.path().join("image"), &binary);
        assert!(answer.unwrap_err().contains(reason), "{reason}");
    }
}
