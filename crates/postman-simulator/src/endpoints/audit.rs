//! `/audit/logs`: the events, newest first, in pages by cursor.

use super::super::answer::SimulatedResponse;
use super::super::audit::{AuditLog, AuditedEvent};
use super::super::options::TeamPlan;
use super::super::problem;
use super::super::request::SimulatedRequest;
use super::super::service::SimulatorService;
use super::paging::{integer_parameter, page_limit};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

/// The most events of one page (published).
const MOST: usize = 300;
/// Events of a page without a given size (guessed).
const USUAL: usize = 50;
const DAY: u64 = 86_400;

/// Returns a page of the log. Its cursor is the id of the last event on it, as a number (published
/// example).
pub(in super::super) fn list_events(
    service: &SimulatorService,
    request: &SimulatedRequest,
) -> SimulatedResponse {
    let days = match (service.team.plan, service.options.audit_log) {
        (TeamPlan::Enterprise, AuditLog::Days(days)) => days,
        (TeamPlan::Enterprise, AuditLog::Forbidden) => {
            let message = "You do not have permissions to view audit logs";
            return problem::named_error(403, "ForbiddenRequest", message);
        }
        (TeamPlan::Enterprise, AuditLog::NotFound) => {
            return problem::not_found(service.item_draws("audit logs"));
        }
        (TeamPlan::Enterprise, AuditLog::NotOffered)
        | (TeamPlan::Free | TeamPlan::Solo | TeamPlan::Team, _) => {
            return problem::no_organisation("Audit logs feature is not available for your team.");
        }
    };
    match page_events(service, request, days) {
        Ok(body) => SimulatedResponse::json_answer(body.to_string()),
        Err(refusal) => refusal,
    }
}

fn page_events(
    service: &SimulatorService,
    request: &SimulatedRequest,
    days: u32,
) -> Result<Value, SimulatedResponse> {
    let limit = integer_parameter(request, "limit", 1)?.unwrap_or(USUAL);
    if limit > MOST {
        return Err(problem::limit_too_high(MOST));
    }
    // A simulator of short pages has short ones here, too.
    let limit = limit.min(page_limit(service).saturating_mul(MOST / 100));
    let before = match request
        .query_value("cursor")
        .filter(|cursor| !cursor.is_empty())
    {
        None => u64::MAX,
        Some(cursor) => cursor.parse().map_err(|_| problem::bad_cursor())?,
    };
    let retained = Duration::from_secs(u64::from(days) * DAY);
    let start = service.now().checked_sub(retained);
    let events = service
        .audit
        .events_since(start.unwrap_or(SystemTime::UNIX_EPOCH));
    let mut rest = events.iter().filter(|event| event.id < before);
    let shown: Vec<_> = rest.by_ref().take(limit).collect();
    let next = rest.next().and(shown.last()).map(|last| last.id);
    let trails: Vec<_> = shown
        .iter()
        .map(|event| write_event(service, event))
        .collect();
    Ok(json!({"trails": trails, "nextCursor": next}))
}

fn write_event(service: &SimulatorService, event: &AuditedEvent) -> Value {
    let time = Timestamp::try_from(event.at).unwrap_or_default();
    let is_odd = event.id % 2 == 1;
    json!({
        "id": event.id,
        "ip": (!is_odd).then_some("203.0.113.42"),
        "userAgent": (!is_odd).then_some("PostmanRuntime/7.43.0"),
        "action": event.action,
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        "message": format!("{} happened.", event.action),
        "data": {
            "actor": {"id": service.team.owner.id, "name": service.team.owner.name, "active": true},
            "team": {"id": service.team.id, "name": service.team.name},
            "variables": event.variables,
        },
    })
}
