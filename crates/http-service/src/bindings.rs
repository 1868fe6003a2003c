//! The types of the contract, and of the adapters among themselves, as Rust types.

wit_bindgen::generate!({
    inline: "
        package governance:http-service;

        world service {
            import governance:connector/description@0.2.0;
            import governance:connector/inventory@0.2.0;
            import governance:adapters/account@0.1.0;
        }
    ",
    path: ["../../wit", "../../wit/adapters"],
    generate_all,
});

pub use governance::adapters::account;
pub use governance::connector::{description, inventory, types};
