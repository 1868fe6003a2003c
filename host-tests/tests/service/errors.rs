//! Each of the contract's errors, from a connector that gives it, over HTTP and back again.

use std::path::PathBuf;
use std::sync::LazyLock;

use connector_host::Secret;
use connector_host::records::{ErrorCase, ResourceId};
use connector_host::runtime::CallFailure;
use connector_host::service::{ServiceConfig, ServiceConnector};
use connector_host::sync::Source;
use serde_json::json;

use crate::engine::{ANYWHERE, Engine, service_of};
use crate::openapi::Api;
use crate::support;
use crate::team::TOKEN;
use crate::wire::ask;

static EVERY_ERROR: LazyLock<PathBuf> = LazyLock::new(|| {
    let module = support::guest_file("every-error");
    service_of("every-error", support::component(&module))
});

/// In the contract's order.
const CASES: [ErrorCase; 12] = [
    ErrorCase::Misconfigured,
    ErrorCase::InvalidArgument,
    ErrorCase::Expired,
    ErrorCase::Unauthenticated,
    ErrorCase::Forbidden,
    ErrorCase::NotOffered,
    ErrorCase::NotFound,
    ErrorCase::RateLimited,
    ErrorCase::QuotaExhausted,
    ErrorCase::Unavailable,
    ErrorCase::UnexpectedResponse,
    ErrorCase::Other,
];

fn cases() -> impl Iterator<Item = (String, ErrorCase)> {
    ('a'..).map(String::from).zip(CASES)
}

fn engine() -> Engine {
    Engine::start(
        &EVERY_ERROR,
        ANYWHERE,
        &[("CONNECTOR_SERVICE_TOKEN", TOKEN)],
    )
}

#[test]
fn each_error_matches_its_described_status() {
    let (engine, api) = (engine(), Api::read());
    let statuses = api.statuses_of_cases();
    assert_eq!(statuses.len(), CASES.len());
    for (letter, case) in cases() {
        for (path, query) in [
            ("/v1/entitlements", format!("resource_type={letter}")),
            ("/v1/resources", format!("resource_type={letter}")),
            ("/v1/grants", format!("resource_type={letter}&id=1")),
        ] {
            let answer = ask(
                engine.address(),
                "GET",
                &format!("{path}?{query}"),
                Some(TOKEN),
            );
            assert_eq!(
                answer.status,
                statuses[case.name()],
                "{path} {}",
                case.name()
            );
            api.check("get", path, &answer);
            let body = answer.json();
            assert_eq!(body["case"], case.name());
            assert_eq!(body["problem"]["status"], 418);
            assert_eq!(body["detail"], "what to do");
            assert_eq!(answer.header("retry-after"), Some("7"));
        }
    }
    for method in ["GET", "POST"] {
        let answer = ask(engine.address(), method, "/v1/validate", Some(TOKEN));
        api.check(&method.to_lowercase(), "/v1/validate", &answer);
        assert_eq!(answer.json()["case"], "unauthenticated");
    }
}

#[test]
fn a_trap_is_a_500_and_the_service_continues() {
    let engine = engine();
    // There is no case of that number: the engine finds it, and ends the call.
    let trapped = ask(
        engine.address(),
        "GET",
        "/v1/entitlements?resource_type=z",
        Some(TOKEN),
    );
    assert_eq!(trapped.status, 500);
    let next = ask(engine.address(), "GET", "/v1/describe", Some(TOKEN));
    assert_eq!(
        (next.status, &next.json()["name"]),
        (200, &json!("every-error"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_error_comes_back_as_it_went() {
    let engine = engine();
    let url = format!("http://{}", engine.address()).parse().unwrap();
    let config = ServiceConfig::new(url, Secret::new(TOKEN).unwrap());
    let source = ServiceConnector::connect(config).await.unwrap();
    for (letter, expected) in cases() {
        let resource = ResourceId::new(&*letter, "1");
        let failures = [
            source.list_entitlements(&letter).await.result.err(),
            source
                .list_resources(&letter, None, None)
                .await
                .result
                .err(),
            source.list_grants(&resource, None).await.result.err(),
        ];
        for failure in failures {
            let Some(CallFailure::Reported { case, problem }) = failure else {
                panic!("{letter}: {failure:?}");
            };
            assert_eq!(case, expected);
            assert_eq!(problem.message, "what to do");
            assert_eq!(problem.detail, "what happened");
            assert_eq!((problem.status, problem.retry_after), (Some(418), Some(7)));
        }
    }
    let trapped = source.list_entitlements("z").await.result.unwrap_err();
    let CallFailure::Reported { case, .. } = trapped else {
        panic!("{trapped:?}");
    };
    assert_eq!(case, ErrorCase::Unavailable);
}
