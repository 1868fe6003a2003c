//! The page as one file: nothing in it leads elsewhere, and its policy forbids that anything does.

use std::io::{self, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::data::{Data, Index};
use super::embed::write_json;
use connector_review::diff::Diff;
use connector_review::findings::{Findings, RULES, ReviewRule};
use connector_store::FormerNames;
use connector_sync::SyncInventory;
use connector_types::unsafe_class;

const TEMPLATE: &str = include_str!("report.html");
const STYLE: &str = include_str!("report.css");

/// The scripts, each of which uses those before it.
const SCRIPTS: [&str; 12] = [
    include_str!("data.js"),
    include_str!("access.js"),
    include_str!("dom.js"),
    include_str!("csv.js"),
    include_str!("table.js"),
    include_str!("panel.js"),
    include_str!("lists.js"),
    include_str!("changes.js"),
    include_str!("lead.js"),
    include_str!("overview.js"),
    include_str!("matrix.js"),
    include_str!("main.js"),
];

/// The contents of a page.
pub struct Review<'a> {
    /// The sync; what it only refers to has the name from the run that listed it last.
    pub synced: &'a SyncInventory,
    /// The runs from which these names are.
    pub former: &'a FormerNames,
    /// The findings in it; `None` leaves the section out.
    pub findings: Option<Findings>,
    /// The differences from the previous sync; `None` if there is none.
    pub changes: Option<Diff>,
}

#[derive(Serialize)]
struct EmbeddedData<'a> {
    #[serde(flatten)]
    data: Data<'a>,
    finding_rules: &'static [ReviewRule],
    findings: Option<&'a Findings>,
    changes: Option<&'a Diff>,
}

/// Writes the page: one HTML file, in UTF-8.
///
/// # Errors
/// Returns an error if writing fails, or if a grant of the sync names an id without a record.
pub fn write_page(review: &Review<'_>, out: &mut impl Write) -> io::Result<()> {
    let index = Index::new(review.synced);
    let embedded = EmbeddedData {
        data: Data::new((review.synced, review.former), &index)?,
        finding_rules: &RULES,
        findings: review.findings.as_ref(),
        changes: review.changes.as_ref(),
    };
    let script = page_script();
    let mut rest = TEMPLATE;
    while let Some((before, after)) = rest.split_once("{{") {
        out.write_all(before.as_bytes())?;
        let Some((name, after)) = after.split_once("}}") else {
            return Err(io::Error::other("the page's template has an open place"));
        };
        match name {
            "policy" => out.write_all(content_policy(&script).as_bytes())?,
            "style" => out.write_all(STYLE.as_bytes())?,
            "script" => out.write_all(script.as_bytes())?,
            "data" => write_json(&embedded, out)?,
            other => return Err(io::Error::other(format!("the page has no {other}"))),
        }
        rest = after;
    }
    out.write_all(rest.as_bytes())
}

fn page_script() -> String {
    let scripts = SCRIPTS.join("\n").replace("{{unsafe}}", &unsafe_class());
    format!("\"use strict\";\n(() => {{\n{scripts}}})();\n")
}

/// Returns a policy that allows only this style and this script, and no loading or sending, regardless of the
/// names in the data.
fn content_policy(script: &str) -> String {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
    let (script, style) = (hash(script), hash(STYLE));
    format!(
        "default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
}
