//! Tenants whose lists never end, or who return more than a host can keep: a sync of them ends all the
//! same, at a limit with a name, with what was read before.

use crate::support;
use std::sync::Arc;

use crate::support::provider::Server;
use crate::support::{component, framed, guest_file, hostile, load, sandbox};
use connector_host::records::{ErrorCase, Outcome, Scope};
use connector_host::runtime::{CallFailure, LimitSetting, MemoryBudget};
use connector_host::sync::{self, NoProgress, Source, SyncError, SyncInventory, SyncOptions};
use connector_host::{CallLimits, Credentials, Secret, TenantConfig, TenantConnector};

/// Syncs a guest with these limits.
async fn synced(guest: &[u8], limits: CallLimits) -> Result<SyncInventory, SyncError> {
    let connector = load(&sandbox(), guest).await;
    let server = Server::start(support::provider::answer(
        "200 OK\r\nconnection: close",
        b"{}",
    ))
    .await;
    let form = &connector.descriptor().credentials[0].schemes[0];
    let credentials = Credentials::none().with("key", form, Secret::new("PMAK-1").unwrap());
    let place = format!("http://127.0.0.1:{}", server.port);
    let mut config = TenantConfig::new(place.parse().unwrap(), credentials);
    config.limits = limits;
    let tenant = TenantConnector::new(&connector, config).unwrap();
    sync::run(
        Arc::new(tenant),
        &SyncOptions::default(),
        Arc::new(NoProgress),
    )
    .await
}

fn limited(settings: &[&str]) -> CallLimits {
    let mut limits = CallLimits::default();
    for setting in settings {
        limits.set_limit(setting.parse::<LimitSetting>().unwrap());
    }
    limits
}

/// The one list of a sync that is not whole.
async fn ended_list(guest: &[u8], limits: CallLimits) -> Scope {
    let synced = synced(guest, limits).await.unwrap();
    assert!(!synced.summary.complete);
    let mut lists = synced.scopes.into_iter().filter(|scope| scope.pages > 1);
    let list = lists.next().unwrap();
    assert!(lists.next().is_none());
    list
}

fn says(scope: &Scope, words: &str) {
    let problem = scope.problem.as_ref().unwrap();
    assert!(problem.message.contains(words), "{}", problem.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_page_token_ends_a_list() {
    let list = ended_list(&hostile("same-cursor"), CallLimits::default()).await;
    assert_eq!(list.outcome, Outcome::Error(ErrorCase::UnexpectedResponse));
    assert_eq!(list.pages, 2);
    says(&list, "already shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identical_second_page_ends_a_list() {
    let list = ended_list(&hostile("same-page"), CallLimits::default()).await;
    assert_eq!(list.outcome, Outcome::Error(ErrorCase::UnexpectedResponse));
    assert_eq!(list.pages, 2);
    says(&list, "already shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_list_ends_at_the_page_limit() {
    let list = ended_list(&hostile("endless-pages"), limited(&["pages=40"])).await;
    assert_eq!((list.outcome, list.pages), (Outcome::Trapped, 40));
    says(&list, "raise the limit pages");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_ends_at_the_tenant_memory_limit() {
    let limits = limited(&["tenant-returned-mib=4"]);
    let list = ended_list(&hostile("endless-pages"), limits).await;
    assert_eq!(list.outcome, Outcome::Trapped);
    // 60,000 bytes a page, and 4 MiB.
    assert!((60..=70).contains(&list.pages), "{}", list.pages);
    says(&list, "raise the limit tenant-returned-mib");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_growing_page_token_ends_at_its_size_limit() {
    let short = guest_file("endless-pages").replace("(i32.const 60000)", "(i32.const 1)");
    let guest = component(&framed(&short));
    let list = ended_list(&guest, CallLimits::default()).await;
    assert_eq!(list.outcome, Outcome::Error(ErrorCase::UnexpectedResponse));
    assert_eq!(list.pages, 8 << 10);
    says(&list, "longer than 8 KiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn exhausted_tenant_memory_names_the_limit() {
    let limits = CallLimits {
        budget: MemoryBudget::new(65_535),
        ..CallLimits::default()
    };
    let error = synced(&hostile("same-cursor"), limits).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("raise the limit tenant-memory-mib"),
        "{error}"
    );
    let limits = limited(&["tenant-memory-mib=1", "memory-mib=2"]);
    let wide = guest_file("same-cursor").replace(
        "(func $list (param i32 i32) (result i32)",
        "(func $list (param i32 i32) (result i32) (drop (memory.grow (i32.const 20)))",
    );
    let synced = synced(&component(&framed(&wide)), limits).await.unwrap();
    let list = synced
        .scopes
        .iter()
        .find(|scope| scope.outcome == Outcome::Trapped);
    says(list.unwrap(), "raise the limit tenant-memory-mib");
}

/// Nobody takes the connection up, and the call would last for 20 seconds.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_request_ends_at_its_own_limit() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = format!("http://{}", silent.local_addr().unwrap());
    let connector = load(&sandbox(), &support::connector()).await;
    let form = &connector.descriptor().credentials[0].schemes[0];
    let credentials = Credentials::none().with("postman", form, Secret::new("PMAK-1").unwrap());
    let mut config = TenantConfig::new(place.parse().unwrap(), credentials);
    config.limits = limited(&["wall-clock-seconds=20", "request-seconds=1"]);
    let tenant = TenantConnector::new(&connector, config).unwrap();
    let failure = Source::validate(&tenant).await.result.unwrap_err();
    let CallFailure::Reported { case, .. } = failure else {
        panic!("{failure:?}");
    };
    assert_eq!(case, ErrorCase::Unavailable);
}
