//! Every item of the contract is documented.

use std::path::Path;

use anyhow::Result;
use wit_parser::{Docs, Interface, Resolve, TypeDefKind};

pub(super) fn check_contract(wit: &Path) -> Result<Vec<String>> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(wit)?;
    let mut items = Vec::new();
    let Some(package) = resolve.packages.get(package) else {
        return Ok(items);
    };
    for (name, id) in &package.interfaces {
        if let Some(interface) = resolve.interfaces.get(*id) {
            items.extend(undocumented_items(&resolve, name, interface));
        }
    }
    for (name, id) in &package.worlds {
        let docs = resolve.worlds.get(*id).map(|world| &world.docs);
        items.extend(docs.filter(|docs| is_blank(docs)).map(|_| name.clone()));
    }
    let violation = |item| format!("wit: {item} is not documented");
    Ok(items.into_iter().map(violation).collect())
}

fn undocumented_items(resolve: &Resolve, name: &str, interface: &Interface) -> Vec<String> {
    let mut items = vec![(name.to_owned(), &interface.docs)];
    for (function, item) in &interface.functions {
        items.push((format!("{name}.{function}"), &item.docs));
    }
    for (type_name, id) in &interface.types {
        let Some(item) = resolve.types.get(*id) else {
            continue;
        };
        if matches!(item.kind, TypeDefKind::Type(_)) {
            continue; // A type of another interface, documented there.
        }
        items.push((format!("{name}.{type_name}"), &item.docs));
        let members = documented_members(&item.kind).into_iter();
        items.extend(members.map(|(member, docs)| (format!("{name}.{type_name}.{member}"), docs)));
    }
    let blank = items.into_iter().filter(|(_, docs)| is_blank(docs));
    blank.map(|(item, _)| item).collect()
}

fn is_blank(docs: &Docs) -> bool {
    docs.contents
        .as_ref()
        .is_none_or(|text| text.trim().is_empty())
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "no other kind of type has members"
)]
fn documented_members(kind: &TypeDefKind) -> Vec<(&str, &Docs)> {
    match kind {
        TypeDefKind::Record(record) => record
            .fields
            .iter()
            .map(|it| (it.name.as_str(), &it.docs))
            .collect(),
        TypeDefKind::Enum(cases) => cases
            .cases
            .iter()
            .map(|it| (it.name.as_str(), &it.docs))
            .collect(),
        TypeDefKind::Variant(cases) => cases
            .cases
            .iter()
            .map(|it| (it.name.as_str(), &it.docs))
            .collect(),
        TypeDefKind::Flags(flags) => flags
            .flags
            .iter()
            .map(|it| (it.name.as_str(), &it.docs))
            .collect(),
        _ => Vec::new(),
    }
}
