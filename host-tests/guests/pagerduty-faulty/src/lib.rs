//! A copy of the PagerDuty connector with the faults of `faults/` in it, of which one can be chosen in the
//! built component. It is there for the conformance kit, which has to find each.
#![allow(warnings, clippy::all, reason = "a copy, and wrong on purpose")]

pub mod planted;

macro_rules! copied {
    ($($name:ident = $file:literal),+ $(,)?) => {
        $(pub mod $name { include!(concat!(env!("OUT_DIR"), "/", $file)); })+
    };
}

copied! {
    client = "client.rs",
    cursor = "cursor.rs",
    draft = "draft.rs",
    exports = "exports.rs",
    lists = "lists.rs",
    roles = "roles.rs",
    wire = "wire.rs",
}

pub mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "connector",
        generate_all,
    });

    #[cfg(target_arch = "wasm32")]
    export!(Component);

    pub use super::exports::Component;
}
