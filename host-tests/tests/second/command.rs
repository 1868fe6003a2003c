//! The command, on the connector that it is given: nothing in it is Postman's alone.

use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use crate::account::Account;
use crate::engine::{ANYWHERE, Engine, service_of};
use crate::server::{KEY, Server};
use crate::stock;

const TOKEN: &str = "canary-token-0123456789";

/// Runs the command without holding up the server in this process.
pub async fn run(arguments: &[&str], variables: &[(&str, &str)], at: &Path) -> Output {
    let mut command = host_tests::command();
    command.args(arguments).current_dir(at);
    for (name, value) in variables {
        command.env(name, value);
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    output.await.unwrap()
}

/// Runs it on the second connector, which has its own variables.
pub async fn on_pagerduty(arguments: &[&str], server: &Server, at: &Path) -> Output {
    let component = stock::component("pagerduty-connector.wasm");
    let own = ["--component", component.to_str().unwrap()];
    let base_url = server.base_url();
    let variables = [
        ("PAGERDUTY_API_KEY", KEY),
        ("PAGERDUTY_BASE_URL", &base_url),
    ];
    run(&[arguments, &own].concat(), &variables, at).await
}

/// A sync of an account, in the files `recording`, `reported` and `stored`.
pub async fn recorded(account: Account) -> (Server, TempDir) {
    let server = Server::start(account).await;
    let dir = tempfile::tempdir().unwrap();
    let arguments = "sync --pacing off --record recording --ndjson reported --db stored";
    let arguments: Vec<_> = arguments.split(' ').collect();
    let output = on_pagerduty(&arguments, &server, dir.path()).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    (server, dir)
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn records(reported: &[u8]) -> Vec<String> {
    text(reported).lines().skip(1).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_sync_replays_to_equal_bytes() {
    let (server, dir) = recorded(Account::large()).await;
    let asked = server.heard().len();
    let output = on_pagerduty(
        &["replay", "recording", "--ndjson", "again"],
        &server,
        dir.path(),
    )
    .await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let read = |name: &str| std::fs::read(dir.path().join(name)).unwrap();
    assert_eq!(text(&read("reported")), text(&read("again")));
    assert_eq!(server.heard().len(), asked);
    for name in ["recording", "reported", "stored"] {
        let bytes = read(name);
        assert!(
            !bytes.windows(KEY.len()).any(|part| part == KEY.as_bytes()),
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sanitized_recording_replays_without_names() {
    let (server, dir) = recorded(Account::large()).await;
    let clean = run(&["sanitize", "recording", "-o", "clean"], &[], dir.path()).await;
    assert_eq!(clean.status.code(), Some(0), "{clean:?}");
    let output = on_pagerduty(
        &["replay", "clean", "--ndjson", "again"],
        &server,
        dir.path(),
    )
    .await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let read = |name: &str| std::fs::read(dir.path().join(name)).unwrap();
    let (reported, again) = (records(&read("reported")), records(&read("again")));
    assert_eq!(reported.len(), again.len());
    let again = again.join("\n");
    for word in ["PU00005", "user5@northwind", "Team 3\""] {
        assert!(
            reported.join("\n").contains(word) && !again.contains(word),
            "{word}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_of_a_stored_sync_are_answered() {
    let (server, dir) = recorded(Account::large()).await;
    let ask = async |arguments: &[&str]| {
        let output = run(arguments, &[], dir.path()).await;
        assert!(matches!(output.status.code(), Some(0 | 3)), "{output:?}");
        text(&output.stdout)
    };
    let managers = ask(&["access", "stored", "--on", "Team 3", "--who-can", "manager"]).await;
    // Nobody is in Team 3: the account's administrators manage it.
    let admins = server.base_url(); // The server outlives the questions.
    assert!(
        managers.contains("User 5 ") && managers.contains("User 0 "),
        "{admins} {managers}"
    );
    assert!(!managers.contains("User 4 "), "{managers}");
    let explained = ask(&[
        "explain",
        "stored",
        "--grant",
        "Team 3",
        "manager",
        "user5@northwind.example",
    ])
    .await;
    assert!(
        explained.contains("admins-manage-every-team"),
        "{explained}"
    );
    let page = ask(&["report", "stored", "-o", "page.html"]).await;
    assert!(page.is_empty() || !page.contains("Postman"), "{page}");
    let described = text(
        &on_pagerduty(&["describe"], &server, dir.path())
            .await
            .stdout,
    );
    assert!(described.contains("/teams/{id}/members"), "{described}");
    for output in [managers, explained, described] {
        assert!(!output.to_lowercase().contains("postman"), "{output}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_of_it_reads_what_a_local_sync_reads() {
    let (server, dir) = recorded(Account::large()).await;
    let connector = std::fs::read(stock::component("pagerduty-connector.wasm")).unwrap();
    let service = service_of("pagerduty", connector);
    let (base_url, header) = (
        server.base_url(),
        format!("Authorization: Token token={KEY}"),
    );
    let variables = [
        ("CONNECTOR_SERVICE_TOKEN", TOKEN),
        ("CONNECTOR_BASE_URL", &base_url),
        ("CONNECTOR_CREDENTIAL_PAGERDUTY", &header),
    ];
    let engine = Engine::start(&service, ANYWHERE, &variables);
    let url = format!("http://{}", engine.address());
    let token = [("CONNECTOR_SERVICE_TOKEN", TOKEN)];
    let output = run(
        &["sync", "--service", &url, "--ndjson", "-"],
        &token,
        dir.path(),
    )
    .await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let local = std::fs::read(dir.path().join("reported")).unwrap();
    assert_eq!(records(&local), records(&output.stdout));
}
