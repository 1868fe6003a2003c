//! Findings in SARIF 2.1.0, for systems that collect alerts.

use serde_json::{Value, json};

use connector_review::Named;
use connector_review::findings::{
    AcceptNote, Finding, FindingEvidence, Findings, NotEvaluated, ReviewRule, Severity,
};
use connector_types::plain;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Returns the findings of one sync as a SARIF log of one run.
pub fn sarif_log(findings: &Findings, rules: &[&ReviewRule], notes: &[AcceptNote]) -> Value {
    let results = findings.findings.iter();
    let results = results.map(|finding| finding_result(finding, rules));
    let not_evaluated = findings.not_evaluated.iter().map(not_evaluated);
    let notes = notes.iter().map(|note| {
        let text = format!("Accept list: {note}");
        json!({ "level": "note", "message": { "text": plain(&text) } })
    });
    let tenant = &findings.tenant;
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "connector-host",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|rule| rule_descriptor(rule)).collect::<Vec<_>>(),
            }},
            "automationDetails": { "id": format!("findings/{}/{}", plain(&resource_identity(tenant)), findings.run) },
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": not_evaluated.chain(notes).collect::<Vec<_>>(),
            }],
            "results": results.collect::<Vec<_>>(),
            "properties": {
                "run": findings.run,
                "startedAt": findings.started_at,
                "tenant": tenant,
                "newSince": findings.new_since,
            },
        }],
    })
}

fn rule_descriptor(rule: &ReviewRule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.title },
        "fullDescription": { "text": rule.meaning },
        "help": { "text": rule.remedy },
        "defaultConfiguration": { "level": severity_level(rule.severity) },
        "properties": { "severity": rule.severity },
    })
}

fn severity_level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

fn finding_result(finding: &Finding, rules: &[&ReviewRule]) -> Value {
    let accepted = finding.accepted.iter().map(|one| {
        json!({
            "kind": "external",
            "status": "accepted",
            "justification": one.reason,
            "properties": { "until": one.until },
        })
    });
    let subject = resource_identity(&finding.subject);
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": rules.iter().position(|rule| rule.id == finding.rule),
        "level": severity_level(finding.severity),
        "message": { "text": finding_message(finding) },
        "locations": [{ "logicalLocations": [resource_location(&finding.subject)] }],
        "fingerprints": { "findingId/v1": finding.id },
        "partialFingerprints": { "ruleAndSubject/v1": format!("{} {subject}", finding.rule) },
        "suppressions": accepted.collect::<Vec<_>>(),
        "properties": {
            "severity": finding.severity,
            "novelty": finding.novelty,
            "evidence": finding.evidence,
            "readBy": finding.origins.iter().map(ToString::to_string).collect::<Vec<_>>(),
        },
    });
    if let (Some(_), Some(members)) = (finding.novelty, result.as_object_mut()) {
        members.insert("baselineState".to_owned(), json!("new"));
    }
    result
}

/// Returns the identity of a resource as one string.
fn resource_identity(resource: &Named) -> String {
    format!("{}:{}", resource.id.resource_type, resource.id.id)
}

fn resource_location(resource: &Named) -> Value {
    json!({
        "name": plain(&resource.display_name),
        "fullyQualifiedName": plain(&resource_identity(resource)),
        "kind": "resource",
    })
}

fn finding_message(finding: &Finding) -> String {
    let shown = finding.evidence.iter().filter_map(evidence_row);
    let shown: Vec<String> = shown.collect();
    let text = format!("{}: {}", finding.subject, finding.summary);
    if shown.is_empty() {
        plain(&text)
    } else {
        plain(&format!("{text} ({})", shown.join("; ")))
    }
}

/// Returns an entitlement with its principal; `None` for a fact, which is in the summary.
fn evidence_row(evidence: &FindingEvidence) -> Option<String> {
    let slug = evidence.entitlement.as_ref()?;
    let name = |one: &Option<Named>| one.as_ref().map(ToString::to_string).unwrap_or_default();
    let (principal, on) = (name(&evidence.principal), name(&evidence.resource));
    Some(format!("{principal}: {slug} on {on}"))
}

fn not_evaluated(one: &NotEvaluated) -> Value {
    let about = one
        .subject
        .as_ref()
        .map(|id| format!(" {id}"))
        .unwrap_or_default();
    let text = format!("Not evaluated{about}: {}", one.because);
    json!({
        "level": "warning",
        "message": { "text": plain(&text) },
        "associatedRule": { "id": one.rule },
    })
}
