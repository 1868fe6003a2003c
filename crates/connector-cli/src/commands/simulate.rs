//! `simulate`: serves a simulated team, for trying out and for tests of other hosts.

use std::net::{Ipv4Addr, SocketAddr};

use clap::ValueEnum;

use super::args::Switch;
use super::output::{print_note, print_text, unless_reader_left};
use super::{CliError, Exit};
use crate::report::Destination;
use connector_types::counted;
use postman_simulator::{
    ApiQuirks, ExpectedScope, FaultRule, Faults, OAuthClient, Options, RuleFirings,
    RunningSimulator, SimulatedLimits, Simulator, TeamPlan, sample_key,
};

/// Options of `simulate`.
#[derive(Debug, clap::Args)]
pub(super) struct SimulateArgs {
    /// Port on 127.0.0.1; 0 takes one that is free
    #[arg(long, default_value_t = 0)]
    port: u16,
    #[command(flatten)]
    team: TeamArgs,
    /// Keep the provider's rate limits
    #[arg(long, value_enum, default_value_t = Switch::Off)]
    rate_limits: Switch,
    /// Write the expected state of the team as NDJSON to a file, or with - to standard output, and serve
    #[arg(long, value_name = "FILE|-")]
    expected_state: Option<Destination>,
}

/// Which team is simulated.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Simulated team")]
pub(super) struct TeamArgs {
    /// The same seed and sizes give the same team
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// An organization with 400 people, 5 service accounts, 3 teams, 12 groups, 20 partners and 15 pending invitations
    #[arg(long, conflicts_with_all = ["users", "plan", "quirks"])]
    organization: bool,
    /// Members of the team
    #[arg(long, value_name = "N", default_value_t = Options::default().users)]
    users: usize,
    /// Workspaces of the team
    #[arg(long, value_name = "N", default_value_t = Options::default().workspaces)]
    workspaces: usize,
    /// Plan of the team
    #[arg(long, value_enum, default_value_t = PlanName::Enterprise)]
    plan: PlanName,
    /// Answer as oddly as the real API can: all quirks, or names with commas, -NAME to leave one out
    #[arg(long, value_name = "NAMES", num_args = 0..=1, default_missing_value = "all")]
    quirks: Option<ApiQuirks>,
    /// Inject a fault by a rule: PATH:FAULT, with * for every path, then nth=N, from=N, every=N or chance=0.N, and most=N, such as `/workspaces/{id}/roles:status=503,body=html,every=3` (may be given more than once; a wrong one lists what there is)
    #[arg(long, value_name = "RULE")]
    fault: Vec<FaultRule>,
    /// Add rules drawn from this seed, which chance goes by too
    #[arg(long, value_name = "N")]
    faults_seed: Option<u64>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PlanName {
    Free,
    Solo,
    Team,
    Enterprise,
}

impl From<PlanName> for TeamPlan {
    fn from(name: PlanName) -> Self {
        match name {
            PlanName::Free => Self::Free,
            PlanName::Solo => Self::Solo,
            PlanName::Team => Self::Team,
            PlanName::Enterprise => Self::Enterprise,
        }
    }
}

impl TeamArgs {
    fn chosen_faults(&self) -> Faults {
        let drawn = self
            .faults_seed
            .map(Faults::random_rules)
            .unwrap_or_default();
        let given = self.fault.iter().cloned();
        Faults {
            rules: given.chain(drawn.rules).collect(),
            seed: drawn.seed,
        }
    }

    /// Returns whether everything of the team can be read.
    pub(super) fn is_plain(&self) -> bool {
        self.quirks.is_none() && self.fault.is_empty() && self.faults_seed.is_none()
    }

    /// Starts the team in its state of a month before, without faults.
    pub(super) async fn start_month_before(&self) -> Result<RunningSimulator, CliError> {
        let options = Options {
            month_before: true,
            faults: Faults::default(),
            ..self.simulator_options()
        };
        serve_simulator(options, 0).await
    }

    /// Starts the team's server on loopback.
    pub(super) async fn start(
        &self,
        port: u16,
        limits: SimulatedLimits,
    ) -> Result<RunningSimulator, CliError> {
        let options = Options {
            limits,
            ..self.simulator_options()
        };
        serve_simulator(options, port).await
    }

    fn simulator_options(&self) -> Options {
        let secrets = Options {
            oauth: Some(OAuthClient::default()),
            scim_key: Some(sample_key("SCIM")),
            ..Options::default()
        };
        if self.organization {
            return Options {
                oauth: secrets.oauth,
                scim_key: secrets.scim_key,
                seed: self.seed,
                workspaces: self.workspaces,
                faults: self.chosen_faults(),
                ..Options::organization()
            };
        }
        Options {
            seed: self.seed,
            users: self.users,
            workspaces: self.workspaces,
            plan: self.plan.into(),
            quirks: self.quirks.clone().unwrap_or_default(),
            faults: self.chosen_faults(),
            ..secrets
        }
    }
}

async fn serve_simulator(options: Options, port: u16) -> Result<RunningSimulator, CliError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let running = Simulator::start(options, address).await;
    running.map_err(|e| CliError::Usage(format!("port {port} cannot be listened on: {e}")))
}

pub(super) async fn run(args: SimulateArgs) -> Result<Exit, CliError> {
    let limits = match args.rate_limits {
        Switch::On => SimulatedLimits::system_clock(),
        Switch::Off => SimulatedLimits::Off,
    };
    let running = args.team.start(args.port, limits).await?;
    if let Some(place) = &args.expected_state {
        let output = place.open().map_err(|e| CliError::Usage(e.to_string()))?;
        let expected_state = running
            .expected_state(&ExpectedScope::default())
            .to_ndjson();
        let written = output.write(|out| out.write_all(expected_state.as_bytes()));
        unless_reader_left(written)?;
    }
    let stop = super::signals::StopSignal::listen_for_signals();
    let (url, key) = (running.base_url(), running.api_key());
    let (variables, scim) = (oauth_variables(), sample_key("SCIM"));
    let text = format!(
        "A simulated team is served at {url} until you press Ctrl-C. Its keys are made up.\nTo read it:\n\n  POSTMAN_BASE_URL={url} POSTMAN_API_KEY={key} connector-host sync\n\nIts SCIM key is {scim}. To use OAuth instead of the API key, set:\n\n{variables}"
    );
    match &args.expected_state {
        Some(Destination::Stdout) => print_note(&text),
        _ => print_text(&text)?,
    }
    stop.stop_requested().await;
    print_note(&describe(&running.fired_faults()));
    running.shut_down().await;
    Ok(Exit::Done)
}

/// Returns the variables of the simulated OAuth client, one a line.
fn oauth_variables() -> String {
    let client = OAuthClient::default();
    let variables = [
        ("CLIENT_ID", client.client_id),
        ("CLIENT_SECRET", client.client_secret),
        ("INSTALLATION_AUTH_ID", client.installation_id),
        ("JWT", client.jwt),
    ];
    let lines = variables.map(|(name, value)| format!("  POSTMAN_OAUTH_{name}={value}\n"));
    lines.concat()
}

/// Returns the number of times each rule fired; empty if there are no rules.
fn describe(fired: &[RuleFirings]) -> String {
    let lines = fired
        .iter()
        .map(|one| format!("fault {} fired {}\n", one.rule, counted(one.times, "time")));
    lines.collect()
}
