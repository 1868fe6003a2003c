//! The result of a call, as facts with names, so that two results can be compared.

use std::collections::{BTreeMap, BTreeSet};

use connector_host::records::{EntitlementList, GrantSet, Notice, Page, Tenant};
use connector_host::runtime::CallFailure;
use serde_json::Value;

/// The result of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// An answer: its facts by name, and its notices.
    Reported(BTreeMap<String, Value>, Vec<Notice>),
    /// An error of the contract, and what it says.
    Error(&'static str, String),
    /// The guest trapped or was ended.
    Broken(String),
}

/// The parts of a call's answer.
pub trait Facts {
    /// Each fact under the name of what it is about, and the notices.
    fn facts(self) -> (BTreeMap<String, Value>, Vec<Notice>);
}

impl Facts for Page {
    fn facts(self) -> (BTreeMap<String, Value>, Vec<Notice>) {
        let mut facts = BTreeMap::new();
        for resource in &self.resources {
            facts.insert(resource.id.to_string(), json(resource));
        }
        for entitlement in &self.entitlements {
            let name = format!(
                "entitlement {} on {}",
                entitlement.slug, entitlement.resource_type
            );
            facts.insert(name, json(entitlement));
        }
        for grant in self.grants.iter().flat_map(GrantSet::grants) {
            let name = format!(
                "{} holds {} on {}",
                grant.principal, grant.entitlement, grant.resource
            );
            facts.insert(name, json(&grant));
        }
        if let Some(next) = &self.next_page_token {
            facts.insert("next".to_owned(), json(next));
        }
        (facts, self.notices)
    }
}

impl Facts for EntitlementList {
    fn facts(self) -> (BTreeMap<String, Value>, Vec<Notice>) {
        let entitlements = self.entitlements;
        let page = Page {
            entitlements,
            notices: self.notices,
            ..Page::default()
        };
        page.facts()
    }
}

impl Facts for Tenant {
    fn facts(mut self) -> (BTreeMap<String, Value>, Vec<Notice>) {
        let notices = std::mem::take(&mut self.notices);
        (
            BTreeMap::from([(format!("tenant {}", self.id), json(&self))]),
            notices,
        )
    }
}

fn json(record: &impl serde::Serialize) -> Value {
    serde_json::to_value(record).expect("JSON")
}

impl Outcome {
    /// The outcome of a call.
    pub fn of(result: Result<impl Facts, CallFailure>) -> Self {
        match result {
            Ok(answer) => {
                let (facts, notices) = answer.facts();
                Self::Reported(facts, notices)
            }
            Err(CallFailure::Reported { case, problem }) => {
                Self::Error(case.name(), problem.message)
            }
            Err(broken) => Self::Broken(broken.to_string()),
        }
    }

    /// Returns the difference from the result of the unchanged answer, in one line.
    pub fn against(&self, unchanged: &Self) -> String {
        let (Self::Reported(facts, notices), Self::Reported(before, noticed)) = (self, unchanged)
        else {
            return match self {
                Self::Error(case, _) => format!("error {case}"),
                Self::Reported(..) | Self::Broken(_) => format!("{self:?}"),
            };
        };
        let mut words = differences(before, facts);
        let new: BTreeSet<String> = notices
            .iter()
            .filter(|notice| !noticed.contains(notice))
            .map(in_words)
            .collect();
        let gone = noticed.iter().filter(|notice| !notices.contains(notice));
        words.extend(gone.map(|notice| format!("no longer: {}", in_words(notice))));
        words.extend(new);
        if words.is_empty() {
            "nothing changes".to_owned()
        } else {
            words.join("; ")
        }
    }
}

/// A notice by its code; `!` where the page lacks something.
fn in_words(notice: &Notice) -> String {
    let mark = if notice.is_partial() { "!" } else { "" };
    let about = notice.about.as_ref().map(|about| format!(" on {about}"));
    format!("({}{mark}{})", notice.code, about.unwrap_or_default())
}

/// Returns the removed, new and altered facts, each in a few words.
fn differences(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Vec<String> {
    let mut words = Vec::new();
    for (name, old) in before {
        match after.get(name) {
            Some(new) if name == "next" && new != old => words.push("another next".to_owned()),
            None => words.push(format!("gone: {name}")),
            Some(new) => words.extend(altered("", old, new).map(|what| format!("{name}: {what}"))),
        }
    }
    let new = after.keys().filter(|name| !before.contains_key(*name));
    words.extend(new.map(|name| format!("new: {name}")));
    words
}

/// Fields that differ, with their new values.
fn altered<'v>(
    path: &str,
    old: &'v Value,
    new: &'v Value,
) -> Box<dyn Iterator<Item = String> + 'v> {
    let (Value::Object(old), Value::Object(new)) = (old, new) else {
        let line = (old != new).then(|| format!("{path} is {new}"));
        return Box::new(line.into_iter());
    };
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let path = path.to_owned();
    Box::new(names.into_iter().flat_map(move |name| {
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        const NONE: &Value = &Value::Null;
        altered(
            &path,
            old.get(name).unwrap_or(NONE),
            new.get(name).unwrap_or(NONE),
        )
    }))
}
