//! Generated from the contract. Nothing outside `runtime` sees what is in here.
#![allow(missing_docs, reason = "generated code, documented in wit/")]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "connector",
    imports: { default: async | trappable },
    exports: { default: async },
});
