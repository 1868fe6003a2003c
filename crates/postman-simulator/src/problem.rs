//! Refusals with the bodies that Postman publishes. Letters are the shapes of error bodies:
//! `A` has `error`, `B` is a problem of RFC 9457, `C` is flat, `E` is SCIM's.

use super::answer::{PLAIN_JSON, PROBLEM, SCIM, SimulatedResponse};
use super::chance::RandomDraws;
use super::json::json_text;

/// Returns an error of shape `A`.
pub(super) fn named_error(status: u16, name: &str, message: &str) -> SimulatedResponse {
    let body = format!(
        "{{\"error\":{{\"name\":{},\"message\":{}}}}}",
        json_text(name),
        json_text(message)
    );
    SimulatedResponse::new(status, PLAIN_JSON, body)
}

/// Returns an error of shape `B`.
pub(super) fn problem_answer(
    status: u16,
    slug: &str,
    title: &str,
    detail: &str,
) -> SimulatedResponse {
    let body = format!(
        "{{\"type\":\"https://api.postman.com/problems/{slug}\",\"title\":{},\"detail\":{},\"status\":{status}}}",
        json_text(title),
        json_text(detail)
    );
    SimulatedResponse::new(status, PROBLEM, body)
}

fn fixed_answer(status: u16, content_type: &'static str, body: &str) -> SimulatedResponse {
    SimulatedResponse::new(status, content_type, body)
}

/// Returns the error for a key that is wrong, expired or revoked: the body that is seen live.
pub(super) fn wrong_key() -> SimulatedResponse {
    named_error(
        401,
        "AuthenticationError",
        "Invalid API Key. Every request requires a valid API Key to be sent.",
    )
}

/// Returns the error for a missing key.
pub(super) fn no_key() -> SimulatedResponse {
    problem_answer(
        401,
        "unauthorized",
        "Unauthorized",
        "A valid API key must be provided in the request header.",
    )
}

/// Returns the error for a path that is not served (seen live).
pub(super) fn unknown_path() -> SimulatedResponse {
    let body = r#"{"error":{"name":"NotFound","message":"Requested resource not found"},"status":"error"}"#;
    fixed_answer(404, PLAIN_JSON, body)
}

/// Returns the error for a method other than the served one.
pub(super) fn method_not_allowed(served: &'static str) -> SimulatedResponse {
    let detail = format!("Only {served} is served here.");
    let mut answer = problem_answer(405, "method-not-allowed", "Method Not Allowed", &detail);
    answer.headers.push(("Allow", served.to_owned()));
    answer
}

/// Returns the error for a missing feature of the plan; Postman uses this text for plans as well as regions.
pub(super) fn not_in_plan() -> SimulatedResponse {
    problem_answer(
        403,
        "forbidden",
        "Forbidden",
        "This feature isn't available in your region.",
    )
}

/// Returns the refusal of something that the key's owner may not read: one of the published bodies
/// of 403, or the one of 401.
pub(super) fn forbidden_answer(draws: RandomDraws) -> SimulatedResponse {
    match draws.draw_below("forbidden", 7) {
        0 => problem_answer(403, "forbidden", "Forbidden", "Forbidden"),
        1 => problem_answer(
            403,
            "forbidden",
            "Resource cannot be accessed",
            "Inadequate permissions. Resource access forbidden.",
        ),
        2 => named_error(
            403,
            "forbiddenError",
            "You do not have enough permissions to perform this action.",
        ),
        3 => named_error(
            403,
            "forbiddenError",
            "You do not have access to the requested resource.",
        ),
        4 => fixed_answer(
            403,
            PROBLEM,
            r#"{"title":"Permission denied","detail":"","instance":"/"}"#,
        ),
        5 => not_permitted(),
        _ => not_in_plan(),
    }
}

/// Returns a 401 about missing permission and not about the key.
fn not_permitted() -> SimulatedResponse {
    problem_answer(
        401,
        "unauthorized",
        "Unauthorized",
        "You are not authorized to perform this action.",
    )
}

/// Returns the error for one workspace or collection that may not be read; one of the published bodies has
/// status 401.
pub(super) fn no_access(draws: RandomDraws) -> SimulatedResponse {
    match draws.draw_below("no access", 3) {
        0 => named_error(
            403,
            "forbiddenError",
            "You do not have access to this workspace.",
        ),
        1 => not_permitted(),
        _ => problem_answer(
            403,
            "forbidden",
            "Forbidden",
            "You are not authorized to perform this action.",
        ),
    }
}

/// Returns the error for an unknown id.
pub(super) fn not_found(draws: RandomDraws) -> SimulatedResponse {
    match draws.draw_below("not found", 2) {
        0 => problem_answer(
            404,
            "not-found",
            "Not Found",
            "The requested resource was not found.",
        ),
        _ => problem_answer(
            404,
            "not-found",
            "Not Found",
            "The requested resource does not exist.",
        ),
    }
}

/// Returns the error for an unknown workspace.
pub(super) fn no_workspace() -> SimulatedResponse {
    let body = r#"{"error":{"name":"workspaceNotFoundError","message":"Workspace not found","statusCode":404}}"#;
    fixed_answer(404, PLAIN_JSON, body)
}

/// Returns the error for an unknown collection: shape `D`.
pub(super) fn no_collection() -> SimulatedResponse {
    let body = r#"{"title":"We could not find the collection you are looking for","type":"instanceNotFoundError"}"#;
    fixed_answer(404, PLAIN_JSON, body)
}

/// Returns the error for roles of a personal workspace: `link` instead of `type`.
pub(super) fn personal_roles() -> SimulatedResponse {
    let body = concat!(
        r#"{"detail":"Roles are not supported for personal workspaces.","#,
        r#""link":"https://api.postman.com/problems/unprocessable-entity","status":422,"title":"Cannot process the request."}"#
    );
    fixed_answer(422, PROBLEM, body)
}

/// Returns the error for a path parameter that is no number.
pub(super) fn bad_id() -> SimulatedResponse {
    problem_answer(
        400,
        "bad-request",
        "Malformed request",
        "The id must be an integer.",
    )
}

/// Returns the error for a cursor that was not made here.
pub(super) fn bad_cursor() -> SimulatedResponse {
    problem_answer(400, "bad-request", "Malformed request", "Invalid cursor")
}

/// Returns the error for a `limit` above the most that a list takes, as published for `/workspaces`.
pub(super) fn limit_too_high(most: usize) -> SimulatedResponse {
    named_error(
        400,
        "badRequestError",
        &format!("The limit parameter must not exceed {most}."),
    )
}

/// Returns the error for a parameter that is no whole number, as published for a workspace's activities.
pub(super) fn not_an_integer(parameter: &str) -> SimulatedResponse {
    let detail = format!("querystring.{parameter} should be integer");
    problem_answer(400, "bad-request", "Bad Request", &detail)
}

/// Returns the refusal of a number below the minimum; the text is a guess in the style of those
/// above.
pub(super) fn too_small(parameter: &str, least: i64) -> SimulatedResponse {
    let detail = format!("querystring.{parameter} should be >= {least}");
    problem_answer(400, "bad-request", "Bad Request", &detail)
}

/// Returns the error for a parameter of `/collections` that is not what it should be: `details` names it
/// (seen live).
pub(super) fn invalid_parameter(parameter: &str, wanted: &str) -> SimulatedResponse {
    let message =
        format!("The {parameter} parameter provided is invalid. Value must be a {wanted}.");
    let body = format!(
        r#"{{"error":{{"name":"invalidParamsError","message":"{message}","details":{{"param":"{parameter}"}}}}}}"#
    );
    SimulatedResponse::new(400, PLAIN_JSON, body)
}

/// Returns the error for a `type` of workspace that is none: `statusCode` stands outside `error`.
pub(super) fn bad_visibility() -> SimulatedResponse {
    let body = concat!(
        r#"{"error":{"name":"invalidParamError","#,
        r#""message":"visibilityStatus must be one of personal/private/team/public/partner"},"statusCode":400}"#
    );
    fixed_answer(400, PLAIN_JSON, body)
}

/// Returns the error for a missing query parameter of a pair: shape `C`.
pub(super) fn missing_pair(missing: &str, given: &str) -> SimulatedResponse {
    let message = json_text(&format!("{missing} is required when {given} is provided"));
    SimulatedResponse::new(
        400,
        PLAIN_JSON,
        format!("{{\"name\":\"badRequest\",\"message\":{message}}}"),
    )
}

/// Returns the error for an account that is no organization: `detail` is an object.
pub(super) fn no_organisation(message: &str) -> SimulatedResponse {
    let body = format!(
        "{{\"type\":\"https://api.postman.com/problems/bad-request\",\"status\":400,\"title\":\"Bad Request\",\
        \"detail\":{{\"error\":{{\"name\":\"BadRequest\",\"message\":{}}}}},\"instance\":\"/teams\"}}",
        json_text(message)
    );
    fixed_answer(400, PROBLEM, &body)
}

/// Returns the error for a refusal of SCIM's; its status is a text.
pub(super) fn scim_error(status: u16, detail: &str) -> SimulatedResponse {
    let body = format!(
        "{{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:Error\"],\"detail\":{},\"status\":\"{status}\"}}",
        json_text(detail)
    );
    SimulatedResponse::new(status, SCIM, body)
}
