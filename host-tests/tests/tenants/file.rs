//! The tenants file: its defaults, and what is refused in it.

use super::*;

fn parse(text: &str) -> Result<TenantsFile, connector_host::tenants::ConfigFileError> {
    TenantsFile::parse(text, Path::new("/etc/tenants"))
}

#[test]
fn a_tenant_has_what_it_says_and_else_the_defaults() {
    let file = parse(
        r#"
        [defaults]
        base-url = "https://api.eu.example"
        include = ["collection"]
        concurrency = 4
        limits = { memory-mib = 64, requests = 8 }

        [[tenant]]
        name = "acme"
        credentials.postman = { env = "ACME_KEY", form = "access-token" }
        limits.requests = 9

        [[tenant]]
        name = "globex"
        base-url = "https://api.example"
        include = []
        exclude = ["group"]
        concurrency = 16
        ndjson = "out/globex.ndjson"
        [tenant.credentials.postman]
        file = "keys/globex"
        "#,
    )
    .unwrap();
    let [acme, globex] = file.tenants.as_slice() else {
        panic!("{file:?}");
    };
    assert_eq!(acme.name, "acme");
    assert_eq!(
        acme.base_url
            .as_ref()
            .unwrap()
            .to_string()
            .trim_end_matches('/'),
        "https://api.eu.example"
    );
    assert_eq!((acme.include.len(), acme.concurrency), (1, Some(4)));
    assert_eq!(
        acme.credentials["postman"].form.as_deref(),
        Some("access-token")
    );
    let mut limits = connector_host::CallLimits::default();
    acme.limits
        .iter()
        .for_each(|setting| limits.set_limit(*setting));
    assert_eq!((limits.memory, limits.requests), (64 << 20, 9));
    assert_eq!((globex.include.len(), globex.concurrency), (0, Some(16)));
    let output = globex.ndjson.as_deref();
    assert_eq!(output, Some(Path::new("/etc/tenants/out/globex.ndjson")));
}

/// A tenant with something wrong in its third line.
fn fault(line: &str) -> String {
    let text = format!("[[tenant]]\nname = \"acme\"\n{line}\n");
    parse(&text).unwrap_err().to_string()
}

#[test]
fn tenants_file_errors_name_line_and_field() {
    for (line, words) in [
        (
            "conncurrency = 3",
            "line 3, field conncurrency: there is no such field; the fields are",
        ),
        ("pacing = \"no\"", "line 3, field pacing: it is \"on\""),
        (
            "concurrency = 0",
            "line 3, field concurrency: it goes from 1 to 256",
        ),
        (
            "concurrency = \"many\"",
            "line 3, field concurrency: expected",
        ),
        ("base-url = \"ftp://x\"", "line 3, field base-url:"),
        (
            "limits.memory-mbi = 3",
            "line 3, field limits.memory-mbi: there is no such limit: the limits are wall-clock-seconds,",
        ),
        (
            "limits.memory-mib = 0",
            "line 3, field limits.memory-mib: memory-mib must be a whole number from 1 to 1024",
        ),
        ("limits.requests = -1", "line 3, field limits.requests"),
        (
            "allow-network = [\"all\"]",
            "line 3, field allow-network: it is none of private",
        ),
        ("include = [\"a:b\"]", "line 3, field include:"),
        (
            "credentials.postman = {}",
            "line 3, field credentials.postman: say where the key is",
        ),
        (
            "credentials.postman = { env = \"A\", file = \"b\" }",
            "line 3, field credentials.postman: env and file are both there",
        ),
        ("name = \"again\"", "line 3"),
        ("what is this", "line 3"),
        (
            "[[tenant]]\nname = \"acme\"",
            "line 4, field name: another tenant has this name",
        ),
        (
            "[[tenant]]\nname = \"a b\"",
            "line 4, field name: a name has",
        ),
        ("[[tenant]]", "line 3"),
    ] {
        let said = fault(line);
        assert!(said.starts_with(words), "{line}: {said}");
    }
    let output = "ndjson = \"o\"\n[[tenant]]\nname = \"b\"\nndjson = \"o\"";
    assert_eq!(
        fault(output),
        "line 6, field ndjson: ndjson of tenant b and ndjson of tenant acme name one file, /etc/tenants/o: give each its own"
    );
    let database = "db = \"o\"\n[[tenant]]\nname = \"b\"\ndb = \"o\"";
    assert_eq!(
        fault(database),
        "line 6, field db: db of tenant b and db of tenant acme name one file, /etc/tenants/o: give each its own"
    );
    let none = parse("").unwrap_err().to_string();
    assert!(none.contains("[[tenant]]"), "{none}");
}

#[test]
fn a_key_in_the_file_is_refused_and_not_repeated() {
    for line in [
        format!("credentials.postman = \"{KEY}\""),
        format!("credentials.postman = {{ key = \"{KEY}\" }}"),
        format!("credentials.postman = {{ env = \"{KEY}\" }}"),
        format!("credentials.postman = {{ env = \"A\", value = \"{KEY}\" }}"),
        format!("[tenant.credentials.postman]\napi-key = \"{KEY}\""),
        format!("[tenant.credentials]\npostman = [\"{KEY}\"]"),
    ] {
        let said = fault(&line);
        assert!(!said.contains("canary"), "{line}: {said}");
        assert!(said.contains("key itself"), "{line}: {said}");
        assert!(
            said.starts_with("line 3") || said.starts_with("line 4"),
            "{line}: {said}"
        );
    }
    for line in [
        format!("api-key = \"{KEY}\""),
        format!("limits = \"{KEY}\""),
        KEY.to_owned(),
        format!("\"{KEY}"),
    ] {
        let said = fault(&line);
        assert!(!said.contains("canary"), "{line}: {said}");
    }
}
