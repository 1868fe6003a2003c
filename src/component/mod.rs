//! The WebAssembly door: the only room that sees generated code.

pub mod bindings;
mod convert;
mod exports;
mod http;
