//! One host of wasmCloud, until it is killed: `wasmcloud-host NATS-URL LABEL`.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Context as _;
use wasmcloud_host::wasmbus::Features;
use wasmcloud_host::{WasmbusHost, WasmbusHostConfig};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let nats: url::Url = arguments.next().context("no URL of NATS")?.parse()?;
    let label = arguments.next().context("no label")?;
    let filter = tracing_subscriber::EnvFilter::from_default_env();
    tracing_subscriber::fmt().with_env_filter(filter).init();
    let config = WasmbusHostConfig {
        ctl_nats_url: nats.clone(),
        rpc_nats_url: nats,
        rpc_timeout: Duration::from_secs(8),
        labels: HashMap::from([("number".to_owned(), label)]),
        allow_file_load: true,
        experimental_features: Features::new().enable_builtin_http_client(),
        ..WasmbusHostConfig::default()
    };
    let (_host, _shutdown) = WasmbusHost::new(config).await?;
    std::future::pending().await
}
