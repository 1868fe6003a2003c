//! A whole reading of a tenant, one command a page, by nothing but what `describe` says. What is
//! opt-in or needs a further credential is left out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use crate::cli::{Cli, text};

/// The records of a walk.
#[derive(Default)]
pub struct Walk {
    resources: BTreeMap<String, Json>,
    grants: BTreeMap<String, Json>,
    entitlements: BTreeSet<String>,
    /// Scopes that ended with an error that names no fault of the call, as `workspace <id>`.
    pub refused: BTreeSet<String>,
    /// Pages beyond the first of a list under a parent.
    pub further_pages: usize,
}

impl Walk {
    /// Walks a tenant from `describe` to the last page.
    pub fn whole(cli: &Cli) -> Self {
        let mut walk = Self::default();
        let descriptor = cli.call("describe", "").unwrap();
        for kind in descriptor["resource_types"].as_array().unwrap() {
            let listed = kind["reference_only"] == false;
            if listed && kind["opt_in"] == false && kind["needs"].is_null() {
                walk.resources_of(cli, kind);
            }
            walk.entitlements_of(cli, &kind["id"]);
        }
        for resource in walk.resources.values().cloned().collect::<Vec<_>>() {
            if resource["grants"] == "list-grants-required" {
                let arguments = id(&resource["id"]);
                let of = (&Json::Null, &Json::Null);
                walk.pages(cli, "list-grants", &arguments, &resource["id"], of);
            }
        }
        walk
    }

    /// Resources as lines of NDJSON.
    pub fn resource_lines(&self) -> BTreeSet<String> {
        lines("resource", &self.resources)
    }

    /// Grants as lines of NDJSON.
    pub fn grant_lines(&self) -> BTreeSet<String> {
        lines("grant", &self.grants)
    }

    /// Entitlements that a grant names and neither `list-entitlements` nor a page has described.
    pub fn undescribed(&self) -> BTreeSet<String> {
        let named = self
            .grants
            .values()
            .map(|grant| slug(&grant["resource"]["resource_type"], &grant["entitlement"]));
        named
            .filter(|name| !self.entitlements.contains(name))
            .collect()
    }

    fn resources_of(&mut self, cli: &Cli, kind: &Json) {
        let name = text(kind["id"].as_str().unwrap());
        if kind["parent"].is_null() {
            let of = (&kind["id"], &Json::Null);
            self.pages(
                cli,
                "list-resources",
                &format!("{name}, none"),
                &kind["id"],
                of,
            );
            return;
        }
        let under = |resource: &&Json| {
            resource["id"]["resource_type"] == kind["parent"] && resource["evidence"] == "listed"
        };
        let parents: Vec<Json> = self.resources.values().filter(under).cloned().collect();
        for parent in parents {
            let arguments = format!("{name}, some({})", id(&parent["id"]));
            let of = (&kind["id"], &parent["id"]);
            self.pages(cli, "list-resources", &arguments, &parent["id"], of);
        }
    }

    /// Every page of one list; a list that is refused is noted.
    fn pages(
        &mut self,
        cli: &Cli,
        function: &str,
        arguments: &str,
        scope: &Json,
        listing: (&Json, &Json),
    ) {
        let mut cursor = "none".to_owned();
        loop {
            let page = match cli.call(function, &format!("{arguments}, {cursor}")) {
                Ok(page) => page,
                Err(error)
                    if ["forbidden", "not-found"]
                        .iter()
                        .any(|case| error.get(case).is_some()) =>
                {
                    self.refused.insert(name(scope));
                    return;
                }
                Err(error) => panic!("{function}({arguments}): {error}"),
            };
            let (of, parent) = listing;
            self.take(&page, of, parent);
            match page["next_page_token"].as_str() {
                None => return,
                Some(next) => cursor = format!("some({})", text(next)),
            }
            self.further_pages += usize::from(scope.is_object());
        }
    }

    /// Listed beats referenced, what the provider lists beats what follows from a rule.
    fn take(&mut self, page: &Json, of: &Json, parent: &Json) {
        let listed = page["resources"].as_array().unwrap().iter();
        let listed = listed.map(|one| with_facts(one, &listed_facts(one, of, parent)));
        let references = page["references"].as_array().unwrap().iter();
        let references = references.map(|one| with_facts(one, &referenced_facts(one)));
        for resource in listed.chain(references).collect::<Vec<_>>() {
            let stored = self.resources.entry(resource["id"].to_string());
            let stored = stored.or_insert_with(|| resource.clone());
            if stored["evidence"] == "referenced" && resource["evidence"] == "listed" {
                *stored = resource.clone();
            }
        }
        let sets = page["grants"].as_array().unwrap();
        for grant in &sets.iter().flat_map(grants_of).collect::<Vec<_>>() {
            let identity = json!([grant["resource"], grant["entitlement"], grant["principal"]]);
            let stored = self.grants.entry(identity.to_string());
            let stored = stored.or_insert_with(|| grant.clone());
            if grant["implied_by"].is_null() {
                *stored = grant.clone();
            }
        }
        self.take_entitlements(&page["entitlements"]);
    }

    fn entitlements_of(&mut self, cli: &Cli, kind: &Json) {
        let arguments = text(kind.as_str().unwrap());
        let list = cli.call("list-entitlements", &arguments).unwrap();
        self.take_entitlements(&list["entitlements"]);
    }

    fn take_entitlements(&mut self, entitlements: &Json) {
        for entitlement in entitlements.as_array().unwrap() {
            let name = slug(&entitlement["resource_type"], &entitlement["slug"]);
            self.entitlements.insert(name);
        }
    }
}

/// Adds the facts of the call to a listed resource.
fn listed_facts(resource: &Json, of: &Json, parent: &Json) -> Json {
    let id = json!({"resource_type": of, "id": resource["id"]});
    json!({"id": id, "parent": parent, "evidence": "listed"})
}

/// Adds the facts that a reference leaves out.
fn referenced_facts(reference: &Json) -> Json {
    let name = &reference["display_name"];
    let name = if name.is_null() {
        &reference["id"]["id"]
    } else {
        name
    };
    json!({"display_name": name, "evidence": "referenced", "grants": "complete"})
}

fn with_facts(record: &Json, facts: &Json) -> Json {
    let mut record = record.as_object().unwrap().clone();
    record.extend(facts.as_object().unwrap().clone());
    record.into()
}

/// The grants of a set: one for each pair of an entitlement and a principal.
fn grants_of(set: &Json) -> Vec<Json> {
    let list = |name: &str| set[name].as_array().unwrap().clone();
    let pairs = list("principal_ids").into_iter().flat_map(|id| {
        let slugs = list("entitlements").into_iter();
        slugs.map(move |slug| (slug, id.clone()))
    });
    let grant = |(slug, id)| {
        let principal = json!({"resource_type": set["principal_type"], "id": id});
        json!({"resource": set["resource"], "entitlement": slug, "principal": principal,
            "implied_by": set["implied_by"], "expands": set["expands"]})
    };
    pairs.map(grant).collect()
}

/// A line of NDJSON with its keys in one order, so that lines can be compared as text.
pub fn line(line: &str) -> String {
    let line: Json = serde_json::from_str(line).unwrap();
    line.to_string()
}

/// A resource's id as text.
pub fn name(id: &Json) -> String {
    let part = |key: &str| id[key].as_str().unwrap().to_owned();
    format!("{} {}", part("resource_type"), part("id"))
}

/// A resource's id in WAVE.
fn id(id: &Json) -> String {
    let part = |key: &str| text(id[key].as_str().unwrap());
    format!(
        "{{resource-type: {}, id: {}}}",
        part("resource_type"),
        part("id")
    )
}

fn slug(resource_type: &Json, slug: &Json) -> String {
    format!("{resource_type} {slug}")
}

fn lines(key: &str, records: &BTreeMap<String, Json>) -> BTreeSet<String> {
    let line = |record: &Json| json!({ key: record }).to_string();
    records.values().map(line).collect()
}
