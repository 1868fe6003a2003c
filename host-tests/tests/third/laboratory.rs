//! A laboratory behind HTTP, with one case for each rule of a review.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use jiff::{Span, Timestamp};
use serde_json::{Value, json};

/// The passkey that opens it.
pub const PASSKEY: &str = "canary-passkey-0123456789";

/// The answers by path; another path is refused with 403.
#[derive(Clone)]
pub struct Laboratory(pub BTreeMap<String, Value>);

fn duty(duty: &str, kind: &str, code: &str) -> Value {
    json!({"duty": duty, "kind": kind, "code": code})
}

/// The time some hours from now.
pub fn hours_from_now(hours: i64) -> String {
    let time = Timestamp::now() + Span::new().hours(hours);
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl Laboratory {
    pub fn new() -> Self {
        let old = "2020-02-03T04:05:06Z";
        let recent = hours_from_now(-24);
        let codes: Vec<String> = (1..=8).map(|place| format!("s{place}")).collect();
        let mail = |code: &str| format!("{code}@laboratory.example");
        let scientists = codes.iter().map(|code| {
            json!({"code": code, "title": format!("Scientist {code}"), "mail": mail(code),
                "locked": code == "s3"})
        });
        let logbook = codes.iter().map(|code| {
            let seen = if code == "s7" { old } else { &recent };
            json!({"code": format!("page-{code}"), "title": code, "mail": mail(code), "seen": seen})
        });
        let staff = codes.iter().map(|code| duty("staff", "scientist", code));
        let directors = codes.iter().take(7);
        let directors = directors.map(|code| duty("director", "scientist", code));
        let institute: Vec<_> = staff.chain(directors).collect();
        let items = [
            (
                "/institute",
                json!([{"code": "lab", "title": "Aurora", "duties": institute}]),
            ),
            ("/scientists", scientists.collect()),
            (
                "/crews",
                json!([{"code": "c1", "title": "Night crew", "duties": [duty("crewmate", "scientist", "s2")]}]),
            ),
            (
                "/benches",
                json!([
                    {"code": "open", "title": "Open bench"}, {"code": "shared", "title": "Shared bench"},
                    {"code": "lost", "title": "Lost bench"}, {"code": "own", "title": "Own bench"},
                ]),
            ),
            (
                "/badges",
                json!([
                    {"code": "endless", "issued": recent, "seen": recent},
                    {"code": "ending", "issued": recent, "seen": recent, "until": hours_from_now(240)},
                    {"code": "idle", "issued": old, "seen": old, "until": hours_from_now(24_000)},
                ]),
            ),
            (
                "/summonses",
                json!([
                    {"code": "late", "title": "Ada", "mail": "ada@elsewhere.example", "issued": old, "sender": "s1"},
                    {"code": "fresh", "title": "Bo", "mail": "bo@elsewhere.example", "issued": recent},
                ]),
            ),
            ("/logbook", logbook.collect()),
            (
                "/leases",
                json!([{"code": "floor", "title": "First floor", "desks": 10, "taken": 7}]),
            ),
        ];
        let items = items.into_iter();
        let mut lab = Self(
            items
                .map(|(path, items)| (path.to_owned(), json!({ "items": items })))
                .collect(),
        );
        lab.set_duties(
            "open",
            &[
                "steward scientist s1",
                "steward scientist s2",
                "onlooker passerby anybody",
                "operator crew c1",
            ],
        );
        lab.set_duties(
            "shared",
            &[
                "steward scientist s4",
                "operator scientist s5",
                "operator visitor v1",
                "operator scientist gone",
            ],
        );
        lab.set_duties(
            "lost",
            &[
                "steward scientist s3",
                "operator scientist s1",
                "onlooker scientist s2",
            ],
        );
        lab.set_duties("own", &["steward scientist s5", "awaited summons late"]);
        lab
    }

    /// Sets who has which duty at a bench, each as `duty kind code`.
    pub fn set_duties(&mut self, bench: &str, duties: &[&str]) {
        let duties = duties.iter().map(|text| {
            let mut words = text.split(' ');
            let mut word = || words.next().unwrap();
            duty(word(), word(), word())
        });
        let duties: Vec<_> = duties.collect();
        let answer = json!({"items": [{"code": bench, "duties": duties}]});
        self.0.insert(format!("/benches/{bench}/duties"), answer);
    }

    /// Serves it on loopback until the test ends, and returns its base URL.
    pub fn serve(self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let lab = self.clone();
                thread::spawn(move || lab.answer_all(&stream.unwrap()));
            }
        });
        url
    }

    fn answer_all(&self, mut stream: &TcpStream) {
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        while let Some(first) = lines.next() {
            let head: Vec<_> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
            let wanted = format!("x-lab-passkey: {PASSKEY}");
            let is_open = head
                .iter()
                .any(|line| line.to_lowercase() == wanted.to_lowercase());
            let found = first.split(' ').nth(1).and_then(|path| self.0.get(path));
            let (status, body) = match found {
                Some(answer) if is_open => (200, answer.to_string()),
                _ => (403, "{}".to_owned()),
            };
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
            );
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }
}
