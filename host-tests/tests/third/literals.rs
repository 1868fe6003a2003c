//! No shipped host code has the name of a connector's type, entitlement or notice as a literal.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use connector_host::gateway::RateLimiter;
use connector_host::records::Descriptor;
use connector_host::sync::Source;
use connector_host::{Connector, Credentials, Sandbox, Secret, TenantConfig, TenantConnector};
use host_tests::server::Server;
use host_tests::stock;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The host as it is shipped.
const SHIPPED: [&str; 3] = ["crates", "examples/hosts", "deploy"];

/// The guests' side, the simulated Postman, and the default of the command.
const NOT_OF_THE_HOST: [&str; 5] = [
    "crates/connector-sdk",
    "crates/postman-simulator",
    "crates/connector-cli/src/commands/demo.rs",
    "crates/connector-cli/src/commands/simulate.rs",
    // What version 1 of the database did not state is guessed there, and nowhere else.
    "crates/connector-store/src/schema/2_from_1.sql",
];

/// Words of the host's own that a connector has for something else: what an audience is called where it is
/// shown, and a command.
const OWN_WORDS: [(&str, &str); 4] = [
    ("crates/connector-review/src/account.rs", "everyone"),
    ("crates/connector-cli/src/report/page/lists.js", "everyone"),
    ("crates/connector-cli/src/commands/help.rs", "access"),
    ("crates/connector-cli/src/commands/access.rs", "access"),
];

/// Files below a folder that have one of these endings, by their paths from the root.
fn files(below: &str, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(ROOT).join(below)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let is_code = endings.iter().any(|ending| name.ends_with(ending));
            if path.is_dir() && !["tests", "node_modules", "target"].contains(&name) {
                folders.push(path);
            } else if path.is_file() && is_code && name != "tests.rs" {
                found.push(path);
            }
        }
    }
    found
}

/// Code without comments and without the tests at its end.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let shipped = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    let is_comment = |line: &&str| {
        let line = line.trim_start();
        ["//", "--", "# ", "* ", "/*"]
            .iter()
            .any(|mark| line.starts_with(mark))
    };
    let lines = shipped.lines().filter(|line| !is_comment(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the literals of a name in code.
fn has_literal(code: &str, name: &str) -> bool {
    ['"', '\'', '`']
        .iter()
        .any(|quote| code.contains(&format!("{quote}{name}{quote}")))
}

/// The words of the contract itself, which hosts may know.
fn contract_words() -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for path in files("wit/released", &[".wit"]) {
        let code = code(&path);
        let parts =
            code.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
        words.extend(parts.map(str::to_owned));
    }
    words
}

/// Names of a connector's types and entitlements, as the component states them to a provider that refuses
/// everything.
async fn stated_names(sandbox: &Sandbox, path: &Path) -> BTreeSet<String> {
    let connector = Connector::load(sandbox, &std::fs::read(path).unwrap())
        .await
        .unwrap();
    let descriptor: &Descriptor = connector.descriptor();
    let refusing =
        Server::answering("HTTP/1.1 403 No\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
    let base_url = format!("http://{}", refusing.address()).parse().unwrap();
    let credential = &descriptor.credentials[0];
    let secret = Secret::new("0123456789").unwrap();
    let credentials = Credentials::none().with(&credential.name, &credential.schemes[0], secret);
    let mut config = TenantConfig::new(base_url, credentials);
    config.rate_limiter = RateLimiter::unlimited();
    let tenant = TenantConnector::new(&connector, config).unwrap();
    let mut names = BTreeSet::new();
    for one in &descriptor.resource_types {
        names.insert(one.id.clone());
        let listed = tenant.list_entitlements(&one.id).await.result.unwrap();
        names.extend(
            listed
                .entitlements
                .into_iter()
                .map(|one| one.slug.to_string()),
        );
    }
    names
}

/// The codes of the notices that a connector's source has.
fn notice_codes(source: &str) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for path in files(source, &[".rs"]) {
        let code = code(&path);
        for part in code.split("notice(").skip(1) {
            let literal = part
                .trim_start()
                .strip_prefix('"')
                .and_then(|rest| rest.split_once('"'));
            codes.extend(literal.map(|(code, _)| code.to_owned()));
        }
    }
    codes
}

#[tokio::test(flavor = "multi_thread")]
async fn no_host_code_names_a_connectors_own_things() {
    let sandbox = host_tests::sandbox();
    let mut names = BTreeSet::new();
    for (component, source) in [
        (stock::component("postman-connector.wasm"), "src"),
        (
            stock::component("pagerduty-connector.wasm"),
            "examples/connectors/pagerduty/src",
        ),
        (crate::component(), "host-tests/guests/lab-equipment/src"),
    ] {
        let stated = stated_names(&sandbox, &component).await;
        let codes = notice_codes(source);
        assert!(
            stated.len() >= 10 && !codes.is_empty(),
            "{source}: {stated:?} {codes:?}"
        );
        names.extend(stated.into_iter().chain(codes));
    }
    let known = contract_words();
    names.retain(|name| !known.contains(name));
    for expected in [
        "workspace",
        "manager",
        "bench",
        "steward",
        "no-catalogue",
        "smudged-duty",
    ] {
        assert!(names.contains(expected), "{expected}: {names:?}");
    }
    let mut found = Vec::new();
    for path in SHIPPED
        .iter()
        .flat_map(|folder| files(folder, &[".rs", ".sql", ".js", ".py"]))
    {
        let shown = path
            .strip_prefix(ROOT)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        if NOT_OF_THE_HOST.iter().any(|other| shown.starts_with(other)) {
            continue;
        }
        let code = code(&path);
        let mut named = names
            .iter()
            .filter(|name| has_literal(&code, name))
            .collect::<Vec<_>>();
        named.retain(|name| !OWN_WORDS.contains(&(&*shown, &***name)));
        let named = named.into_iter();
        found.extend(named.map(|name| format!("{shown}: {name}")));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_literal_is_found_and_a_comment_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("any.rs");
    std::fs::write(&path, "// \"bench\"\nmatch it { \"bench\" => 1 }\n").unwrap();
    assert!(has_literal(&code(&path), "bench"));
    std::fs::write(&path, "// \"bench\"\n/// `bench`\n").unwrap();
    assert!(!has_literal(&code(&path), "bench"));
}
