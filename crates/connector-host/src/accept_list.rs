//! Accept lists: findings that an operator accepts, as TOML.

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use crate::tenants::ConfigFileError;
use crate::tenants::document::{line, parse};
use connector_review::findings::{AcceptList, AcceptTarget, Acceptance, IdPattern, RuleChoice};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AcceptListDocument {
    #[serde(default)]
    accept: Vec<Spanned<AcceptListEntry>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AcceptListEntry {
    finding: Option<String>,
    rule: Option<String>,
    resource: Option<String>,
    principal: Option<String>,
    reason: String,
    until: String,
}

/// Parses an accept list: `[[accept]]` with `reason`, `until`, and either `finding` or `rule` with
/// `resource`, `principal` or both.
///
/// # Errors
/// Returns an error if the text is not TOML, or a field is unknown, missing or cannot be used. The
/// error has the line.
pub fn parse_accept_list(text: &str) -> Result<AcceptList, ConfigFileError> {
    let document: AcceptListDocument = parse(text)?;
    let entries = document.accept.iter().map(|entry| {
        let line = line(text, &entry.span());
        parse_acceptance(line, entry.get_ref()).map_err(|(field, reason)| ConfigFileError {
            line,
            field: Some(field.to_owned()),
            reason,
        })
    });
    let entries = entries.collect::<Result<Vec<_>, _>>()?;
    Ok(AcceptList { entries })
}

type AcceptListFault = (&'static str, String);

fn parse_acceptance(line: usize, entry: &AcceptListEntry) -> Result<Acceptance, AcceptListFault> {
    let reason = entry.reason.trim();
    if reason.is_empty() {
        let text = "it is empty: say why the finding is accepted";
        return Err(("reason", text.to_owned()));
    }
    let until = entry.until.parse::<Date>();
    let is_day = entry.until.len() == "2027-03-31".len();
    let until = until.ok().filter(|_| is_day);
    let no_day = || {
        (
            "until",
            "it is the last day, such as \"2027-03-31\"".to_owned(),
        )
    };
    Ok(Acceptance {
        line,
        target: parse_target(entry)?,
        reason: reason.to_owned(),
        until: until.ok_or_else(no_day)?,
    })
}

fn parse_target(entry: &AcceptListEntry) -> Result<AcceptTarget, AcceptListFault> {
    let pattern = |field: &'static str, text: &Option<String>| {
        let parsed = text.as_deref().map(str::parse::<IdPattern>).transpose();
        parsed.map_err(|error| (field, error.to_string()))
    };
    let resource = pattern("resource", &entry.resource)?;
    let principal = pattern("principal", &entry.principal)?;
    let is_narrowed = resource.is_some() || principal.is_some();
    match (&entry.finding, &entry.rule) {
        (Some(id), None) if !is_narrowed => {
            let id = id.parse();
            let id = id.map_err(|error| ("finding", format!("{error}")))?;
            Ok(AcceptTarget::Finding(id))
        }
        (None, Some(rule)) if is_narrowed => {
            let rule: Result<RuleChoice, _> = rule.parse();
            let RuleChoice(rule) = rule.map_err(|error| ("rule", error.to_string()))?;
            Ok(AcceptTarget::Rule {
                rule,
                resource,
                principal,
            })
        }
        (None, Some(_)) => {
            let text = "it accepts nothing alone: add resource, principal or both; resource = \"*\" is every resource";
            Err(("rule", text.to_owned()))
        }
        (Some(_), _) => {
            let text = "it names one finding: leave out rule, resource and principal";
            Err(("finding", text.to_owned()))
        }
        (None, None) => {
            let text = "neither finding nor rule is there: add one of them";
            Err(("accept", text.to_owned()))
        }
    }
}
