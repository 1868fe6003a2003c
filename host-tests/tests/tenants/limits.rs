//! The schema of tenants files and the guide have the host's table of limits. `BLESS=1` writes it.

use std::fs;

use connector_host::runtime::{Limit, LimitRow};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Compares the text between two marks of a file.
fn assert_written(path: &str, (start, end): (&str, &str), wanted: &str) {
    let path = format!("{ROOT}/{path}");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(start).unwrap();
    let (written, after) = rest.split_once(end).unwrap();
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, [before, start, wanted, end, after].concat()).unwrap();
    } else {
        assert_eq!(written, wanted, "{path}: write it with BLESS=1");
    }
}

fn rows() -> impl Iterator<Item = LimitRow> {
    Limit::ALL.iter().map(|limit| limit.row())
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
    groups.join(",")
}

fn maximum(row: &LimitRow) -> Option<u64> {
    (row.maximum < u64::MAX).then_some(row.maximum)
}

#[test]
fn the_schema_has_the_table_of_limits() {
    let field = |row: LimitRow| {
        let maximum = maximum(&row).map(|most| format!("\"maximum\": {most}, "));
        format!(
            "\n        \"{}\": {{ \"description\": \"{}\", \"type\": \"integer\", \"minimum\": 1, {}\"default\": {} }}",
            row.name,
            row.subject,
            maximum.unwrap_or_default(),
            row.default
        )
    };
    let fields: Vec<_> = rows().map(field).collect();
    assert_written(
        "crates/connector-host/schema/tenants.schema.json",
        (
            "    \"limits\": {\n      \"description\": \"Limits of the sandbox and of the sync, by name.\",",
            "\n      }\n    }\n  }\n}\n",
        ),
        &format!(
            "\n      \"type\": \"object\",\n      \"additionalProperties\": false,\n      \"properties\": {{{}",
            fields.join(",")
        ),
    );
}

#[test]
fn the_guide_has_the_table_of_limits() {
    let line = |row: LimitRow| {
        let maximum = maximum(&row).map_or_else(|| "any".to_owned(), grouped);
        let default = grouped(row.default);
        format!(
            "| `{}` | {default} | {maximum} | {} |\n",
            row.name, row.subject
        )
    };
    let lines: String = rows().map(line).collect();
    assert_written(
        "docs/operating.md",
        ("### Limits\n\n", "\n## Logs\n"),
        &format!("| limit | default | at most | subject |\n|---|---|---|---|\n{lines}"),
    );
}
