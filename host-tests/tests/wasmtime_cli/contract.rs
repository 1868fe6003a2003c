//! The contract's functions, from its WIT: what a call is named, and the type of what it prints.

use std::sync::LazyLock;

use wasm_wave::value::{Type, resolve_wit_func_type};
use wasm_wave::wasm::WasmFunc;
use wit_parser::Resolve;

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
