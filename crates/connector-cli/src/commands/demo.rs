//! `demo`: a sync of a simulated team that lives in this process.

use super::args::{ComponentArgs, ReadArgs, Switch};
use super::log::LogArgs;
use super::output::print_note;
use super::outputs::claim_outputs;
use super::simulate::TeamArgs;
use super::storage::{ResumeHint, StorageArgs, SyncDestination};
use super::{CliError, Exit, component, next};
use connector_gateway::{BaseUrl, Credentials, Secret};
use connector_host::TenantConfig;
use connector_runtime::Connector;
use postman_simulator::{RunningSimulator, SimulatedLimits};

/// Options of `demo`.
#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    #[command(flatten)]
    component: ComponentArgs,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    team: TeamArgs,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    keep: StorageArgs,
}

pub(super) async fn run(args: DemoArgs) -> Result<Exit, CliError> {
    args.keep.check_effect(None)?;
    claim_outputs(&args.log, &args.read, &args.keep, None)?;
    args.log.start()?;
    let connector = component::load(&args.component).await?;
    print_note("This team is simulated: its people, workspaces and key are made up.\n\n");
    if args.keep.db.is_some() {
        let running = args.team.start_month_before().await?;
        let tenant = demo_tenant(&connector, &running, &args.read)?;
        super::sync::read_quietly(&connector, tenant, &args.read, open(&args)?).await?;
    }
    let destination = open(&args)?;
    let running = args.team.start(0, SimulatedLimits::Off).await?;
    let tenant = demo_tenant(&connector, &running, &args.read)?;
    let exit = super::sync::read(&connector, tenant, &args.read, destination).await?;
    if args.team.is_plain() {
        let program = next::program_name();
        print_note(&format!(
            "\nTo see how odd answers are handled: {program} demo --quirks\n"
        ));
    }
    args.keep.write_outputs()?;
    Ok(exit)
}

/// Returns the destination of a demo. It never resumes, because the simulated team ends with the process.
fn open(args: &DemoArgs) -> Result<SyncDestination, CliError> {
    let options = args.keep.recorder_options(false);
    args.keep.open(options, ResumeHint::BeginsAnew)
}

fn demo_tenant(
    connector: &Connector,
    running: &RunningSimulator,
    read: &ReadArgs,
) -> Result<TenantConfig, CliError> {
    let mut tenant = TenantConfig::new(base_url(running)?, demo_credentials(connector, running)?);
    // The simulated team keeps no limits here, so there is nothing to hold requests back for.
    tenant.rate_limiter = read.rate_limiter(Switch::Off);
    Ok(tenant)
}

fn base_url(running: &RunningSimulator) -> Result<BaseUrl, CliError> {
    let parsed = running.base_url().parse();
    parsed.map_err(|e| CliError::for_error(format!("the simulated team's address: {e}")))
}

/// Returns the simulated key as the connector's first credential.
fn demo_credentials(
    connector: &Connector,
    running: &RunningSimulator,
) -> Result<Credentials, CliError> {
    let unfit = || CliError::Usage("this connector takes no credential".to_owned());
    let credential = connector
        .descriptor()
        .credentials
        .first()
        .ok_or_else(unfit)?;
    let form = credential.schemes.first().ok_or_else(unfit)?;
    let secret = Secret::new(running.api_key());
    let secret = secret.map_err(|e| CliError::for_error(format!("the simulated key: {e}")))?;
    Ok(Credentials::none().with(&credential.name, form, secret))
}
