//! The results of a component's checks, for people and for build servers.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::terminal::styled_text;
use connector_conformance::{CheckResult, ConformanceReport, UntriedCases};
use connector_types::counted;
use connector_types::plain;

/// Returns the verdict as text.
pub fn describe_verdict(verdict: &ConformanceReport) -> String {
    let mut text = format!(
        "{} {} (component {})\n\n",
        plain(&verdict.connector),
        plain(&verdict.version),
        verdict.component_sha256
    );
    for (check, finding) in &verdict.checks {
        let (word, colour, cases) = match finding {
            CheckResult::Passed { .. } => ("passed", AnsiColor::Green, &[][..]),
            CheckResult::Failed { cases, .. } => ("FAILED", AnsiColor::Red, cases.as_slice()),
            CheckResult::NotChecked { .. } => ("not checked", AnsiColor::Yellow, &[][..]),
        };
        let style = Style::new().fg_color(Some(colour.into()));
        let word = styled_text(style, &format!("{word:<11}"));
        text.push_str(&format!(
            "  {word}  {}{}\n",
            check.name,
            tried_call(finding)
        ));
        if !matches!(finding, CheckResult::Passed { .. }) {
            text.push_str(&format!("               {}\n", check.rule));
        }
        for case in cases {
            text.push_str(&format!("               - {}\n", plain(case)));
        }
        let more = further_findings(finding);
        text.extend(more.map(|more| format!("               - {more}\n")));
    }
    text + &left_out(verdict) + &verdict_conclusion(verdict)
}

/// Returns the number of violations of a rule that are not listed one by one.
fn further_findings(finding: &CheckResult) -> Option<String> {
    match finding {
        CheckResult::Failed { failed, cases, .. } if *failed > cases.len() => {
            Some(format!("and {} more", failed - cases.len()))
        }
        CheckResult::Passed { .. }
        | CheckResult::Failed { .. }
        | CheckResult::NotChecked { .. } => None,
    }
}

fn tried_call(finding: &CheckResult) -> String {
    match finding {
        CheckResult::Passed { tried } => format!(" ({tried} tried)"),
        CheckResult::Failed { tried, failed, .. } => format!(" ({failed} of {tried})"),
        CheckResult::NotChecked { why } => format!(": {why}"),
    }
}

/// Returns the parts that were available but not tried.
fn left_out(verdict: &ConformanceReport) -> String {
    if verdict.left_out.is_empty() {
        return String::new();
    }
    let lines = verdict
        .left_out
        .iter()
        .map(|one| format!("  {}\n", line(one)));
    let lines: String = lines.collect();
    format!("\nTried in part, as the recording is large or lacks answers:\n{lines}")
}

fn line(one: &UntriedCases) -> String {
    let UntriedCases {
        what,
        tried,
        left_out,
        checks,
    } = one;
    let of = match checks.as_slice() {
        [first, _, .., last] => format!("{first} to {last}"),
        checks => checks.join(", "),
    };
    format!("{what}: {tried} tried, {left_out} left out ({of})")
}

fn verdict_conclusion(verdict: &ConformanceReport) -> String {
    let count = |wanted: fn(&CheckResult) -> bool| {
        let found = verdict.checks.iter();
        found.filter(|(_, finding)| wanted(finding)).count()
    };
    let passed = count(|finding| matches!(finding, CheckResult::Passed { .. }));
    let failed = count(|finding| matches!(finding, CheckResult::Failed { .. }));
    let not_checked = count(|finding| matches!(finding, CheckResult::NotChecked { .. }));
    let passed = counted(passed, "rule");
    format!("\n{passed} passed, {failed} failed, {not_checked} not checked.\n")
}

/// Returns the verdict as JUnit's XML: each rule a test case. Not by quick-junit (0.8), which needs chrono,
/// uuid, indexmap and quick-xml for what is one function here.
pub fn junit_report(verdict: &ConformanceReport) -> String {
    let mut cases = String::new();
    let (mut failures, mut skipped) = (0, 0);
    for (check, finding) in &verdict.checks {
        let inner = match finding {
            CheckResult::Passed { .. } => String::new(),
            CheckResult::Failed { cases, .. } => {
                failures += 1;
                let lines = cases.iter().cloned().chain(further_findings(finding));
                let lines = escape_xml(&lines.collect::<Vec<_>>().join("\n"));
                format!(
                    "<failure message=\"{}\">{lines}</failure>",
                    escape_xml(check.rule)
                )
            }
            CheckResult::NotChecked { why } => {
                skipped += 1;
                format!("<skipped message=\"{}\"/>", escape_xml(why))
            }
        };
        let suite = escape_xml(&verdict.connector);
        let name = escape_xml(check.name);
        // Writing to a text does not fail.
        let _ = writeln!(
            cases,
            "    <testcase classname=\"{suite}\" name=\"{name}\">{inner}</testcase>"
        );
    }
    let name = escape_xml(&verdict.connector);
    let tests = verdict.checks.len();
    let properties = junit_properties(verdict);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" skipped=\"{skipped}\">\n{properties}{cases}  </testsuite>\n</testsuites>\n"
    )
}

/// Returns the untried parts, in the form in which build servers show facts about a whole suite.
fn junit_properties(verdict: &ConformanceReport) -> String {
    let one = |one: &UntriedCases| {
        let value = escape_xml(&line(one));
        format!("      <property name=\"left-out\" value=\"{value}\"/>\n")
    };
    let all: String = verdict.left_out.iter().map(one).collect();
    if all.is_empty() {
        all
    } else {
        format!("    <properties>\n{all}    </properties>\n")
    }
}

/// Returns text of others within XML: without what it cannot hold.
fn escape_xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push('\n'),
            other if other.is_control() => out.push(' '),
            other => out.push(other),
        }
    }
    out
}
