//! What the checks of a component found, for people and for build servers.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::terminal::styled;
use connector_conformance::{CheckResult, ConformanceReport, LeftOut};
use connector_types::counted;
use connector_types::plain;

/// The verdict as text.
pub fn describe_verdict(verdict: &ConformanceReport) -> String {
    let mut text = format!(
        "{} {} (component {})\n\n",
        plain(&verdict.connector),
        plain(&verdict.version),
        verdict.component_sha256
    );
    for (check, finding) in &verdict.checks {
        let (word, colour, cases) = match finding {
            CheckResult::Kept { .. } => ("kept", AnsiColor::Green, &[][..]),
            CheckResult::Broken { cases, .. } => ("BROKEN", AnsiColor::Red, cases.as_slice()),
            CheckResult::NotChecked { .. } => ("not checked", AnsiColor::Yellow, &[][..]),
        };
        let style = Style::new().fg_color(Some(colour.into()));
        let word = styled(style, &format!("{word:<11}"));
        text.push_str(&format!("  {word}  {}{}\n", check.name, tried(finding)));
        if !matches!(finding, CheckResult::Kept { .. }) {
            text.push_str(&format!("               {}\n", check.rule));
        }
        for case in cases {
            text.push_str(&format!("               - {}\n", plain(case)));
        }
        let more = more(finding);
        text.extend(more.map(|more| format!("               - {more}\n")));
    }
    text + &left_out(verdict) + &conclusion(verdict)
}

/// How many cases of a broken rule are not told one by one.
fn more(finding: &CheckResult) -> Option<String> {
    match finding {
        CheckResult::Broken { broken, cases, .. } if *broken > cases.len() => {
            Some(format!("and {} more", broken - cases.len()))
        }
        _ => None,
    }
}

fn tried(finding: &CheckResult) -> String {
    match finding {
        CheckResult::Kept { tried } => format!(" ({tried} tried)"),
        CheckResult::Broken { tried, broken, .. } => format!(" ({broken} of {tried})"),
        CheckResult::NotChecked { why } => format!(": {why}"),
    }
}

/// What was there and was not tried.
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

fn line(one: &LeftOut) -> String {
    let LeftOut {
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

fn conclusion(verdict: &ConformanceReport) -> String {
    let count = |wanted: fn(&CheckResult) -> bool| {
        let found = verdict.checks.iter();
        found.filter(|(_, finding)| wanted(finding)).count()
    };
    let kept = count(|finding| matches!(finding, CheckResult::Kept { .. }));
    let broken = count(|finding| matches!(finding, CheckResult::Broken { .. }));
    let not_checked = count(|finding| matches!(finding, CheckResult::NotChecked { .. }));
    let kept = counted(kept, "rule");
    format!("\n{kept} kept, {broken} broken, {not_checked} not checked.\n")
}

/// The verdict as JUnit's XML: each rule a test case. Not by quick-junit (0.8), which needs chrono, uuid,
/// indexmap and quick-xml for what is one function here.
pub fn junit(verdict: &ConformanceReport) -> String {
    let mut cases = String::new();
    let (mut failures, mut skipped) = (0, 0);
    for (check, finding) in &verdict.checks {
        let inner = match finding {
            CheckResult::Kept { .. } => String::new(),
            CheckResult::Broken { cases, .. } => {
                failures += 1;
                let lines = cases.iter().cloned().chain(more(finding));
                let lines = escaped(&lines.collect::<Vec<_>>().join("\n"));
                format!(
                    "<failure message=\"{}\">{lines}</failure>",
                    escaped(check.rule)
                )
            }
            CheckResult::NotChecked { why } => {
                skipped += 1;
                format!("<skipped message=\"{}\"/>", escaped(why))
            }
        };
        let suite = escaped(&verdict.connector);
        let name = escaped(check.name);
        // Writing to a text does not fail.
        let _ = writeln!(
            cases,
            "    <testcase classname=\"{suite}\" name=\"{name}\">{inner}</testcase>"
        );
    }
    let name = escaped(&verdict.connector);
    let tests = verdict.checks.len();
    let properties = properties(verdict);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" skipped=\"{skipped}\">\n{properties}{cases}  </testsuite>\n</testsuites>\n"
    )
}

/// What was left out, as build servers show facts about a whole suite.
fn properties(verdict: &ConformanceReport) -> String {
    let one = |one: &LeftOut| {
        let value = escaped(&line(one));
        format!("      <property name=\"left-out\" value=\"{value}\"/>\n")
    };
    let all: String = verdict.left_out.iter().map(one).collect();
    match all.is_empty() {
        true => all,
        false => format!("    <properties>\n{all}    </properties>\n"),
    }
}

/// Text of others within XML: without what it cannot hold.
fn escaped(text: &str) -> String {
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
