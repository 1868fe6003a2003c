//! A sync with answers that no healthy service gives: of proxies that stand in for a
//! replica, of replicas that vanish, of versions that do not belong together.

use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use connector_host::Secret;
use connector_host::records::{EntitlementList, ErrorCase, Operation, Page, Problem, RateLimit};
use connector_host::runtime::{CallFailure, CallOutput};
use connector_host::service::{Replica, ServiceConfig, ServiceConnector};
use connector_host::sync::{self, NoProgress, Source, SyncOptions};
use host_tests::server::ReservedAddress;
use serde_json::json;

use crate::support::scripted::tenant;
use crate::team::TOKEN;

/// Answers by path, in their order, the last one again and again.
type Script = BTreeMap<&'static str, VecDeque<Vec<u8>>>;

/// A service that answers from a script.
struct Scripted {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let requests = Arc::clone(&heard);
        let script = Mutex::new(script);
        thread::spawn(move || {
            for stream in listener.incoming() {
                serve(&mut stream.unwrap(), &script, &requests);
            }
        });
        Self { address, heard }
    }

    async fn connect(&self) -> ServiceConnector {
        self.connect_within(4096).await
    }

    async fn connect_within(&self, returned_bytes: usize) -> ServiceConnector {
        let url = format!("http://{}", self.address).parse().unwrap();
        let mut config = ServiceConfig::new(url, Secret::new(TOKEN).unwrap());
        config.limits.returned_bytes = returned_bytes;
        ServiceConnector::connect(config).await.unwrap()
    }
}

fn serve(stream: &mut TcpStream, script: &Mutex<Script>, heard: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    let mut piece = [0; 4096];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return,
            Ok(length) => head.extend_from_slice(&piece[..length]),
        }
    }
    let head = String::from_utf8(head).unwrap();
    let target = head.split(' ').nth(1).unwrap().to_owned();
    heard.lock().unwrap().push(target.clone());
    let path = target.split('?').next().unwrap();
    let mut script = script.lock().unwrap();
    let answers = script.get_mut(path).unwrap();
    let answer = match answers.len() {
        1 => answers[0].clone(),
        _ => answers.pop_front().unwrap(),
    };
    // A caller that hangs up early is no trouble.
    let _ = stream.write_all(&answer);
}

fn answer(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}")
        .into_bytes()
}

fn of(version: &str) -> String {
    format!("connector: test/{version}\r\nconnector-contract: 0.2.0\r\nconnector-requests: 1\r\n")
}

fn page() -> String {
    serde_json::to_string(&Page::default()).unwrap()
}

fn refusal(version: &str, status: u16, case: &str) -> Vec<u8> {
    let problem = Problem::new("what to do", "what happened");
    let body = json!({"status": status, "detail": "what to do", "case": case, "problem": problem});
    let headers = format!("{}content-type: application/problem+json\r\n", of(version));
    answer(status, &headers, &body.to_string())
}

/// A service of a connector `test` 0.3.1 with one type `thing`, whose lists answer this.
fn service(resources: Vec<Vec<u8>>) -> Scripted {
    let thing = json!({"id": "thing", "display_name": "", "description": "", "parent": null,
        "reference_only": false, "opt_in": false, "kind": "other", "needs": null});
    let credential = json!({"name": "key", "description": "", "required": true, "schemes": [
        {"name": "key", "header": "X-Key", "prefix": "", "description": ""}]});
    let described = json!({"name": "test", "version": "0.3.1", "resource_types": [thing],
        "credentials": [credential], "base_urls": [], "endpoints": []});
    let set = json!([{"name": "key", "set": true}]);
    let good = |body: String| VecDeque::from([answer(200, &of("0.3.1"), &body)]);
    Scripted::start(Script::from([
        ("/v1/describe", good(described.to_string())),
        ("/v1/credentials", good(set.to_string())),
        (
            "/v1/validate",
            good(serde_json::to_string(&tenant()).unwrap()),
        ),
        (
            "/v1/entitlements",
            good(serde_json::to_string(&EntitlementList::default()).unwrap()),
        ),
        ("/v1/resources", resources.into()),
    ]))
}

async fn list(source: &ServiceConnector, page_token: Option<&str>) -> CallOutput<Page> {
    source.list_resources("thing", None, page_token).await
}

async fn failure(resources: Vec<u8>) -> (ErrorCase, Problem) {
    let service = service(vec![resources]);
    let source = service.connect().await;
    sort(list(&source, Some("c")).await)
}

fn sort(called: CallOutput<Page>) -> (ErrorCase, Problem) {
    match called.result {
        Err(CallFailure::Reported { case, problem }) => (case, problem),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_is_not_there_is_unavailable() {
    for status in [408, 425, 429, 500, 502, 503, 504, 522] {
        let proxy = answer(
            status,
            "content-type: text/html\r\nretry-after: 3\r\n",
            "<html>",
        );
        let (case, problem) = failure(proxy).await;
        assert_eq!(
            (case, problem.status),
            (ErrorCase::Unavailable, Some(status))
        );
        assert_eq!(problem.retry_after, Some(3));
    }
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".to_vec();
    for broken in [Vec::new(), b"HTTP/1.1 2".to_vec(), cut] {
        assert_eq!(failure(broken).await.0, ErrorCase::Unavailable);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_listening_is_unavailable() {
    let gone = service(vec![answer(200, &of("0.3.1"), &page())]);
    let source = gone.connect().await;
    assert!(list(&source, None).await.result.is_ok());
    let nobody = ReservedAddress::take();
    let url = format!("http://{}", nobody.address()).parse().unwrap();
    let config = ServiceConfig::new(url, Secret::new(TOKEN).unwrap());
    let refused = ServiceConnector::connect(config).await.unwrap_err();
    assert!(refused.to_string().starts_with("unavailable"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_operator_has_to_mend_ends_the_sync() {
    let good = |headers: &str| answer(200, headers, &page());
    for (answer, word) in [
        (answer(401, "", ""), "CONNECTOR_SERVICE_TOKEN"),
        (answer(403, "", "<html>"), "CONNECTOR_SERVICE_TOKEN"),
        (answer(302, "location: /login\r\n", ""), "no redirect"),
        (answer(404, "", ""), "under this URL"),
        (good(""), "header `connector`"),
        (good("connector: test\r\n"), "header `connector`"),
        (good(&of("0.4.0")), "not compatible"),
        (
            good("connector: other/0.3.1\r\nconnector-contract: 0.2.0\r\n"),
            "not compatible",
        ),
        (
            good("connector: test/0.3.1\r\nconnector-contract: 9.0.0\r\n"),
            "9.0.0",
        ),
    ] {
        let (case, problem) = failure(answer).await;
        assert_eq!(case, ErrorCase::Misconfigured, "{word}");
        assert!(problem.message.contains(word), "{}", problem.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed() {
    let elsewhere = service(vec![answer(200, &of("0.3.1"), &page())]);
    let location = format!("location: http://{}/v1/resources\r\n", elsewhere.address);
    let first = service(vec![answer(307, &location, "")]);
    let (case, _) = sort(list(&first.connect().await, None).await);
    assert_eq!(case, ErrorCase::Misconfigured);
    assert_eq!(elsewhere.heard.lock().unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_unexpected_and_not_repeated() {
    let large = format!("{{\"resources\":[],\"canary\":\"{}\"}}", "x".repeat(5000));
    for body in [
        "",
        "<html>canary</html>",
        "{\"resources\":\"canary\"}",
        &large,
    ] {
        let (case, problem) = failure(answer(200, &of("0.3.1"), body)).await;
        assert_eq!(case, ErrorCase::UnexpectedResponse, "{body:.60}");
        assert!(!format!("{problem:?}").contains("canary"), "{problem:?}");
    }
    let (case, _) = failure(answer(501, "", "canary")).await;
    assert_eq!(case, ErrorCase::UnexpectedResponse);
    let (case, _) = failure(refusal("0.3.1", 500, "unheard-of")).await;
    assert_eq!(case, ErrorCase::Other);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_restarts_when_another_version_answers() {
    let page = answer(200, &of("0.3.1"), &page());
    let script = vec![
        page.clone(),
        refusal("0.3.2", 400, "invalid-argument"),
        page,
    ];
    let service = service(script);
    let source = service.connect().await;
    assert!(list(&source, None).await.result.is_ok());
    let (case, _) = sort(list(&source, Some("of-0.3.1")).await);
    assert_eq!(case, ErrorCase::Expired);
    assert!(list(&source, None).await.result.is_ok());
    let answers: Vec<_> = source
        .service_replicas()
        .answer_counts()
        .into_iter()
        .collect();
    let of = |version: &str| format!("test/{version}").parse::<Replica>().unwrap();
    assert_eq!(answers, [(of("0.3.1"), 2), (of("0.3.2"), 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_token_that_its_own_version_refuses_is_refused() {
    let (case, _) = failure(refusal("0.3.1", 400, "invalid-argument")).await;
    assert_eq!(case, ErrorCase::InvalidArgument);
    let service = service(vec![refusal("0.3.2", 400, "invalid-argument")]);
    let (case, _) = sort(list(&service.connect().await, None).await);
    assert_eq!(
        case,
        ErrorCase::InvalidArgument,
        "without a page token there is none to refuse"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_is_encoded_so_that_it_arrives() {
    let service = service(vec![answer(200, &of("0.3.1"), &page())]);
    let source = service.connect().await;
    let called = list(&source, Some("a b+c/d=&é%;")).await;
    assert!(called.result.is_ok());
    assert_eq!(called.usage.requests, 1);
    let heard = service.heard.lock().unwrap();
    let query = heard.last().unwrap().split_once('?').unwrap().1;
    assert_eq!(
        query,
        "resource_type=thing&page_token=a+b%2Bc%2Fd%3D%26%C3%A9%25%3B"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stated_limit_is_obeyed_before_sending() {
    let used_up = RateLimit {
        limit: Some(1),
        remaining: Some(0),
        window: Some(1000),
        reset_after: Some(1000),
        ..RateLimit::default()
    };
    let page = Page {
        rate_limit: Some(used_up),
        ..Page::default()
    };
    let body = serde_json::to_string(&page).unwrap();
    let service = service(vec![answer(200, &of("0.3.1"), &body)]);
    let source = service.connect().await;
    assert!(list(&source, None).await.result.is_ok());
    let sent = service.heard.lock().unwrap().len();
    let (case, problem) = sort(list(&source, Some("c")).await);
    assert_eq!(case, ErrorCase::RateLimited);
    assert!(problem.retry_after.unwrap() > 900, "{problem:?}");
    assert_eq!(service.heard.lock().unwrap().len(), sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_list_of_a_service_ends_at_the_limit() {
    let pages = (1..=9).map(|number| Page {
        next_page_token: Some(format!("after-{number}")),
        ..Page::default()
    });
    let pages = pages.map(|page| answer(200, &of("0.3.1"), &serde_json::to_string(&page).unwrap()));
    let service = service(pages.collect());
    let url = format!("http://{}", service.address).parse().unwrap();
    let mut config = ServiceConfig::new(url, Secret::new(TOKEN).unwrap());
    config.limits.pages = 4;
    let source = ServiceConnector::connect(config).await.unwrap();
    let synced = sync::run(
        Arc::new(source),
        &SyncOptions::default(),
        Arc::new(NoProgress),
    )
    .await;
    let scopes = synced.unwrap().scopes;
    let [scope] = scopes
        .iter()
        .filter(|scope| scope.call == Operation::ListResources)
        .collect::<Vec<_>>()[..]
    else {
        panic!("{scopes:?}");
    };
    assert_eq!(scope.pages, 4);
    let problem = scope.problem.as_ref().unwrap();
    assert!(problem.message.contains("pages"), "{problem:?}");
    let heard = service.heard.lock().unwrap();
    let asked = heard
        .iter()
        .filter(|path| path.starts_with("/v1/resources"));
    assert_eq!(asked.count(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_in_nothing_that_can_be_printed() {
    let service = service(vec![answer(401, "", "")]);
    let source = service.connect().await;
    let failure = list(&source, None).await.result.unwrap_err();
    for text in [
        format!("{source:?}"),
        format!("{failure:?}"),
        failure.to_string(),
    ] {
        assert!(!text.contains(TOKEN), "{text}");
    }
}

#[test]
fn versions_are_compatible_by_semantic_versioning() {
    let of = |version: &str| format!("test/{version}").parse::<Replica>().unwrap();
    for (one, two, compatible) in [
        ("0.1.0", "0.1.0", true),
        ("0.1.0", "0.1.9", true),
        ("0.1.9", "0.1.0", true),
        ("0.1.0", "0.2.0", false),
        ("0.0.1", "0.0.2", false),
        ("0.0.0", "0.0.1", false),
        ("1.0.0", "1.9.3", true),
        ("1.0.0", "2.0.0", false),
        ("1.0.0", "0.1.0", false),
        ("1.0.0+a", "1.2.0+b", true),
        ("1.0.0-rc.1", "1.0.0", false),
        ("1.0.0-rc.1", "1.0.0-rc.1", true),
        ("one", "two", false),
    ] {
        assert_eq!(of(one).is_compatible(&of(two)), compatible, "{one} {two}");
    }
    assert!("test".parse::<Replica>().is_err() && "a/b\u{1b}".parse::<Replica>().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_service_states_of_a_failure_is_cut() {
    let stated = |bytes: usize| {
        let long = "x".repeat(bytes);
        let problem = Problem::new(&*long, &*long);
        let body = json!({"detail": long, "case": "forbidden", "problem": problem});
        let headers = format!("{}content-type: application/problem+json\r\n", of("0.3.1"));
        answer(403, &headers, &body.to_string())
    };
    let failure = async |bytes| {
        let service = service(vec![stated(bytes)]);
        sort(list(&service.connect_within(64 << 20).await, None).await)
    };
    let (case, problem) = failure(10_000).await;
    assert_eq!(case, ErrorCase::Forbidden);
    assert!(problem.message.len() <= 1024 && problem.detail.len() <= 1024);
    // One that is longer than any problem is not even read: its status alone counts.
    let (case, problem) = failure(1 << 20).await;
    assert_eq!(case, ErrorCase::Misconfigured);
    assert!(problem.message.len() <= 1024, "{}", problem.message.len());
}
