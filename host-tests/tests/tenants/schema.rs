//! The JSON Schema of the tenants file and its parser accept the same files.

use std::collections::BTreeSet;

use super::*;
use host_tests::json_schema;
use serde_json::Value;

fn schema() -> Value {
    let text = include_str!("../../../crates/connector-host/schema/tenants.schema.json");
    serde_json::from_str(text).unwrap()
}

/// The fields that the parser names where one is unknown.
fn parsed_fields(text: &str) -> BTreeSet<String> {
    let error = TenantsFile::parse(text, Path::new("/etc")).unwrap_err();
    let said = error.to_string();
    let fields = said.rsplit_once(" are ").expect(&said).1;
    let names = fields.split([',', ' ', '`']);
    let names = names.filter(|name| !["", "or"].contains(name));
    names.map(str::to_owned).collect()
}

#[test]
fn the_schema_describes_every_field_of_the_parser() {
    let schema = schema();
    let tenant = "/properties/tenant/items/properties";
    for (text, place) in [
        ("unknown = 1", "/properties".to_owned()),
        (
            "[defaults]\nunknown = 1",
            "/properties/defaults/properties".to_owned(),
        ),
        ("[[tenant]]\nunknown = 1", tenant.to_owned()),
        (
            "[[tenant]]\nname = 'a'\n[[tenant.known-gaps]]\nunknown = 1",
            format!("{tenant}/known-gaps/items/properties"),
        ),
        (
            "[[tenant]]\nname = 'a'\n[tenant.credentials.a.oauth]\nunknown = 1",
            format!("{tenant}/credentials/additionalProperties/properties/oauth/properties"),
        ),
        (
            "[defaults.schedule]\nunknown = 1",
            "/$defs/schedule/properties".to_owned(),
        ),
    ] {
        let found = schema.pointer(&place).unwrap().as_object().unwrap();
        let described: BTreeSet<String> = found.keys().cloned().collect();
        assert_eq!(described, parsed_fields(text), "{place}");
        for (name, field) in found {
            let field = match field.get("$ref").and_then(Value::as_str) {
                Some(reference) => schema.pointer(reference.trim_start_matches('#')).unwrap(),
                None => field,
            };
            assert!(field["description"].is_string(), "{place}/{name}");
        }
    }
}

#[test]
fn the_guide_describes_every_field_of_the_schema() {
    let guide = include_str!("../../../docs/operating.md");
    let schema = schema();
    for place in [
        "/properties/tenant/items/properties",
        "/properties/tenant/items/properties/known-gaps/items/properties",
        "/$defs/schedule/properties",
    ] {
        for name in schema.pointer(place).unwrap().as_object().unwrap().keys() {
            assert!(guide.contains(&format!("`{name}`")), "{name}");
        }
    }
}

#[test]
fn the_schema_and_the_parser_agree() {
    let validator = json_schema::validator(&schema());
    for (line, is_valid) in [
        ("", true),
        ("db = 'a.db'\nkeep = 3\nreport = 'a.html'", true),
        ("keep = 3", false),
        ("report = 'a.html'", false),
        ("db = 'a.db'\naccept = 'accepted.toml'", true),
        ("accept = 'accepted.toml'", false),
        ("db = 'a.db'\nfull-every = 3", true),
        ("db = 'a.db'\nsince-last = true\nfull-every = 3", true),
        ("db = 'a.db'\nsince-last = false\nfull-every = 3", false),
        ("full-every = 3", false),
        ("db = 'a.db'\nkeep = 0", false),
        ("db = 'a.db'\nkeep = '7d,daily=60d,monthly=forever'", true),
        ("db = 'a.db'\nkeep = '3, weekly=26w'", true),
        ("db = 'a.db'\nkeep = 'yearly=2y'", false),
        ("db = 'a.db'\nkeep = '0d'", false),
        ("db = 'a.db'\nkeep = ''", false),
        ("trust-base-url = true", false),
        (
            "base-url = 'https://a.example'\ntrust-base-url = true",
            true,
        ),
        ("record = 'recordings'\nmonth-reserve = 500", true),
        ("month-reserve = -1", false),
        (
            "schedule = { every = '1h', jitter = '5m', catch-up = false }",
            true,
        ),
        ("schedule = { cron = '0 3 * * *', time-zone = 'UTC' }", true),
        ("schedule = { every = '1h', time-zone = 'UTC' }", false),
        ("schedule = { every = '1h', cron = '0 3 * * *' }", false),
        ("schedule = { cron = '0 3 * *' }", false),
        ("schedule = {}", false),
        ("schedule = '1h'", false),
        (
            "known-gaps = [{ scope = 'list-grants workspace:1', reason = 'legal', until = '2027-01-31' }]",
            true,
        ),
        (
            "known-gaps = [{ scope = 'workspace:1', reason = 'legal', until = '2027-01-31' }]",
            false,
        ),
        (
            "known-gaps = [{ scope = 'list-grants workspace', reason = 'legal' }]",
            false,
        ),
        (
            "known-gaps = [{ scope = 'list-grants workspace', reason = ' ', until = '2027-01-31' }]",
            false,
        ),
        ("credentials.postman = { env = 'A', file = 'b' }", false),
        (
            "credentials.postman = { file = 'b', form = 'api-key' }",
            true,
        ),
        (
            "credentials.a.oauth = { client-id.env = 'A', client-secret.file = 'b' }",
            true,
        ),
        (
            "credentials.a = { form = 'x', oauth = { client-id.env = 'A', client-secret.file = 'b', token-path = '/.a/b.c', parameters.jwt.env = 'J' } }",
            true,
        ),
        ("credentials.a.oauth = { client-id.env = 'A' }", false),
        (
            "credentials.a = { env = 'A', oauth = { client-id.env = 'A', client-secret.file = 'b' } }",
            false,
        ),
        (
            "credentials.a.oauth = { client-id = 'A', client-secret.file = 'b' }",
            false,
        ),
        (
            "credentials.a.oauth = { client-id.env = 'A', client-secret.file = 'b', token-path = '/a/../b' }",
            false,
        ),
        (
            "credentials.a.oauth = { client-id.env = 'A', client-secret.file = 'b', token-path = 'https://a.example' }",
            false,
        ),
        (
            "credentials.a.oauth = { client-id.env = 'A', client-secret.file = 'b', parameters.grant_type.env = 'G' }",
            false,
        ),
        ("pacing = 'maybe'", false),
        ("concurrency = 257", false),
        ("limits.memory-mib = 64", true),
        ("limits.memory = 64", false),
        ("limits.memory-mib = 1025", false),
        ("limits.pages = 9000000000", true),
        ("cron = '0 3 * * *'", false),
    ] {
        let text = format!("[[tenant]]\nname = 'acme'\n{line}\n");
        let parsed = TenantsFile::parse(&text, Path::new("/etc"));
        assert_eq!(parsed.is_ok(), is_valid, "{line}: {parsed:?}");
        let value: Value = toml::from_str(&text).unwrap();
        assert_eq!(validator.is_valid(&value), is_valid, "{line}");
    }
}
