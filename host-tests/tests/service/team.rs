//! A simulated team, and what an engine has to know to read it.

use postman_simulator::{ApiQuirks, Options, RunningSimulator, Simulator};

/// The token that callers have to send.
pub const TOKEN: &str = "canary-token-0123456789";
const SCIM_KEY: &str = "scim-key-of-nobody";

/// A small team without oddities.
pub fn plain() -> Options {
    Options {
        users: 20,
        workspaces: 30,
        quirks: ApiQuirks::none(),
        ..Options::default()
    }
}

/// Serves a team on a port of its own, SCIM included.
pub async fn start(options: Options) -> RunningSimulator {
    let options = Options {
        scim_key: Some(SCIM_KEY.to_owned()),
        ..options
    };
    let address = ([127, 0, 0, 1], 0).into();
    Simulator::start(options, address).await.unwrap()
}

/// The variables of a service that reads a team under an address.
pub fn variables(base_url: &str, team: &RunningSimulator) -> Vec<(&'static str, String)> {
    vec![
        ("CONNECTOR_SERVICE_TOKEN", TOKEN.to_owned()),
        ("CONNECTOR_BASE_URL", base_url.to_owned()),
        (
            "CONNECTOR_CREDENTIAL_POSTMAN",
            format!("X-API-Key: {}", team.api_key()),
        ),
        (
            "CONNECTOR_CREDENTIAL_SCIM",
            format!("Authorization: Bearer {SCIM_KEY}"),
        ),
    ]
}

/// The same, borrowed as an engine takes them.
pub fn borrowed<'a>(variables: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    let variables = variables.iter();
    variables
        .map(|(name, value)| (*name, value.as_str()))
        .collect()
}

/// An engine that reads a team.
pub fn engine(team: &RunningSimulator) -> crate::engine::Engine {
    let variables = variables(&team.base_url(), team);
    crate::engine::Engine::postman(&borrowed(&variables))
}

/// The variables that the command takes for the same team.
pub fn local(team: &RunningSimulator) -> Vec<(&'static str, String)> {
    vec![
        ("POSTMAN_BASE_URL", team.base_url()),
        ("POSTMAN_API_KEY", team.api_key().to_owned()),
        ("POSTMAN_SCIM_KEY", SCIM_KEY.to_owned()),
    ]
}
