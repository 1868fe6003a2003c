//! The connector as `make components` built it, loaded once for a whole test file.

use std::path::Path;

use connector_host::Connector;
use tokio::sync::OnceCell;

const COMPONENT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../target/components/postman-connector.wasm"
);

/// The connector. Fails the test, with what to do about it, where it has not been built.
pub async fn connector() -> &'static Connector {
    static LOADED: OnceCell<Connector> = OnceCell::const_new();
    LOADED.get_or_init(load).await
}

async fn load() -> Connector {
    let path = Path::new(COMPONENT);
    let bytes = std::fs::read(path)
        .unwrap_or_else(|e| panic!("{COMPONENT}: {e}: build it with `make components`"));
    let sandbox = crate::sandbox();
    Connector::load(&sandbox, &bytes)
        .await
        .expect("a connector of the contract")
}
