//! The contract as a document and as a promise: `docs/contract.md` says what `wit/` says and what the reference
//! host does about each error, and no version that was released is broken by a later one.

mod document;
mod ends;
mod released;
use host_tests::support;
mod types;
mod versions;

use std::fs;

use document::{Contract, ROOT};

/// `BLESS=1` writes the document again, as `make docs` does.
#[tokio::test(start_paused = true)]
async fn the_document_matches_contract_and_host() {
    let contract = Contract::read(&format!("{ROOT}/wit"));
    let rendered = contract.render(&ends::table(&contract).await);
    let path = format!("{ROOT}/docs/contract.md");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &rendered).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == rendered,
        "docs/contract.md is old: run `make docs`"
    );
}

#[test]
fn every_item_of_the_contract_is_in_the_document() {
    let contract = Contract::read(&format!("{ROOT}/wit"));
    let (text, sentences) = (contract.render(""), contract.sentences());
    assert!(sentences.len() > 150, "only {} were found", sentences.len());
    let joined = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = joined(&text);
    for sentence in sentences {
        let sentence = joined(&sentence);
        assert!(text.contains(&sentence), "missing: {sentence}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_error_has_a_row_with_what_the_host_does() {
    let contract = Contract::read(&format!("{ROOT}/wit"));
    let table = ends::table(&contract).await;
    let cases = contract.error_cases();
    assert_eq!(cases.len(), 12);
    for (name, _) in cases {
        let row = format!("| `{name}` |");
        let rows = table.lines().filter(|line| line.starts_with(&row));
        assert_eq!(rows.count(), 1, "{name}");
    }
}
