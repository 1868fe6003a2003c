use super::*;
use std::fs;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn database(&self, name: &str) -> PathBuf {
        let mut header = vec![0; 100];
        header[..16].copy_from_slice(MAGIC);
        header[ID_AT..ID_AT + 4].copy_from_slice(&DATABASE_ID.to_be_bytes());
        fs::write(self.at(name), header).unwrap();
        self.at(name)
    }
}

/// Every pair of spellings is refused as two outputs, and as an output over a database of the run.
fn assert_one(first: &Path, second: &Path) {
    let mut claims = OutputClaims::default();
    claims.claim_file("--ndjson", first).unwrap();
    let said = claims.claim_file("--report", second).unwrap_err();
    let said = said.to_string();
    assert!(
        said.starts_with("--report and --ndjson name one file, /"),
        "{said}"
    );
    let mut claims = OutputClaims::default();
    claims.claim_database("--db", first).unwrap();
    claims.claim_file("--report", second).unwrap_err();
}

#[test]
fn one_file_under_two_names_is_refused() {
    let dir = Folder::new();
    assert_one(&dir.at("new"), &dir.at("./new"));
    fs::create_dir(dir.at("sub")).unwrap();
    assert_one(&dir.at("new"), &dir.at("sub/../new"));
    fs::write(dir.at("old"), "").unwrap();
    assert_one(&dir.at("old"), &dir.at("sub/../old"));
    fs::hard_link(dir.at("old"), dir.at("hard")).unwrap();
    assert_one(&dir.at("old"), &dir.at("hard"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink("old", dir.at("soft")).unwrap();
        assert_one(&dir.at("old"), &dir.at("soft"));
        symlink("absent", dir.at("dangling")).unwrap();
        assert_one(&dir.at("absent"), &dir.at("dangling"));
        symlink("sub", dir.at("folder")).unwrap();
        assert_one(&dir.at("sub/new"), &dir.at("folder/new"));
    }
}

#[test]
fn files_of_their_own_are_not_refused() {
    let dir = Folder::new();
    let mut claims = OutputClaims::default();
    claims.claim_database("--db", &dir.at("a.db")).unwrap();
    claims
        .claim_database("db of b", &dir.database("b.db"))
        .unwrap();
    claims.claim_file("--ndjson", &dir.at("A")).unwrap();
    claims.claim_file("--report", &dir.at("a")).unwrap();
    claims.claim_file("--log", Path::new("/dev/null")).unwrap();
    claims
        .claim_file("--record", Path::new("/dev/null"))
        .unwrap();
}

#[test]
fn a_database_of_anybody_is_refused_as_output() {
    let dir = Folder::new();
    let database = dir.database("stored.db");
    fs::hard_link(&database, dir.at("plain.ndjson")).unwrap();
    for name in [
        "stored.db",
        "plain.ndjson",
        "stored.db-wal",
        "stored.db-journal",
        "stored.db-lock",
    ] {
        let said = OutputClaims::default().claim_file("-o", &dir.at(name));
        let said = said.unwrap_err().to_string();
        assert!(
            said.starts_with("-o names ") && said.contains(name),
            "{said}"
        );
    }
    let sidecar = OutputClaims::default().claim_database("--db", &dir.at("stored.db-wal"));
    assert!(sidecar.is_err());
    // A database of another program is its own affair, and refused by what opens it.
    fs::write(dir.at("other"), MAGIC).unwrap();
    OutputClaims::default()
        .claim_file("-o", &dir.at("other"))
        .unwrap();
}

#[test]
fn sidecars_of_a_database_to_come_are_refused() {
    let dir = Folder::new();
    for suffix in SIDECARS {
        let other = dir.at(&format!("new.db{suffix}"));
        let mut claims = OutputClaims::default();
        claims.claim_file("--ndjson", &other).unwrap();
        claims
            .claim_database("--db", &dir.at("new.db"))
            .unwrap_err();
        let mut claims = OutputClaims::default();
        claims.claim_database("--db", &dir.at("new.db")).unwrap();
        claims.claim_file("--ndjson", &other).unwrap_err();
    }
}

#[test]
fn an_output_over_an_input_is_refused() {
    let dir = Folder::new();
    fs::write(dir.at("read"), "lines").unwrap();
    fs::hard_link(dir.at("read"), dir.at("hard")).unwrap();
    for name in ["read", "./read", "hard"] {
        let (input, output) = (dir.at("read"), dir.at(name));
        let mut claims = OutputClaims::default();
        claims.claim_input("FILE", &input).unwrap();
        claims.claim_input("--approved", &output).unwrap();
        let said = claims.claim_file("--output", &output).unwrap_err();
        let said = said.to_string();
        assert!(
            said.starts_with("--output and FILE name one file, /"),
            "{said}"
        );
        // Whatever is claimed first.
        let mut claims = OutputClaims::default();
        claims.claim_file("--output", &output).unwrap();
        claims.claim_input("FILE", &input).unwrap_err();
    }
}
