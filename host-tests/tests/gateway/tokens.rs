//! Access tokens: obtained once, renewed in time, and shown to nobody. The provider is the simulator, or a
//! server that is not on our side.

use std::sync::Arc;
use std::time::Duration;

use connector_host::Credentials;
use connector_host::gateway::{
    EgressOptions, Gateway, NamedSecret, RateLimiter, TokenFailure, TokenForm, TokenSource,
};
use connector_host::records::{CredentialScheme, Descriptor, ErrorCase};
use connector_host::runtime::{HttpError, HttpRequest, Response};
use connector_host::{Secret, gateway::Traffic};
use postman_simulator::{
    ApiQuirks, FaultRule, Faults, ManualClock, OAuthClient, Options, RunningSimulator,
    SimulatedLimits, Simulator,
};

use crate::support::hostile;
use crate::support::provider::{self, Server, answer, ask, quick};

fn descriptor() -> Descriptor {
    let paths = ["/me", "/users", "/groups"];
    Descriptor {
        endpoints: paths.map(|path| hostile::endpoint(path, &[], "key")).into(),
        ..provider::descriptor()
    }
}

fn named(location: &str, text: &str) -> NamedSecret {
    NamedSecret {
        secret: Secret::new(text).unwrap(),
        location: format!("the file {location}"),
    }
}

fn form(client: &OAuthClient) -> TokenForm {
    let parameter = |name: &str, text: &str| (name.to_owned(), named(name, text));
    TokenForm {
        client_id: named("client.id", &client.client_id),
        client_secret: named("client.secret", &client.client_secret),
        parameters: vec![
            parameter("installationAuthId", &client.installation_id),
            parameter("jwt", &client.jwt),
        ],
    }
}

fn gateway_with(base_url: &str, form: TokenForm, egress: &EgressOptions) -> Gateway {
    let scheme = CredentialScheme {
        name: "access-token".into(),
        header: "Authorization".into(),
        prefix: "Bearer ".into(),
        description: String::new(),
    };
    let source = TokenSource::new("/oauth2/token", Arc::new(form)).unwrap();
    let credentials = Credentials::none().with_tokens("key", &scheme, source);
    let base_url = base_url.parse().unwrap();
    Gateway::new(
        &descriptor(),
        base_url,
        credentials,
        egress,
        RateLimiter::unlimited(),
    )
    .unwrap()
}

struct Team {
    running: RunningSimulator,
    clock: Arc<ManualClock>,
    gateway: Arc<Gateway>,
}

impl Team {
    async fn start(client: OAuthClient, faults: &[&str]) -> Self {
        Self::asked_with(client.clone(), form(&client), faults).await
    }

    async fn asked_with(client: OAuthClient, form: TokenForm, faults: &[&str]) -> Self {
        let clock = Arc::new(ManualClock::new(1_800_000_000));
        let rules = faults.iter().map(|rule| rule.parse::<FaultRule>().unwrap());
        let options = Options {
            users: 5,
            workspaces: 3,
            quirks: ApiQuirks::none(),
            oauth: Some(client),
            limits: SimulatedLimits::On(clock.clone()),
            faults: Faults {
                rules: rules.collect(),
                seed: 1,
            },
            ..Options::default()
        };
        let running = Simulator::start(options, ([127, 0, 0, 1], 0).into()).await;
        let running = running.unwrap();
        let gateway = Arc::new(gateway_with(&running.base_url(), form, &quick()));
        Self {
            running,
            clock,
            gateway,
        }
    }

    async fn get(&self, path: &str) -> Result<Response, HttpError> {
        ask(&self.gateway, request(path)).await
    }

    /// Asks for `/me` so often at once, and returns the statuses.
    async fn get_at_once(&self, times: usize) -> Vec<u16> {
        let asking = (0..times).map(|_| {
            let gateway = Arc::clone(&self.gateway);
            tokio::spawn(async move { ask(&gateway, request("/me")).await })
        });
        let mut statuses = Vec::new();
        for asked in asking.collect::<Vec<_>>() {
            statuses.push(asked.await.unwrap().unwrap().status);
        }
        statuses
    }

    /// Requests for tokens so far.
    fn tokens(&self) -> u64 {
        let requests = self.running.request_counts();
        requests.get("/oauth2/token").copied().unwrap_or_default()
    }

    fn failure(&self) -> TokenFailure {
        self.gateway.token_failure("key").unwrap()
    }
}

fn request(path: &str) -> HttpRequest {
    HttpRequest {
        credential: "key".into(),
        path_with_query: path.into(),
        headers: vec![],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_token_serves_requests_that_come_at_once() {
    let team = Team::start(OAuthClient::default(), &[]).await;
    assert_eq!(team.get_at_once(20).await, [200; 20]);
    assert_eq!(team.get_at_once(5).await, [200; 5]);
    assert_eq!(team.tokens(), 1);
    let Traffic { sent, refused, .. } = team.gateway.traffic();
    assert_eq!((sent, refused), (26, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_renewed_before_it_expires() {
    for (stated, tokens) in [
        ("1", 2),
        ("\"1\"", 2),
        ("3600", 1),
        ("3600000", 1),
        ("null", 1),
    ] {
        let client = OAuthClient {
            stated: stated.into(),
            ..OAuthClient::default()
        };
        let team = Team::start(client, &[]).await;
        team.get("/me").await.unwrap();
        tokio::time::sleep(Duration::from_millis(900)).await;
        assert_eq!(team.get("/me").await.unwrap().status, 200);
        assert_eq!(team.tokens(), tokens, "{stated}");
        // No request was refused for it.
        assert_eq!(
            team.running.request_counts().get("/me"),
            Some(&2),
            "{stated}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_renewed_once_for_all() {
    let team = Team::start(OAuthClient::default(), &[]).await;
    for tokens in 1..4 {
        assert_eq!(team.get_at_once(20).await, [200; 20]);
        assert_eq!(team.tokens(), tokens);
        team.clock.advance_by(Duration::from_secs(3_600));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_an_endpoint_renews_a_token_once() {
    let team = Team::start(OAuthClient::default(), &["/groups:status=401"]).await;
    for _ in 0..6 {
        assert_eq!(team.get("/groups").await.unwrap().status, 401);
        assert_eq!(team.get("/me").await.unwrap().status, 200);
    }
    assert_eq!(team.tokens(), 2);
    // Another endpoint is still helped by a new one.
    team.clock.advance_by(Duration::from_secs(3_600));
    assert_eq!(team.get("/users").await.unwrap().status, 200);
    assert_eq!(team.tokens(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_text_is_refused_by_its_place() {
    use ErrorCase::{Misconfigured, Unauthenticated};
    let client = OAuthClient::default();
    type Change = fn(&mut TokenForm);
    let changes: [(Change, ErrorCase, &str); 3] = [
        (
            |form| form.client_secret = named("client.secret", "no-such-secret-of-anybody"),
            Unauthenticated,
            "client-secret (the file client.secret)",
        ),
        (
            |form| form.parameters[1].1 = named("jwt", "no-such-token-of-anybody"),
            Unauthenticated,
            "jwt (the file jwt)",
        ),
        (
            |form| form.parameters[0].1 = named("installationAuthId", "no-such-installation"),
            Misconfigured,
            "installationAuthId (the file installationAuthId)",
        ),
    ];
    for (change, case, words) in changes {
        let mut form = form(&client);
        change(&mut form);
        let team = Team::asked_with(client.clone(), form, &[]).await;
        let error = team.get("/me").await.unwrap_err();
        assert!(matches!(error, HttpError::Other(_)), "{error:?}");
        let TokenFailure {
            case: found,
            problem,
        } = team.failure();
        assert_eq!(found, case, "{problem:?}");
        assert!(problem.message.contains(words), "{problem:?}");
        assert!(!problem.message.contains("no-such"), "{problem:?}");
        assert_eq!(team.running.request_counts().get("/me"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_odd_answer_is_an_error_that_names_its_field() {
    use ErrorCase::{Misconfigured, RateLimited, Unavailable, UnexpectedResponse};
    let stated = |text: &str| OAuthClient {
        stated: text.into(),
        ..OAuthClient::default()
    };
    let fault = |rule: &str| format!("/oauth2/token:{rule}");
    for (client, rule, case, words) in [
        (stated("0"), None, UnexpectedResponse, "expires_in"),
        (stated("-5"), None, UnexpectedResponse, "expires_in"),
        (stated("\"soon\""), None, UnexpectedResponse, "expires_in"),
        (
            stated("3600"),
            Some("status=200,body=html"),
            Misconfigured,
            "content type text/html",
        ),
        (
            stated("3600"),
            Some("status=403,body=html"),
            Misconfigured,
            "status 403",
        ),
        (
            stated("3600"),
            Some("status=307,body=html"),
            Misconfigured,
            "redirect",
        ),
        (
            stated("3600"),
            Some("status=503,body=html"),
            Unavailable,
            "status 503",
        ),
        (
            stated("3600"),
            Some("rate-limited"),
            RateLimited,
            "status 429",
        ),
        (
            stated("3600"),
            Some("no-answer"),
            Unavailable,
            "no answer in time",
        ),
        (
            stated("3600"),
            Some("slow=700"),
            Unavailable,
            "no answer in time",
        ),
        (stated("3600"), Some("reset"), Unavailable, "reset"),
        (
            stated("3600"),
            Some("endless"),
            UnexpectedResponse,
            "larger than",
        ),
    ] {
        let rules: Vec<String> = rule.map(fault).into_iter().collect();
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        let team = Team::start(client, &rules).await;
        let error = team.get("/me").await.unwrap_err();
        let failure = team.failure();
        assert_eq!(failure.case, case, "{rule:?}: {failure:?}");
        let message = &failure.problem.message;
        assert!(message.contains(words), "{rule:?}: {message}");
        assert!(message.contains("/oauth2/token"), "{rule:?}: {message}");
        let is_delayed = matches!(error, HttpError::HeldBack(_));
        assert_eq!(is_delayed, case == RateLimited, "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_wait_for_a_token_fail_together() {
    let team = Team::start(OAuthClient::default(), &["/oauth2/token:no-answer,nth=1"]).await;
    let asking = (0..10).map(|_| {
        let gateway = Arc::clone(&team.gateway);
        tokio::spawn(async move { ask(&gateway, request("/me")).await })
    });
    for asked in asking.collect::<Vec<_>>() {
        assert!(asked.await.unwrap().is_err());
    }
    assert_eq!(team.tokens(), 1);
    assert_eq!(team.get("/me").await.unwrap().status, 200);
    assert!(team.gateway.token_failure("key").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_secret_follows_no_redirect() {
    let other = Server::start(answer("200 OK", b"{}")).await;
    let place = format!("http://127.0.0.1:{}/oauth2/token", other.port);
    let head = format!("307 Temporary Redirect\r\nlocation: {place}");
    let server = Server::start(answer(&head, b"")).await;
    let base_url = format!("http://127.0.0.1:{}", server.port);
    let gateway = gateway_with(&base_url, form(&OAuthClient::default()), &quick());
    assert!(ask(&gateway, request("/me")).await.is_err());
    assert_eq!(server.heard().len(), 1);
    assert!(other.heard().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_and_secrets_in_answers_are_redacted() {
    let client = OAuthClient::default();
    let token = "canary-of-a-token-5150";
    let body = format!(
        "{{\"access_token\":\"{token}\",\"more\":\"{} {}\"}}",
        client.client_secret, client.jwt
    );
    let server = Server::start(answer("200 OK", body.as_bytes())).await;
    let base_url = format!("http://127.0.0.1:{}", server.port);
    let gateway = gateway_with(&base_url, form(&client), &quick());
    let answer = ask(&gateway, request("/me")).await.unwrap();
    let shown = String::from_utf8(answer.body).unwrap() + &format!("{gateway:?}");
    for secret in [token, &client.client_secret, &client.jwt] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let heard = server.heard();
    assert!(
        heard[0].starts_with("POST /oauth2/token HTTP/1.1"),
        "{heard:?}"
    );
    assert!(
        heard[1].contains(&format!("authorization: Bearer {token}")),
        "{heard:?}"
    );
}

#[test]
fn a_token_path_is_a_plain_path() {
    let client = || Arc::new(form(&OAuthClient::default()));
    for path in ["/oauth2/token", "/t", "/a-b/c_d/~e.f"] {
        assert!(TokenSource::new(path, client()).is_ok(), "{path}");
    }
    for path in [
        "",
        "token",
        "/",
        "//host/x",
        "/a/../b",
        "/a//b",
        "/a?b=c",
        "/a#b",
        "https://a.example/b",
        "/a b",
        "/%2e",
        "/a/",
        "/.",
    ] {
        assert!(TokenSource::new(path, client()).is_err(), "{path}");
    }
}
