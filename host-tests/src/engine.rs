//! `wasmtime serve`, one process of it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, Mutex};
use std::{fs, io, thread};

use crate::stock::{self, component};

/// The address of an engine whose port does not matter.
pub const ANYWHERE: &str = "127.0.0.1:0";

fn wasmtime() -> Command {
    let mut command = Command::new(stock::wasmtime());
    command.env_clear();
    command
}

/// The service of another connector than Postman's.
pub fn service_of(name: &str, connector: Vec<u8>) -> PathBuf {
    let adapter = |name| fs::read(component(name)).unwrap();
    let plugs = vec![adapter("wasi-http-client.wasm"), connector];
    let joined = xtask::join::join(plugs, adapter("http-service.wasm")).unwrap();
    let path = crate::scratch_folder().join(format!("{name}.service.wasm"));
    fs::write(&path, joined).unwrap();
    path
}

/// The component as `wasmtime compile` compiles it, once for all calls and engines of it. Some
/// settings change the code, such as `fuel=1`.
///
/// # Panics
/// If it cannot be compiled.
pub fn compiled(component: &Path, settings: &[&str]) -> PathBuf {
    static COMPILED: LazyLock<Mutex<BTreeMap<PathBuf, PathBuf>>> = LazyLock::new(Mutex::default);
    let extension = [settings, &["cwasm"]].concat().join(".");
    let mut compiled = COMPILED.lock().unwrap();
    let known = compiled.entry(component.with_extension(&extension));
    let path = known.or_insert_with(|| {
        let name = component.file_stem().unwrap();
        let path = crate::scratch_folder().join(name);
        let path = path.with_extension(extension);
        let mut command = wasmtime();
        command.arg("compile");
        for setting in settings {
            command.args(["-W", setting]);
        }
        command.arg("-o").arg(&path).arg(component);
        assert!(command.status().unwrap().success());
        path
    });
    path.clone()
}

/// A process that ends with the value.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended by itself cannot be killed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An engine that serves.
pub struct Engine {
    _process: Process,
    address: SocketAddr,
}

impl Engine {
    /// Serves a component at an address, with these variables and no others.
    pub fn start(component: &Path, address: &str, variables: &[(&str, &str)]) -> Self {
        let mut command = wasmtime();
        command.args(["serve", "-S", "cli,http", "--addr", address]);
        for (name, value) in variables {
            // By name, so that no value stands in an argument list.
            command.env(name, value).args(["--env", name]);
        }
        command
            .arg("--allow-precompiled")
            .arg(compiled(component, &[]));
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = Process(command.spawn().unwrap());
        let mut said = BufReader::new(process.0.stderr.take().unwrap());
        let address = address_in(&mut said);
        thread::spawn(move || io::copy(&mut said, &mut io::sink()));
        Self {
            _process: process,
            address,
        }
    }

    /// Serves Postman's connector at any address.
    pub fn postman(variables: &[(&str, &str)]) -> Self {
        Self::start(
            &component("postman-connector.service.wasm"),
            ANYWHERE,
            variables,
        )
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

fn address_in(said: &mut impl BufRead) -> SocketAddr {
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("Serving HTTP on http://");
    let Some(address) = address.and_then(|rest| rest.strip_suffix('/')) else {
        said.take(4096).read_to_string(&mut line).unwrap();
        panic!("wasmtime serve: {line}");
    };
    address.parse().unwrap()
}
