//! wasmCloud's HTTP server, as the host starts it.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    wasmcloud_provider_http_server::run().await
}
