//! Defects that a connector or a host could have, planted between the two: over the same seeds in which
//! an honest pair has no wrongs, each has to be found.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use connector_host::TenantConnector;
use connector_host::gateway::RateLimiter;
use connector_host::records::{
    Descriptor, EntitlementList, ErrorCase, GrantSet, Page, ResourceId, Tenant,
};
use connector_host::runtime::{CallFailure, CallOutput};
use connector_host::sync::{Source, SyncInventory};
use tokio::time::sleep;

use crate::oracle::wrongs;
use crate::postman::connector;
use crate::reading::{Reading, read_directly};
use crate::seeds::{standing_still, team};

/// Seeds in which defects are planted.
const SEEDS: u64 = 250;

/// A defect that was found so often is looked for no further.
const FOUND_OFTEN: u64 = 5;

/// The age of a page when it is reported.
const A_WHILE: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    /// The last item of a page is lost.
    ItemLost,
    /// A refusal is taken for an empty page.
    RefusedIsEmpty,
    /// A missing list is taken for an empty page.
    NotFoundIsEmpty,
    /// A page that had to be tried again is passed over.
    PageLostAtRetry,
    /// A page that failed in the end is taken for the last one.
    ListEndsAtFailure,
    /// A page is reported as it was, although the team has changed since and it was read again.
    StalePage,
    /// A workspace is reported with the roles of another.
    RolesOfAnother,
    /// The provider's stated wait is lost.
    WaitLost,
    /// An answer that is not the provider's is blamed on the base URL.
    BaseUrlBlamed,
}

const DEFECTS: [Defect; 9] = [
    Defect::ItemLost,
    Defect::RefusedIsEmpty,
    Defect::NotFoundIsEmpty,
    Defect::PageLostAtRetry,
    Defect::ListEndsAtFailure,
    Defect::StalePage,
    Defect::RolesOfAnother,
    Defect::WaitLost,
    Defect::BaseUrlBlamed,
];

/// A tenant with a defect.
struct Faulty {
    tenant: TenantConnector,
    defect: Defect,
    planted: std::sync::Arc<AtomicBool>,
    /// Pages before, and calls that failed before.
    pages: Mutex<HashMap<String, Page>>,
    failed: Mutex<HashMap<String, bool>>,
}

impl Faulty {
    fn plant(&self) {
        self.planted.store(true, SeqCst);
    }

    /// The first of two answers is reported: a planted defect if the other one differs.
    fn compare(&self, reported: &CallOutput<Page>, again: &CallOutput<Page>) {
        // A wait that the other answer asks for is lost, too.
        if again.result.is_err() {
            self.plant();
        }
        if let (Ok(reported), Ok(again)) = (&reported.result, &again.result)
            && (&reported.resources, &reported.grants) != (&again.resources, &again.grants)
        {
            self.plant();
        }
    }

    /// Returns the altered answer; `Some(cursor)`: the next page instead.
    fn spoil(&self, call: &str, called: &mut CallOutput<Page>) -> Option<String> {
        let case = match &called.result {
            Err(CallFailure::Reported { case, .. }) => Some(*case),
            _ => None,
        };
        let empty = match (self.defect, case) {
            (Defect::RefusedIsEmpty, Some(ErrorCase::Forbidden)) => true,
            (Defect::NotFoundIsEmpty, Some(ErrorCase::NotFound)) => true,
            (Defect::ListEndsAtFailure, Some(case)) => {
                !matches!(case, ErrorCase::RateLimited | ErrorCase::Unavailable)
                    && call.contains('@')
            }
            _ => false,
        };
        if empty {
            self.plant();
            called.result = Ok(Page::default());
        }
        if let Err(CallFailure::Reported { case, problem }) = &mut called.result {
            match (self.defect, *case) {
                (Defect::WaitLost, ErrorCase::RateLimited)
                    if problem.retry_after.take_if(|wait| *wait > 5).is_some() =>
                {
                    self.plant();
                }
                (Defect::BaseUrlBlamed, ErrorCase::Unavailable) if problem.status == Some(200) => {
                    *case = ErrorCase::Misconfigured;
                    self.plant();
                }
                _ => {}
            }
        }
        if case.is_some() {
            self.failed.lock().unwrap().insert(call.to_owned(), true);
        }
        let Ok(page) = &mut called.result else {
            return None;
        };
        match self.defect {
            Defect::ItemLost if page.grants.pop().is_some() => self.plant(),
            Defect::PageLostAtRetry if self.failed.lock().unwrap().contains_key(call) => {
                let next = page.next_page_token.clone();
                next.iter().for_each(|_| self.plant());
                return next;
            }
            Defect::RolesOfAnother if call.starts_with("grants workspace") => {
                let mut pages = self.pages.lock().unwrap();
                let other = pages.insert("the last one".to_owned(), page.clone());
                let on = page.grants.first().map(|grant| grant.resource.clone());
                if let (Some(other), Some(on)) = (other, on) {
                    self.plant();
                    let moved = other.grants.into_iter().map(|set| GrantSet {
                        resource: on.clone(),
                        ..set
                    });
                    page.grants = moved.collect();
                }
            }
            Defect::ItemLost
            | Defect::RefusedIsEmpty
            | Defect::NotFoundIsEmpty
            | Defect::PageLostAtRetry
            | Defect::ListEndsAtFailure
            | Defect::StalePage
            | Defect::RolesOfAnother
            | Defect::WaitLost
            | Defect::BaseUrlBlamed => {}
        }
        None
    }
}

impl Source for Faulty {
    fn descriptor(&self) -> &Descriptor {
        self.tenant.descriptor()
    }

    fn component_sha256(&self) -> &str {
        self.tenant.component_sha256()
    }

    fn base_url(&self) -> String {
        self.tenant.base_url()
    }

    fn has_credential(&self, name: &str) -> bool {
        self.tenant.has_credential(name)
    }

    fn rate_limiter(&self) -> &RateLimiter {
        self.tenant.rate_limiter()
    }

    fn longest_sync(&self) -> Duration {
        self.tenant.longest_sync()
    }

    fn most_pages(&self) -> u64 {
        self.tenant.most_pages()
    }

    async fn validate(&self) -> CallOutput<Tenant> {
        self.tenant.validate().await
    }

    async fn list_entitlements(&self, resource_type: &str) -> CallOutput<EntitlementList> {
        self.tenant.list_entitlements(resource_type).await
    }

    async fn list_resources(
        &self,
        resource_type: &str,
        parent: Option<&ResourceId>,
        cursor: Option<&str>,
    ) -> CallOutput<Page> {
        let tenant = &self.tenant;
        let mut called = tenant.list_resources(resource_type, parent, cursor).await;
        let call = named(&format!("list {resource_type} {parent:?}"), cursor);
        if self.defect == Defect::StalePage && called.result.is_ok() {
            sleep(A_WHILE).await;
            let again = tenant.list_resources(resource_type, parent, cursor).await;
            self.compare(&called, &again);
        }
        match self.spoil(&call, &mut called) {
            Some(next) => {
                tenant
                    .list_resources(resource_type, parent, Some(&next))
                    .await
            }
            None => called,
        }
    }

    async fn list_grants(&self, resource: &ResourceId, cursor: Option<&str>) -> CallOutput<Page> {
        let mut called = self.tenant.list_grants(resource, cursor).await;
        let call = named(&format!("grants {resource}"), cursor);
        if self.defect == Defect::StalePage && called.result.is_ok() {
            sleep(A_WHILE).await;
            self.compare(&called, &self.tenant.list_grants(resource, cursor).await);
        }
        match self.spoil(&call, &mut called) {
            Some(next) => self.tenant.list_grants(resource, Some(&next)).await,
            None => called,
        }
    }
}

fn named(call: &str, cursor: Option<&str>) -> String {
    let cursor = cursor.map(|cursor| format!(" @{cursor}"));
    format!("{call}{}", cursor.unwrap_or_default())
}

/// In how many seeds a defect was planted, and in how many of them it was found.
fn planted_and_found(defect: Defect) -> (u64, u64) {
    let (mut planted, mut found) = (0, 0);
    let runtime = standing_still();
    let connector = runtime.block_on(connector());
    for seed in 0..SEEDS {
        let flag = std::sync::Arc::new(AtomicBool::new(false));
        let faulty = |tenant| Faulty {
            tenant,
            defect,
            planted: std::sync::Arc::clone(&flag),
            pages: Mutex::default(),
            failed: Mutex::default(),
        };
        let reading = runtime.block_on(read_directly(connector, team(seed), faulty));
        planted += u64::from(flag.load(SeqCst));
        let wrongs = reading.wrongs();
        // Without its plant it is as honest as any.
        assert!(
            flag.load(SeqCst) || wrongs.is_empty(),
            "seed {seed}: {wrongs:?}"
        );
        found += u64::from(!wrongs.is_empty());
        if found == FOUND_OFTEN {
            break;
        }
    }
    println!("{defect:?}: planted in {planted} seeds, found in {found}");
    (planted, found)
}

#[test]
fn a_defect_between_connector_and_host_is_found() {
    for defect in DEFECTS {
        let (planted, found) = planted_and_found(defect);
        assert!(planted > 0, "{defect:?} was never planted");
        assert!(found > 0, "{defect:?} was never found");
    }
}

/// A defect of a host after reading.
fn spoilt(synced: &mut SyncInventory, defect: &str) -> bool {
    match defect {
        "a grant lost" => synced.grants.pop().is_some(),
        "a grant twice" => match synced.grants.first().cloned() {
            Some(grant) => {
                synced.grants.push(grant);
                true
            }
            None => false,
        },
        "a record lost" => synced.resources.pop().is_some(),
        "a scope forgotten" => {
            let before = synced.scopes.len();
            synced.scopes.retain(|scope| scope.problem.is_none());
            synced.scopes.len() < before
        }
        "called complete" => !std::mem::replace(&mut synced.summary.complete, true),
        _ => unreachable!("{defect}"),
    }
}

#[test]
fn the_oracle_finds_defects_in_moving_teams() {
    let runtime = standing_still();
    let connector = runtime.block_on(connector());
    let read = |seed| runtime.block_on(read_directly(connector, team(seed), |same| same));
    let readings: Vec<Reading> = (0..SEEDS).map(read).collect();
    for defect in [
        "a grant lost",
        "a grant twice",
        "a record lost",
        "a scope forgotten",
        "called complete",
    ] {
        let (mut planted, mut found) = (0, 0);
        for reading in &readings {
            let Ok(synced) = &reading.ended else { continue };
            let mut synced = synced.clone();
            if spoilt(&mut synced, defect) {
                planted += 1;
                synced.summary.resources = synced.resources.len() as u64;
                synced.summary.grants = synced.grants.len() as u64;
                let wrongs = wrongs(&synced, &reading.expected, &reading.states);
                found += usize::from(!wrongs.is_empty());
            }
        }
        println!("{defect}: planted in {planted} syncs, found in {found}");
        assert!(
            found > planted / 20,
            "{defect}: found in {found} of {planted}"
        );
    }
}
