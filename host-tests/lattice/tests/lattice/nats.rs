//! A lattice: NATS, hosts, and what runs on them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use nkeys::KeyPair;
use provider_archive::ProviderArchive;
use wasmcloud_control_interface::{Client, ClientBuilder, CtlResponse, Link};

use crate::processes::{Process, free_port};

const SERVER: &str = "http-server";
const CLIENT: &str = "http-client";
const CONNECTOR: &str = "connector";
/// The longest time for what a host compiles or starts.
const PATIENCE: Duration = Duration::from_secs(300);

/// Hosts in one lattice.
pub struct Lattice {
    hosts: Vec<Option<(String, Process)>>,
    control: Client,
    archive: PathBuf,
    _nats: Process,
}

fn nats_server() -> PathBuf {
    let unpacked = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../target/tools/nats/usr/sbin"
    );
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&path).collect();
    folders.extend([PathBuf::from("/usr/sbin"), PathBuf::from(unpacked)]);
    let mut found = folders.iter().map(|folder| folder.join("nats-server"));
    let found = found.find(|path| path.is_file());
    found.expect("there is no nats-server: run `make test-lattice`, or install nats-server")
}

fn start_nats(folder: &Path, port: u16) -> Process {
    let mut command = Command::new(nats_server());
    command.args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-sd"]);
    spawn(command.arg(folder.join("nats")))
}

fn spawn(command: &mut Command) -> Process {
    Process::start(command.stdin(Stdio::null()))
}

fn accepted<T>(answer: Result<CtlResponse<T>, Box<dyn std::error::Error + Send + Sync>>) {
    let answer = answer.unwrap();
    assert!(answer.succeeded(), "{}", answer.message());
}

impl Lattice {
    /// Starts NATS and so many hosts.
    pub async fn start(folder: &Path, hosts: usize) -> Self {
        let port = free_port();
        let nats = start_nats(folder, port);
        let url = format!("nats://127.0.0.1:{port}");
        let connection = async_nats::ConnectOptions::new().retry_on_initial_connect();
        let connection = connection.connect(&url).await.unwrap();
        connection.flush().await.unwrap();
        let control = ClientBuilder::new(connection)
            .lattice("default")
            .timeout(Duration::from_secs(60))
            .build();
        let mut lattice = Self {
            hosts: Vec::new(),
            control,
            archive: archive(folder).await,
            _nats: nats,
        };
        for number in 0..hosts {
            let mut command = Command::new(env!("CARGO_BIN_EXE_wasmcloud-host"));
            command.args([&url, &number.to_string()]);
            let process = spawn(command.env("TMPDIR", folder));
            let id = lattice.id_of(number).await;
            lattice.hosts.push(Some((id, process)));
        }
        lattice
    }

    /// Waits for a host and returns its id.
    async fn id_of(&self, number: usize) -> String {
        let label = number.to_string();
        let finding = async {
            loop {
                let hosts = self.control.get_hosts().await.unwrap();
                let mut hosts = hosts.iter().filter_map(CtlResponse::data);
                let found = hosts.find(|host| host.labels().get("number") == Some(&label));
                if let Some(host) = found {
                    return host.id().to_owned();
                }
            }
        };
        tokio::time::timeout(PATIENCE, finding).await.unwrap()
    }

    fn host(&self, number: usize) -> &str {
        let (id, _) = self.hosts[number].as_ref().unwrap();
        id
    }

    /// Sets named settings.
    pub async fn configure(&self, name: &str, settings: &[(&str, String)]) {
        let settings = settings.iter();
        let settings: HashMap<_, _> = settings
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect();
        accepted(self.control.put_config(name, settings).await);
    }

    /// Starts the HTTP server and the HTTP client on a host, and links the connector with both.
    pub async fn start_http(&self, host: usize) {
        let server = format!("file://{}", self.archive.display());
        let client = "wasmcloud+builtin://http-client";
        for (reference, id) in [(server.as_str(), SERVER), (client, CLIENT)] {
            let host = self.host(host);
            let starting = self
                .control
                .start_provider(host, reference, id, None, vec![]);
            accepted(starting.await);
        }
        for (source, target, interface, settings) in [
            (
                SERVER,
                CONNECTOR,
                "incoming-handler",
                vec![SERVER.to_owned()],
            ),
            (CONNECTOR, CLIENT, "outgoing-handler", vec![]),
        ] {
            let link = Link::builder()
                .source_id(source)
                .target(target)
                .name("default")
                .wit_namespace("wasi")
                .wit_package("http")
                .interfaces(vec![interface.to_owned()])
                .source_config(settings)
                .build();
            accepted(self.control.put_link(link.unwrap()).await);
        }
    }

    /// Runs a component as the connector on a host.
    pub async fn run_connector(&self, host: usize, component: &Path) {
        let reference = format!("file://{}", component.display());
        let settings = vec![CONNECTOR.to_owned()];
        let id = self.host(host);
        let scaling = self
            .control
            .scale_component(id, &reference, CONNECTOR, 16, None, settings, false);
        accepted(scaling.await);
        self.wait_for(host, &reference).await;
    }

    /// Updates the connector on a host to another component.
    pub async fn update_connector(&self, host: usize, component: &Path) {
        let reference = format!("file://{}", component.display());
        let id = self.host(host);
        let updating = self
            .control
            .update_component(id, CONNECTOR, &reference, None);
        accepted(updating.await);
        self.wait_for(host, &reference).await;
    }

    async fn wait_for(&self, host: usize, reference: &str) {
        let waiting = async {
            loop {
                // A host that compiles a component may not answer in time.
                if let Ok(inventory) = self.control.get_host_inventory(self.host(host)).await {
                    let components = inventory.data().unwrap().components();
                    if components.iter().any(|one| one.image_ref() == reference) {
                        return;
                    }
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap();
    }

    /// Waits until the service answers at a port of this machine.
    pub async fn wait_until_served(&self, port: u16) {
        let waiting = async {
            while crate::processes::health(port) != Some(200) {
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap();
    }

    /// Kills a host with SIGKILL.
    pub fn kill(&mut self, host: usize) {
        drop(self.hosts[host].take());
    }
}

/// Packs the HTTP server as hosts take it.
async fn archive(folder: &Path) -> PathBuf {
    let mut archive = ProviderArchive::new("http-server", "tests", None, None);
    let target = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    let program = std::fs::read(env!("CARGO_BIN_EXE_http-server")).unwrap();
    archive.add_library(&target, &program).unwrap();
    let path = folder.join("http-server.par");
    let (issuer, subject) = (KeyPair::new_account(), KeyPair::new_service());
    let written = archive.write(&path, &issuer, &subject, false).await;
    written.map_err(|error| error.to_string()).unwrap();
    path
}
