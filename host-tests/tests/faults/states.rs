//! The team as it was at each moment: the expected state of the team at first, and what became of each line
//! of it whenever the team moved.

use std::collections::HashMap;

use postman_simulator::{LoggedAnswer, RuleFirings, Simulator, TeamChange};
use serde_json::Value;

/// The states that a team went through, and which of them each scope has seen.
#[derive(Default)]
pub struct States {
    /// The changes of the team: there is one state more than changes.
    pub moves: Vec<TeamChange>,
    /// True if a list was given the cursor that it was asked with: that ends it, by the contract with a
    /// notice, and hides what would have followed.
    pub repeats: bool,
    /// True if a fault took items out of an answer that is good otherwise: its scope is partial.
    pub loses_items: bool,
    /// The first and the last state that the last walk of each scope saw in good answers.
    seen: HashMap<String, (usize, usize)>,
}

/// A line of the expected state.
pub struct Line {
    pub text: String,
    /// The scope that reports it.
    pub owner: String,
    /// The resource of that scope, unless it is the tenant.
    pub parent: Option<String>,
    /// The resource that it is the record of.
    pub id: Option<String>,
    /// True if no list has it.
    pub referenced: bool,
    /// Ids with which it goes.
    goes_with: Vec<String>,
    /// The workspace whose roles it is of.
    role_in: Option<String>,
    /// The workspace whose visibility it follows from.
    pub implied_on: Option<String>,
    /// The team of an organization whose members it is about.
    pub of_sub_team: Option<String>,
}

impl States {
    pub fn of(simulator: &Simulator, fired: &[RuleFirings], root: &str) -> Self {
        let any = |faults: &[&str]| {
            let mut fired = fired.iter().filter(|one| one.times > 0);
            fired.any(|one| faults.iter().any(|fault| one.rule.contains(fault)))
        };
        let mut seen: HashMap<_, (usize, usize)> = HashMap::new();
        for answer in simulator.answered_requests().iter().filter(|one| one.good) {
            let (scope, begins) = asked(answer, root);
            // The activities request the users, which show the account of each of them.
            let activities = seen.get_mut(&under_report("activity", root));
            if let Some((_, last)) = activities.filter(|_| scope == "list user") {
                *last = answer.moves;
                continue;
            }
            let (first, last) = seen.entry(scope).or_insert((answer.moves, 0));
            if begins {
                *first = answer.moves;
            }
            *last = answer.moves;
        }
        Self {
            moves: simulator.team_moves(),
            repeats: any(&[":same-cursor", ":circle"]),
            loses_items: any(&[
                ":invalid-utf8",
                ":deep-json",
                ":no-users",
                ":owner-unlisted",
            ]),
            seen,
        }
    }

    /// Ids of what is gone by now.
    pub fn gone(&self) -> Vec<&str> {
        let moves = self.moves.iter();
        let gone = moves.filter_map(|one| match one {
            TeamChange::Gone(id) => Some(id.as_str()),
            TeamChange::Changed(_) | TeamChange::Shifted => None,
        });
        gone.collect()
    }

    /// The line in each state that its scope has seen; none where it has seen nothing.
    pub fn variants(&self, line: &Line) -> Vec<Option<String>> {
        let Some((first, last)) = self.seen.get(&line.owner) else {
            return Vec::new();
        };
        (*first..=*last).map(|state| self.at(line, state)).collect()
    }

    /// Returns whether a complete scope must report the line: nothing of it changed while it was read.
    pub fn must_be_reported(&self, line: &Line) -> bool {
        let variants = self.variants(line);
        let untouched = variants.iter().all(|one| one.as_ref() == Some(&line.text));
        // Of a complete scope that has seen nothing, every line is one too few.
        untouched && !self.has_shifted(line)
    }

    /// Returns the items that an offset or cursor list can lose when it shifts while it is read.
    fn has_shifted(&self, line: &Line) -> bool {
        let is_paged = matches!(
            line.owner.as_str(),
            "list workspace" | "list collection-access-key"
        );
        let seen = self.seen.get(&line.owner);
        let between = seen.and_then(|(first, last)| self.moves.get(*first..*last));
        is_paged && between.is_some_and(|moves| moves.contains(&TeamChange::Shifted))
    }

    /// The line after so many moves.
    fn at(&self, line: &Line, state: usize) -> Option<String> {
        let mut changed = false;
        for one in self.moves.iter().take(state) {
            match one {
                TeamChange::Gone(id) if line.goes_with.contains(id) => return None,
                TeamChange::Changed(id) => changed |= line.role_in.as_ref() == Some(id),
                TeamChange::Gone(_) | TeamChange::Shifted => {}
            }
        }
        Some(if changed {
            exchanged(&line.text)
        } else {
            line.text.clone()
        })
    }
}

/// The list of this type under the report of a team.
fn under_report(listed: &str, root: &str) -> String {
    format!("list {listed} under analytics-report {root}")
}

/// The scope that asks for this, and whether it is at its beginning.
fn asked(answer: &LoggedAnswer, root: &str) -> (String, bool) {
    let (path, query) = answer
        .target
        .split_once('?')
        .unwrap_or((&answer.target, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let begins = !pairs.clone().any(|(key, value)| match key {
        "cursor" => true,
        "offset" => value != "0",
        "startIndex" => value != "1",
        _ => false,
    });
    // The list of teams begins once, with the root that `/me` shows; other lists ask for both, too.
    let begins = begins && path != "/me" && !path.starts_with("/teams");
    let value = |name: &str| pairs.clone().find(|(key, _)| *key == name);
    let value = |name: &str| value(name).map_or("", |(_, value)| value);
    let segments: Vec<_> = path.split('/').skip(1).collect();
    let scope = match segments.as_slice() {
        ["me"] => "list team".to_owned(),
        ["users"] => "list user".to_owned(),
        ["teams", ..] => "list team".to_owned(),
        ["groups"] => "list group".to_owned(),
        ["groups", id] => format!("grants group {id}"),
        ["workspaces"] => "list workspace".to_owned(),
        ["workspaces", id, "roles"] => format!("grants workspace {id}"),
        ["collections"] => format!("list collection under workspace {}", value("workspace")),
        ["analytics"] => match value("metrics") {
            "members" => under_report("activity", root),
            "pending_invites" => under_report("invitation", root),
            _ => "list analytics-report".to_owned(),
        },
        ["accounts"] => "list analytics-report".to_owned(),
        ["collections", id, "roles"] => format!("grants collection {id}"),
        ["collection-access-keys"] => "list collection-access-key".to_owned(),
        ["scim", _, "Groups"] => "list scim-group".to_owned(),
        ["scim", ..] => "list scim-account".to_owned(),
        _ => path.to_owned(),
    };
    (scope, begins)
}

impl Line {
    /// Reads a line of the expected state of a tenant whose root is `root`.
    pub fn read(text: &str, root: &str) -> Self {
        let value: Value = serde_json::from_str(text).unwrap();
        let (resource, grant) = (&value["resource"], &value["grant"]);
        let (owner, parent) = owner(&value, root);
        let implied = !grant["implied_by"].is_null();
        let id = |of: &Value| of["id"].as_str().map(str::to_owned);
        // An implied grant on a workspace follows from that workspace alone, one on the team from what
        // its principal is there; the record of the team is no list's.
        let of_workspace = implied && grant["resource"]["resource_type"] == "workspace";
        let goes_with = match (resource.is_null(), of_workspace) {
            (true, true) => id(&grant["resource"]).into_iter().collect(),
            (true, false) => [&grant["resource"], &grant["principal"]]
                .into_iter()
                .filter_map(id)
                .collect(),
            (false, _) if owner == "list team" => Vec::new(),
            (false, _) => id(&resource["id"]).into_iter().collect(),
        };
        let by_visibility = implied && grant["entitlement"] == "access";
        let is_role = owner.starts_with("grants workspace ");
        Self {
            text: text.to_owned(),
            id: (!resource.is_null()).then(|| named(&resource["id"])),
            referenced: resource["evidence"] == "referenced",
            goes_with,
            role_in: id(&grant["resource"]).filter(|_| is_role),
            of_sub_team: id(&grant["resource"]).filter(|_| owner == "list team"),
            implied_on: by_visibility.then(|| named(&grant["resource"])),
            owner,
            parent,
        }
    }
}

fn named(id: &Value) -> String {
    format!(
        "{} {}",
        id["resource_type"].as_str().unwrap(),
        id["id"].as_str().unwrap()
    )
}

/// The same grant with the roles of viewer and admin exchanged.
fn exchanged(line: &str) -> String {
    let (viewer, admin) = (r#""entitlement":"viewer""#, r#""entitlement":"admin""#);
    if line.contains(viewer) {
        line.replace(viewer, admin)
    } else {
        line.replace(admin, viewer)
    }
}

/// The scope that reports a line of the expected state, and its resource.
fn owner(line: &Value, root: &str) -> (String, Option<String>) {
    let (resource, grant) = (&line["resource"], &line["grant"]);
    let list = |listed: &str| (format!("list {listed}"), None);
    let of_report = |listed: &str| {
        let report = format!("analytics-report {root}");
        (under_report(listed, root), Some(report))
    };
    if grant.is_null() {
        return match resource["id"]["resource_type"].as_str().unwrap() {
            "collection" if !resource["parent"].is_null() => {
                let parent = named(&resource["parent"]);
                (format!("list collection under {parent}"), Some(parent))
            }
            listed @ ("activity" | "invitation") => of_report(listed),
            listed => list(listed),
        };
    }
    let (on, to) = (&grant["resource"], &grant["principal"]);
    let entitlement = grant["entitlement"].as_str().unwrap();
    match (on["resource_type"].as_str().unwrap(), entitlement) {
        (_, "invited") => of_report("invitation"),
        ("team", _) if on["id"] != root => list("team"),
        ("group", "member") if to["resource_type"] == "team" => list("team"),
        ("team", _) => list(to["resource_type"].as_str().unwrap()),
        ("group" | "scim-group", "member") => list(on["resource_type"].as_str().unwrap()),
        ("workspace", _) if !grant["implied_by"].is_null() => list("workspace"),
        _ => (format!("grants {}", named(on)), Some(named(on))),
    }
}
