//! A name server that answers from a script, and a listener on every address of this machine.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use connector_host::gateway::{EgressOptions, NameService};
use connector_host::runtime::BoxFuture;
use tokio::net::TcpListener;

use crate::support::provider::*;

/// Answers look-ups from a script, the last answer for ever. Without one it never answers.
#[derive(Debug, Default)]
pub struct Names {
    script: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Names {
    pub fn of(script: &[&[&str]]) -> Arc<Self> {
        let parse = |answer: &&[&str]| answer.iter().map(|ip| ip.parse().unwrap()).collect();
        Arc::new(Self {
            script: Mutex::new(script.iter().map(parse).collect()),
            asked: AtomicUsize::new(0),
        })
    }

    pub fn asked(&self) -> usize {
        self.asked.load(SeqCst)
    }
}

impl NameService for Names {
    fn look_up<'a>(&'a self, _name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        self.asked.fetch_add(1, SeqCst);
        let mut script = self.script.lock().unwrap();
        let answer = match script.len() {
            0 => return Box::pin(std::future::pending()),
            1 => script[0].clone(),
            _ => script.pop_front().unwrap(),
        };
        Box::pin(async { Ok(answer) })
    }
}

pub fn with(names: &Arc<Names>) -> EgressOptions {
    EgressOptions {
        names: Arc::clone(names) as Arc<dyn NameService>,
        ..quick()
    }
}

/// Counts connections to any address of this machine.
pub async fn listen_everywhere() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let dialled = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&dialled);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            count.fetch_add(1, SeqCst);
        }
    });
    (port, dialled)
}
