//! `connector-host report` as its users meet it.

use std::path::Path;
use std::process::Output;

use connector_cli::report::write_ndjson;
use connector_host::store::Store;
use tempfile::TempDir;

use super::teams::*;

fn report(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = host_tests::command();
    command.arg("report").args(arguments).current_dir(dir);
    command.output().unwrap()
}

fn ndjson(dir: &TempDir) -> String {
    let path = dir.path().join("team.ndjson");
    let mut out = std::fs::File::create(&path).unwrap();
    write_ndjson(&small(), &mut out).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn report_reads_ndjson_or_database_privately() {
    let dir = tempfile::tempdir().unwrap();
    let lines = ndjson(&dir);
    let database = dir.path().join("team.db");
    let mut store = Store::open(&database).unwrap();
    store.save(&small(), "{}").unwrap();
    store.save(&small(), "{}").unwrap();
    drop(store);
    for (file, compared) in [(lines.as_str(), false), (database.to_str().unwrap(), true)] {
        let made = report(dir.path(), &[file, "-o", "report.html"]);
        assert!(made.status.success(), "{made:?}");
        let path = dir.path().join("report.html");
        let data = embedded(&std::fs::read_to_string(&path).unwrap());
        assert_eq!(data["summary"]["grants"], small().grants.len());
        assert_eq!(data["changes"].is_object(), compared);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
    let first = report(
        dir.path(),
        &[database.to_str().unwrap(), "--run", "1", "-o", "-"],
    );
    let page = String::from_utf8(first.stdout).unwrap();
    assert!(embedded(&page)["changes"].is_null());
}

#[test]
fn a_page_has_the_findings_that_a_list_accepts() {
    let dir = tempfile::tempdir().unwrap();
    let lines = ndjson(&dir);
    let of = |arguments: &[&str]| {
        let made = report(dir.path(), &[&[&*lines, "-o", "-"], arguments].concat());
        assert!(made.status.success(), "{made:?}");
        let page = String::from_utf8(made.stdout).unwrap();
        embedded(&page)["findings"]["findings"]
            .as_array()
            .unwrap()
            .clone()
    };
    let rules: Vec<_> = of(&[]).iter().map(|one| one["rule"].clone()).collect();
    let rule = rules.first().unwrap().as_str().unwrap();
    let list = format!(
        "[[accept]]\nrule = '{rule}'\nresource = '*'\nreason = 'known'\nuntil = '2999-01-01'"
    );
    std::fs::write(dir.path().join("accepted.toml"), list).unwrap();
    for one in of(&["--accept", "accepted.toml"]) {
        let is_accepted = !one["accepted"].as_array().unwrap().is_empty();
        assert_eq!(is_accepted, one["rule"] == rule, "{one}");
    }
    let refused = report(dir.path(), &[&lines, "-o", "-", "--accept", "none.toml"]);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn a_missing_input_preserves_the_former_page() {
    let dir = tempfile::tempdir().unwrap();
    let stored = dir.path().join("report.html");
    std::fs::write(&stored, "before").unwrap();
    std::fs::write(dir.path().join("cut.ndjson"), "{\"run\"").unwrap();
    for file in ["nowhere.db", "cut.ndjson"] {
        let made = report(dir.path(), &[file, "-o", "report.html"]);
        assert_eq!(made.status.code(), Some(2), "{made:?}");
        assert!(
            String::from_utf8_lossy(&made.stderr).contains(file),
            "{made:?}"
        );
        assert_eq!(std::fs::read_to_string(&stored).unwrap(), "before");
    }
}
