//! A sync in a database is the sync in memory, whatever a provider repeats, contradicts or leaves out.

use std::sync::Arc;

use connector_host::records::*;
use connector_host::sync::{self, NoProgress, SyncOptions};

use crate::asked::file;
use crate::support::scripted::{Scripted, asked, error, grant, id, listed};
use crate::support::stored::{lines, steps};

/// Teams that are made up.
const TEAMS: u64 = 150;

/// Draws pages out of few ids, so that they meet.
struct Team(fastrand::Rng);

impl Team {
    fn one_of(&mut self, words: &[&'static str]) -> &'static str {
        self.0.choice(words).unwrap()
    }

    fn maybe(&mut self, words: &[&'static str]) -> Option<Text> {
        self.0.bool().then(|| self.one_of(words).into())
    }

    fn principal(&mut self) -> ResourceId {
        let resource_type = self.one_of(&["user", "user", "thing", "guest"]);
        id(resource_type, self.one_of(&["1", "2", "3", "9"]))
    }

    fn resource(&mut self, of: &str) -> Resource {
        let own = self.one_of(&["1", "2", "3"]);
        let made = match of {
            "thing" => asked("thing", own, "team 1"),
            _ => listed("user", own, "team 1"),
        };
        let mut made = Resource {
            display_name: self.one_of(&["a", "a", "a", "b"]).to_owned(),
            ..made
        };
        match self.0.u8(..8) {
            0 => made = Resource::referenced(made.id),
            1 => made.parent = Some(id("team", "2")),
            2 => {
                made.details = Details::Secret(SecretDetails {
                    created_by: Some(self.principal()),
                    access_to: None,
                    expires_at: None,
                    last_used: LastUse::Never,
                });
            }
            _ => {}
        }
        made
    }

    fn grant(&mut self, on: Option<&str>) -> Grant {
        let own = on.unwrap_or_else(|| self.one_of(&["1", "2", "3"]));
        let principal = self.principal();
        let expands = (&*principal.resource_type == "thing")
            .then(|| self.maybe(&["can", "may"]))
            .flatten();
        Grant {
            implied_by: self.maybe(&["rule", "law"]),
            expands,
            ..grant(
                id("thing", own),
                self.one_of(&["can", "may", "see"]),
                principal,
            )
        }
    }

    fn entitlement(&mut self) -> Entitlement {
        Entitlement {
            display_name: self.one_of(&["Can", "May"]).to_owned(),
            ..Entitlement::undescribed("thing".to_owned(), self.one_of(&["can", "may"]).to_owned())
        }
    }

    fn notice(&mut self) -> Notice {
        Notice {
            code: self.one_of(&["odd", "even"]).to_owned(),
            about: self.0.bool().then(|| id("user", "1")),
            impact: match self.0.u8(..6) {
                0 => Impact::ItemOmitted,
                1 => Impact::AccessUnknown,
                _ => Impact::None,
            },
            message: self.one_of(&["One.", "Two."]).to_owned(),
        }
    }

    fn page(&mut self, of: &str, next: Option<String>) -> Page {
        let (on, lists) = match of.strip_prefix("grants thing ") {
            Some(on) => (Some(on), false),
            None => (None, true),
        };
        let list = if of.contains("thing") {
            "thing"
        } else {
            "user"
        };
        let count = |rng: &mut fastrand::Rng| 0..rng.usize(..4);
        let records = if lists { count(&mut self.0) } else { 0..0 };
        Page {
            resources: records.map(|_| self.resource(list)).collect(),
            entitlements: (0..self.0.usize(..2)).map(|_| self.entitlement()).collect(),
            grants: count(&mut self.0).map(|_| self.grant(on).into()).collect(),
            notices: (0..self.0.usize(..2)).map(|_| self.notice()).collect(),
            next_page_token: next,
            ..Page::default()
        }
    }

    fn script(&mut self) -> Scripted {
        let mut source = Scripted::new();
        for list in [
            "list user under team 1",
            "list thing under team 1",
            "grants thing 1",
            "grants thing 2",
            "grants thing 3",
        ] {
            let pages = self.0.usize(1..4);
            for at in 0..pages {
                let call = match at {
                    0 => list.to_owned(),
                    at => format!("{list} @{at}"),
                };
                let next = (at + 1 < pages).then(|| (at + 1).to_string());
                source = match self.0.u8(..12) {
                    0 => source.fails(&call, error(ErrorCase::Forbidden)),
                    1 if at > 0 => source.fails(&call, error(ErrorCase::Expired)),
                    _ => source.page(&call, self.page(list, next)),
                };
            }
        }
        source
    }
}

fn team(seed: u64) -> Arc<Scripted> {
    Arc::new(Team(fastrand::Rng::with_seed(seed)).script())
}

#[tokio::test]
async fn a_stored_sync_is_the_one_in_memory() {
    let options = SyncOptions {
        concurrency: 1,
        ..SyncOptions::default()
    };
    let (mut conflicts, mut unlisted, mut resumed) = (0, 0, 0);
    for seed in 0..TEAMS {
        let memory = sync::run(team(seed), &options, Arc::new(NoProgress))
            .await
            .unwrap();
        let has = |code: &str| memory.notices.iter().any(|notice| notice.code == code);
        conflicts += usize::from(has("conflicting-record"));
        unlisted += usize::from(has("unlisted"));
        let expected = lines(&memory).0;

        let dir = tempfile::tempdir().unwrap();
        let (stored, all) = steps(&team(seed), &options, (&file(&dir), false), usize::MAX).await;
        assert_eq!(lines(&stored.unwrap()).0, expected, "seed {seed}");

        let dir = tempfile::tempdir().unwrap();
        let allowed = fastrand::usize(1..all);
        let (broken_off, _) = steps(&team(seed), &options, (&file(&dir), false), allowed).await;
        resumed += usize::from(broken_off.is_err());
        let (again, _) = steps(&team(seed), &options, (&file(&dir), true), usize::MAX).await;
        assert_eq!(
            lines(&again.unwrap()).0,
            expected,
            "seed {seed}, resumed after {allowed}"
        );
    }
    println!(
        "{TEAMS} teams: {conflicts} with conflicts, {unlisted} with references, {resumed} resumed"
    );
    assert!(conflicts > 10 && unlisted > 10 && resumed > 10);
}
