//! One request to a service, and what it used.

use std::time::Duration;

use serde::de::DeserializeOwned;

use super::answer::{header, misconfigured_failure, read};
use super::replicas::check_contract;
use super::{ServiceConfig, api};
use connector_gateway::Gateway;
use connector_runtime::{
    CallClock, CallFailure, HttpClient, HttpError, HttpRequest, Response, Sent, Usage,
};
use connector_types::{ErrorCase, Problem};

/// Tries of the first two requests, which no sync's retries stand behind yet.
const TRIES: u32 = 5;
/// The first pause between them; each one after it is twice as long.
const PAUSE: Duration = Duration::from_millis(200);

/// The longest description that is read, in bytes.
const MAX_DESCRIPTION: usize = 4 << 20;

/// The result of a request.
pub(super) type ReplicaResult = Result<Response, HttpError>;

pub(super) async fn ask_replica(
    gateway: &Gateway,
    config: &ServiceConfig,
    path_with_query: String,
) -> ReplicaResult {
    let request = HttpRequest {
        credential: api::CREDENTIAL.to_owned(),
        path_with_query,
        headers: Vec::new(),
    };
    let clock = CallClock::start(config.limits.wall_clock);
    gateway.get(request, &clock).await
}

/// Asks until there is an answer, or no more is to be hoped for.
pub(super) async fn ask_first<T: DeserializeOwned>(
    gateway: &Gateway,
    config: &ServiceConfig,
    path: &str,
) -> Result<T, CallFailure> {
    let mut pause = PAUSE;
    for _ in 1..TRIES {
        match of_contract(ask_replica(gateway, config, path.to_owned()).await) {
            Err(CallFailure::Reported {
                case: ErrorCase::Unavailable,
                ..
            }) => tokio::time::sleep(pause).await,
            end => return end,
        }
        pause = pause.saturating_mul(2);
    }
    of_contract(ask_replica(gateway, config, path.to_owned()).await)
}

fn of_contract<T: DeserializeOwned>(answer: ReplicaResult) -> Result<T, CallFailure> {
    if let Ok(answer) = &answer
        && answer.status == 200
    {
        check_contract(header(answer, api::CONTRACT))?;
        check_size(answer)?;
    }
    read(answer)
}

/// Rejects a service's description that is longer than a component's may be.
fn check_size(answer: &Response) -> Result<(), CallFailure> {
    if answer.body.len() > MAX_DESCRIPTION {
        Err(misconfigured_failure(
            "The service describes its connector at a length that no connector needs: it is no such service, or report it.",
            format!("a description of more than {MAX_DESCRIPTION} bytes"),
        ))
    } else {
        Ok(())
    }
}

/// Returns the usage of the call as the service reports it. The engine's own figures and the
/// requests to the provider are not reported: the service's own page is recorded instead.
pub(super) fn answer_usage(answer: &ReplicaResult, credential: Option<&str>, path: &str) -> Usage {
    let Ok(answer) = answer else {
        return Usage::default();
    };
    let said = header(answer, api::REQUESTS).and_then(|text| text.parse::<u32>().ok());
    let requests = said.map_or(0, u64::from);
    let sent = |name: &str| Sent {
        credential: name.to_owned(),
        endpoint: None,
        path: path.split('?').next().unwrap_or_default().to_owned(),
        status: Some(answer.status),
        error: None,
    };
    Usage {
        requests,
        response_bytes: u64::try_from(answer.body.len()).unwrap_or(u64::MAX),
        sent: credential
            .filter(|_| requests > 0)
            .map(sent)
            .into_iter()
            .collect(),
        ..Usage::default()
    }
}

pub(super) fn no_permit(wait: Option<Duration>) -> CallFailure {
    let seconds = wait.map(|wait| wait.as_secs().saturating_add(1));
    let time = seconds.map_or(String::new(), |seconds| format!(" for {seconds} s"));
    let mut problem = Problem::new(
        format!(
            "The provider's limit leaves no turn{time}, which is longer than this sync may wait. Run it again later, or allow a longer wait."
        ),
        "the rate limit is used up; nothing was sent",
    );
    problem.retry_after = seconds;
    CallFailure::Reported {
        case: ErrorCase::RateLimited,
        problem,
    }
}
