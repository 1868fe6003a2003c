//! Accepted and refused callers.

use serde_json::json;

use crate::engine::Engine;
use crate::team::TOKEN;
use crate::wire::ask;

const PATHS: [&str; 4] = ["/v1/describe", "/v1/validate", "/v1/nothing", "/"];

#[test]
fn the_service_needs_a_token_and_names_it() {
    let engine = Engine::postman(&[]);
    for path in PATHS.into_iter().chain(["/v1/health"]) {
        let answer = ask(engine.address(), "GET", path, Some(TOKEN));
        assert_eq!(answer.status, 503, "{path}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("CONNECTOR_SERVICE_TOKEN"), "{detail}");
        assert!(detail.contains("CONNECTOR_SERVICE_OPEN=yes"), "{detail}");
    }
}

#[test]
fn strangers_learn_that_it_is_there_and_nothing_else() {
    let engine = Engine::postman(&[("CONNECTOR_SERVICE_TOKEN", TOKEN)]);
    let close = &TOKEN[..TOKEN.len() - 1];
    for token in [None, Some(""), Some(close), Some("canary-token-0123456780")] {
        for path in PATHS {
            let answer = ask(engine.address(), "GET", path, token);
            assert_eq!(answer.status, 401, "{path}");
            let challenge = answer.header("www-authenticate").unwrap();
            assert!(challenge.starts_with("Bearer"), "{challenge}");
            assert_eq!(answer.header("connector"), None);
            assert!(!answer.head.contains(TOKEN));
        }
    }
    let health = ask(engine.address(), "GET", "/v1/health", None);
    assert_eq!(
        (health.status, health.json()),
        (200, json!({"status": "ok"}))
    );
}

#[test]
fn it_is_open_where_the_operator_says_so() {
    let engine = Engine::postman(&[("CONNECTOR_SERVICE_OPEN", "yes")]);
    let answer = ask(engine.address(), "GET", "/v1/describe", None);
    assert_eq!(
        (answer.status, &answer.json()["name"]),
        (200, &json!("postman"))
    );
}

#[test]
fn a_provider_that_is_not_set_is_the_operators_to_set() {
    let engine = Engine::postman(&[("CONNECTOR_SERVICE_TOKEN", TOKEN)]);
    let answer = ask(engine.address(), "GET", "/v1/validate", Some(TOKEN));
    let body = answer.json();
    assert_eq!(
        (answer.status, &body["case"]),
        (500, &json!("misconfigured"))
    );
    assert!(body.to_string().contains("CONNECTOR_BASE_URL"), "{body}");
    assert_eq!(answer.header("connector-requests"), Some("0"));
}
