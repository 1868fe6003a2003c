//! Serves `wasi:cli/environment` from `wasi:config/store`, for engines that give components settings and
//! no environment, such as wasmCloud. Joined in front of other components, it makes each setting a
//! variable of theirs.

#[expect(missing_docs, reason = "generated from WASI")]
pub mod bindings;

use bindings::environment::Guest;
use bindings::store;

/// The environment that the settings make up.
struct SettingsEnvironment;

impl Guest for SettingsEnvironment {
    /// Ends the instance if the settings cannot be read. An empty environment would be taken for a
    /// service that nobody has set up, and callers would not try again.
    fn get_environment() -> Vec<(String, String)> {
        store::get_all().unwrap_or_else(|_| std::process::abort())
    }

    fn get_arguments() -> Vec<String> {
        Vec::new()
    }

    fn initial_cwd() -> Option<String> {
        None
    }
}

#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "generated from WASI")]
mod component_exports {
    crate::bindings::export!(SettingsEnvironment with_types_in crate::bindings);
    use super::SettingsEnvironment;
}
