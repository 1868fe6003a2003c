//! The adapter that makes variables of settings, in an engine whose settings are the test's.

use wasmtime::component::{Component, ComponentType, Lift, Linker, Lower};
use wasmtime::{Engine, Result, Store, StoreContextMut};

use crate::stock::component;

type Variables = Vec<(String, String)>;

#[derive(Clone, ComponentType, Lift, Lower)]
#[component(variant)]
enum SettingsError {
    #[component(name = "upstream")]
    Upstream(String),
    #[component(name = "io")]
    Io(String),
}

/// Returns what the adapter serves as the environment, where the engine answers this.
fn environment(settings: std::result::Result<Variables, SettingsError>) -> Result<Variables> {
    let engine = Engine::default();
    let adapter = Component::from_file(&engine, component("wasi-config-environment.wasm"))?;
    let mut linker = Linker::new(&engine);
    linker
        .instance("wasi:config/store@0.2.0-draft")?
        .func_wrap("get-all", move |_: StoreContextMut<()>, (): ()| {
            Ok((settings.clone(),))
        })?;
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &adapter)?;
    let interface = instance
        .get_export_index(&mut store, None, "wasi:cli/environment@0.2.12")
        .unwrap();
    let function = instance
        .get_export_index(&mut store, Some(&interface), "get-environment")
        .unwrap();
    let function = instance.get_typed_func::<(), (Variables,)>(&mut store, function)?;
    Ok(function.call(&mut store, ())?.0)
}

#[test]
fn each_setting_is_a_variable() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    for settings in [
        vec![],
        vec![pair("CONNECTOR_BASE_URL", "https://api.example.com")],
        vec![pair("B", "ä = \n"), pair("A", ""), pair("b", "x")],
    ] {
        assert_eq!(environment(Ok(settings.clone())).unwrap(), settings);
    }
}

#[test]
fn settings_that_cannot_be_read_end_the_call() {
    for error in [SettingsError::Upstream, SettingsError::Io] {
        let failed = environment(Err(error("canary".to_owned()))).unwrap_err();
        assert!(
            failed.to_string().contains("error while executing"),
            "{failed}"
        );
    }
}
