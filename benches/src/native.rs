//! The connector's own code without a sandbox: it reads a whole team over HTTP, eight lists at once.

use std::io::Write;
use std::sync::{Arc, Mutex};

use connector_sdk::Connector;
use connector_sdk::model::{GrantListing, Page};
use connector_sdk::transport::{Transport, TransportError};
use http::{Request, Response};
use postman_connector::PostmanConnector;
use tokio::runtime::Handle;

/// Asks over HTTP, as the host does.
#[derive(Clone)]
struct Direct {
    client: reqwest::Client,
    base_url: String,
    key: String,
}

impl Transport for Direct {
    fn send(
        &self,
        _credential: &'static str,
        request: Request<()>,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let url = format!("{}{}", self.base_url, request.uri());
        let answer = self.client.get(url).header("X-API-Key", &self.key).send();
        Handle::current().block_on(async {
            let failed = |error: reqwest::Error| TransportError::Connection(error.to_string());
            let answer = answer.await.map_err(failed)?;
            let status = answer.status();
            let body = answer.bytes().await.map_err(failed)?.to_vec();
            let response = Response::builder().status(status).body(body);
            response.map_err(|error| TransportError::Other(error.to_string()))
        })
    }
}

/// Reads the team of the environment and writes a line for each record.
pub fn read(out: &str) {
    // Plain HTTP to this machine, and the client wants to know all the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let variable = |name: &str| std::env::var(name).unwrap();
    let direct = Direct {
        client: reqwest::Client::new(),
        base_url: variable("POSTMAN_BASE_URL"),
        key: variable("POSTMAN_API_KEY"),
    };
    let runtime = crate::measure::runtime();
    let pages = runtime.block_on(async {
        let lists = direct.clone();
        let pages = tokio::task::spawn_blocking(move || lists_of(&lists)).await;
        let pages = pages.unwrap();
        let waiting: Vec<String> = pages
            .iter()
            .flat_map(|page| &page.resources)
            .filter(|one| {
                one.id.resource_type == "workspace" && one.grants != GrantListing::Complete
            })
            .map(|one| one.id.id.clone())
            .collect();
        let waiting = Arc::new(Mutex::new(waiting));
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (direct, waiting) = (direct.clone(), Arc::clone(&waiting));
                tokio::task::spawn_blocking(move || grants_of(&direct, &waiting))
            })
            .collect();
        let mut pages = pages;
        for task in tasks {
            pages.extend(task.await.unwrap());
        }
        pages
    });
    let file = std::fs::File::create(out).unwrap();
    let mut file = std::io::BufWriter::new(file);
    for page in pages {
        for resource in page.resources {
            writeln!(file, "{resource:?}").unwrap();
        }
        for grant in page.grants {
            writeln!(file, "{grant:?}").unwrap();
        }
    }
    file.flush().unwrap();
}

fn lists_of(direct: &Direct) -> Vec<Page> {
    let mut pages = vec![PostmanConnector::list_resources(direct, "team", None, None).unwrap()];
    let team = pages[0].resources[0].id.id.clone();
    for of in ["user", "group", "workspace"] {
        let mut page_token: Option<String> = None;
        loop {
            let parent = Some(("team", &*team));
            let page = PostmanConnector::list_resources(direct, of, parent, page_token.as_deref());
            let page = page.unwrap();
            page_token = page.next_page_token.clone();
            pages.push(page);
            if page_token.is_none() {
                break;
            }
        }
    }
    pages
}

fn grants_of(direct: &Direct, waiting: &Mutex<Vec<String>>) -> Vec<Page> {
    let mut pages = Vec::new();
    loop {
        let next = waiting.lock().unwrap().pop();
        let Some(id) = next else {
            return pages;
        };
        // A workspace that cannot be read is left out: this is a race, not a review.
        pages.extend(PostmanConnector::list_grants(
            direct,
            ("workspace", &id),
            None,
        ));
    }
}
