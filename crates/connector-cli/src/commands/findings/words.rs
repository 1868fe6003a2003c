//! Findings as text: the table, the cells of CSV, and the rules that could not be evaluated.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::commands::diff::split;
use crate::commands::rows::{Report, TableRow, table};
use crate::report::plain;
use connector_review::findings::{
    Finding, FindingEvidence, Findings, NotEvaluated, Novelty, ReviewRule,
};
use connector_review::{Named, SharedNames};

/// Evidence that is shown of one finding before the rest is only counted.
const SHOWN: usize = 5;

/// Returns the rules as text.
pub(super) fn explain_rules(rules: &[&ReviewRule]) -> String {
    let mut text = String::new();
    for rule in rules {
        let (id, severity) = (rule.id, rule.severity.name());
        let _ = writeln!(text, "{id} ({severity}): {}", rule.title);
        let _ = writeln!(text, "  {}\n  {}\n", rule.meaning, rule.remedy);
    }
    text
}

/// Returns the findings as text, rule by rule.
pub(super) fn in_words(
    found: &Findings,
    rules: &[&ReviewRule],
    report: &Report<'_, Finding, NotEvaluated>,
) -> String {
    let mut text = format!("{}\n", report.provenance.heading);
    for rule in rules {
        let findings = found.findings.iter().filter(|one| one.rule == rule.id);
        let (open, accepted): (Vec<_>, Vec<_>) = findings.partition(|one| one.accepted.is_empty());
        let not_evaluated = not_evaluated(found, rule);
        if open.is_empty() && accepted.is_empty() && not_evaluated.is_empty() {
            continue;
        }
        let (count, severity) = (open.len(), rule.severity.name());
        let _ = writeln!(text, "\n{count} {} ({severity}): {}", rule.id, rule.title);
        if !open.is_empty() {
            let table = table(open, &report.names);
            let _ = writeln!(text, "{table}  {}", rule.remedy);
        }
        accepted
            .iter()
            .for_each(|one| text.push_str(&accepted_line(one)));
        text.push_str(&not_evaluated);
    }
    text.push_str(&findings_conclusion(found));
    text
}

/// Returns the last line, where no finding is open.
fn findings_conclusion(found: &Findings) -> String {
    let has_open = found.open().next().is_some();
    match (found.findings.is_empty(), found.new_since) {
        _ if has_open => String::new(),
        (false, _) => "\nEverything that was found is accepted.\n".to_owned(),
        (true, Some(run)) => format!("\nNothing is new since sync {run}.\n"),
        (true, None) => "\nNothing was found.\n".to_owned(),
    }
}

/// Returns an accepted finding, with each reason.
fn accepted_line(finding: &Finding) -> String {
    let by = finding.accepted.iter();
    let by = by.map(|one| format!("{} (until {})", one.reason, one.until));
    let by = by.collect::<Vec<_>>().join("; ");
    format!(
        "  accepted: {}\n",
        plain(&format!("{}: {by}", finding.subject))
    )
}

impl TableRow for Finding {
    const NAME: &'static str = "finding";
    const TABLE: &'static [&'static str] = &["What", "Evidence", "Read by", "Id"];
    const CSV: &'static [&'static str] = &[
        "rule",
        "severity",
        "resource_type",
        "resource_id",
        "resource_name",
        "summary",
        "evidence",
        "read_by",
        "id",
        "accepted",
        "accepted_until",
        "novelty",
    ];

    fn table_cells(&self, names: &SharedNames) -> Vec<String> {
        let evidence = self.evidence.iter().take(SHOWN);
        let mut shown: Vec<_> = evidence.map(|one| in_short(one, names)).collect();
        let more = self.evidence.len().saturating_sub(SHOWN);
        if more > 0 {
            shown.push(format!("… {more} more"));
        }
        let read_by = self.origins.first().map(ToString::to_string);
        vec![
            self.subject.to_string(),
            shown.join(", "),
            read_by.unwrap_or_default(),
            self.id.to_string(),
        ]
    }

    fn record_fields(&self, names: &SharedNames) -> Vec<String> {
        let evidence = self.evidence.iter().map(|one| in_short(one, names));
        let evidence: Vec<_> = evidence.collect();
        let read_by: Vec<_> = self.origins.iter().map(ToString::to_string).collect();
        let accepted = self.accepted.iter();
        let (reasons, days): (Vec<_>, Vec<_>) =
            accepted.map(|one| (&*one.reason, &*one.until)).unzip();
        let rule = [self.rule, self.severity.name()].map(str::to_owned);
        let mut cells: Vec<String> = rule.into();
        cells.extend(split(Some(&self.subject)));
        cells.extend([
            self.summary.clone(),
            evidence.join("; "),
            read_by.join("; "),
            self.id.to_string(),
            reasons.join("; "),
            days.join("; "),
            self.novelty.map_or("", Novelty::name).to_owned(),
        ]);
        cells
    }
}

/// The rules themselves, in the terms of `--rules`.
impl TableRow for &ReviewRule {
    const NAME: &'static str = "rule";
    const TABLE: &'static [&'static str] = &["Rule", "Severity", "Title", "Meaning", "What to do"];
    const CSV: &'static [&'static str] = &["rule", "severity", "title", "meaning", "remedy"];

    fn table_cells(&self, names: &SharedNames) -> Vec<String> {
        self.record_fields(names)
    }

    fn record_fields(&self, _names: &SharedNames) -> Vec<String> {
        let words = [self.title, self.meaning, self.remedy];
        let cells = [self.id, self.severity.name()].into_iter().chain(words);
        cells.map(str::to_owned).collect()
    }
}

fn in_short(evidence: &FindingEvidence, names: &SharedNames) -> String {
    let name = |one: &Option<Named>| {
        let label = |one: &Named| names.label_with_run(one);
        one.as_ref().map(label).unwrap_or_default()
    };
    let note = evidence.note.as_ref();
    match &evidence.entitlement {
        None => note.cloned().unwrap_or_default(),
        Some(slug) => format!(
            "{}: {slug} on {}",
            name(&evidence.principal),
            name(&evidence.resource)
        ),
    }
}

/// Returns the facts that a rule could not evaluate, counted by reason.
pub(super) fn not_evaluated(found: &Findings, rule: &ReviewRule) -> String {
    let mut reasons: BTreeMap<(String, &str, bool), (u64, String)> = BTreeMap::new();
    for one in found.not_evaluated.iter().filter(|one| one.rule == rule.id) {
        let scope = &one.because.scope;
        let word = one.because.notice.as_ref().unwrap_or(&one.because.outcome);
        let key = (
            format!("{} {}", scope.call, scope.resource_type),
            word.as_str(),
            one.subject.is_some(),
        );
        let first = || (0, one.because.to_string());
        reasons.entry(key).or_insert_with(first).0 += 1;
    }
    let mut text = String::new();
    for ((scopes, word, single), (count, first)) in reasons {
        let what = match (single, count) {
            (_, 1) => plain(&first),
            (true, _) => format!("{count} resources, {}: {}", plain(&scopes), plain(word)),
            (false, _) => format!("{count} scopes, {}: {}", plain(&scopes), plain(word)),
        };
        let _ = writeln!(text, "  not evaluated: {what}");
    }
    text
}
