//! The README's host: reads a Postman team and prints its grants.
//!
//! ```console
//! $ make connector
//! $ POSTMAN_API_KEY=… cargo run -p connector-host --example embed
//! ```
//!
//! `POSTMAN_BASE_URL` names another base URL, such as that of `connector-host simulate`.

use std::env;
use std::error::Error;
use std::sync::Arc;

use connector_host::{
    Connector, Credentials, Sandbox, SandboxOptions, Secret, TenantConfig, TenantConnector, sync,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::new(&SandboxOptions::default())?;
    let component = std::fs::read("target/components/postman-connector.wasm")?;
    let connector = Connector::load(&sandbox, &component).await?;
    let manifest = connector.descriptor();

    let credential = manifest.credentials.first().ok_or("no credential")?;
    let scheme = credential.schemes.first().ok_or("no credential scheme")?;
    let secret = Secret::new(&env::var("POSTMAN_API_KEY")?)?;
    let credentials = Credentials::none().with(&credential.name, scheme, secret);
    let base_url = env::var("POSTMAN_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://api.getpostman.com");
    let config = TenantConfig::new(base_url.parse()?, credentials);
    let tenant = Arc::new(TenantConnector::new(&connector, config)?);

    let options = sync::SyncOptions::default();
    let synced = sync::run(tenant, &options, Arc::new(sync::NoProgress)).await?;
    for grant in &synced.grants {
        println!(
            "{} has {} on {}",
            grant.principal, grant.entitlement, grant.resource
        );
    }
    for scope in synced.scopes.iter().filter(|scope| scope.problem.is_some()) {
        eprintln!(
            "not read: {} {}: {}",
            scope.call.name(),
            scope.resource_type,
            scope.outcome.name()
        );
    }
    Ok(())
}
