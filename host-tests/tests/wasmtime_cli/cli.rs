//! One call by `wasmtime run --invoke`.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use host_tests::engine::compiled;
use serde_json::Value as Json;
use wasm_wave::value::{Type, Value};

use crate::contract::answer_type;
use crate::json;
use crate::stock::wasmtime;

/// A component and the settings that it runs with.
#[derive(Clone)]
pub struct Cli {
    component: PathBuf,
    settings: Vec<(String, String)>,
    secrets: Vec<(String, String)>,
    limits: Vec<String>,
}

impl Cli {
    /// Nothing is set yet.
    pub fn new(component: PathBuf) -> Self {
        Self {
            component,
            settings: Vec::new(),
            secrets: Vec::new(),
            limits: Vec::new(),
        }
    }

    /// Sets the address of the provider.
    pub fn base_url(self, url: &str) -> Self {
        self.setting("CONNECTOR_BASE_URL", url)
    }

    /// Sets a variable on the command line.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Lets a variable be inherited, so that its value stands in no argument list.
    pub fn secret(mut self, name: &str, value: &str) -> Self {
        self.secrets.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets a limit of the runtime, such as `fuel=1000`.
    pub fn limit(mut self, limit: &str) -> Self {
        self.limits.push(limit.to_owned());
        self
    }

    /// Makes a call that traps, and returns the runtime's error.
    pub fn broken_off(&self, function: &str, arguments: &str) -> String {
        let call = format!("{function}({arguments})");
        let output = self.command(&call).output().unwrap();
        assert!(!output.status.success(), "{call} did not trap");
        assert_eq!(output.stdout, b"", "{call}");
        let complaint = String::from_utf8(output.stderr).unwrap();
        self.assert_untold(&call, &complaint);
        complaint
    }

    /// Calls a function of the contract; the arguments are in WAVE.
    pub fn call(&self, function: &str, arguments: &str) -> Result<Json, Json> {
        self.call_as(&answer_type(function), function, arguments)
    }

    /// Calls a function whose answer is of a type of its own.
    pub fn call_as(&self, answer: &Type, function: &str, arguments: &str) -> Result<Json, Json> {
        let text = self.run(&format!("{function}({arguments})"));
        let value: Value = wasm_wave::from_str(answer, text.trim())
            .unwrap_or_else(|problem| panic!("{function} printed {text}: {problem}"));
        json::answer(&value)
    }

    /// An `err` ends with exit code 0 too, so all else is a fault of the component.
    fn run(&self, call: &str) -> String {
        let output = self.command(call).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{call}: {complaint}");
        self.assert_untold(call, &printed);
        self.assert_untold(call, &complaint);
        printed
    }

    fn assert_untold(&self, call: &str, text: &str) {
        for (name, value) in &self.secrets {
            let secret = value.split_whitespace().next_back().unwrap_or(value);
            assert!(
                !text.contains(secret),
                "{call} printed the secret in {name}"
            );
        }
    }

    /// The settings that compile the limits into the code. Memory is limited without any.
    fn compiled_limits(&self) -> Vec<&str> {
        let has = |name: &str| self.limits.iter().any(|limit| limit.starts_with(name));
        let settings = [("fuel=", "fuel=1"), ("timeout=", "epoch-interruption")];
        let used = settings.into_iter().filter(|(name, _)| has(name));
        used.map(|(_, setting)| setting).collect()
    }

    fn command(&self, call: &str) -> Command {
        let mut command = Command::new(wasmtime());
        command
            .env_clear()
            .envs(env::vars_os().filter(is_none_of_ours));
        command.args(["run", "-S", "http", "--allow-precompiled"]);
        let component = compiled(&self.component, &self.compiled_limits());
        for limit in &self.limits {
            command.args(["-W", limit]);
        }
        for (name, value) in &self.settings {
            command.args(["--env", &format!("{name}={value}")]);
        }
        for (name, value) in &self.secrets {
            command.env(name, value).args(["--env", name]);
        }
        command.args(["--invoke", call]).arg(component);
        command
    }
}

fn is_none_of_ours((name, _): &(OsString, OsString)) -> bool {
    !name.to_string_lossy().starts_with("CONNECTOR_")
}

/// A text in WAVE.
pub fn text(text: &str) -> String {
    wasm_wave::to_string(&Value::from(text)).unwrap()
}
