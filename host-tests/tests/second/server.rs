//! The account behind HTTP, in the shapes of PagerDuty's published reference for REST v2.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::account::{Account, SUBDOMAIN, Team, User};

pub const KEY: &str = "canary-u+K3y0fTh3Acc0unt";

/// The most that `offset` and `limit` may be together.
const LAST: usize = 10_000;

/// Status, body.
type Answer = (u16, Value);

/// Something that goes wrong: for requests to a path, so often.
pub struct Trouble {
    pub path: String,
    pub times: usize,
    pub answer: Answer,
}

struct Shared {
    account: Account,
    troubles: Mutex<Vec<Trouble>>,
    heard: Mutex<Vec<String>>,
}

/// Serves until it is dropped.
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub async fn start(account: Account) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            account,
            troubles: Mutex::default(),
            heard: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(stream, Arc::clone(&serving)));
            }
        });
        Self {
            shared,
            address,
            task,
        }
    }

    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets something go wrong.
    pub fn trouble(&self, path: &str, times: usize, answer: Answer) {
        let path = path.to_owned();
        let mut troubles = self.shared.troubles.lock().unwrap();
        troubles.push(Trouble {
            path,
            times,
            answer,
        });
    }

    /// Every path and query that was asked for.
    pub fn heard(&self) -> Vec<String> {
        self.shared.heard.lock().unwrap().clone()
    }
}

async fn connection(mut stream: TcpStream, shared: Arc<Shared>) {
    let mut received = VecDeque::new();
    let mut chunk = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut chunk).await {
        received.extend(&chunk[..length]);
        let head: &[u8] = received.make_contiguous();
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut request = httparse::Request::new(&mut headers);
        let Ok(httparse::Status::Complete(end)) = request.parse(head) else {
            continue;
        };
        let header = |name: &str| {
            let mut all = request.headers.iter();
            let found = all.find(|one| one.name.eq_ignore_ascii_case(name));
            found.map_or(String::new(), |one| {
                String::from_utf8_lossy(one.value).into_owned()
            })
        };
        let asked = (request.method.unwrap(), request.path.unwrap());
        let answer = shared.answer(asked, &header("authorization"), &header("accept"));
        received.drain(..end);
        if stream.write_all(&written(answer)).await.is_err() {
            return;
        }
    }
}

/// Every answer says the limits; one of 429 says them as PagerDuty does, without `Retry-After`.
fn written((status, body): Answer) -> Vec<u8> {
    let body = body.to_string();
    let remaining = if status == 429 { 0 } else { 959 };
    let reset = if status == 429 { 1 } else { 60 };
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         ratelimit-limit: 960\r\nratelimit-remaining: {remaining}\r\nratelimit-reset: {reset}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

pub fn error(code: u32, message: &str) -> Value {
    json!({"error": {"message": message, "code": code, "errors": [format!("{message}: see the reference")]}})
}

impl Shared {
    fn answer(&self, (method, target): (&str, &str), key: &str, accept: &str) -> Answer {
        self.heard.lock().unwrap().push(target.to_owned());
        if method != "GET" || accept != "application/vnd.pagerduty+json;version=2" {
            return (406, error(2002, "Not Acceptable"));
        }
        if key != format!("Token token={KEY}") {
            return (401, error(2006, "Unauthorized"));
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        self.trouble(path)
            .unwrap_or_else(|| self.found(path, query))
    }

    fn trouble(&self, path: &str) -> Option<Answer> {
        let mut troubles = self.troubles.lock().unwrap();
        let mut here = troubles.iter_mut().filter(|one| one.path == path);
        let one = here.find(|one| one.times > 0)?;
        one.times -= 1;
        Some(one.answer.clone())
    }

    fn found(&self, path: &str, query: &str) -> Answer {
        let Account {
            users,
            teams,
            key_owner,
            ..
        } = &self.account;
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        match segments.as_slice() {
            ["users", "me"] => match key_owner {
                Some(owner) => (200, json!({"user": shown_user(&users[*owner])})),
                None => (
                    400,
                    json!({"error": "Not supported with an account-level access token"}),
                ),
            },
            ["users"] => self.page("users", query, users, shown_user),
            ["teams"] => self.page("teams", query, teams, shown_team),
            ["teams", id, "members"] => match teams.iter().find(|team| team.id == *id) {
                Some(team) => self.page("members", query, &team.members, shown_member),
                None => (404, error(2100, "Not Found")),
            },
            _ => (404, error(2100, "Not Found")),
        }
    }

    /// Classic paging: no count unless it is asked for, and not beyond 10,000.
    fn page<T>(&self, name: &str, query: &str, items: &[T], shown: fn(&T) -> Value) -> Answer {
        let number = |key: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .find(|(name, _)| *name == key)
                .map(|(_, value)| value.parse::<usize>().unwrap())
        };
        let limit = number("limit")
            .unwrap_or(25)
            .min(usize::try_from(self.account.page).unwrap());
        let offset = number("offset").unwrap_or(0);
        if offset + number("limit").unwrap_or(25) > LAST {
            return (400, error(2001, "Invalid Input Provided"));
        }
        let page: Vec<_> = items.iter().skip(offset).take(limit).map(shown).collect();
        let more = offset + limit < items.len();
        (
            200,
            json!({name: page, "limit": limit, "offset": offset, "total": null, "more": more}),
        )
    }
}

fn reference(of: &str, id: &str, summary: &str) -> Value {
    json!({
        "id": id, "type": format!("{of}_reference"), "summary": summary,
        "self": format!("https://api.pagerduty.com/{of}s/{id}"),
        "html_url": format!("https://{SUBDOMAIN}.pagerduty.com/{of}s/{id}"),
    })
}

fn shown_user(user: &User) -> Value {
    let User {
        id,
        name,
        email,
        role,
        title,
        invited,
        ..
    } = user;
    json!({
        "id": id, "type": "user", "summary": name, "name": name, "email": email,
        "self": format!("https://api.pagerduty.com/users/{id}"),
        "html_url": format!("https://{SUBDOMAIN}.pagerduty.com/users/{id}"),
        "time_zone": "Europe/Lisbon", "color": "purple", "billed": true, "role": role,
        "avatar_url": "https://avatars.example/1.png", "description": null,
        "invitation_sent": invited, "job_title": title,
        "teams": [reference("team", "PT00000", "Team 0")],
        "contact_methods": [{"id": "PC1", "type": "email_contact_method_reference", "summary": "Default"}],
        "notification_rules": [], "coordinated_incidents": [],
    })
}

fn shown_team(team: &Team) -> Value {
    let Team {
        id,
        name,
        description,
        parent,
        ..
    } = team;
    json!({
        "id": id, "type": "team", "summary": name, "name": name, "description": description,
        "self": format!("https://api.pagerduty.com/teams/{id}"),
        "html_url": format!("https://{SUBDOMAIN}.pagerduty.com/teams/{id}"),
        "default_role": "manager",
        "parent": parent.as_deref().map(|parent| reference("team", parent, "the team above")),
    })
}

fn shown_member((id, role): &(String, &'static str)) -> Value {
    json!({"user": reference("user", id, id), "role": role})
}
