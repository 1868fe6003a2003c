//! The result equals the account, through the library as through the command.

use std::collections::BTreeSet;
use std::sync::Arc;

use connector_host::gateway::RateLimiter;
use connector_host::records::{Outcome, Resource};
use connector_host::review::{AccessFilters, effective_access};
use connector_host::sync::{self, NoProgress, SyncInventory, SyncOptions};
use connector_host::{Connector, Credentials, Secret, TenantConfig, TenantConnector};
use tokio::sync::OnceCell;

use crate::account::Account;
use crate::server::{KEY, Server};
use crate::{expected, made, stock};

/// The second connector, loaded once.
pub async fn connector() -> &'static Connector {
    static LOADED: OnceCell<Connector> = OnceCell::const_new();
    let load = || async {
        let sandbox = host_tests::sandbox();
        let bytes = std::fs::read(stock::component("pagerduty-connector.wasm")).unwrap();
        Connector::load(&sandbox, &bytes).await.unwrap()
    };
    LOADED.get_or_init(load).await
}

pub async fn tenant(server: &Server) -> TenantConnector {
    let connector = connector().await;
    let credential = &connector.descriptor().credentials[0];
    let key = Secret::new(KEY).unwrap();
    let credentials = Credentials::none().with(&credential.name, &credential.schemes[0], key);
    let mut config = TenantConfig::new(server.base_url().parse().unwrap(), credentials);
    config.rate_limiter = RateLimiter::unlimited();
    TenantConnector::new(connector, config).unwrap()
}

pub async fn synced(server: &Server) -> SyncInventory {
    let source = Arc::new(tenant(server).await);
    sync::run(source, &SyncOptions::default(), Arc::new(NoProgress))
        .await
        .unwrap()
}

/// Everything that is there, and nothing else.
pub fn assert_true(synced: &SyncInventory, account: &Account) {
    let things: BTreeSet<_> = synced.resources.iter().map(expected::thing).collect();
    assert_same(&things, &expected::things(account));
    let grants: BTreeSet<_> = synced.grants.iter().map(expected::grant_tuple).collect();
    assert_same(&grants, &expected::expected_grants(account));
    assert_eq!(
        (things.len(), grants.len()),
        (synced.resources.len(), synced.grants.len())
    );
}

fn assert_same<T: Ord + std::fmt::Debug>(read: &BTreeSet<T>, there: &BTreeSet<T>) {
    let missing: Vec<_> = there.difference(read).take(5).collect();
    let made_up: Vec<_> = read.difference(there).take(5).collect();
    assert!(
        missing.is_empty() && made_up.is_empty(),
        "missing: {missing:?}\nmade up: {made_up:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn results_do_not_depend_on_the_page_size() {
    for (page, requests) in [(100, 19), (30, 27)] {
        let account = Account {
            page,
            ..Account::large()
        };
        let server = Server::start(account.clone()).await;
        let synced = synced(&server).await;
        assert!(synced.summary.complete, "{:?}", synced.scopes);
        assert_true(&synced, &account);
        let reported: BTreeSet<_> = synced.notices.iter().map(|one| one.code.as_str()).collect();
        assert!(reported.contains("unknown-role"), "{reported:?}");
        assert!(
            !synced.notices.iter().any(|one| one.is_partial()),
            "{:?}",
            synced.notices
        );
        assert_eq!(server.heard().len(), requests, "{:#?}", server.heard());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn effective_access_includes_account_admins() {
    let account = Account::large();
    let server = Server::start(account.clone()).await;
    let synced = synced(&server).await;
    let (store, run) = made::store_sync(&synced);
    let (found, unread) = effective_access(&store, run, &AccessFilters::default()).unwrap();
    let found: BTreeSet<_> = found
        .iter()
        .map(|one| {
            let entitlement = one.entitlement.slug.clone();
            (
                one.resource.id.clone(),
                entitlement,
                one.principal.id.clone(),
            )
        })
        .collect();
    assert_same(&found, &expected::access(&account));
    assert!(unread.is_empty(), "{unread:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_key_is_owned_by_the_account() {
    let account = Account {
        key_owner: None,
        ..Account::large()
    };
    let server = Server::start(account.clone()).await;
    let synced = synced(&server).await;
    assert_true(&synced, &account);
    let tenant = &synced.run.tenant;
    assert_eq!(
        (&tenant.id, &tenant.credential_owner),
        (&expected::account(), &expected::account())
    );
    assert!(tenant.notices.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_whose_owner_sees_less_says_so() {
    for (owner, says) in [(0, false), (5, false), (1, true)] {
        let account = Account {
            key_owner: Some(owner),
            ..Account::large()
        };
        let server = Server::start(account.clone()).await;
        let tenant = synced(&server).await.run.tenant;
        let own = expected::id("user", &account.users[owner].id);
        assert_eq!(tenant.credential_owner, own);
        let reported = tenant
            .notices
            .iter()
            .any(|one| one.code == "owner-is-no-admin" && one.is_partial());
        assert_eq!(
            reported, says,
            "{}: {:?}",
            account.users[owner].role, tenant.notices
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_beyond_ten_thousand_are_named_missing() {
    let mut account = Account::tiny();
    let one = account.users[0].clone();
    account
        .users
        .extend((1..10_100).map(|place| crate::account::User {
            id: format!("PX{place:05}"),
            role: "user",
            ..one.clone()
        }));
    let server = Server::start(account).await;
    let synced = synced(&server).await;
    let is_user = |one: &&Resource| one.id.resource_type == "user";
    assert_eq!(synced.resources.iter().filter(is_user).count(), 10_000);
    assert!(
        synced
            .notices
            .iter()
            .any(|one| one.code == "list-cut" && one.is_partial())
    );
    assert!(!synced.summary.complete);
    let cut = synced
        .scopes
        .iter()
        .find(|one| one.outcome != Outcome::Complete)
        .unwrap();
    assert_eq!(
        (cut.resource_type.as_str(), cut.outcome),
        ("user", Outcome::Partial)
    );
}
