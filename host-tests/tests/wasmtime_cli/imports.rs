//! The imports of the components: the list is the sandbox.

use std::collections::BTreeSet;
use std::{env, fs};

use wasmparser::{ComponentExternalKind, ComponentTypeRef, Parser, Payload};

use crate::stock::component;

const CONTRACT: &str = "governance:connector/";

/// Imports and exports of the outermost component.
#[derive(Default)]
struct Outline {
    imports: BTreeSet<String>,
    exports: BTreeSet<String>,
}

fn outline(name: &str) -> Outline {
    let bytes = fs::read(component(name)).unwrap();
    let mut outline = Outline::default();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(&bytes) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "most parts are inside")]
        match payload.unwrap() {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    let import = import.unwrap();
                    assert!(matches!(import.ty, ComponentTypeRef::Instance(_)));
                    outline.imports.insert(import.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    let export = export.unwrap();
                    assert_eq!(export.kind, ComponentExternalKind::Instance);
                    outline.exports.insert(export.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    outline
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names
        .iter()
        .map(|name| format!("{CONTRACT}{name}@0.2.0"))
        .collect()
}

/// `types` is words: an instance without a function, which nobody has to supply.
#[test]
fn the_connector_imports_http_client_and_words_only() {
    let connector = outline("postman-connector.wasm");
    assert_eq!(connector.imports, names(&["http-client", "types"]));
    assert_eq!(connector.exports, names(&["description", "inventory"]));
}

#[test]
fn the_joined_connector_imports_wasi_and_words_only() {
    let joined = outline("postman-connector.wasi.wasm");
    let (wasi, rest): (BTreeSet<_>, BTreeSet<_>) = joined
        .imports
        .into_iter()
        .partition(|name| name.starts_with("wasi:"));
    assert_eq!(rest, names(&["types"]));
    assert_eq!(joined.exports, names(&["description", "inventory"]));
    for needed in ["wasi:http/outgoing-handler@", "wasi:cli/environment@"] {
        assert!(wasi.iter().any(|name| name.starts_with(needed)), "{wasi:?}");
    }
    for power in [
        "filesystem",
        "sockets",
        "random",
        "wall-clock",
        "std",
        "exit",
    ] {
        assert!(
            !wasi.iter().any(|name| name.contains(power)),
            "{power} in {wasi:?}"
        );
    }
}

#[test]
fn the_service_exports_a_wasi_http_handler() {
    let service = outline("postman-connector.service.wasm");
    let of_wasi = |name: &&String| name.starts_with("wasi:");
    let (wasi, rest): (BTreeSet<_>, BTreeSet<_>) = service.imports.iter().partition(of_wasi);
    assert_eq!(rest, names(&["types"]).iter().collect());
    let exports: Vec<_> = service.exports.into_iter().collect();
    assert!(
        matches!(exports.as_slice(), [one] if one.starts_with("wasi:http/incoming-handler@0.2.")),
        "{exports:?}"
    );
    for power in ["filesystem", "sockets", "random", "wall-clock", "exit"] {
        assert!(!wasi.iter().any(|name| name.contains(power)), "{wasi:?}");
    }
}

#[test]
fn the_adapter_exports_http_client_alone() {
    let adapter = outline("wasi-http-client.wasm");
    let mut exports = names(&["http-client"]);
    exports.insert("governance:adapters/account@0.1.0".to_owned());
    assert_eq!(adapter.exports, exports);
    let of_wasi = |name: &&String| name.starts_with("wasi:");
    let rest: BTreeSet<_> = adapter
        .imports
        .iter()
        .filter(|name| !of_wasi(name))
        .collect();
    // The manifest: `component-join` fills it.
    assert_eq!(rest, names(&["description"]).iter().collect());
}

/// The connector's service reads settings in place of an environment, and the adapter adds nothing else.
#[test]
fn the_wasmcloud_service_imports_settings() {
    let adapter = outline("wasi-config-environment.wasm");
    let settings = BTreeSet::from(["wasi:config/store@0.2.0-draft".to_owned()]);
    assert_eq!(adapter.imports, settings);
    let service = outline("postman-connector.service.wasm");
    let (environment, mut expected): (BTreeSet<_>, BTreeSet<_>) = service
        .imports
        .into_iter()
        .partition(|name| name.starts_with("wasi:cli/environment@"));
    assert_eq!(adapter.exports, environment);
    expected.extend(settings);
    let joined = outline("postman-connector.wasmcloud.wasm");
    assert_eq!(joined.imports, expected);
    assert_eq!(joined.exports, service.exports);
}

/// The folder of the build must not show, or two builds of one source would differ.
#[test]
fn no_path_of_the_machine_is_in_a_component() {
    let root = env!("CARGO_MANIFEST_DIR")
        .trim_end_matches("host-tests")
        .to_owned();
    let home = env::var("HOME").map(|home| format!("{home}/.cargo"));
    let home = env::var("CARGO_HOME").or(home).unwrap_or_default();
    let private = [root, home]
        .into_iter()
        .filter(|path| !["", "/cargo"].contains(&path.as_str()));
    let private: Vec<_> = private.collect();
    for name in [
        "postman-connector.wasm",
        "wasi-http-client.wasm",
        "postman-connector.wasi.wasm",
        "http-service.wasm",
        "postman-connector.service.wasm",
        "postman-connector.wasmcloud.wasm",
    ] {
        let bytes = fs::read(component(name)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            text.contains("/cargo/registry/src/"),
            "{name}: not built by `make components`"
        );
        let shown = private.iter().find(|path| text.contains(path.as_str()));
        assert_eq!(shown, None, "{name}");
    }
}
