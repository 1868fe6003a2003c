//! The contract's functions, from its WIT: what a call is named, and the type of what it prints.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use wasm_wave::value::{Type, resolve_wit_func_type};
use wasm_wave::wasm::WasmFunc;
use wit_parser::{Resolve, TypeDefKind};

static CONTRACT: LazyLock<Resolve> = LazyLock::new(|| {
    let mut resolve = Resolve::new();
    let wit = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");
    resolve.push_dir(wit).unwrap();
    resolve
});

/// The type of what a function of the contract answers; the name is unique within it.
pub fn answer_type(function: &str) -> Type {
    let mut interfaces = CONTRACT.interfaces.iter();
    let function = interfaces.find_map(|(_, interface)| interface.functions.get(function));
    let function = function.expect("a function of the contract");
    let function = resolve_wit_func_type(&CONTRACT, function).unwrap();
    function.results().next().unwrap()
}

/// The names of the contract's error cases.
pub fn error_cases() -> BTreeSet<String> {
    let mut interfaces = CONTRACT.interfaces.iter();
    let types = interfaces.find(|(_, interface)| interface.name.as_deref() == Some("types"));
    let (_, types) = types.expect("the contract's types");
    let kind = &CONTRACT.types[types.types["error"]].kind;
    let TypeDefKind::Variant(error) = kind else {
        panic!("the error is no variant: {kind:?}");
    };
    error.cases.iter().map(|case| case.name.clone()).collect()
}
