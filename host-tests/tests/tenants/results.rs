//! Results for programs: JSON, exit codes, known gaps, shards.

use super::*;
use serde_json::Value;

/// Runs `sync --tenants` and returns the exit code, standard output and standard error.
async fn run(dir: &Path, tenants: &str, arguments: &[&str]) -> (i32, String, String) {
    std::fs::write(dir.join("tenants.toml"), tenants).unwrap();
    let mut command = command(dir, arguments);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.code().unwrap(), out, err)
}

async fn refusing(seed: u64) -> RunningSimulator {
    let quirks = ApiQuirks {
        refused_roles: true,
        ..ApiQuirks::none()
    };
    let options = Options {
        seed,
        users: 15,
        workspaces: 160,
        quirks,
        api_key: KEY.into(),
        ..Options::default()
    };
    Simulator::start(options, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap()
}

fn entry(name: &str, url: &str, more: &str) -> String {
    format!(
        "[[tenant]]\nname = \"{name}\"\nbase-url = \"{url}\"\ncredentials.postman.env = \"ACME_KEY\"\n{more}\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_gap_is_expected_and_a_new_one_shows() {
    let (dir, team) = (TempDir::new().unwrap(), refusing(3).await);
    let url = team.base_url();
    let plain = entry("acme", &url, "");
    let (code, out, _) = run(dir.path(), &plain, &["--format", "json"]).await;
    assert_eq!(code, 3, "{out}");
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found["outcome"], "incomplete");
    let tenant = &found["tenants"][0];
    assert_eq!(
        (&tenant["tenant"], &tenant["outcome"]),
        (&"acme".into(), &"incomplete".into())
    );
    assert_eq!(tenant["requests"]["sent"], team.total_requests());
    assert!(tenant["run"]["started_at"].is_string() && tenant["error"].is_null());
    assert!(tenant["counts"]["grants"].as_u64().unwrap() > 0);
    let first = tenant["gaps"][0]["outcome"].as_str().unwrap();
    let gaps: Vec<&str> = tenant["gaps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gap| gap["scope"].as_str().unwrap())
        .collect();
    assert!(gaps.len() > 1, "{gaps:?}");

    let known = |gaps: &[&str], until: &str| {
        let gaps = gaps.iter().map(|gap| {
            format!("[[tenant.known-gaps]]\nscope = \"{gap}\"\nreason = \"private\"\nuntil = \"{until}\"\n")
        });
        entry("acme", &url, &gaps.collect::<String>())
    };
    for all in [
        known(&gaps, "2999-01-01"),
        known(&["list-grants workspace"], "2999-01-01"),
    ] {
        let (code, out, _) = run(dir.path(), &all, &["--format", "json"]).await;
        assert_eq!(code, 0, "{out}");
        let found: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(found["outcome"], "expected");
        assert_eq!(found["tenants"][0]["gaps"][0]["known"], "private");
    }
    let (code, out, _) = run(dir.path(), &known(&gaps[1..], "2999-01-01"), &[]).await;
    assert_eq!(code, 3, "{out}");
    assert!(
        out.contains(&format!("acme: new gap: {} ({first})", gaps[0])),
        "{out}"
    );
    assert!(
        out.contains(&format!("acme: known gaps: {}", gaps.len() - 1)),
        "{out}"
    );
    let (code, out, err) = run(dir.path(), &known(&gaps[..1], "2026-01-01"), &[]).await;
    assert_eq!(code, 3, "{out}");
    let warning = format!(
        "warning: tenant acme: the known gap {} expired after 2026-01-01",
        gaps[0]
    );
    assert!(err.contains(&warning), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_tell_failed_tenants_from_missing_scopes() {
    let (dir, good) = (TempDir::new().unwrap(), team(KEY, 1).await);
    let (lacking, wrong) = (refusing(3).await, team("PMAK-other", 2).await);
    let [good, lacking, wrong] = [("good", &good), ("lacking", &lacking), ("wrong", &wrong)]
        .map(|(name, team)| entry(name, &team.base_url(), ""));
    for (tenants, expected, outcome) in [
        (good.clone(), 0, "complete"),
        ([&*good, &*lacking].concat(), 3, "incomplete"),
        ([&*good, &*lacking, &*wrong].concat(), 4, "failed"),
        (wrong, 1, "failed"),
    ] {
        let (code, out, err) = run(dir.path(), &tenants, &["--format", "json"]).await;
        assert_eq!(code, expected, "{out}{err}");
        let found: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(found["outcome"], outcome);
        if outcome == "failed" {
            let failed = found["tenants"].as_array().unwrap().last().unwrap();
            assert_eq!(failed["error"]["case"], "unauthenticated");
            assert!(failed["run"].is_null() && failed["counts"].is_null());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_json_where_results_or_logs_are() {
    let (dir, wrong) = (TempDir::new().unwrap(), team("PMAK-other", 2).await);
    let url = wrong.base_url();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/components");
    let mut command = host_tests::command();
    command
        .args([
            "sync",
            "--format",
            "json",
            "--log",
            "-",
            "--log-format",
            "json",
        ])
        .args([
            "--base-url",
            &url,
            "--component",
            &format!("{root}/postman-connector.wasm"),
        ]);
    command.current_dir(dir.path()).env("POSTMAN_API_KEY", KEY);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&result["outcome"], &result["exit_code"]),
        (&"failed".into(), &1.into())
    );
    assert_eq!(result["error"]["case"], "unauthenticated");
    let log = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    let last = lines.last().unwrap();
    assert_eq!(
        (&last["level"], &last["code"]),
        (&"ERROR".into(), &1.into())
    );
    assert_eq!(last["message"], result["error"]["message"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_json_log_of_tenants_has_no_other_line() {
    let (dir, good) = (TempDir::new().unwrap(), team(KEY, 1).await);
    let wrong = team("PMAK-other", 2).await;
    let expired = "[[tenant.known-gaps]]\nscope = \"list-grants workspace\"\nreason = \"private\"\nuntil = \"2026-01-01\"\n";
    let tenants = [
        entry("good", &good.base_url(), expired),
        entry("wrong", &wrong.base_url(), ""),
    ];
    let arguments = ["--log", "-", "--log-format", "json"];
    let (code, out, err) = run(dir.path(), &tenants.concat(), &arguments).await;
    assert_eq!(code, 4, "{out}{err}");
    let lines = err.lines().map(serde_json::from_str);
    let lines: Vec<Value> = lines.collect::<Result<_, _>>().expect(&err);
    let is_end = |line: &&Value| line["message"] == "tenant";
    let ends: Vec<&Value> = lines.iter().filter(is_end).collect();
    assert_eq!(ends.len(), 2, "{err}");
    let failed = ends.iter().find(|line| line["tenant"] == "wrong").unwrap();
    assert_eq!(failed["outcome"], "failed");
    assert!(failed["error"].as_str().unwrap().contains("API key"));
    let warnings = lines.iter().filter(|line| line["level"] == "WARN");
    assert_eq!(warnings.count(), 1, "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn shards_sync_every_tenant_once_and_none_twice() {
    let dir = TempDir::new().unwrap();
    // Nothing is sent: each tenant ends at its missing key.
    let tenants: String = (0..100)
        .map(|number| {
            format!("[[tenant]]\nname = \"t{number}\"\ncredentials.postman.env = \"NONE\"\n")
        })
        .collect();
    let mut seen = Vec::new();
    // The first is stopped and started again: its share is the same.
    for (shard, counts) in [("0/2", false), ("0/2", true), ("1/2", true)] {
        let arguments = ["--format", "json", "--shard", shard];
        let (_, out, _) = run(dir.path(), &tenants, &arguments).await;
        let found: Value = serde_json::from_str(&out).unwrap();
        let all = found["tenants"].as_array().unwrap();
        let names = all
            .iter()
            .map(|tenant| tenant["tenant"].as_str().unwrap().to_owned());
        assert!((25..75).contains(&all.len()), "{}", all.len());
        seen.extend(names.filter(|_| counts));
    }
    seen.sort();
    let mut every: Vec<_> = (0..100).map(|number| format!("t{number}")).collect();
    every.sort();
    assert_eq!(seen, every);
    let (code, _, err) = run(dir.path(), &tenants, &["--shard", "2/2"]).await;
    assert!(code == 2 && err.contains("counted from 0"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn recent_complete_syncs_are_left_out_if_asked() {
    let (dir, team) = (TempDir::new().unwrap(), team(KEY, 1).await);
    let names: Vec<_> = (0..6).map(|number| format!("t{number}")).collect();
    let tenants = names.iter().map(|name| {
        let db = format!("db = \"{name}.db\"");
        entry(name, &team.base_url(), &db)
    });
    let tenants: String = tenants.collect();
    let stored = || -> Vec<usize> {
        let paths = names
            .iter()
            .map(|name| dir.path().join(format!("{name}.db")));
        let stores = paths.filter(|path| path.exists());
        let stores = stores.map(|path| connector_host::store::Store::open_to_read(&path));
        stores
            .map(|store| store.unwrap().runs().unwrap().len())
            .collect()
    };
    let recent = ["--resume", "--if-older", "1h"];
    let (code, out, err) = run(dir.path(), &tenants, &["--shard", "0/2"]).await;
    let first = stored().len();
    assert!(code == 0 && (1..6).contains(&first), "{first} {out}{err}");
    let (code, out, err) = run(dir.path(), &tenants, &recent).await;
    assert_eq!((code, stored()), (0, vec![1; 6]), "{out}{err}");
    assert!(err.contains("left out by --if-older"), "{err}");
    let before = team.total_requests();
    let (code, out, err) = run(dir.path(), &tenants, &recent).await;
    assert_eq!((code, stored()), (0, vec![1; 6]), "{out}{err}");
    assert_eq!(team.total_requests(), before);
    let (code, out, err) = run(dir.path(), &tenants, &["--if-older", "0s"]).await;
    assert_eq!((code, stored()), (0, vec![2; 6]), "{out}{err}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn tenant_outputs_are_written_and_open_keys_warned() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, team) = (TempDir::new().unwrap(), team(KEY, 1).await);
    let key = dir.path().join("key");
    std::fs::write(&key, KEY).unwrap();
    let text = format!(
        "[defaults]\nrecord = \"recordings\"\n[[tenant]]\nname = \"acme\"\nbase-url = \"{}\"\ncredentials.postman.file = \"key\"\ndb = \"acme.db\"\nkeep = 1\nreport = \"acme.html\"\n",
        team.base_url()
    );
    for (mode, is_warned) in [(0o644, true), (0o600, false)] {
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).unwrap();
        let (code, out, err) = run(dir.path(), &text, &[]).await;
        assert_eq!(code, 0, "{out}{err}");
        assert_eq!(
            err.contains("warning: tenant acme: the file "),
            is_warned,
            "{err}"
        );
        // Recordings are named by the second.
        tokio::time::sleep(Duration::from_millis(1_100)).await;
    }
    let store = connector_host::store::Store::open_to_read(&dir.path().join("acme.db")).unwrap();
    assert_eq!(store.runs().unwrap().len(), 1);
    let page = std::fs::read_to_string(dir.path().join("acme.html")).unwrap();
    assert!(page.starts_with("<!"), "{}", &page[..60]);
    let recordings = std::fs::read_dir(dir.path().join("recordings")).unwrap();
    let recordings: Vec<_> = recordings.map(|file| file.unwrap().path()).collect();
    assert_eq!(recordings.len(), 2);
    for path in recordings {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains("\"end\"") && !text.contains(KEY));
    }
}

#[test]
fn a_known_gap_covers_its_scope_until_its_day() {
    use connector_host::records::{ErrorCase, Operation, Outcome, Scope};
    let of = |scope: &str| {
        let text = format!(
            "[[tenant]]\nname = \"a\"\nknown-gaps = [{{ scope = \"{scope}\", reason = \"legal\", until = \"2026-11-28\" }}]"
        );
        let file = TenantsFile::parse(&text, Path::new("/")).unwrap();
        file.tenants[0].known_gaps[0].clone()
    };
    let scope = |id: &str| Scope {
        call: Operation::ListGrants,
        resource_type: "workspace".to_owned(),
        id: Some(id.to_owned()),
        parent: None,
        outcome: Outcome::Error(ErrorCase::Forbidden),
        pages: 0,
        requests: 1,
        problem: None,
        read_at: None,
    };
    let on = |day: &str| {
        format!("{day}T23:59:59Z")
            .parse::<jiff::Timestamp>()
            .unwrap()
    };
    let (one, all) = (of("list-grants workspace:a"), of("list-grants workspace"));
    for (id, of_one) in [("a", true), ("b", false)] {
        assert_eq!(one.covers_scope(&scope(id), on("2026-11-28")), of_one);
        assert!(all.covers_scope(&scope(id), on("2026-11-28")));
        assert!(!one.covers_scope(&scope(id), on("2026-11-29")));
        assert!(!all.covers_scope(&scope(id), on("2026-11-29")));
    }
}
