//! The command beside its syncs: certificates of a company's own, signals, pipes, a served team, help.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use postman_simulator::{ApiQuirks, Options, Simulator};

use crate::cli::{KEY, Team, code, command, output, text};
use crate::support;

#[tokio::test(flavor = "multi_thread")]
async fn a_private_certificate_authority_is_accepted() {
    let tls = support::tls::authority("localhost");
    let simulator = Simulator::new(Options {
        users: 5,
        workspaces: 5,
        quirks: ApiQuirks::none(),
        api_key: KEY.into(),
        ..Options::default()
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, simulator) = (tls.acceptor.clone(), simulator.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    let _ = simulator.serve_connection(stream).await;
                }
            });
        }
    });
    let mut trusting = command(&["sync", "--base-url", &url]);
    trusting
        .arg("--ca-file")
        .arg(&tls.ca_file)
        .env("POSTMAN_API_KEY", KEY);
    let trusted = output(trusting).await;
    assert_eq!(code(&trusted), 0, "{}", text(&trusted.stderr));
    assert!(text(&trusted.stdout).contains("Complete"));
    let mut wary = command(&["sync", "--base-url", &url]);
    wary.env("POSTMAN_API_KEY", KEY);
    let refused = output(wary).await;
    assert_eq!(code(&refused), 1);
    assert!(
        text(&refused.stderr).contains("certificate"),
        "{}",
        text(&refused.stderr)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_alias_variables_work_alone() {
    let team = Team::start(|_| ()).await;
    let mut command = command(&["validate"]);
    command.env("BATON_API_TOKEN", format!(" {KEY}\n"));
    command.env("BATON_BASE_URL", team.running.base_url());
    assert_eq!(code(&output(command).await), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piped_summary_has_no_colours_and_no_bar() {
    let team = Team::start(|_| ()).await;
    let output = team.run(&["sync"]).await;
    assert!(!text(&output.stdout).contains('\u{1b}') && output.stderr.is_empty());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_sync_exits_130_without_output() {
    // A provider that takes connections and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("out.ndjson");
    for signal in ["-INT", "-TERM"] {
        let mut command = command(&[
            "sync",
            "--base-url",
            &url,
            "--ndjson",
            file.to_str().unwrap(),
        ]);
        command
            .env("POSTMAN_API_KEY", KEY)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        // The request is on its way once the connection is there.
        let (_connection, _) = silent.accept().unwrap();
        let sent = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), 130);
        assert!(
            text(&output.stderr).contains("not whole"),
            "{}",
            text(&output.stderr)
        );
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_leaves_is_no_error() {
    let team = Team::start(|_| ()).await;
    let mut command = team.command(&["sync", "--ndjson", "-"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap());
    let output = output.await.unwrap();
    assert_eq!(code(&output), 0);
    assert!(
        !text(&output.stderr).contains("error"),
        "{}",
        text(&output.stderr)
    );
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn simulate_serves_a_readable_team_until_stopped() {
    let mut command = command(&[
        "simulate",
        "--users",
        "4",
        "--workspaces",
        "2",
        "--quirks",
        "none",
    ]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let hint = lines
        .map_while(Result::ok)
        .find(|line| line.contains("connector-host sync"))
        .unwrap();
    let mut sync = crate::cli::command(&["sync"]);
    for word in hint.split_whitespace() {
        if let Some((name, value)) = word.split_once('=') {
            sync.env(name, value);
        }
    }
    assert_eq!(code(&output(sync).await), 0);
    assert!(
        Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_is_none_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("not.wasm");
    std::fs::write(&path, "not").unwrap();
    for path in [path, dir.path().join("absent.wasm")] {
        let mut command = host_tests::command();
        command.args(["describe", "--component"]).arg(&path);
        let output = output(command).await;
        assert_eq!(code(&output), 2);
        assert!(text(&output.stderr).contains(path.to_str().unwrap()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn help_has_examples_exit_codes_and_completions() {
    let help = text(&output(command(&["--help"])).await.stdout);
    assert!(help.contains("Examples:") && help.contains("130"), "{help}");
    let help = text(&output(command(&["help", "sync"])).await.stdout);
    assert!(help.contains("--ndjson") && help.contains("130"), "{help}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = text(&output(command(&["completions", shell])).await.stdout);
        assert!(script.contains("ndjson"), "{shell}");
    }
}
