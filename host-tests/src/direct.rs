//! A simulator asked without a connection, in virtual time: what carries the gateway's requests where a
//! million teams, or an hour at the rate limit, have to pass quickly.

use std::fmt;
use std::io::ErrorKind;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use connector_host::gateway::{DecodedBody, HttpTransport, TransportResponse};
use connector_host::runtime::{BoxFuture, HttpError};
use postman_simulator::{DeliveryKind, SimulatedAnswer, Simulator, SimulatorClock};
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::{Instant, sleep};

/// The provider's clock in virtual time: years from the host's, and never a second on time.
pub struct Far {
    pub began: Instant,
}

impl SimulatorClock for Far {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(2_000_000_000_377) + self.began.elapsed()
    }
}

/// Carries requests to a simulator. Each way takes some time, by chance.
pub struct Direct {
    simulator: Simulator,
    /// Most milliseconds of each way.
    way: u64,
    /// The longest silence.
    patience: Duration,
    chance: Mutex<fastrand::Rng>,
}

impl fmt::Debug for Direct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Direct").finish_non_exhaustive()
    }
}

impl Direct {
    pub fn new(simulator: &Simulator, seed: u64, way: u64) -> Self {
        Self {
            simulator: simulator.clone(),
            way,
            patience: Duration::from_secs(30),
            chance: Mutex::new(fastrand::Rng::with_seed(seed)),
        }
    }

    async fn travel(&self) {
        let takes = self.chance.lock().unwrap().u64(..=self.way);
        if takes > 0 {
            sleep(Duration::from_millis(takes)).await;
        }
    }

    async fn carry(
        &self,
        url: Url,
        headers: HeaderMap,
        cap: u64,
    ) -> Result<TransportResponse, HttpError> {
        self.travel().await;
        let answer = self.simulator.ask_directly(&target(&url), named(&headers));
        self.travel().await;
        match answer.delivery {
            DeliveryKind::Whole => {}
            DeliveryKind::Never => {
                sleep(self.patience).await;
                return Err(HttpError::Timeout);
            }
            DeliveryKind::Slow(pause) => {
                let takes = pause.saturating_mul(u32::try_from(answer.body.len()).unwrap());
                // Three times the longest silence is the longest answer, as in the client's settings.
                sleep(takes.min(self.patience * 3)).await;
                if takes > self.patience * 3 {
                    return Err(HttpError::Timeout);
                }
            }
            DeliveryKind::Broken(kind) => {
                let text = if matches!(kind, ErrorKind::ConnectionReset) {
                    "the connection was reset"
                } else {
                    "the answer ended too early"
                };
                return Err(HttpError::Connection(text.to_owned()));
            }
            DeliveryKind::Endless => return Err(HttpError::BodyTooLarge(cap)),
        }
        arrived(answer, cap)
    }
}

impl HttpTransport for Direct {
    fn get(
        &self,
        url: Url,
        headers: HeaderMap,
        cap: u64,
    ) -> BoxFuture<'_, Result<TransportResponse, HttpError>> {
        Box::pin(self.carry(url, headers, cap))
    }
}

fn target(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

fn named(headers: &HeaderMap) -> Vec<(String, String)> {
    let plain = |value: &HeaderValue| value.to_str().unwrap().to_owned();
    let pairs = headers.iter();
    let pairs = pairs.map(|(name, value)| (name.as_str().to_owned(), plain(value)));
    // As the client does that this one stands for.
    let accepted = ("accept-encoding".to_owned(), "gzip".to_owned());
    pairs.chain([accepted]).collect()
}

fn arrived(answer: SimulatedAnswer, cap: u64) -> Result<TransportResponse, HttpError> {
    let pair = |(name, value): (&'static str, String)| {
        let name: HeaderName = name.parse().unwrap();
        (name, HeaderValue::try_from(value).unwrap())
    };
    let headers: HeaderMap = answer.headers.into_iter().map(pair).collect();
    let mut body = DecodedBody::new(&headers, cap)?;
    body.push(&answer.body)?;
    Ok(TransportResponse {
        status: answer.status,
        body: body.finish()?,
        headers,
    })
}
