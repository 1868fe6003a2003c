//! The provider's answers to a connector that reads its change log.

use std::sync::{Arc, Mutex};

use connector_host::recording::{Exchange, RecordedBody, RecordedResult};
use connector_host::runtime::{BoxFuture, CallClock, HttpClient, HttpError, HttpRequest, Response};
use connector_host::{CallLimits, Connector};
use postman_simulator::{ApiQuirks, Options, Simulator};

use crate::KEY;

/// A provider that keeps what it was asked and what it answered.
struct LogProvider {
    simulator: Simulator,
    exchanges: Mutex<Vec<Exchange>>,
}

impl HttpClient for LogProvider {
    fn get<'a>(
        &'a self,
        request: HttpRequest,
        _clock: &'a CallClock,
    ) -> BoxFuture<'a, Result<Response, HttpError>> {
        let path = request.path_with_query;
        let key = ("x-api-key".to_owned(), KEY.to_owned());
        let answer = self.simulator.ask_directly(&path, vec![key]);
        let body = String::from_utf8(answer.body).unwrap();
        self.exchanges.lock().unwrap().push(Exchange {
            scope: None,
            credential: request.credential,
            path,
            heard: RecordedResult::Answer {
                status: answer.status,
                headers: Vec::new(),
                body: RecordedBody::Body(body.clone()),
            },
        });
        let answer = Response {
            status: answer.status,
            headers: Vec::new(),
            body: body.into_bytes(),
            endpoint: None,
        };
        Box::pin(async { Ok(answer) })
    }
}

/// Reads the log, which has more than one page, to its end.
pub async fn exchanges(connector: &Connector) -> Vec<Exchange> {
    let options = Options {
        api_key: KEY.into(),
        quirks: ApiQuirks::none(),
        ..Options::default()
    };
    let provider = Arc::new(LogProvider {
        simulator: Simulator::new(options),
        exchanges: Mutex::default(),
    });
    let events = [
        (
            "workspace.update_user_roles",
            r#"{"workspace":{"id":"w1"}}"#,
        ),
        ("team.add_member", "{}"),
    ];
    for (action, variables) in events {
        provider.simulator.log_event(action, variables);
    }
    let log = connector.descriptor().change_log.as_ref().unwrap();
    let (limits, mut token) = (CallLimits::default(), None);
    loop {
        let http = Arc::clone(&provider) as Arc<dyn HttpClient>;
        let called = connector.list_resources(http, &limits, &log.name, None, token.as_deref());
        token = called.await.result.unwrap().next_page_token;
        if token.is_none() {
            break;
        }
    }
    let exchanges = std::mem::take(&mut *provider.exchanges.lock().unwrap());
    assert!(exchanges.len() > 1);
    exchanges
}
