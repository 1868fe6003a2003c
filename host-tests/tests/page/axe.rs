//! The page by axe-core's rules of accessibility.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::chromium::open;
use super::real;
use super::teams::*;

const VERSION: &str = "4.10.3";

/// The script of axe-core, which npm fetches once; `None` without npm.
fn axe() -> Option<String> {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("axe-{VERSION}"));
    let file = dir.join("node_modules/axe-core/axe.min.js");
    if !file.exists() {
        let package = format!("axe-core@{VERSION}");
        let flags = [
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--prefix",
        ];
        let mut npm = Command::new("npm");
        let Ok(installed) = npm.args(flags).arg(&dir).arg(package).output() else {
            eprintln!("SKIPPED: axe-core was not run, as there is no npm");
            return None;
        };
        assert!(installed.status.success(), "{installed:?}");
    }
    Some(std::fs::read_to_string(file).unwrap())
}

const SERIOUS: &str = "
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    return violations.filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 200)}`)";

#[test]
fn axe_has_no_serious_finding_in_any_view() {
    let Some(axe) = axe() else { return };
    let Some(browser) = open(&page(&real::store())) else {
        return;
    };
    browser.run(&axe);
    browser.run("document.body.insertAdjacentHTML('beforeend', '<img id=bare src=\"data:,\">')");
    let found = browser.run(SERIOUS);
    assert!(found.to_string().contains("image-alt"), "{found}");
    browser.run("document.querySelector('#bare').remove()");
    for scheme in ["light", "dark"] {
        browser.prefers(scheme);
        for view in [
            "overview",
            "findings",
            "people",
            "resources",
            "matrix",
            "changes",
        ] {
            browser.click(&format!("#tab-{view}"));
            browser.until("document.getAnimations().length === 0");
            assert_eq!(browser.run(SERIOUS), json!([]), "{scheme} {view}");
            let row = format!(
                "document.querySelector('#view-{view} tbody .name, #view-{view} .lead .link')"
            );
            if browser.run(&format!("return Boolean({row})")) == Value::Bool(true) {
                browser.run(&format!("{row}.click()"));
                browser.until("document.getAnimations().length === 0");
                assert_eq!(browser.run(SERIOUS), json!([]), "{scheme} {view}: details");
                browser.run("document.querySelector('[aria-label=\"Close the details\"]').click()");
            }
        }
    }
}
