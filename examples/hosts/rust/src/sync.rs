//! The order of the calls: what is read, what is repeated, and when the sync ends.

use std::collections::BTreeSet;
use std::time::Duration;

use wasmtime::{Result, ensure};

use crate::ExampleHost;
use crate::bindings::exports::governance::connector::description::ResourceType;
use crate::bindings::governance::connector::types::{
    Error, GrantListing, Impact, Notice, Page, ResourceId,
};

const REPETITIONS: u32 = 5;
const RESTARTS: u32 = 2;
const LONGEST_WAIT: u64 = 300;

/// One paginated read.
#[derive(Clone, Debug)]
pub enum SyncScope {
    /// The entitlements on a type.
    Entitlements(String),
    /// The resources of a type under a parent.
    Resources(String, Option<ResourceId>),
    /// The grants on a resource.
    Grants(ResourceId),
}

/// The state of a sync in progress.
pub struct SyncState<'h> {
    host: &'h ExampleHost,
    /// Every listed resource, with the calls that read the grants on it.
    listed: Vec<(ResourceId, GrantListing)>,
    pages: Vec<Page>,
    /// The scopes that were not read to their end.
    pub gaps: Vec<String>,
}

impl<'h> SyncState<'h> {
    pub fn new(host: &'h ExampleHost) -> Self {
        Self {
            host,
            listed: Vec::new(),
            pages: Vec::new(),
            gaps: Vec::new(),
        }
    }

    /// Reads all types that need no further credential. Parents come before their children.
    ///
    /// # Errors
    /// Returns an error if the credential does not work, or works no more.
    pub async fn run(&mut self, types: &[ResourceType]) -> Result<()> {
        let (guest, mut store) = self.host.instantiate().await?;
        let inventory = guest.governance_connector_inventory();
        inventory.call_validate(&mut store).await??;
        let types = types
            .iter()
            .filter(|kind| !kind.opt_in && kind.needs.is_none());
        for kind in types.clone() {
            self.read(SyncScope::Entitlements(kind.id.clone())).await?;
        }
        for kind in types.filter(|kind| !kind.reference_only) {
            let parents = match &kind.parent {
                None => vec![None],
                Some(parent) => self.listed(|(id, _)| id.resource_type == *parent),
            };
            for parent in parents {
                let scope = SyncScope::Resources(kind.id.clone(), parent);
                self.read(scope).await?;
            }
        }
        let required = |one: &(_, GrantListing)| one.1 == GrantListing::ListGrantsRequired;
        for id in self.listed(required).into_iter().flatten() {
            self.read(SyncScope::Grants(id)).await?;
        }
        Ok(())
    }

    /// Returns one line for each grant, sorted.
    pub fn grants(&self) -> BTreeSet<String> {
        let shown = |id: &ResourceId| format!("{} {}", id.resource_type, id.id);
        let sets = self.pages.iter().flat_map(|page| &page.grants);
        let lines = sets.flat_map(|set| {
            let (resource, of) = (shown(&set.resource), &set.principal_type);
            set.principal_ids.iter().flat_map(move |id| {
                let resource = resource.clone();
                let slugs = set.entitlements.iter();
                slugs.map(move |slug| format!("{resource}\t{slug}\t{of} {id}"))
            })
        });
        lines.collect()
    }

    fn listed(
        &self,
        wanted: impl Fn(&(ResourceId, GrantListing)) -> bool,
    ) -> Vec<Option<ResourceId>> {
        let listed = self.listed.iter().filter(|one| wanted(one));
        let ids: BTreeSet<_> = listed.map(|(id, _)| Some(id.clone())).collect();
        ids.into_iter().collect()
    }

    /// Takes note of what a list has: its type is that of the call.
    fn note_listed(&mut self, resource_type: &str, pages: &[Page]) {
        let resources = pages.iter().flat_map(|page| &page.resources);
        self.listed.extend(resources.map(|one| {
            let id = ResourceId {
                resource_type: resource_type.to_owned(),
                id: one.id.clone(),
            };
            (id, one.grants)
        }));
    }

    /// Reads one scope to its end.
    ///
    /// # Errors
    /// Returns an error if no other call with the credential can succeed.
    async fn read(&mut self, scope: SyncScope) -> Result<()> {
        let mut pages = Vec::new();
        let mut gap = self.read_pages(&scope, &mut pages).await;
        for _ in 0..RESTARTS {
            if matches!(&gap, Ok(Err(Error::Expired(_)))) {
                pages.clear();
                gap = self.read_pages(&scope, &mut pages).await;
            }
        }
        let mut notices = pages.iter().flat_map(|page| &page.notices);
        let gap = match gap {
            Ok(Ok(())) => notices
                .find(|one| is_partial(one))
                .map(|one| one.message.clone()),
            Ok(Err(Error::NotOffered(_))) => None,
            Ok(Err(error)) => {
                ensure!(!is_final(&error), "{scope:?}: {error}");
                Some(error.to_string())
            }
            Err(trap) => Some(trap.to_string()),
        };
        self.gaps.extend(gap.map(|gap| format!("{scope:?}: {gap}")));
        if let SyncScope::Resources(kind, _) = &scope {
            self.note_listed(kind, &pages);
        }
        self.pages.extend(pages);
        Ok(())
    }

    async fn read_pages(
        &self,
        scope: &SyncScope,
        pages: &mut Vec<Page>,
    ) -> Result<Result<(), Error>> {
        let (mut token, mut seen) = (None, BTreeSet::new());
        loop {
            let page = match self.read_page(scope, token.as_deref()).await? {
                Ok(page) => page,
                Err(error) => return Ok(Err(error)),
            };
            let is_new = !pages
                .iter()
                .any(|earlier: &Page| has_same_content(earlier, &page));
            token = page.next_page_token.clone();
            pages.push(page);
            match &token {
                Some(next) => ensure!(is_new && seen.insert(next.clone()), "it never ends"),
                None => return Ok(Ok(())),
            }
        }
    }

    /// Reads one page, and repeats the call while the provider asks to wait.
    async fn read_page(
        &self,
        scope: &SyncScope,
        token: Option<&str>,
    ) -> Result<Result<Page, Error>> {
        for failed in 0..REPETITIONS {
            let called = self.host.call(scope, token).await?;
            let (Err(Error::RateLimited(problem)) | Err(Error::Unavailable(problem))) = &called
            else {
                return Ok(called);
            };
            let wait = problem.retry_after.unwrap_or(1 << failed);
            if wait > LONGEST_WAIT {
                return Ok(called);
            }
            tokio::time::sleep(Duration::from_secs(wait)).await;
        }
        self.host.call(scope, token).await
    }
}

/// Returns whether nothing follows from what is absent in the list that a notice is about.
fn is_partial(notice: &Notice) -> bool {
    match notice.impact {
        Impact::ItemOmitted => true,
        Impact::AccessUnknown => notice.about.is_none(),
        Impact::None | Impact::AttributeUnknown => false,
    }
}

/// Returns whether two pages show the same, and something. An empty page may follow an empty one.
fn has_same_content(a: &Page, b: &Page) -> bool {
    let is_empty = a.resources.is_empty() && a.grants.is_empty();
    !is_empty && a.resources == b.resources && a.grants == b.grants
}

/// Returns whether every other call with the credential would end the same.
fn is_final(error: &Error) -> bool {
    match error {
        Error::Misconfigured(_) | Error::QuotaExhausted(_) | Error::Unauthenticated(_) => true,
        Error::RateLimited(problem) => problem.retry_after > Some(LONGEST_WAIT),
        Error::InvalidArgument(_)
        | Error::Expired(_)
        | Error::Forbidden(_)
        | Error::NotOffered(_)
        | Error::NotFound(_)
        | Error::Unavailable(_)
        | Error::UnexpectedResponse(_)
        | Error::Other(_) => false,
    }
}
