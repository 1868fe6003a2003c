//! The two interfaces of WASI as Rust types. The version of `wasi:cli` is the one that the other adapters
//! import, because components are joined by equal names.

wit_bindgen::generate!({
    inline: "
        package governance:wasi-config-environment;

        world adapter {
            import wasi:config/store@0.2.0-draft;
            export wasi:cli/environment@0.2.12;
        }

        package wasi:config@0.2.0-draft {
            interface store {
                variant error {
                    upstream(string),
                    io(string),
                }

                get-all: func() -> result<list<tuple<string, string>>, error>;
            }
        }

        package wasi:cli@0.2.12 {
            interface environment {
                get-environment: func() -> list<tuple<string, string>>;
                get-arguments: func() -> list<string>;
                initial-cwd: func() -> option<string>;
            }
        }
    ",
    generate_all,
    pub_export_macro: true,
});

pub use exports::wasi::cli::environment;
pub use wasi::config::store;
