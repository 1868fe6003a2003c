//! A server that answers every request with the same bytes, valid or not, and reports what it was
//! asked.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use tokio::net::TcpSocket;

/// Listens on loopback until the test ends.
pub struct Server {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts to answer with these bytes, closing the connection behind each answer.
    pub fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (answer, heard) = (answer.into(), Arc::clone(&requests));
        thread::spawn(move || {
            for stream in listener.incoming() {
                serve(&mut stream.unwrap(), &answer, &heard);
            }
        });
        Self { address, requests }
    }

    /// Answers 200 with this body.
    pub fn answering_body(body: &str) -> Self {
        Self::answering(format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    /// Address and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The heads of all requests so far, a line each, names in lower case.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// A client that speaks TLS is answered at once. A client that hangs up early is no error.
fn serve(stream: &mut TcpStream, answer: &[u8], heard: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    let mut piece = [0; 4096];
    while head.first().is_none_or(u8::is_ascii_alphabetic) && !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(length) => head.extend_from_slice(&piece[..length]),
        }
    }
    heard
        .lock()
        .unwrap()
        .push(String::from_utf8_lossy(&head).into_owned());
    let _ = stream.write_all(answer);
}

/// An address that refuses connections until a program starts to listen on it. The port of a
/// dropped listener may go to another test at once; this one stays reserved.
pub struct ReservedAddress(TcpSocket);

impl ReservedAddress {
    /// Takes a free port of loopback, without listening on it.
    ///
    /// # Panics
    /// If there is none.
    pub fn take() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        // A program that names the port may bind it beside this socket; the system chooses other ports.
        socket.set_reuseaddr(true).expect("an option of sockets");
        socket
            .bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .expect("a free port");
        Self(socket)
    }

    /// Address and port.
    ///
    /// # Panics
    /// Never: the socket is bound.
    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().expect("a bound socket")
    }
}
