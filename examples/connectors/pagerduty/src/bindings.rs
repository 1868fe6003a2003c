//! The words of the contract as Rust types: what `wit-bindgen` makes of it.
#![allow(
    missing_docs,
    unsafe_code,
    clippy::all,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "generated code, documented in wit/"
)]

wit_bindgen::generate!({
    path: "../../../wit",
    world: "connector",
    generate_all,
});

#[cfg(target_arch = "wasm32")]
export!(Component);

pub use super::exports::Component;
