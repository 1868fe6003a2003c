//! A team that changes from hour to hour, and syncs of it on a virtual clock.

use std::path::Path;

use connector_host::records::{
    Details, Entitlement, Grant, Notice, Operation, Outcome, Page, Resource, ResourceId, Scope,
};
use connector_host::runtime::Sent;
use connector_host::store::{RecorderOptions, StoredRun, SyncRecorder};
use connector_host::sync::{CheckpointStore, PageRead, ScopeKey};
use fastrand::Rng;
use host_tests::handmade::{self, account, grant, id, run, team, workspace};

/// Records on a page.
const ON_A_PAGE: usize = 100;
const SLUGS: [&str; 3] = ["viewer", "editor", "admin"];

/// Users, and workspaces with the principals of each, in the provider's order.
#[derive(Clone)]
pub struct Team {
    pub number: u32,
    users: Vec<Resource>,
    workspaces: Vec<(Resource, Vec<Grant>)>,
    made: usize,
    /// Users and grants at first. The team keeps its size.
    size: (usize, usize),
}

impl Team {
    pub fn new(
        number: u32,
        users: usize,
        workspaces: usize,
        principals: usize,
        rng: &mut Rng,
    ) -> Self {
        let mut team = Self {
            number,
            users: Vec::new(),
            workspaces: Vec::new(),
            made: 0,
            size: (0, 0),
        };
        for _ in 0..users {
            team.add_user(rng);
        }
        for number in 0..workspaces {
            let place = workspace(&format!("w{number}"));
            let for_all = (number % 10 == 0).then(|| grant(&place.id, "viewer", &handmade::team()));
            team.workspaces.push((place, for_all.into_iter().collect()));
            for _ in 0..principals {
                team.add_grant(number, rng);
            }
        }
        team.size = (team.users.len(), team.grants());
        team
    }

    fn add_user(&mut self, rng: &mut Rng) {
        self.made += 1;
        let name = format!("u{}", self.made);
        let user = account(id("user", &name), &format!("{name}@example.com"));
        let place = rng.usize(..=self.users.len());
        self.users.insert(place, user);
    }

    fn add_grant(&mut self, at: usize, rng: &mut Rng) {
        let Some(user) = rng.choice(&self.users).map(|user| user.id.clone()) else {
            return;
        };
        let Some((place, grants)) = self.workspaces.get_mut(at) else {
            return;
        };
        if grants.iter().all(|grant| grant.principal != user) {
            let slug = rng.choice(SLUGS).unwrap_or(SLUGS[0]);
            let grant = grant(&place.id, slug, &user);
            grants.insert(rng.usize(..=grants.len()), grant);
        }
    }

    fn grants(&self) -> usize {
        self.workspaces.iter().map(|(_, grants)| grants.len()).sum()
    }

    /// Returns the number of its records.
    pub fn len(&self) -> usize {
        self.users.len() + self.workspaces.len() + self.grants()
    }

    /// Returns the first of its users in their order.
    pub fn some_user(&self) -> &ResourceId {
        &self.users[0].id
    }

    /// Changes so many records: grants in the proportion that there are of them.
    pub fn change(&mut self, records: usize, rng: &mut Rng) {
        let named = self.users.len() + self.workspaces.len();
        for _ in 0..records {
            if rng.usize(..self.len().max(1)) >= named {
                self.change_grant(rng);
            } else {
                self.change_resource(rng);
            }
        }
    }

    fn change_grant(&mut self, rng: &mut Rng) {
        let at = rng.usize(..self.workspaces.len().max(1));
        let slug = rng.choice(SLUGS).unwrap_or(SLUGS[0]);
        if rng.u8(..3) > 0 && self.grants() < self.size.1 {
            return self.add_grant(at, rng);
        }
        let Some((_, grants)) = self.workspaces.get_mut(at) else {
            return;
        };
        if grants.is_empty() {
            return;
        }
        let changed = rng.usize(..grants.len());
        if rng.bool() {
            grants.remove(changed);
        } else {
            grants[changed].entitlement = slug.into();
        }
    }

    fn change_resource(&mut self, rng: &mut Rng) {
        let renamed = format!("Name {}", rng.u32(..));
        match rng.u8(..6) {
            0 | 1 if self.users.len() <= self.size.0 => self.add_user(rng),
            0 | 1 => {
                let gone = self.users.remove(rng.usize(..self.users.len())).id;
                for (_, grants) in &mut self.workspaces {
                    grants.retain(|grant| grant.principal != gone);
                }
            }
            2 => {
                if let Some((place, _)) = rng.choice(&mut self.workspaces) {
                    place.display_name = renamed;
                }
            }
            _ => {
                if let Some(user) = rng.choice(&mut self.users) {
                    user.display_name = renamed;
                }
            }
        }
    }
}

/// A sync that writes to a file.
struct Sync<'a> {
    checkpoints: &'a dyn CheckpointStore,
    requests: u64,
}

impl Sync<'_> {
    /// Sends the pages of a scope, and its end.
    async fn scope(&mut self, key: ScopeKey, pages: Vec<Page>, outcome: Outcome) {
        let count = pages.len() as u64;
        for (number, page) in (1..).zip(pages) {
            self.requests += 1;
            let at = key.at.as_ref().map_or("", |at| &*at.id);
            let sent = [Sent {
                credential: "postman".to_owned(),
                endpoint: None,
                path: format!("/{}/{at}/roles?cursor={number}", key.resource_type),
                status: Some(200),
                error: None,
            }];
            let read = PageRead {
                number,
                sent: &sent,
                requests: u64::from(number),
                page,
                print: Some([number as u8; 32]),
                moved: false,
            };
            self.checkpoints.page(&key, read).await.unwrap();
        }
        let (id, parent) = match key.call {
            Operation::ListGrants => (key.at.as_ref().map(|at| at.id.to_string()), None),
            Operation::ListEntitlements | Operation::ListResources => (None, key.at.clone()),
        };
        let scope = Scope {
            call: key.call,
            resource_type: key.resource_type.clone(),
            id,
            parent,
            outcome,
            pages: count,
            requests: count,
            problem: None,
            read_at: None,
        };
        self.checkpoints.ended(&key, &scope).await.unwrap();
    }
}

fn key(call: Operation, of: &str, order: usize, at: Option<ResourceId>) -> ScopeKey {
    ScopeKey {
        call,
        type_order: order,
        resource_type: of.to_owned(),
        at,
    }
}

fn pages<T: Clone>(records: &[T], page: impl Fn(Vec<T>) -> Page) -> Vec<Page> {
    let chunks: Vec<_> = records.chunks(ON_A_PAGE).collect();
    let mut pages: Vec<_> = chunks
        .into_iter()
        .map(|chunk| page(chunk.to_vec()))
        .collect();
    if pages.is_empty() {
        pages.push(page(Vec::new()));
    }
    pages
}

/// A sync of a team in its hour, which is interrupted before its end if `to_end` is false.
pub async fn sync(
    path: &Path,
    team_then: &Team,
    hour: i64,
    notices: Vec<Notice>,
    options: RecorderOptions,
    to_end: bool,
) -> Option<StoredRun> {
    let recorder = SyncRecorder::open(path, options).unwrap();
    let checkpoints = recorder.checkpoints();
    let mut begun = run();
    let began: jiff::Timestamp = handmade::NOW.parse().unwrap();
    begun.started_at = (began + jiff::SignedDuration::from_hours(hour)).to_string();
    begun.tenant.id = id("team", &team_then.number.to_string());
    checkpoints.begin(&begun, "{}", 1).await.unwrap();
    let mut sync = Sync {
        checkpoints: &*checkpoints,
        requests: 1,
    };
    let tenant = Resource {
        id: team(),
        parent: None,
        details: Details::Tenant,
        ..workspace("1")
    };
    let first = Page {
        resources: vec![tenant],
        notices,
        ..Page::default()
    };
    let list = |of: &str, order| key(Operation::ListResources, of, order, Some(team()));
    sync.scope(
        key(Operation::ListResources, "team", 0, None),
        vec![first],
        Outcome::Complete,
    )
    .await;
    let entitlements = SLUGS.map(|slug| Entitlement::undescribed("workspace".into(), slug.into()));
    let entitlements = Page {
        entitlements: entitlements.to_vec(),
        ..Page::default()
    };
    let entitlements_key = key(Operation::ListEntitlements, "workspace", 2, None);
    sync.scope(entitlements_key, vec![entitlements], Outcome::Complete)
        .await;
    let users = pages(&team_then.users, |resources| Page {
        grants: resources
            .iter()
            .map(|user| grant(&team(), "member", &user.id).into())
            .collect(),
        resources,
        ..Page::default()
    });
    sync.scope(list("user", 1), users, Outcome::Complete).await;
    let places: Vec<_> = team_then
        .workspaces
        .iter()
        .map(|(place, _)| place.clone())
        .collect();
    let places = pages(&places, |resources| Page {
        resources,
        ..Page::default()
    });
    sync.scope(list("workspace", 2), places, Outcome::Complete)
        .await;
    for (place, grants) in &team_then.workspaces {
        let grants = pages(grants, |grants| Page {
            grants: grants.into_iter().map(Into::into).collect(),
            ..Page::default()
        });
        let of = key(
            Operation::ListGrants,
            "workspace",
            2,
            Some(place.id.clone()),
        );
        sync.scope(of, grants, Outcome::Complete).await;
    }
    if !to_end {
        return None;
    }
    let requests = sync.requests;
    checkpoints.finish(requests).await.unwrap();
    drop(checkpoints);
    Some(recorder.into_store().unwrap())
}
