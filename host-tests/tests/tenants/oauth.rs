//! A tenant whose access tokens the host obtains by OAuth, from the tenants file and from variables. Client
//! secret, JWT and tokens are found in nothing that a sync writes or says.

use super::*;
use postman_simulator::OAuthClient;
use serde_json::Value;

/// Begins every token that the simulator gives out.
const TOKEN: &str = "access-token-1";

fn client(valid: Duration) -> OAuthClient {
    OAuthClient {
        valid,
        ..OAuthClient::default()
    }
}

async fn served(client: OAuthClient, faults: &[&str]) -> RunningSimulator {
    let options = Options {
        seed: 9,
        users: 15,
        workspaces: 40,
        quirks: ApiQuirks::none(),
        api_key: "PMAK-of-somebody-else".into(),
        oauth: Some(client),
        faults: Faults {
            rules: faults.iter().map(|rule| rule.parse().unwrap()).collect(),
            seed: 1,
        },
        ..Options::default()
    };
    let running = Simulator::start(options, ([127, 0, 0, 1], 0).into()).await;
    running.unwrap()
}

/// Writes the client's texts into files of their owner alone, and a tenants file that names them.
fn write_tenant(dir: &Path, url: &str, client: &OAuthClient, more: &str) {
    for (name, text) in [
        ("client.id", &client.client_id),
        ("client.secret", &client.client_secret),
        ("installation", &client.installation_id),
        ("client.jwt", &client.jwt),
    ] {
        std::fs::write(dir.join(name), format!("{text}\n")).unwrap();
        close(&dir.join(name));
    }
    let tenants = format!(
        "[[tenant]]
name = \"acme\"
base-url = \"{url}\"
ndjson = \"acme.ndjson\"
db = \"acme.db\"
record = \"recordings\"
{more}
[tenant.credentials.postman.oauth]
client-id.file = \"client.id\"
client-secret.file = \"client.secret\"
parameters.installationAuthId.file = \"installation\"
parameters.jwt.file = \"client.jwt\"
"
    );
    std::fs::write(dir.join("tenants.toml"), tenants).unwrap();
}

#[cfg(unix)]
fn close(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let permissions = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(path, permissions).unwrap();
}

#[cfg(not(unix))]
fn close(_path: &Path) {}

async fn run(mut command: Command) -> (Option<i32>, String) {
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

/// Everything that is in a folder and its folders, but for the files that hold secrets.
fn written(dir: &Path, into: &mut Vec<u8>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match path.is_dir() {
            true => written(&path, into),
            false if name.starts_with("client.") => {}
            false => into.extend(std::fs::read(&path).unwrap()),
        }
    }
}

fn assert_no_secret(client: &OAuthClient, said: &str, dir: &Path) {
    let mut all = said.as_bytes().to_vec();
    written(dir, &mut all);
    let all = String::from_utf8_lossy(&all);
    for secret in [TOKEN, &client.client_secret, &client.jwt] {
        assert!(!all.contains(secret), "{secret}");
    }
}

fn tokens(team: &RunningSimulator) -> u64 {
    let requests = team.request_counts();
    requests.get("/oauth2/token").copied().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_outlives_its_tokens_and_shows_none() {
    // Answers are so slow that tokens of two seconds expire while it runs.
    let faults = ["/workspaces/{id}/roles:slow=4,every=3"];
    for (valid, fewest) in [(3_600_000, 1), (2_000, 2)] {
        let client = client(Duration::from_millis(valid));
        let (dir, team) = (
            TempDir::new().unwrap(),
            served(client.clone(), &faults).await,
        );
        write_tenant(dir.path(), &team.base_url(), &client, "concurrency = 2");
        let (code, said) = run(command(dir.path(), &["--format", "json", "--log", "log"])).await;
        assert_eq!(code, Some(0), "{said}");
        assert!(tokens(&team) >= fewest, "{valid}: {}", tokens(&team));
        assert!(fewest > 1 || tokens(&team) == 1);
        assert_no_secret(&client, &said, dir.path());
        let log = std::fs::read_to_string(dir.path().join("log")).unwrap();
        assert!(log.contains("POST /oauth2/token"), "{log}");
        let (found, _) = said.rsplit_once("}\n").unwrap();
        let found: Value = serde_json::from_str(&format!("{found}}}")).unwrap();
        let sent = &found["tenants"][0]["requests"]["sent"];
        assert!(sent.as_u64().unwrap() > 20, "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_describe_a_client_too() {
    let client = client(Duration::from_secs(60));
    let (dir, team) = (TempDir::new().unwrap(), served(client.clone(), &[]).await);
    let url = team.base_url();
    let variables = [
        ("POSTMAN_BASE_URL", url.as_str()),
        ("POSTMAN_OAUTH_CLIENT_ID", &client.client_id),
        ("POSTMAN_OAUTH_CLIENT_SECRET", &client.client_secret),
        (
            "POSTMAN_OAUTH_INSTALLATION_AUTH_ID",
            &client.installation_id,
        ),
        ("POSTMAN_OAUTH_JWT", &client.jwt),
    ];
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/components");
    let sync = |count: usize, more: &[(&str, &str)]| {
        let mut command = host_tests::command();
        command
            .args(["sync", "--record", "exchange", "--component"])
            .arg(format!("{root}/postman-connector.wasm"))
            .current_dir(dir.path())
            .envs(variables.into_iter().take(count))
            .envs(more.iter().copied());
        command
    };
    let (code, said) = run(sync(5, &[])).await;
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(tokens(&team), 1);
    assert_no_secret(&client, &said, dir.path());
    let (code, said) = run(sync(2, &[])).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("POSTMAN_OAUTH_CLIENT_SECRET is not set"),
        "{said}"
    );
    let path = [(
        "POSTMAN_OAUTH_TOKEN_PATH",
        "https://elsewhere.example/token",
    )];
    let (code, said) = run(sync(5, &path)).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("POSTMAN_OAUTH_TOKEN_PATH cannot be used"),
        "{said}"
    );
    let (code, said) = run(sync(1, &[])).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("by OAuth, POSTMAN_OAUTH_CLIENT_ID"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_client_fails_with_the_place_to_mend() {
    let client = client(Duration::from_secs(60));
    let (dir, team) = (TempDir::new().unwrap(), served(client.clone(), &[]).await);
    write_tenant(dir.path(), &team.base_url(), &client, "");
    let secret = dir.path().join("client.secret");
    std::fs::write(&secret, "a-canary-that-is-refused").unwrap();
    let (code, said) = run(command(dir.path(), &["--format", "json"])).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("client-secret (the file "), "{said}");
    assert!(
        said.contains("client.secret") && said.contains("unauthenticated"),
        "{said}"
    );
    assert!(!said.contains("a-canary-that-is-refused"), "{said}");
    assert_eq!(team.total_requests(), tokens(&team));
    assert_no_secret(&client, &said, dir.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_html_for_a_token_says_what_to_check() {
    let client = client(Duration::from_secs(60));
    let rule = ["/oauth2/token:status=200,body=html"];
    let (dir, team) = (TempDir::new().unwrap(), served(client.clone(), &rule).await);
    write_tenant(dir.path(), &team.base_url(), &client, "");
    let (code, said) = run(command(dir.path(), &[])).await;
    assert_eq!(code, Some(1), "{said}");
    for words in [
        "misconfigured",
        "content type text/html",
        "oauth.token-path",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_no_secret(&client, &said, dir.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_was_rotated_is_used_for_the_next_token() {
    let client = client(Duration::from_secs(60));
    let (dir, team) = (TempDir::new().unwrap(), served(client.clone(), &[]).await);
    write_tenant(dir.path(), &team.base_url(), &client, "");
    let connector = loaded().await;
    let text = std::fs::read_to_string(dir.path().join("tenants.toml")).unwrap();
    let file = TenantsFile::parse(&text, dir.path()).unwrap();
    let nothing = |_: &str| None::<Zeroizing<String>>;
    std::fs::write(dir.path().join("client.secret"), "before-it-was-rotated").unwrap();
    let credentials = &file.tenants[0].credentials;
    let secrets = Secrets::read(connector.descriptor(), credentials, &nothing).unwrap();
    let config = TenantConfig::new(team.base_url().parse().unwrap(), secrets.credentials());
    let tenant = Arc::new(TenantConnector::new(&connector, config).unwrap());
    let options = SyncOptions::default();
    assert!(sync::validate(Arc::clone(&tenant), &options).await.is_err());
    std::fs::write(dir.path().join("client.secret"), &client.client_secret).unwrap();
    assert!(sync::validate(tenant, &options).await.is_ok());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_oauth_that_is_open_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    let client = client(Duration::from_secs(60));
    let (dir, team) = (TempDir::new().unwrap(), served(client.clone(), &[]).await);
    write_tenant(dir.path(), &team.base_url(), &client, "");
    let (_, said) = run(command(dir.path(), &[])).await;
    assert!(!said.contains("warning: tenant acme"), "{said}");
    for name in ["client.id", "client.secret", "client.jwt", "installation"] {
        let path = dir.path().join(name);
        let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode));
        mode(0o644).unwrap();
        let (_, said) = run(command(dir.path(), &[])).await;
        assert!(
            said.contains("warning: tenant acme") && said.contains(name),
            "{said}"
        );
        mode(0o600).unwrap();
    }
}

#[test]
fn a_wrong_oauth_table_is_refused_without_its_values() {
    const CANARY: &str = "canary-0f7c";
    let whole = "client-id.env = \"ID\"\nclient-secret.env = \"SECRET\"\n";
    for (table, words) in [
        (
            format!("client-id = \"{CANARY}\"\nclient-secret.env = \"S\""),
            "env or file",
        ),
        (
            format!("client-id.env = \"ID\"\nclient-secret = \"{CANARY}\""),
            "env or file",
        ),
        (
            format!("{whole}parameters.jwt = \"{CANARY}\""),
            "env or file",
        ),
        (
            format!("{whole}parameters.jwt.value = \"{CANARY}\""),
            "a key itself never stands",
        ),
        (format!("{whole}jwt = \"{CANARY}\""), "client-secret"),
        ("client-id.env = \"ID\"".to_owned(), "client-secret"),
        (
            format!("{whole}parameters.grant_type.env = \"G\""),
            "grant_type",
        ),
        (
            format!("{whole}parameters.\"a b\".env = \"G\""),
            "parameter",
        ),
        (
            format!("client-id.env = \"{CANARY}\"\nclient-secret.env = \"S\""),
            "oauth.client-id",
        ),
        (
            format!("{whole}parameters.jwt.env = \"{CANARY}\""),
            "oauth.parameters.jwt",
        ),
    ] {
        let text =
            format!("[[tenant]]\nname = \"a\"\n[tenant.credentials.postman.oauth]\n{table}\n");
        let error = TenantsFile::parse(&text, Path::new("/etc"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(words) && error.starts_with("line "),
            "{table}: {error}"
        );
        assert!(!error.contains(CANARY), "{error}");
    }
    let text = format!(
        "[[tenant]]\nname = \"a\"\n[tenant.credentials.postman]\nenv = \"KEY\"\n[tenant.credentials.postman.oauth]\n{whole}"
    );
    let error = TenantsFile::parse(&text, Path::new("/etc"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("oauth stands alone"), "{error}");
}
