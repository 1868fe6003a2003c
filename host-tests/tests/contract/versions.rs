//! Which version a component was built for stands in its names, and a host that does not know it says so before
//! any of it runs.

use connector_host::Connector;
use connector_host::runtime::LoadError;
use wit_component::StringEncoding;
use wit_parser::Resolve;

use crate::released::Texts;
use crate::support::{component_of_world, guest_text, sandbox};

/// A connector that follows the contract as it is, under another version.
fn connector(version: &str) -> Vec<u8> {
    let text = guest_text("unreachable", "");
    let text = text.replace("@0.2.0", &format!("@{version}"));
    let mut resolve = Resolve::default();
    let world = Texts::now().world(&mut resolve, version);
    component_of_world(&text, (&resolve, world), StringEncoding::UTF8)
}

#[tokio::test]
async fn an_unknown_contract_version_is_named() {
    let sandbox = sandbox();
    let known = Connector::load(&sandbox, &connector("0.2.0")).await;
    assert!(known.is_ok(), "{:?}", known.err());
    for version in ["0.1.0", "0.2.1", "1.0.0"] {
        let refused = Connector::load(&sandbox, &connector(version)).await;
        let Err(LoadError::ForbiddenImport(name)) = refused else {
            panic!("{version}: {refused:?}");
        };
        assert!(name.ends_with(&format!("@{version}")), "{name}");
    }
}
