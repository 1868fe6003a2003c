//! The types of the contract, and of the adapters among themselves, as Rust types.

wit_bindgen::generate!({
    inline: "
        package governance:wasi-http-client;

        world adapter {
            import governance:connector/description@0.2.0;
            export governance:connector/http-client@0.2.0;
            export governance:adapters/account@0.1.0;
        }
    ",
    path: ["../../wit", "../../wit/adapters"],
    generate_all,
    additional_derives: [PartialEq, Eq],
    pub_export_macro: true,
});

pub use exports::governance::adapters::account;
pub use exports::governance::connector::http_client;
pub use governance::connector::description;
