//! Properties of every sync that came to its end, computed from what the team says of itself, from
//! how it moved, and from how the scopes ended: nothing invented, nothing twice, nothing that hangs in
//! the air, and nothing missing that no scope reports. A scope shows the team as it was when that
//! scope was read, and never as it was before or after.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use connector_host::records::{
    ErrorCase, Evidence, Grant, Outcome, OutputRecord, Resource, ResourceId,
};
use connector_host::sync::{SyncError, SyncInventory};
use postman_simulator::{ExpectedState, RuleFirings};

use crate::harness::name;
use crate::states::{Line, States};

/// Everything that is wrong with a sync, one line each.
pub fn wrongs(synced: &SyncInventory, expected: &ExpectedState, states: &States) -> Vec<String> {
    let reported = ReportedSync::new(synced);
    let mut found = reported.contradictions();
    let known = Known::new(expected, states);
    found.extend(reported.invented(&known, expected));
    let missing = known.lines.iter();
    let missing = missing.filter(|line| !line.referenced && !reported.lines.contains(&line.text));
    found.extend(missing.filter_map(|line| reported.missing(line, states)));
    let refused = expected.refused.iter();
    found.extend(refused.filter_map(|place| reported.refused(place)));
    found
}

/// Returns the errors of a sync that failed. After the first good answer the base URL is correct, and the key
/// is refused only by an answer that says so.
pub fn needless(error: &SyncError, fired: &[RuleFirings]) -> Vec<String> {
    let SyncError::Failed {
        outcome: Outcome::Error(case),
        during: Some(during),
        ..
    } = error
    else {
        return Vec::new();
    };
    let refuses_key = |one: &RuleFirings| {
        let spoken = !["body=html", "body=empty", "not authorized"]
            .iter()
            .any(|words| one.rule.contains(words));
        one.times > 0 && one.rule.contains("status=401") && spoken
    };
    if *case == ErrorCase::Unauthenticated && fired.iter().any(refuses_key) {
        Vec::new()
    } else {
        vec![format!("{during} ended the sync: {error}")]
    }
}

/// The expected state by identity.
struct Known {
    lines: Vec<Line>,
    /// Every line as it was in any state that its scope may show.
    admissible: HashSet<String>,
    /// Whatever has a record.
    ids: HashSet<String>,
}

impl Known {
    fn new(expected: &ExpectedState, states: &States) -> Self {
        let all = expected.resources.iter().chain(&expected.grants);
        let root = root(expected);
        let lines: Vec<_> = all.map(|line| Line::read(line, &root)).collect();
        let admissible = lines.iter().flat_map(|line| states.variants(line));
        Self {
            admissible: admissible.flatten().collect(),
            ids: lines.iter().filter_map(|line| line.id.clone()).collect(),
            lines,
        }
    }
}

/// Returns the id of the team that is listed, and not only referenced.
pub fn root(expected: &ExpectedState) -> String {
    let records = expected.resources.iter();
    let records = records.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let mut roots = records.filter_map(|record| {
        let team = &record["resource"];
        let is_root = team["id"]["resource_type"] == "team" && team["evidence"] == "listed";
        is_root.then(|| team["id"]["id"].as_str().unwrap().to_owned())
    });
    roots.next().unwrap_or_default()
}

struct ReportedSync<'a> {
    synced: &'a SyncInventory,
    lines: HashSet<String>,
    /// The records of lists, and not of references alone.
    listed: HashSet<String>,
    scopes: HashMap<String, Outcome>,
}

impl<'a> ReportedSync<'a> {
    fn says(&self, code: &str) -> bool {
        self.synced.notices.iter().any(|notice| notice.code == code)
    }

    fn new(synced: &'a SyncInventory) -> Self {
        let resources = synced
            .resources
            .iter()
            .map(|one| line(&OutputRecord::Resource(Cow::Borrowed(one))));
        let grants = synced
            .grants
            .iter()
            .map(|one| line(&OutputRecord::Grant(Cow::Borrowed(one))));
        Self {
            synced,
            lines: resources.chain(grants).collect(),
            listed: synced
                .resources
                .iter()
                .filter(|one| one.evidence == Evidence::Listed)
                .map(|one| named(&one.id))
                .collect(),
            scopes: synced
                .scopes
                .iter()
                .map(|scope| (name(scope), scope.outcome))
                .collect(),
        }
    }

    /// Repeated identities, references without a record, counts that do not fit, scopes without an outcome.
    fn contradictions(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut ids = BTreeSet::new();
        for resource in &self.synced.resources {
            if !ids.insert(&resource.id) {
                found.push(format!("two records of {}", resource.id));
            }
        }
        let mut grants = BTreeSet::new();
        for Grant {
            resource,
            entitlement,
            principal,
            ..
        } in &self.synced.grants
        {
            if !grants.insert((resource, entitlement, principal)) {
                found.push(format!(
                    "two grants of {entitlement} on {resource} to {principal}"
                ));
            }
        }
        let of_grants = self
            .synced
            .grants
            .iter()
            .flat_map(|grant| [&grant.resource, &grant.principal]);
        let of_resources = self.synced.resources.iter().flat_map(Resource::references);
        let hanging: BTreeSet<&ResourceId> = of_grants
            .chain(of_resources)
            .filter(|id| !ids.contains(id))
            .collect();
        found.extend(hanging.iter().map(|id| format!("no record of {id}")));
        let (summary, synced) = (&self.synced.summary, self.synced);
        if (summary.resources, summary.grants)
            != (synced.resources.len() as u64, synced.grants.len() as u64)
        {
            found.push("the summary counts otherwise".to_owned());
        }
        for scope in &synced.scopes {
            let is_error = matches!(
                scope.outcome,
                Outcome::Error(_) | Outcome::Trapped | Outcome::TimedOut
            );
            if is_error
                != scope
                    .problem
                    .as_ref()
                    .is_some_and(|it| !it.message.is_empty())
            {
                found.push(format!("no word of what became of {}", name(scope)));
            }
            if matches!(scope.outcome, Outcome::Trapped) {
                found.push(format!("{} trapped", name(scope)));
            }
        }
        found
    }

    /// Returns whether a notice says that access to a workspace is unknown.
    fn says_unknown(&self, line: &Line) -> bool {
        let mut notices = self.synced.notices.iter();
        notices.any(|notice| {
            let about = notice.about.as_ref().map(named);
            notice.code == "unknown-access" && about.is_some() && about == line.implied_on
        })
    }

    /// Returns true if a notice says that the teams of an organization were refused, or the members of the one
    /// that a line is about.
    fn says_refused(&self, line: &Line) -> bool {
        let Some(team) = &line.of_sub_team else {
            return false;
        };
        let mut notices = self.synced.notices.iter();
        self.says("no-teams")
            || notices.any(|notice| {
                let about = notice.about.as_ref();
                notice.code == "no-members" && about.is_some_and(|about| about.id == *team)
            })
    }

    /// Returns whether a notice says that the report lacks some of its figures.
    fn says_no_figures(&self, id: &str) -> bool {
        id.starts_with("analytics-report ") && self.says("no-figures")
    }

    fn lists_a_team(&self) -> bool {
        self.listed.iter().any(|id| id.starts_with("team "))
    }

    /// Returns whether a grant follows from a guess that a notice states: that who may not list the teams of an
    /// organization is in none.
    fn says_guessed(&self, grant: &Grant, expected: &ExpectedState) -> bool {
        let by_visibility = grant.implied_by.is_some() && grant.entitlement == "access";
        let is_unknown = expected.unknown_access.contains(&named(&grant.resource));
        by_visibility && is_unknown && self.says("no-teams")
    }

    fn invented(&self, known: &Known, expected: &ExpectedState) -> Vec<String> {
        let mut found = Vec::new();
        for resource in &self.synced.resources {
            let is_known = match resource.evidence {
                Evidence::Listed => {
                    let reported = line(&OutputRecord::Resource(Cow::Borrowed(resource)));
                    known.admissible.contains(&reported)
                        || self.says_no_figures(&named(&resource.id))
                }
                // An account of a failed list is still referenced.
                Evidence::Referenced => known.ids.contains(&named(&resource.id)),
            };
            if !is_known {
                found.push(format!("invented or stale: {}", resource.id));
            }
        }
        for grant in &self.synced.grants {
            let reported = line(&OutputRecord::Grant(Cow::Borrowed(grant)));
            if !known.admissible.contains(&reported) && !self.says_guessed(grant, expected) {
                found.push(format!("invented or stale: {reported}"));
            }
        }
        found
    }

    /// Returns the errors in the report on a place that the credential may not read.
    fn refused(&self, place: &str) -> Option<String> {
        let complete = self.synced.summary.complete;
        if *self.scopes.get(&format!("grants {place}"))? == Outcome::Complete {
            Some(format!("{place} is refused, and called complete"))
        } else {
            complete.then(|| format!("the run is called complete without {place}"))
        }
    }

    /// Returns the error of a line of the expected state that is not reported.
    fn missing(&self, line: &Line, states: &States) -> Option<String> {
        let scope = &line.owner;
        match self.scopes.get(scope) {
            Some(Outcome::Complete | Outcome::Partial)
                if (states.repeats && self.says("repeated-cursor"))
                    || self.says_unknown(line)
                    || line.id.as_ref().is_some_and(|id| self.says_no_figures(id))
                    || self.says_refused(line) =>
            {
                None
            }
            Some(Outcome::Complete) => {
                let must = states.must_be_reported(line);
                must.then(|| format!("missing though `{scope}` is complete: {}", line.text))
            }
            // The expected state has nothing of odd items: if only these are left out, all else is reported.
            Some(Outcome::Partial) if !states.loses_items => {
                let must = states.must_be_reported(line);
                must.then(|| {
                    format!(
                        "missing though `{scope}` lacks odd items alone: {}",
                        line.text
                    )
                })
            }
            Some(Outcome::Error(ErrorCase::NotOffered)) => None,
            Some(_) if self.synced.summary.complete => {
                let line = &line.text;
                Some(format!("the run is called complete without {line}"))
            }
            Some(_) => None,
            // Never begun: its resource was not listed, which counts against that resource's own line.
            None => {
                let parent = line.parent.as_ref();
                let should = match parent {
                    Some(parent) => self.listed.contains(parent),
                    None => scope == "list team" || self.lists_a_team(),
                };
                should
                    .then(|| format!("missing though nothing says so of `{scope}`: {}", line.text))
            }
        }
    }
}

fn line(record: &OutputRecord<'_>) -> String {
    serde_json::to_string(record).unwrap()
}

fn named(id: &ResourceId) -> String {
    format!("{} {}", id.resource_type, id.id)
}
