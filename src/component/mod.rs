//! The WebAssembly door: the only room that sees generated code.

pub mod bindings;
mod convert;
mod exports;
mod http;
#[cfg(any(target_arch = "wasm32", test))]
mod memory;
