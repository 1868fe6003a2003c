//! The contract's words as Rust types.

wit_bindgen::generate!({
    inline: "
        package governance:wasi-http-client;

        world adapter {
            export governance:connector/http-client@0.1.0;
        }
    ",
    path: "../../../wit",
    additional_derives: [PartialEq, Eq],
    pub_export_macro: true,
});

pub use exports::governance::connector::http_client;
