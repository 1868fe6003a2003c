//! Every word of the contract is explained, and what is made of it is seen in one room alone.

use std::fs;

use wit_parser::{Docs, Resolve, TypeDefKind, WorldItem};

use crate::tree::{root, shipped, sources, uses};

#[test]
fn generated_code_is_seen_in_one_room_alone() {
    for (file, text) in sources("src") {
        if !file.starts_with("src/component/") {
            assert!(!text.contains("wit_bindgen"), "{file}");
        }
    }
    for (file, text) in sources("host-tests/src") {
        if !file.starts_with("host-tests/src/runtime/") {
            assert!(!uses(&text, "bindings"), "{file}");
        }
    }
}

/// A case that the contract gets one day must not be turned into another one in silence.
#[test]
fn conversions_name_every_case() {
    let room = "host-tests/src/runtime/convert";
    for files in [
        vec!["src/component/convert.rs".to_owned()],
        ["", "/page", "/description"]
            .map(|part| format!("{room}{part}.rs"))
            .to_vec(),
    ] {
        let texts = files
            .iter()
            .map(|file| shipped(&fs::read_to_string(root().join(file)).unwrap()));
        let text = texts.collect::<String>();
        assert!(text.contains("match "), "{files:?} convert nothing");
        assert!(!text.contains("_ =>"), "{files:?} have a wildcard");
    }
    let parts = fs::read_dir(root().join(room)).unwrap().count();
    assert_eq!(parts, 2, "a part of {room} is not looked at");
}

#[test]
fn every_word_of_the_contract_is_explained() {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(root().join("wit")).unwrap();
    let mut undocumented = Vec::new();
    let mut words = 0;
    let mut check = |name: String, docs: &Docs| {
        words += 1;
        if docs
            .contents
            .as_ref()
            .is_none_or(|text| text.trim().is_empty())
        {
            undocumented.push(name);
        }
    };
    for (name, id) in &resolve.packages[package].interfaces {
        let interface = &resolve.interfaces[*id];
        check(name.clone(), &interface.docs);
        for (function, item) in &interface.functions {
            check(format!("{name}.{function}"), &item.docs);
        }
        for (type_name, id) in &interface.types {
            let item = &resolve.types[*id];
            if let TypeDefKind::Type(_) = item.kind {
                continue; // A word of another interface, explained there.
            }
            let at = format!("{name}.{type_name}");
            check(at.clone(), &item.docs);
            for (member, docs) in members(&item.kind) {
                check(format!("{at}.{member}"), docs);
            }
        }
    }
    for (name, id) in &resolve.packages[package].worlds {
        let world = &resolve.worlds[*id];
        check(name.clone(), &world.docs);
        let imported = world.imports.values();
        assert!(
            imported
                .into_iter()
                .all(|item| matches!(item, WorldItem::Interface { .. }))
        );
    }
    assert!(words > 150, "only {words} words were found");
    assert_eq!(undocumented, Vec::<String>::new());
}

fn members(kind: &TypeDefKind) -> Vec<(&str, &Docs)> {
    match kind {
        TypeDefKind::Record(record) => record
            .fields
            .iter()
            .map(|field| (field.name.as_str(), &field.docs))
            .collect(),
        TypeDefKind::Enum(cases) => cases
            .cases
            .iter()
            .map(|case| (case.name.as_str(), &case.docs))
            .collect(),
        TypeDefKind::Variant(cases) => cases
            .cases
            .iter()
            .map(|case| (case.name.as_str(), &case.docs))
            .collect(),
        _ => Vec::new(),
    }
}
