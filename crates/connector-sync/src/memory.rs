//! A sync in memory: the checkpoint store of a library, and of many small tenants at once.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Mutex;

use super::close::close;
use super::members::mark_unknown_members;
use super::summary::summary;
use super::{
    CheckpointError, CheckpointStore, PageRead, ScopeKey, SyncEnd, SyncInventory, SyncStart,
    work_on,
};
use connector_runtime::BoxFuture;
use connector_types::{
    Entitlement, Grant, GrantSet, Notice, Outcome, Page, Resource, Run, Scope, Texts, lock,
};

/// Everything that one scope has read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ScopeContent {
    /// Resources, in the order of the pages.
    pub(super) resources: Vec<Resource>,
    /// Entitlements.
    pub(super) entitlements: Vec<Entitlement>,
    /// Grants.
    pub(super) grants: Vec<Grant>,
    /// Notices.
    pub(super) notices: Vec<Notice>,
    /// The end of each page.
    pub(super) pages: Vec<PageEnd>,
}

/// The end of a page among what its scope has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageEnd {
    /// The page's number, from 1.
    pub(super) number: NonZeroU32,
    /// Number of resources up to here.
    pub(super) resources: usize,
    /// Number of grants up to here.
    pub(super) grants: usize,
}

impl ScopeContent {
    fn add(&mut self, number: NonZeroU32, page: Page) {
        self.resources.extend(page.resources);
        self.entitlements.extend(page.entitlements);
        self.grants
            .extend(page.grants.iter().flat_map(GrantSet::grants));
        self.notices.extend(page.notices);
        self.pages.push(PageEnd {
            number,
            resources: self.resources.len(),
            grants: self.grants.len(),
        });
    }
}

/// The least that a record takes, in bytes.
const RECORD: usize = 128;

/// Everything that a sync has read so far, by the scope that read it: only a scope that was read to
/// its end may later say that something is gone.
#[derive(Debug, Default)]
struct MemoryContents {
    run: Option<Run>,
    contents: BTreeMap<ScopeKey, ScopeContent>,
    scopes: BTreeMap<ScopeKey, Scope>,
    texts: Texts,
}

impl MemoryContents {
    fn add(&mut self, key: &ScopeKey, read: PageRead<'_>) {
        let mut page = read.page;
        self.texts.share(&mut page);
        let number = NonZeroU32::new(read.number).unwrap_or(NonZeroU32::MIN);
        let content = self.contents.entry(key.clone()).or_default();
        content.add(number, page);
    }

    /// Returns roughly how much was read, in bytes.
    fn weight(&self) -> usize {
        let count = |content: &ScopeContent| content.resources.len() + content.grants.len();
        let records: usize = self.contents.values().map(count).sum();
        records.saturating_mul(RECORD)
    }
}

/// Keeps one sync in memory.
#[derive(Debug, Default)]
pub struct MemoryCheckpoints {
    reading: Mutex<MemoryContents>,
    synced: Mutex<Option<SyncInventory>>,
}

impl MemoryCheckpoints {
    /// Takes the sync, once it has ended.
    pub fn take(&self) -> Option<SyncInventory> {
        lock(&self.synced).take()
    }
}

impl CheckpointStore for MemoryCheckpoints {
    fn begin<'a>(
        &'a self,
        run: &'a Run,
        _settings: &'a str,
        _requests: u64,
    ) -> BoxFuture<'a, Result<SyncStart, CheckpointError>> {
        Box::pin(async {
            lock(&self.reading).run = Some(run.clone());
            Ok(SyncStart::New { dropped: None })
        })
    }

    fn page<'a>(
        &'a self,
        key: &'a ScopeKey,
        read: PageRead<'a>,
    ) -> BoxFuture<'a, Result<(), CheckpointError>> {
        Box::pin(async {
            lock(&self.reading).add(key, read);
            Ok(())
        })
    }

    fn restart<'a>(
        &'a self,
        key: &'a ScopeKey,
        _requests: u64,
    ) -> BoxFuture<'a, Result<(), CheckpointError>> {
        Box::pin(async {
            lock(&self.reading).contents.remove(key);
            Ok(())
        })
    }

    fn ended<'a>(
        &'a self,
        key: &'a ScopeKey,
        scope: &'a Scope,
    ) -> BoxFuture<'a, Result<(), CheckpointError>> {
        Box::pin(async {
            lock(&self.reading)
                .scopes
                .insert(key.clone(), scope.clone());
            Ok(())
        })
    }

    fn failed<'a>(&'a self, _reason: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }

    fn finish(&self, requests: u64) -> BoxFuture<'_, Result<SyncEnd, CheckpointError>> {
        Box::pin(async move {
            let reading = std::mem::take(&mut *lock(&self.reading));
            let weight = reading.weight();
            let synced = work_on(weight, move || take_inventory(reading, requests)).await;
            let synced =
                synced.ok_or_else(|| CheckpointError::Failed("a sync was not begun".to_owned()))?;
            let end = SyncEnd::of(&synced);
            *lock(&self.synced) = Some(synced);
            Ok(end)
        })
    }
}

/// Returns the records in the order of the scopes, each part with the index of its scope among the
/// scopes, which are sorted by identity.
fn in_order(
    contents: BTreeMap<ScopeKey, ScopeContent>,
    scopes: BTreeMap<ScopeKey, Scope>,
) -> (Vec<(usize, ScopeContent)>, Vec<Scope>) {
    let mut scopes: Vec<_> = scopes.into_iter().collect();
    scopes.sort_by(|(_, a), (_, b)| a.identity().cmp(&b.identity()));
    let (keys, scopes): (Vec<_>, Vec<_>) = scopes.into_iter().unzip();
    let positions = keys.into_iter().enumerate();
    let positions: BTreeMap<_, _> = positions.map(|(position, key)| (key, position)).collect();
    let contents = contents.into_iter().map(|(key, content)| {
        let position = positions.get(&key).copied();
        (position.unwrap_or(usize::MAX), content)
    });
    (contents.collect(), scopes)
}

/// Makes one result of what was read.
fn take_inventory(reading: MemoryContents, requests: u64) -> Option<SyncInventory> {
    let MemoryContents {
        run,
        contents,
        scopes,
        ..
    } = reading;
    let run = run?;
    let (contents, mut scopes) = in_order(contents, scopes);
    let mut closed = close(contents, run.tenant.notices.clone());
    let complete = |(at, scope): &(usize, &mut Scope)| {
        scope.outcome == Outcome::Complete && closed.omitting.contains(at)
    };
    for (_, scope) in scopes.iter_mut().enumerate().filter(complete) {
        scope.outcome = Outcome::Partial;
    }
    mark_unknown_members(&mut closed, &mut scopes);
    let owner = &run.tenant.credential_owner.resource_type;
    let summary = summary(&closed, &scopes, owner, requests);
    Some(SyncInventory {
        run,
        resources: closed.resources,
        entitlements: closed.entitlements,
        grants: closed.grants,
        notices: closed.notices,
        scopes,
        summary,
    })
}
