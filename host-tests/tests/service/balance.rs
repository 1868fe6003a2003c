//! The parts between host and service: balancers that spread requests over replicas, and a gate that holds the
//! provider's answers back, so that a test can say when something happens in the middle of a sync.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use std::{env, fs, thread};

use tempfile::TempDir;

use crate::engine::Process;
use host_tests::server::ReservedAddress;

/// Its paths on systems that do not let users start it by name, and after `make nginx`.
const BESIDE_PATH: &str = concat!(
    ":/usr/sbin:/usr/local/sbin:",
    env!("CARGO_MANIFEST_DIR"),
    "/../target/tools/nginx/usr/sbin"
);

/// Holds everything that comes back until it is opened.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    /// Closes or opens the gate: closed, no answer comes back; open, the waiting ones do.
    pub fn close(&self, closed: bool) {
        *self.0.0.lock().unwrap() = closed;
        self.0.1.notify_all();
    }

    fn pass(&self) {
        let closed = self.0.0.lock().unwrap();
        let passed = self.0.1.wait_while(closed, |closed| *closed);
        drop(passed.unwrap());
    }
}

/// Passes requests on, one after the other to each of several places. A place that nobody listens on
/// is passed over; a client that waits for an answer of one that goes away has to ask again.
pub fn pipe(to: Vec<SocketAddr>, gate: Gate, delay: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let turn = AtomicUsize::new(0);
    thread::spawn(move || {
        for client in listener.incoming() {
            let first = turn.fetch_add(1, Relaxed) % to.len();
            let mut places = to[first..].iter().chain(&to[..first]);
            let server = places.find_map(|place| TcpStream::connect(place).ok());
            let (client, gate) = (client.unwrap(), gate.clone());
            if let Some(server) = server {
                thread::spawn(move || pass(client, server, &gate, delay));
            }
        }
    });
    address
}

/// One request a connection: each has its turn.
fn pass(mut client: TcpStream, mut server: TcpStream, gate: &Gate, delay: Duration) -> Option<()> {
    let mut head = Vec::new();
    let mut piece = [0; 16 << 10];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        let length = client.read(&mut piece).ok().filter(|length| *length > 0)?;
        head.extend_from_slice(&piece[..length]);
    }
    let line = head.windows(2).position(|two| two == b"\r\n")? + 2;
    let closing = [&head[..line], b"Connection: close\r\n", &head[line..]].concat();
    server.write_all(&closing).ok()?;
    let mut answer = Vec::new();
    let whole = server.read_to_end(&mut answer);
    gate.pass();
    thread::sleep(delay);
    client.write_all(&answer).ok()?;
    whole.map(drop).ok()
}

/// nginx before some replicas: each is asked in its turn, whatever became of it before.
pub struct Nginx {
    _process: Process,
    _files: TempDir,
    _reserved: ReservedAddress,
    pub address: SocketAddr,
}

impl Nginx {
    /// Starts it; `None` where it is not installed.
    pub fn start(replicas: &[SocketAddr]) -> Option<Self> {
        let program = nginx()?;
        let files = tempfile::tempdir().unwrap();
        let reserved = ReservedAddress::take();
        let address = reserved.address();
        let configuration = files.path().join("nginx.conf");
        fs::write(&configuration, text(address, replicas, files.path())).unwrap();
        let mut command = Command::new(program);
        command
            .arg("-c")
            .arg(&configuration)
            .arg("-p")
            .arg(files.path());
        command.stdout(Stdio::null()).stderr(Stdio::inherit());
        let process = Process(command.spawn().unwrap());
        while TcpStream::connect(address).is_err() {
            thread::sleep(Duration::from_millis(10));
        }
        Some(Self {
            _process: process,
            _files: files,
            _reserved: reserved,
            address,
        })
    }
}

fn nginx() -> Option<PathBuf> {
    let mut places = env::var_os("PATH").unwrap_or_default();
    places.push(BESIDE_PATH);
    let mut programs = env::split_paths(&places).map(|place| place.join("nginx"));
    programs.find(|program| program.is_file())
}

/// One process, in the foreground, with all its files in one place.
fn text(address: SocketAddr, replicas: &[SocketAddr], files: &Path) -> String {
    let servers: String = replicas
        .iter()
        .map(|replica| format!("server {replica} max_fails=0;"))
        .collect();
    let places: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|name| format!("{name}_temp_path {}/{name};", files.display()))
        .collect();
    format!(
        "daemon off; master_process off; error_log {files}/error.log; pid {files}/pid;
        events {{}}
        http {{
            access_log off; {places}
            upstream connector {{ {servers} }}
            server {{ listen {address}; location / {{ proxy_pass http://connector; }} }}
        }}",
        files = files.display()
    )
}
