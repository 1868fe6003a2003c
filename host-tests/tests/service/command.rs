//! The command `connector-host`, with nothing of this machine's environment.

use std::process::Output;

use crate::stock::component;
use crate::team::TOKEN;

/// Runs the command without holding up the simulator in this process.
pub async fn run(arguments: &[&str], variables: &[(&str, String)]) -> Output {
    let mut command = host_tests::command();
    command.args(arguments);
    for (name, value) in variables {
        command.env(name, value);
    }
    let running = tokio::task::spawn_blocking(move || command.output());
    running.await.unwrap().unwrap()
}

/// Runs it on the connector that it has itself.
pub async fn local(arguments: &[&str], variables: &[(&str, String)]) -> Output {
    let path = component("postman-connector.wasm");
    let own = ["--component", path.to_str().unwrap()];
    run(&[arguments, &own].concat(), variables).await
}

/// Runs it on a service.
pub async fn through(url: &str, arguments: &[&str]) -> Output {
    let token = [("CONNECTOR_SERVICE_TOKEN", TOKEN.to_owned())];
    run(&[arguments, &["--service", url]].concat(), &token).await
}

/// Returns the printed text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The records of a sync, without the one with its time and base URL.
pub fn records(output: &Output) -> Vec<String> {
    let printed = text(&output.stdout);
    let lines: Vec<String> = printed.lines().map(str::to_owned).collect();
    let complaint = text(&output.stderr);
    let first = lines
        .first()
        .unwrap_or_else(|| panic!("nothing read: {complaint}"));
    assert!(first.starts_with("{\"run\":"), "{first}: {complaint}");
    lines[1..].to_vec()
}

/// Compares line by line, so that a difference can be read.
pub fn assert_same(ours: &[String], theirs: &[String]) {
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(ours.len(), theirs.len());
}
