//! The conversion of good answers: complete, consistent, and the same each time.

use std::collections::{BTreeMap, BTreeSet};

use super::bench::{CompletedCall, ConformanceRun};
use super::{CallResult, Check, ConformanceReport, ContractCall};
use connector_types::{Evidence, GrantListing, Page, Resource, ResourceId, Text, TypeIndex};

const ANSWERS: Check = Check {
    name: "good-answers-are-read",
    rule: "What the provider answered well is read.",
};
const SAME: Check = Check {
    name: "same-answers-same-page",
    rule: "A call made again, after others, gives the same: no state, no time, no chance.",
};
const KNOWN_TYPES: Check = Check {
    name: "types-are-described",
    rule: "Every type of a resource, principal, parent or entitlement is one that the description has, and the details of a resource fit the kind of its type.",
};
const ASKED_FOR: Check = Check {
    name: "lists-give-what-was-asked-for",
    rule: "A page of list-resources has each id once, and a page of list-grants has references alone.",
};
const DESCRIBED: Check = Check {
    name: "entitlements-are-described",
    rule: "Every entitlement that a grant names, or expands, is in list-entitlements or in a page.",
};
const ONCE: Check = Check {
    name: "grants-come-once",
    rule: "A set of grants has each principal and each entitlement once, and at least one of both.",
};
const FORM: Check = Check {
    name: "values-have-the-contracts-form",
    rule: "Times are RFC 3339 in UTC with whole seconds and Z; ids and names are not empty; names have no control characters.",
};
const SOURCES: Check = Check {
    name: "grants-are-where-they-are-said-to-be",
    rule: "list-grants is an empty last page for a type of which every resource has its grants in lists. (Where only some have, an id does not tell which.)",
};

pub(super) const CHECKS: [Check; 8] = [
    ANSWERS,
    SAME,
    KNOWN_TYPES,
    ASKED_FOR,
    DESCRIBED,
    ONCE,
    FORM,
    SOURCES,
];

/// Checks everything that was read, and reads it again.
pub(super) async fn check_pages(
    bench: &ConformanceRun<'_>,
    walked: &[CompletedCall],
    verdict: &mut ConformanceReport,
) {
    let bad = |made: &&CompletedCall| made.result.is_err();
    let unread = walked.iter().filter(bad);
    let unread = unread.map(|made| format!("{}: {:?}", made.call.name(), made.result));
    verdict.add(ANSWERS, walked.len(), unread.collect());
    check_repeats(bench, walked, verdict).await;
    let pages: Vec<(&ContractCall, &Page)> = walked.iter().filter_map(page_of).collect();
    of_known_types(bench, &pages, verdict);
    as_asked_for(&pages, verdict);
    check_described(walked, &pages, verdict);
    check_unique(&pages, verdict);
    of_form(&pages, verdict);
    check_sources(bench, &pages, verdict).await;
}

fn page_of(made: &CompletedCall) -> Option<(&ContractCall, &Page)> {
    let page = made.result.as_ref().ok()?.page()?;
    Some((&made.call, page))
}

/// Backwards, so that any state that a call leaves behind affects a different call.
async fn check_repeats(
    bench: &ConformanceRun<'_>,
    walked: &[CompletedCall],
    verdict: &mut ConformanceReport,
) {
    let mut differ = Vec::new();
    for made in walked.iter().rev() {
        let again = bench.make_call(&made.call, None).await;
        if again.result != made.result || again.asked != made.asked {
            differ.push(made.call.name());
        }
    }
    verdict.add(SAME, walked.len(), differ);
}

fn of_known_types(
    bench: &ConformanceRun<'_>,
    pages: &[(&ContractCall, &Page)],
    verdict: &mut ConformanceReport,
) {
    let types = TypeIndex::new(bench.descriptor());
    let mut tried = 0;
    let mut broken = Vec::new();
    for (call, page) in pages {
        let resources = page.resources.iter();
        let ids = resources.flat_map(|one| one.references().chain([&one.id]));
        let of_resources = ids.map(|id| &*id.resource_type);
        let of_grants = page.grants.iter();
        let of_grants =
            of_grants.flat_map(|set| [&*set.resource.resource_type, &*set.principal_type]);
        for resource_type in of_resources.chain(of_grants) {
            tried += 1;
            if !types.contains(resource_type) {
                broken.push(format!("{}: {resource_type}", call.name()));
            }
        }
        for one in &page.resources {
            let kind = types.kind(&one.id.resource_type);
            if kind.is_some_and(|kind| !kind.allows_details(&one.details)) {
                let details = one.details.kind();
                broken.push(format!(
                    "{}: {} with details {details}",
                    call.name(),
                    one.id
                ));
            }
        }
    }
    verdict.add(KNOWN_TYPES, tried, broken);
}

fn as_asked_for(pages: &[(&ContractCall, &Page)], verdict: &mut ConformanceReport) {
    let mut tried = 0;
    let mut broken = Vec::new();
    for (call, page) in pages {
        let mut seen = BTreeSet::new();
        for resource in &page.resources {
            tried += 1;
            if !seen.insert(&resource.id) {
                broken.push(format!("{}: {} comes twice", call.name(), resource.id));
            }
            if !fits_call(call, resource) {
                broken.push(format!("{}: {}", call.name(), resource.id));
            }
        }
    }
    verdict.add(ASKED_FOR, tried, broken);
}

fn fits_call(call: &ContractCall, resource: &Resource) -> bool {
    resource.evidence == Evidence::Referenced || matches!(call, ContractCall::Resources(..))
}

fn check_described(
    walked: &[CompletedCall],
    pages: &[(&ContractCall, &Page)],
    verdict: &mut ConformanceReport,
) {
    let mut known: BTreeSet<(&str, &str)> = BTreeSet::new();
    for made in walked {
        let listed = match &made.result {
            Ok(CallResult::Entitlements(list)) => &list.entitlements,
            Ok(CallResult::Page(page)) => &page.entitlements,
            _ => continue,
        };
        known.extend(listed.iter().map(|one| (&*one.resource_type, &*one.slug)));
    }
    let mut tried = 0;
    let mut broken = Vec::new();
    for (call, page) in pages {
        for set in &page.grants {
            let listed = set.entitlements.iter();
            let listed = listed.map(|slug| (&*set.resource.resource_type, &**slug));
            let passed = set.expands.as_deref();
            let passed = passed.map(|slug| (&*set.principal_type, slug));
            for entitlement in listed.chain(passed) {
                tried += 1;
                if !known.contains(&entitlement) {
                    broken.push(format!(
                        "{}: {} on {}",
                        call.name(),
                        entitlement.1,
                        entitlement.0
                    ));
                }
            }
        }
    }
    verdict.add(DESCRIBED, tried, broken);
}

fn check_unique(pages: &[(&ContractCall, &Page)], verdict: &mut ConformanceReport) {
    let mut tried = 0;
    let mut broken = Vec::new();
    for (call, page) in pages {
        for set in &page.grants {
            tried += 1;
            let twice =
                repeated_text(&set.principal_ids).or_else(|| repeated_text(&set.entitlements));
            if let Some(twice) = twice {
                let on = &set.resource;
                broken.push(format!("{}: {twice} twice in a set on {on}", call.name()));
            }
            if set.is_empty() {
                broken.push(format!("{}: an empty set on {}", call.name(), set.resource));
            }
        }
    }
    verdict.add(ONCE, tried, broken);
}

/// Returns the first text that comes a second time.
fn repeated_text(texts: &[Text]) -> Option<&Text> {
    let mut seen = BTreeSet::new();
    texts.iter().find(|text| !seen.insert(*text))
}

fn of_form(pages: &[(&ContractCall, &Page)], verdict: &mut ConformanceReport) {
    let mut tried = 0;
    let mut broken = Vec::new();
    for (call, page) in pages {
        for resource in &page.resources {
            tried += 1;
            broken.extend(odd_fact(resource).map(|what| format!("{}: {what}", call.name())));
        }
    }
    verdict.add(FORM, tried, broken);
}

fn odd_fact(resource: &Resource) -> Option<String> {
    let times = [&resource.created_at, &resource.updated_at]
        .into_iter()
        .flatten();
    let mut odd_times = times.filter(|time| !is_time(time));
    if let Some(time) = odd_times.next() {
        return Some(format!("{}: the time {time:?}", resource.id));
    }
    let name = &resource.display_name;
    if name.is_empty() || name.chars().any(char::is_control) || resource.id.id.is_empty() {
        return Some(format!("{}: the name {name:?}", resource.id));
    }
    None
}

fn is_time(text: &str) -> bool {
    text.len() == 20 && text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok()
}

async fn check_sources(
    bench: &ConformanceRun<'_>,
    pages: &[(&ContractCall, &Page)],
    verdict: &mut ConformanceReport,
) {
    let mut by_type: BTreeMap<&str, &ResourceId> = BTreeMap::new();
    let resources: Vec<&Resource> = pages.iter().flat_map(|(_, page)| &page.resources).collect();
    let others = resources
        .iter()
        .filter(|one| one.grants != GrantListing::Complete);
    let asked: BTreeSet<&str> = others.map(|one| &*one.id.resource_type).collect();
    let mut alike = 0;
    for resource in resources {
        if asked.contains(&*resource.id.resource_type) {
            continue;
        }
        alike += 1;
        by_type
            .entry(&resource.id.resource_type)
            .or_insert(&resource.id);
    }
    let mut broken = Vec::new();
    let left = alike - by_type.len();
    verdict.left_out(
        "resources with their grants in lists, one of each type",
        by_type.len(),
        left,
        &[SOURCES],
    );
    for id in by_type.values() {
        let made = bench
            .make_call(&ContractCall::Grants((*id).clone(), None), None)
            .await;
        let page = made.result.as_ref().ok().and_then(CallResult::page);
        if page.is_none_or(|page| !page.grants.is_empty() || page.next_page_token.is_some()) {
            broken.push(format!("{}: {:?}", made.call.name(), made.result));
        }
    }
    verdict.add(SOURCES, by_type.len(), broken);
}
