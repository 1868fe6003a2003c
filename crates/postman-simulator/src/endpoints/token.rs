//! `/oauth2/token`. The request and the good answer are published; the bodies of refusals are guesses in
//! the manner of other endpoints.

use super::super::answer::SimulatedResponse;
use super::super::json::json_text;
use super::super::oauth::OAuthClient;
use super::super::problem::{named_error, problem_answer};
use super::super::request::SimulatedRequest;
use super::super::service::SimulatorService;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Returns a token for the client of the options.
pub(in super::super) fn issue_token(
    service: &SimulatorService,
    request: &SimulatedRequest,
) -> SimulatedResponse {
    let Some(client) = service
        .options
        .oauth
        .as_ref()
        .filter(|client| has_client(client, request))
    else {
        return named_error(401, "AuthenticationError", "Invalid client credentials.");
    };
    let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
    let is = |name: &str, wanted: &str| body.get(name).and_then(Value::as_str) == Some(wanted);
    if !is("grant_type", "client_credentials") || !is("jwt", &client.jwt) {
        let detail = "The grant_type or the jwt is not valid.";
        return problem_answer(400, "bad-request", "Bad Request", detail);
    }
    if !is("installationAuthId", &client.installation_id) {
        let detail = "The requested resource was not found.";
        return problem_answer(404, "not-found", "Not Found", detail);
    }
    SimulatedResponse::json_answer(format!(
        "{{\"access_token\":{},\"token_type\":\"Bearer\",\"expires_in\":{}}}",
        json_text(&service.issue_token()),
        client.stated
    ))
}

fn has_client(client: &OAuthClient, request: &SimulatedRequest) -> bool {
    let pair = format!("{}:{}", client.client_id, client.client_secret);
    let wanted = format!("Basic {}", STANDARD.encode(pair));
    request.header("authorization") == Some(wanted.as_str())
}
