//! Checks that no damaged body makes a connector trap, run without end or invent records.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::bench::{AnswerReplacement, CompletedCall, ConformanceRun};
use super::{CallResult, Check, ConformanceReport, ContractCall};
use connector_runtime::{CallFailure, Response};
use connector_types::{Grant, GrantSet, Page, ResourceId, Text};

const SURVIVES: Check = Check {
    name: "bodies-never-break-it",
    rule: "No body of an answer makes it trap, or meet a limit of the sandbox.",
};
const NO_JSON: Check = Check {
    name: "no-json-is-an-error",
    rule: "What is no JSON is an error and never a page.",
};
const NOTHING_NEW: Check = Check {
    name: "nothing-is-made-up",
    rule: "From a part of an answer no resource or grant follows that the whole answer does not give.",
};
const LOSS: Check = Check {
    name: "losses-are-reported",
    rule: "Where an item of an answer has lost its identity, the page says that it omits something, or the call is an error.",
};

pub(super) const CHECKS: [Check; 4] = [SURVIVES, NO_JSON, NOTHING_NEW, LOSS];

/// Calls that are tried with every damage, at most.
const MOST: usize = 60;

/// Plays every answer again, damaged.
pub(super) async fn check_bodies(
    bench: &ConformanceRun<'_>,
    walked: &[CompletedCall],
    verdict: &mut ConformanceReport,
) {
    let mut found = DamagedBody::default();
    let asking = walked.iter().filter(|made| !made.asked.is_empty());
    let all = asking.clone().count();
    for made in asking.take(MOST) {
        for (name, kind, damage) in all_damages() {
            found.add(bench, made, name, kind, damage).await;
        }
    }
    verdict.add(SURVIVES, found.tried, found.broke_off);
    verdict.add(NO_JSON, found.unreadable, found.read);
    verdict.add(NOTHING_NEW, found.partial, found.made_up);
    verdict.add(LOSS, found.lossy, found.silent);
    let tried = all.min(MOST);
    verdict.left_out(
        "calls whose answers are damaged",
        tried,
        all - tried,
        &CHECKS,
    );
}

/// The remains of a damaged answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DamageKind {
    /// JSON of another form.
    Odd,
    /// No JSON.
    Unreadable,
    /// A part of the answer.
    Part,
    /// The answer, its items without identity.
    Lossy,
}

#[derive(Default)]
struct DamagedBody {
    tried: usize,
    broke_off: Vec<String>,
    unreadable: usize,
    read: Vec<String>,
    partial: usize,
    made_up: Vec<String>,
    lossy: usize,
    silent: Vec<String>,
}

impl DamagedBody {
    async fn add(
        &mut self,
        bench: &ConformanceRun<'_>,
        good: &CompletedCall,
        name: &str,
        kind: DamageKind,
        damage: Damage,
    ) {
        let instead: AnswerReplacement =
            Arc::new(move |answer| Ok(damage_response(answer, damage)));
        let made = bench.make_call(&good.call, Some(instead)).await;
        let name = format!("{} answered with {name}", good.call.name());
        self.tried += 1;
        if let Err(failure) = &made.result
            && !matches!(failure, CallFailure::Reported { .. })
        {
            self.broke_off.push(format!("{name}: {failure}"));
        }
        // Catalogs and `validate` may have fallback texts for missing ones.
        let is_page = matches!(
            good.call,
            ContractCall::Resources(..) | ContractCall::Grants(..)
        );
        match kind {
            DamageKind::Unreadable if is_page => {
                self.unreadable += 1;
                self.read.extend(made.result.is_ok().then_some(name));
            }
            DamageKind::Part if is_page => {
                self.partial += 1;
                self.made_up
                    .extend(unexpected_records(&made, good).map(|what| format!("{name}: {what}")));
            }
            DamageKind::Lossy if is_page && has_less(&made, good) => {
                self.lossy += 1;
                self.silent.extend((!reports_damage(&made)).then_some(name));
            }
            DamageKind::Odd | DamageKind::Unreadable | DamageKind::Part | DamageKind::Lossy => {}
        }
    }
}

fn page_of(made: &CompletedCall) -> Option<&Page> {
    made.result.as_ref().ok().and_then(CallResult::page)
}

/// Returns a resource or grant that the good page does not have.
fn unexpected_records(made: &CompletedCall, good: &CompletedCall) -> Option<String> {
    let (page, good) = (page_of(made)?, page_of(good)?);
    let ids = |id: &ResourceId| good.resources.iter().any(|one| one.id == *id);
    let mut resources = page
        .resources
        .iter()
        .map(|one| &one.id)
        .filter(|id| !ids(id));
    if let Some(id) = resources.next() {
        return Some(id.to_string());
    }
    let known: BTreeSet<_> = expanded_grants(good)
        .map(|grant| grant_identity(&grant))
        .collect();
    let mut more = expanded_grants(page).filter(|grant| !known.contains(&grant_identity(grant)));
    let grant = more.next()?;
    Some(format!("{} for {}", grant.entitlement, grant.principal))
}

fn expanded_grants(page: &Page) -> impl Iterator<Item = Grant> {
    page.grants.iter().flat_map(GrantSet::grants)
}

fn grant_identity(grant: &Grant) -> (ResourceId, Text, ResourceId) {
    let Grant {
        resource,
        entitlement,
        principal,
        ..
    } = grant.clone();
    (resource, entitlement, principal)
}

fn has_less(made: &CompletedCall, good: &CompletedCall) -> bool {
    match (page_of(made), page_of(good)) {
        (None, Some(_)) => true,
        (Some(page), Some(good)) => {
            let count = |page: &Page| page.resources.len() + expanded_grants(page).count();
            count(page) < count(good)
        }
        _ => false,
    }
}

fn reports_damage(made: &CompletedCall) -> bool {
    page_of(made).is_none_or(|page| page.notices.iter().any(|notice| notice.is_partial()))
}

type Damage = fn(&[u8]) -> Vec<u8>;

/// Returns an answer, damaged. It has the status of a good one: a refusal is one with any body.
fn damage_response(answer: Option<&Response>, damage: Damage) -> Response {
    let mut response = answer.cloned().unwrap_or(Response {
        status: 200,
        headers: Vec::new(),
        body: b"{}".to_vec(),
        endpoint: None,
    });
    response.status = 200;
    response.body = damage(&response.body);
    response
}

fn all_damages() -> [(&'static str, DamageKind, Damage); 16] {
    [
        ("nothing", DamageKind::Unreadable, |_| Vec::new()),
        ("HTML", DamageKind::Unreadable, |_| {
            b"<html><body>Sign in</body></html>".to_vec()
        }),
        ("its first half", DamageKind::Unreadable, |body| {
            first_half(body).to_vec()
        }),
        ("bytes that are no text", DamageKind::Unreadable, |_| {
            vec![0xff, 0xfe, 0x00, 0x80]
        }),
        ("100,000 brackets", DamageKind::Unreadable, |_| {
            vec![b'['; 100_000]
        }),
        ("two documents", DamageKind::Unreadable, |body| {
            [body, b"{}"].concat()
        }),
        ("a text", DamageKind::Unreadable, |_| b"\"ok\"".to_vec()),
        ("null", DamageKind::Unreadable, |_| b"null".to_vec()),
        ("a number", DamageKind::Unreadable, |_| b"-1e999".to_vec()),
        ("an empty list", DamageKind::Odd, |_| b"[]".to_vec()),
        ("an empty object", DamageKind::Odd, |_| b"{}".to_vec()),
        ("numbers as texts", DamageKind::Odd, |body| {
            map(body, &|value| {
                if let serde_json::Value::Number(number) = value {
                    number.to_string().into()
                } else {
                    value
                }
            })
        }),
        ("nulls for all values", DamageKind::Odd, |body| {
            map(body, &|_| serde_json::Value::Null)
        }),
        ("lists for all values", DamageKind::Odd, |body| {
            map(body, &|value| serde_json::json!([value]))
        }),
        ("half of each list", DamageKind::Part, |body| {
            change_lists(body, &|list| {
                list.truncate(list.len() / 2);
            })
        }),
        (
            "one item of each list without identity",
            DamageKind::Lossy,
            |body| {
                change_lists(body, &|list| {
                    if let Some(serde_json::Value::Object(item)) = list.first_mut() {
                        item.retain(|name, _| !matches!(name.as_str(), "id" | "uid" | "uuid"));
                    }
                })
            },
        ),
    ]
}

fn first_half(body: &[u8]) -> &[u8] {
    body.get(..body.len() / 2).unwrap_or_default()
}

/// Changes every value that is neither list nor object.
fn map(body: &[u8], change: &dyn Fn(serde_json::Value) -> serde_json::Value) -> Vec<u8> {
    use serde_json::Value;
    fn change_value(value: Value, change: &dyn Fn(Value) -> Value) -> Value {
        match value {
            Value::Array(list) => list
                .into_iter()
                .map(|one| change_value(one, change))
                .collect(),
            Value::Object(fields) => {
                let fields = fields.into_iter();
                Value::Object(
                    fields
                        .map(|(name, value)| (name, change_value(value, change)))
                        .collect(),
                )
            }
            leaf @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
                change(leaf)
            }
        }
    }
    let value = serde_json::from_slice(body).unwrap_or(Value::Null);
    change_value(value, change).to_string().into_bytes()
}

/// Changes every list, the inner ones first.
fn change_lists(body: &[u8], change: &dyn Fn(&mut Vec<serde_json::Value>)) -> Vec<u8> {
    use serde_json::Value;
    fn walk(value: &mut Value, change: &dyn Fn(&mut Vec<Value>)) {
        match value {
            Value::Array(list) => {
                list.iter_mut().for_each(|one| walk(one, change));
                change(list);
            }
            Value::Object(fields) => fields.values_mut().for_each(|one| walk(one, change)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut value = serde_json::from_slice(body).unwrap_or(Value::Null);
    walk(&mut value, change);
    value.to_string().into_bytes()
}
