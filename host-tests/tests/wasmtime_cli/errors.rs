//! Every error of the contract, as the command prints it: who calls from a script has to be able to
//! distinguish them.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::cli::{Cli, text};
use crate::contract::error_cases;
use crate::server::Server;
use crate::stock::component;

const TEAM: &str = "some({resource-type: \"team\", id: \"1\"})";
const ROLES: (&str, &str) = (
    "list-grants",
    "{resource-type: \"workspace\", id: \"1f0df51a\"}, none",
);

fn connector(server: &Server) -> Cli {
    Cli::new(component("postman-connector.wasi.wasm"))
        .base_url(&format!("http://{}", server.address()))
        .secret("CONNECTOR_CREDENTIAL_POSTMAN", "X-API-Key: canary-61d0")
}

/// The answer of the provider as head and body.
fn answer(head: &str, body: &str) -> Server {
    let length = body.len();
    Server::answering(format!(
        "HTTP/1.1 {head}\r\nContent-Length: {length}\r\n\r\n{body}"
    ))
}

/// The case and the problem of a call that must fail.
fn error(server: &Server, (function, arguments): (&str, &str)) -> (String, Json) {
    let error = connector(server).call(function, arguments).unwrap_err();
    let error = error.as_object().unwrap().clone();
    let (case, problem) = error.into_iter().next().unwrap();
    (case, problem)
}

fn validate() -> (&'static str, &'static str) {
    ("validate", "")
}

#[test]
fn every_case_of_the_contract_is_distinguished() {
    let html = "<!DOCTYPE html><title>Sign in</title>";
    let plan = r#"{"error":{"name":"BadRequest","message":"Team feature is not available for your organization."}}"#;
    let month = r#"{"error":{"name":"serviceLimitExhausted","message":"m"}}"#;
    let groups = format!("\"group\", {TEAM}, none");
    let groups = ("list-resources", groups.as_str());
    let elsewhere = ("list-resources", "\"team\", none, some(\"bogus\")");
    let packed = "200 OK\r\nContent-Encoding: gzip";
    let mut seen = BTreeSet::from([an_expired_cursor()]);
    for (case, head, body, call, status) in [
        (
            "misconfigured",
            "404 Not Found",
            "{}",
            validate(),
            Some(404),
        ),
        ("invalid-argument", "200 OK", "{}", elsewhere, None),
        (
            "unauthenticated",
            "401 Unauthorized",
            "{}",
            validate(),
            Some(401),
        ),
        ("forbidden", "403 Forbidden", "{}", ROLES, Some(403)),
        ("not-offered", "400 Bad Request", plan, groups, Some(400)),
        ("not-found", "404 Not Found", "{}", ROLES, Some(404)),
        (
            "rate-limited",
            "429 Too Many\r\nRetry-After: 7",
            "{}",
            ROLES,
            Some(429),
        ),
        ("quota-exhausted", "429 Too Many", month, ROLES, Some(429)),
        ("unavailable", "503 Busy", html, validate(), Some(503)),
        ("unexpected-response", "200 OK", "[]", validate(), Some(200)),
        ("other", packed, "\x1f\x0b", validate(), None),
    ] {
        let server = answer(head, body);
        let (found, problem) = error(&server, call);
        assert_eq!(found, case, "{problem}");
        assert_eq!(problem["status"], Json::from(status), "{case}: {problem}");
        let wait = (case == "rate-limited").then_some(7);
        assert_eq!(problem["retry_after"], Json::from(wait), "{case}");
        assert_ne!(problem["message"], "", "{case}");
        let sent = usize::from(case != "invalid-argument");
        assert_eq!(server.requests().len(), sent, "{case}");
        seen.insert(found);
    }
    assert_eq!(seen, error_cases());
}

/// A cursor of one page that the provider no longer knows at the next.
fn an_expired_cursor() -> String {
    let first = answer(
        "200 OK",
        r#"{"workspaces":[],"meta":{"nextCursor":"b2Zmc2V0"}}"#,
    );
    let list = |cursor: &str| format!("\"workspace\", {TEAM}, {cursor}");
    let page = connector(&first).call("list-resources", &list("none"));
    let page = page.unwrap();
    let next = format!("some({})", text(page["next_page_token"].as_str().unwrap()));
    let body = r#"{"title":"Malformed request","detail":"Invalid cursor","status":400}"#;
    let later = answer("400 Bad Request", body);
    let (case, problem) = error(&later, ("list-resources", &list(&next)));
    assert_eq!(problem["status"], 400);
    case
}
