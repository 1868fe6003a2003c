//! Every build of the components has the same bytes: built once more from another folder, with another home of
//! Cargo's, they are the same. It compiles for most of a minute.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const BUILT: &str = "target/wasm32-unknown-unknown/debug";
const COMPONENTS: [&str; 4] = [
    "postman_connector.wasm",
    "wasi_http_client.wasm",
    "wasi_config_environment.wasm",
    "http_service.wasm",
];

/// Copies what is built from: everything but what was built.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if ["target", "node_modules", "venv", ".git"]
            .iter()
            .any(|other| name == *other)
        {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(name))
        } else {
            fs::copy(entry.path(), to.join(name)).unwrap();
        }
    }
}

/// A home of Cargo's at another place, with what the present one has fetched.
fn home(at: &Path) {
    let present = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let present =
        present.unwrap_or_else(|| Path::new(&std::env::var_os("HOME").unwrap()).join(".cargo"));
    fs::create_dir_all(at).unwrap();
    std::os::unix::fs::symlink(present.join("registry"), at.join("registry")).unwrap();
}

/// Returns whether something below a folder was compiled from below another one, as Cargo's notes say.
fn compiled_from(folder: &Path, source: &Path) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        path.extension().is_some_and(|kind| kind == "d")
            && contains_path(&fs::read(path).unwrap(), source)
    })
}

fn contains_path(bytes: &[u8], path: &Path) -> bool {
    let path = path.to_str().unwrap().as_bytes();
    bytes.windows(path.len()).any(|window| window == path)
}

#[test]
fn component_bytes_do_not_depend_on_the_folder() {
    let elsewhere = tempfile::tempdir().unwrap();
    let (source, cargo_home) = (
        elsewhere.path().join("a/longer/way"),
        elsewhere.path().join("home"),
    );
    copy(Path::new(ROOT), &source);
    home(&cargo_home);
    let mut make = Command::new("make");
    make.arg("guests").current_dir(&source);
    make.env("CARGO_HOME", &cargo_home)
        .env("CARGO_NET_OFFLINE", "true");
    for name in ["MAKEFLAGS", "MAKELEVEL", "MFLAGS", "RUSTFLAGS"] {
        make.env_remove(name);
    }
    assert!(make.status().unwrap().success());
    // Else the test would say nothing of homes.
    assert!(compiled_from(&source.join(BUILT).join("deps"), &cargo_home));
    for name in COMPONENTS {
        let here = fs::read(Path::new(ROOT).join(BUILT).join(name)).unwrap();
        let there = fs::read(source.join(BUILT).join(name)).unwrap();
        assert!(
            here == there,
            "{name} is not the same from elsewhere (or here it is old: `make components`)"
        );
        assert!(!contains_path(&there, elsewhere.path()), "{name}");
        println!("{name}: {} bytes, the same from two places", here.len());
    }
}
