//! The command's own limits: a call that meets one ends, with a word that says which, and prints no
//! answer that could be taken for one.

use crate::cli::Cli;
use crate::server::Server;
use crate::stock::component;

/// A long answer, which takes more than any limit below: 16 MiB of users, and the key's owner for `/me`.
fn long_list() -> Server {
    let user = r#"{"id":1,"name":"A","username":"a","email":"a@example.com","roles":["user"]},"#;
    let users = user.repeat((16 << 20) / user.len());
    let owner = r#""user":{"id":1,"username":"a","teamId":1,"roles":["user"]},"operations":[]"#;
    let users = users.trim_end_matches(',');
    Server::answering_body(&format!("{{{owner},\"data\":[{users}]}}"))
}

fn connector(server: &Server) -> Cli {
    Cli::new(component("postman-connector.wasi.wasm"))
        .base_url(&format!("http://{}", server.address()))
        .secret("CONNECTOR_CREDENTIAL_POSTMAN", "X-API-Key: canary-0c44")
}

const USERS: (&str, &str) = (
    "list-resources",
    "\"user\", some({resource-type: \"team\", id: \"1\"}), none",
);

/// With both fuel and time, however large one is, the calls share one compiled component.
fn complaint_at(limits: &[&str]) -> String {
    let server = long_list();
    let (function, arguments) = USERS;
    let cli = limits.iter().copied().fold(connector(&server), Cli::limit);
    cli.broken_off(function, arguments)
}

#[test]
fn a_call_ends_when_its_time_is_over() {
    let complaint = complaint_at(&["timeout=20ms", "fuel=100000000000"]);
    assert!(complaint.contains("wasm trap: interrupt"), "{complaint}");
}

#[test]
fn a_call_ends_when_its_fuel_is_used_up() {
    let complaint = complaint_at(&["fuel=10000000", "timeout=100s"]);
    assert!(complaint.contains("all fuel consumed"), "{complaint}");
}

/// Without the second setting it ends too, at an `unreachable` that names no limit.
#[test]
fn a_call_ends_at_its_memory_limit() {
    let memory = "max-memory-size=8388608";
    let complaint = complaint_at(&[memory, "trap-on-grow-failure"]);
    assert!(complaint.contains("growing memory"), "{complaint}");
    let complaint = complaint_at(&[memory]);
    assert!(complaint.contains("`unreachable`"), "{complaint}");
}

/// So that the limits above are what ended the calls.
#[test]
fn the_same_call_ends_well_within_its_limits() {
    let server = long_list();
    let (function, arguments) = USERS;
    let limits = [
        "timeout=100s",
        "fuel=100000000000",
        "max-memory-size=1073741824",
    ];
    let cli = connector(&server);
    let cli = limits.into_iter().fold(cli, Cli::limit);
    let page = cli.call(function, arguments).unwrap();
    let users = page["resources"].as_array().unwrap();
    assert_eq!(users.len(), 1, "one id, shown many times");
}
