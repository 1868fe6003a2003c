//! The page fetcher: the pages of one scope, each by a call with its retries.

use std::sync::Arc;

use super::call::{CallExecutor, ScopeAttempts};
use super::ends::unexpected;
use super::{ScopeKey, Source, check};
use connector_runtime::{CallFailure, CallOutput};
use connector_types::{Operation, Page, Weigh};

/// The page fetcher of a scope.
pub(super) struct PageFetcher<S> {
    caller: Arc<CallExecutor<S>>,
    key: ScopeKey,
    pub(super) tries: ScopeAttempts,
}

impl<S: Source> PageFetcher<S> {
    pub(super) fn new(caller: &Arc<CallExecutor<S>>, key: &ScopeKey) -> Self {
        Self {
            caller: Arc::clone(caller),
            key: key.clone(),
            tries: ScopeAttempts::default(),
        }
    }

    /// Reads one page; a page that breaks the contract is the connector's fault, not the data's.
    ///
    /// # Errors
    /// Returns an error if the last try failed, or the page breaks the contract.
    pub(super) async fn fetch_page(
        &mut self,
        page_token: Option<&str>,
    ) -> Result<Page, CallFailure> {
        let Self { caller, key, tries } = self;
        let credential = caller.types.credential(&key.resource_type);
        let call = || call_page(&*caller.source, key, page_token);
        let page = caller.call(credential, tries, call).await?;
        let (weight, types) = (page.weight(), Arc::clone(&caller.types));
        let check = move || check::page(&page, &types).map(|()| page);
        caller.work(weight, check).await.map_err(unexpected)
    }
}

async fn call_page<S: Source>(
    source: &S,
    key: &ScopeKey,
    page_token: Option<&str>,
) -> CallOutput<Page> {
    let ScopeKey {
        call,
        resource_type,
        at,
        ..
    } = key;
    match (call, at) {
        (Operation::ListGrants, Some(resource)) => source.list_grants(resource, page_token).await,
        (Operation::ListEntitlements, _) => list_entitlements(source, resource_type).await,
        (Operation::ListGrants | Operation::ListResources, parent) => {
            let parent = parent.as_ref();
            source
                .list_resources(resource_type, parent, page_token)
                .await
        }
    }
}

/// Returns a list of entitlements in the shape of a page: it has no page token and is always the last
/// one.
async fn list_entitlements<S: Source>(source: &S, resource_type: &str) -> CallOutput<Page> {
    let CallOutput { result, usage } = source.list_entitlements(resource_type).await;
    let result = result.map(|list| Page {
        entitlements: list.entitlements,
        notices: list.notices,
        rate_limit: list.rate_limit,
        ..Page::default()
    });
    CallOutput { result, usage }
}
