//! The requests that wait together: tenants of one key are one to the provider, whatever they
//! are here. The guest declares two requests an hour, so that no time has to pass.

use crate::support;
use std::path::Path;
use std::time::Duration;

use crate::support::provider::{Server, answer};
use crate::support::{component, framed};
use connector_host::records::Rate;
use connector_host::sync::SyncOptions;
use connector_host::tenants::{Fleet, Secrets, TenantSync, TenantsFile};
use connector_host::{Connector, Credentials, TenantConfig};
use zeroize::Zeroizing;

/// Asks once in `validate` and once in its only list, and takes no notice of the answers.
fn asking_twice() -> Vec<u8> {
    let guest = "(func $validate (result i32) (call $request) (call $nobody))
                 (func $list (param i32 i32) (result i32) (call $request) (call $nobody))";
    let path = "\\25\\00\\00\\00\\03\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\1d\\00\\00\\00\\03\\00\\00\\00";
    let frame = framed(guest);
    let rated = frame.replace(
        &format!("{path}\""),
        &format!("{path}\\01\\00\\00\\00\\02\\00\\00\\00\\10\\0e\\00\\00\""),
    );
    assert_ne!(frame, rated);
    component(&rated)
}

/// A tenant with this key.
fn tenant(connector: &Connector, server: &Server, key: &str, paced: bool) -> (TenantSync, Secrets) {
    let text = "[[tenant]]\nname = \"x\"\ncredentials.key.env = \"KEY\"";
    let file = TenantsFile::parse(text, Path::new("")).unwrap();
    let variable = |_: &str| Some(Zeroizing::new(key.to_owned()));
    let sources = &file.tenants[0].credentials;
    let secrets = Secrets::read(connector.descriptor(), sources, &variable).unwrap();
    let place = format!("http://127.0.0.1:{}", server.port);
    let sync = TenantSync {
        config: TenantConfig::new(place.parse().unwrap(), Credentials::none()),
        options: SyncOptions::default(),
        paced,
        output: None,
        db: None,
    };
    (sync, secrets)
}

/// Returns the requests of each key if all of these tenants are read at once.
async fn sent(tenants: &[(&str, bool)]) -> Vec<(String, usize)> {
    let server = Server::start(answer("200 OK\r\nconnection: close", b"{}")).await;
    let connector = support::load(&support::sandbox(), &asking_twice()).await;
    assert_eq!(
        connector.descriptor().endpoints[0].rate,
        Some(Rate {
            requests: 2,
            window_seconds: 3_600
        })
    );
    let mut fleet = Fleet::new(&connector, Duration::from_secs(1));
    for (key, paced) in tenants {
        let (sync, secrets) = tenant(&connector, &server, key, *paced);
        fleet.add(sync, secrets);
    }
    assert_eq!(fleet.run(|_| ()).await.len(), tenants.len());
    let mut keys: Vec<_> = tenants.iter().map(|(key, _)| (*key).to_owned()).collect();
    keys.dedup();
    let heard = server.heard();
    let of = |key: &String| {
        heard
            .iter()
            .filter(|one| one.contains(key.as_str()))
            .count()
    };
    let count = |key: String| (of(&key), key);
    let all = keys.into_iter().map(count);
    all.map(|(number, key)| (key, number)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_of_one_key_share_its_rate_limit() {
    let one = |key: &str, number: usize| (key.to_owned(), number);
    assert_eq!(sent(&[("aaaa", true)]).await, [one("aaaa", 2)]);
    let shared = sent(&[("aaaa", true), ("aaaa", true), ("aaaa", true)]).await;
    assert_eq!(shared, [one("aaaa", 2)]);
    let own = sent(&[
        ("aaaa", true),
        ("aaaa", true),
        ("bbbb", true),
        ("cccc", true),
    ])
    .await;
    assert_eq!(own, [one("aaaa", 2), one("bbbb", 2), one("cccc", 2)]);
    // A request that does not wait takes no permit from the others.
    let free = sent(&[("aaaa", false), ("aaaa", true), ("aaaa", true)]).await;
    assert_eq!(free, [one("aaaa", 4)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_and_the_file_name_the_waiting_tenants() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("guest.wasm"), asking_twice()).unwrap();
    let off = "pacing = \"off\"";
    for (option, defaults, own, requests) in [
        ("on", "", ["", ""], 2),
        ("off", "", ["", ""], 4),
        ("on", "", [off, ""], 4),
        ("off", "", ["pacing = \"on\"", ""], 4),
        ("off", "pacing = \"on\"", ["", ""], 2),
        ("on", off, ["", ""], 4),
    ] {
        let server = Server::start(answer("200 OK\r\nconnection: close", b"{}")).await;
        let mut text = format!(
            "[defaults]\nbase-url = \"http://127.0.0.1:{}\"\n{defaults}\n",
            server.port
        );
        for (name, line) in ["one", "two"].iter().zip(own) {
            text +=
                &format!("[[tenant]]\nname = \"{name}\"\n{line}\ncredentials.key.env = \"KEY\"\n");
        }
        std::fs::write(dir.path().join("tenants.toml"), text).unwrap();
        let mut command = host_tests::command();
        command.args("sync --tenants tenants.toml --component guest.wasm --max-wait 1".split(' '));
        command
            .args(["--pacing", option])
            .env("KEY", "aaaa")
            .current_dir(dir.path());
        let ended = tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap();
        let heard = server.heard().len();
        assert_eq!(heard, requests, "{option} {defaults} {own:?}: {ended:?}");
    }
}
