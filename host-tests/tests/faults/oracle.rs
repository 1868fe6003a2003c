//! What must hold of every sync that came to its end, computed from what the team says of itself and
//! from how the scopes ended: nothing invented, nothing twice, nothing that hangs in the air, and
//! nothing missing that no scope owns up to.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use connector_host::records::{ErrorCase, Evidence, Grant, Outcome, Record, Resource, ResourceId};
use connector_host::simulator::{Fired, Truth};
use connector_host::sync::Synced;
use serde_json::Value;

use crate::harness::name;

/// How the team moved while it was read, as far as that excuses a difference.
#[derive(Default)]
pub struct Moved {
    /// Ids of people that left, and of things that vanished.
    pub gone: BTreeSet<String>,
    /// Workspaces whose viewers and admins changed places.
    pub changed: BTreeSet<String>,
    /// Whether lists shifted between their pages.
    pub shifted: bool,
    /// Whether a list was given the cursor that it was asked with: that ends it, by the contract with a
    /// notice, and hides what would have followed.
    pub repeats: bool,
}

impl Moved {
    pub fn of(fired: &[Fired]) -> Self {
        let mut moved = Self::default();
        for one in fired.iter().filter(|one| one.times > 0) {
            let (_, fault) = one.rule.split_once(':').unwrap();
            let subjects = one.subjects.iter().cloned();
            match fault.split([',', '=']).next().unwrap() {
                "vanish" | "leave" => moved.gone.extend(subjects),
                "role-change" => moved.changed.extend(subjects),
                "reorder" => moved.shifted = true,
                "same-cursor" | "circle" => moved.repeats = true,
                _ => {}
            }
        }
        moved
    }

    fn excuses(&self, line: &Value) -> bool {
        let ids = [
            "/grant/resource/id",
            "/grant/principal/id",
            "/resource/id/id",
        ];
        let mut ids = ids.iter().filter_map(|at| line.pointer(at)?.as_str());
        let is_paged = |at: &str| {
            let of = line.pointer(at).and_then(Value::as_str);
            matches!(
                of,
                Some("workspace" | "collection" | "collection-access-key")
            )
        };
        ids.any(|id| self.gone.contains(id))
            || self.shifted
                && (is_paged("/resource/id/resource_type")
                    || is_paged("/grant/resource/resource_type"))
    }
}

/// Everything that is wrong with a sync, one line each.
pub fn wrongs(synced: &Synced, truth: &Truth, moved: &Moved) -> Vec<String> {
    let told = Told::new(synced);
    let mut found = told.contradictions();
    let known = Known::new(truth);
    found.extend(told.invented(&known, moved));
    let missing = told.missing(truth, moved);
    for (line, scope) in &missing {
        let says_so = moved.repeats && told.says("repeated-cursor");
        match told.excuse(scope, &known) {
            None if says_so => {}
            None => found.push(format!("missing though `{scope}` is complete: {line}")),
            Some(Outcome::Error(ErrorCase::NotOffered)) => {}
            Some(_) if synced.summary.complete => {
                found.push(format!("the run is called complete without {line}"));
            }
            Some(_) => {}
        }
    }
    found
}

/// The truth by identity.
struct Known {
    resources: BTreeMap<String, String>,
    /// The scope that lists each resource.
    listed_by: BTreeMap<String, String>,
    grants: BTreeSet<String>,
}

impl Known {
    fn new(truth: &Truth) -> Self {
        let mut known = Self {
            resources: BTreeMap::new(),
            listed_by: BTreeMap::new(),
            grants: truth.grants.clone(),
        };
        for line in &truth.resources {
            let value: Value = serde_json::from_str(line).unwrap();
            let id = named(&value["resource"]["id"]);
            known.listed_by.insert(id.clone(), owner(&value));
            known.resources.insert(id, line.clone());
        }
        known
    }
}

struct Told<'a> {
    synced: &'a Synced,
    lines: BTreeSet<String>,
    scopes: BTreeMap<String, Outcome>,
}

impl<'a> Told<'a> {
    fn says(&self, code: &str) -> bool {
        self.synced.notices.iter().any(|notice| notice.code == code)
    }

    fn new(synced: &'a Synced) -> Self {
        let resources = synced
            .resources
            .iter()
            .map(|one| line(Record::Resource(Cow::Borrowed(one))));
        let grants = synced
            .grants
            .iter()
            .map(|one| line(Record::Grant(Cow::Borrowed(one))));
        Self {
            synced,
            lines: resources.chain(grants).collect(),
            scopes: synced
                .scopes
                .iter()
                .map(|scope| (name(scope), scope.outcome))
                .collect(),
        }
    }

    /// Identities told twice, references without a record, counts that do not fit, scopes without a word.
    fn contradictions(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut ids = BTreeSet::new();
        for resource in &self.synced.resources {
            if !ids.insert(&resource.id) {
                found.push(format!("two records of {}", resource.id));
            }
        }
        let mut triples = BTreeSet::new();
        for Grant {
            resource,
            entitlement,
            principal,
            ..
        } in &self.synced.grants
        {
            if !triples.insert((resource, entitlement, principal)) {
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

    fn invented(&self, known: &Known, moved: &Moved) -> Vec<String> {
        let mut found = Vec::new();
        for resource in &self.synced.resources {
            let told = line(Record::Resource(Cow::Borrowed(resource)));
            let id = format!("{} {}", resource.id.resource_type, resource.id.id);
            let is_known = match resource.evidence {
                Evidence::Listed => known.resources.get(&id) == Some(&told),
                // Whom a list that failed would have told of is still referred to.
                Evidence::Mentioned => known.resources.contains_key(&id),
            };
            if !is_known {
                found.push(format!("invented: {told}"));
            }
        }
        for grant in &self.synced.grants {
            let told = line(Record::Grant(Cow::Borrowed(grant)));
            let is_known = known.grants.contains(&told)
                || moved.changed.contains(&grant.resource.id)
                    && known.grants.contains(&changed(&told));
            if !is_known {
                found.push(format!("invented: {told}"));
            }
        }
        found
    }

    /// The lines of the truth that are not told, with the scope that would have told them.
    fn missing(&self, truth: &Truth, moved: &Moved) -> Vec<(String, String)> {
        let all = truth.resources.iter().chain(&truth.grants);
        let untold = all.filter(|line| !self.lines.contains(*line));
        let mut missing = Vec::new();
        for line in untold {
            let value: Value = serde_json::from_str(line).unwrap();
            if value["resource"]["evidence"] == "mentioned" {
                continue; // What refers to it is missing too, or it would be there.
            }
            let id = value["grant"]["resource"]["id"]
                .as_str()
                .unwrap_or_default();
            let has_changed = moved.changed.contains(id) && self.lines.contains(&changed(line));
            if !has_changed && !moved.excuses(&value) {
                missing.push((line.clone(), owner(&value)));
            }
        }
        missing
    }

    /// The outcome that owns up to a scope's being absent or not whole; `None` where all is well.
    fn excuse(&self, scope: &str, known: &Known) -> Option<Outcome> {
        match self.scopes.get(scope) {
            Some(Outcome::Complete) => None,
            Some(other) => Some(*other),
            // Never begun: what it is a walk of was not listed.
            None => {
                let of = match scope.split_once(" under ") {
                    Some((_, parent)) => parent,
                    None => scope.strip_prefix("grants ").unwrap_or("team"),
                };
                let list = match of {
                    _ if scope == "list team" => return None,
                    "team" => "list team",
                    id => known.listed_by.get(id)?,
                };
                self.excuse(list, known)
            }
        }
    }
}

fn line(record: Record<'_>) -> String {
    serde_json::to_string(&record).unwrap()
}

fn named(id: &Value) -> String {
    format!(
        "{} {}",
        id["resource_type"].as_str().unwrap(),
        id["id"].as_str().unwrap()
    )
}

/// The same grant with the roles of viewer and admin exchanged.
fn changed(line: &str) -> String {
    let (viewer, admin) = (r#""entitlement":"viewer""#, r#""entitlement":"admin""#);
    match line.contains(viewer) {
        true => line.replace(viewer, admin),
        false => line.replace(admin, viewer),
    }
}

/// The scope that tells a line of the truth.
fn owner(line: &Value) -> String {
    let (resource, grant) = (&line["resource"], &line["grant"]);
    if grant.is_null() {
        return match resource["id"]["resource_type"].as_str().unwrap() {
            "collection" => format!("list collection under {}", named(&resource["parent"])),
            listed => format!("list {listed}"),
        };
    }
    let (on, to) = (&grant["resource"], &grant["principal"]);
    let right = grant["entitlement"].as_str().unwrap();
    match (on["resource_type"].as_str().unwrap(), right) {
        ("team", _) => format!("list {}", to["resource_type"].as_str().unwrap()),
        ("group", "member") => "list group".to_owned(),
        ("workspace", _) if !grant["implied_by"].is_null() => "list workspace".to_owned(),
        _ => format!("grants {}", named(on)),
    }
}
