//! Generated from the contract. Nothing outside `runtime` sees what is in here.
#![allow(missing_docs)]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "connector",
    imports: { default: async | trappable },
    exports: { default: async },
});
