//! Who may use whom: the tables of `ARCHITECTURE.md`, row by row, against what the files name.
//! What is used stands in the table, what stands in the table is used, and there is no circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::tree::{root, shipped, sources};

/// Rooms, and what each uses.
type Arrows = BTreeMap<String, BTreeSet<String>>;

/// The rows of the table below a heading; the second column is at `column`.
fn table(heading: &str, column: usize) -> Arrows {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, rest) = text.split_once(&format!("\n### {heading}\n")).unwrap();
    let rest = rest.split("\n#").next().unwrap();
    let rows = rest.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let words = |cell: &str| -> BTreeSet<String> {
            let words = cell.split('`').skip(1).step_by(2);
            words.map(str::to_owned).collect()
        };
        let room = words(cells[0]).pop_first().unwrap();
        (room, words(cells[column]))
    })
    .collect()
}

/// The names right behind `crate::` in a text, in groups too.
fn named(text: &str, root: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices(root) {
        let rest = &text[at + root.len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(first_names(group)),
            None => found.extend(first_names(rest).into_iter().take(1)),
        }
    }
    found
}

/// The first name of each path of a group, up to its closing brace.
fn first_names(group: &str) -> Vec<String> {
    let (mut depth, mut names, mut expected) = (0, Vec::new(), true);
    for word in group.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_') {
        let name = word.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_');
        if expected && depth == 0 && !name.is_empty() {
            names.push(name.to_owned());
            expected = false;
        }
        match word.chars().last() {
            Some('{') => depth += 1,
            Some('}') if depth == 0 => break,
            Some('}') => depth -= 1,
            Some(',') if depth == 0 => expected = true,
            Some(';') => break,
            _ => {}
        }
    }
    names
}

/// Whether a crate's name stands at the beginning of a path.
fn uses_crate(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = &text[at + name.len()..];
        let begins = before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':');
        begins && (after.starts_with("::") || after.starts_with("!("))
    })
}

/// The room of a file below `folder`: its folder, or its own name.
fn room(file: &str, folder: &str) -> String {
    let path = file.strip_prefix(folder).unwrap();
    let first = path.split('/').next().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The files of the rooms below a folder, but for those that only tests are built with.
fn rooms(folder: &str) -> Vec<(String, String)> {
    let lib = fs::read_to_string(root().join(folder).join("lib.rs")).unwrap();
    let for_tests = |room: &str| lib.contains(&format!("#[cfg(test)]\nmod {room};"));
    let mut files = sources(folder);
    files.retain(|(file, _)| is_room(file) && !for_tests(&room(file, folder)));
    files
}

fn is_room(file: &str) -> bool {
    !file.ends_with("/lib.rs") && !file.ends_with("src/main.rs") && !file.contains("/tests/")
}

/// What each room below a folder uses of the other rooms there.
fn arrows(folder: &str) -> Arrows {
    let mut arrows = Arrows::new();
    for (file, text) in rooms(folder) {
        let room = room(&file, folder);
        let mut used = named(&shipped(&text), "crate::");
        used.remove(&room);
        arrows.entry(room).or_default().extend(used);
    }
    arrows
}

/// A room that leads back to itself.
fn circle(arrows: &Arrows) -> Option<String> {
    let mut left = arrows.clone();
    loop {
        let ends: Vec<String> = left
            .iter()
            .filter(|(_, used)| used.iter().all(|room| !left.contains_key(room)))
            .map(|(room, _)| room.clone())
            .collect();
        if ends.is_empty() {
            return left.into_keys().next();
        }
        left.retain(|room, _| !ends.contains(room));
    }
}

#[test]
fn the_guests_rooms_use_what_their_table_says() {
    let found = arrows("src/");
    assert!(found.len() > 6, "the guest's rooms were not found");
    assert_eq!(found, table("In the guest", 1));
    assert_eq!(circle(&found), None);
}

#[test]
fn the_hosts_rooms_use_what_their_table_says() {
    let found = arrows("host-tests/src/");
    assert!(found.len() > 15, "the host's rooms were not found");
    assert_eq!(found, table("In the host", 1));
    assert_eq!(circle(&found), None);
}

/// What comes from outside says what a room can know: `inventory` never sees HTTP.
#[test]
fn the_guests_rooms_use_the_crates_that_their_table_says() {
    let mut found = Arrows::new();
    for (file, text) in rooms("src/") {
        let used = found.entry(room(&file, "src/")).or_default();
        let crates = ["anyhow", "http", "serde", "serde_json", "wit_bindgen"];
        let named = crates
            .iter()
            .filter(|name| uses_crate(&shipped(&text), name));
        used.extend(named.map(|name| (*name).to_owned()));
    }
    assert_eq!(found, table("In the guest", 2));
}

/// Records that any JSON fits know serde, each other, and neither the model nor HTTP.
#[test]
fn the_wire_knows_serde_and_itself_alone() {
    let low = ["holders", "json", "lenient", "wire"];
    for name in low {
        let file = root().join(format!("src/postman/{name}.rs"));
        let text = shipped(&fs::read_to_string(file).unwrap());
        assert_eq!(named(&text, "crate::"), BTreeSet::new(), "{name}");
        let beside = named(&text, "super::");
        assert!(
            beside.iter().all(|one| low.contains(&one.as_str())),
            "{name}: {beside:?}"
        );
        assert!(!uses_crate(&text, "http"), "{name}");
    }
}

#[test]
fn the_search_for_arrows_finds_what_is_there() {
    let text = "use crate::{\n    model::{Page, Text},\n    postman::client,\n};\nuse crate::error;\nlet a = crate::cursor::encode();";
    let found: Vec<String> = named(text, "crate::").into_iter().collect();
    assert_eq!(found, ["cursor", "error", "model", "postman"]);
    assert!(uses_crate("use http::Request;", "http"));
    assert!(uses_crate("wit_bindgen::generate!({", "wit_bindgen"));
    assert!(!uses_crate(
        "super::http::get(); use serde_http::x;",
        "http"
    ));
    let arrows = |pairs: &[(&str, &str)]| -> Arrows {
        let pair = |(room, used): &(&str, &str)| {
            ((*room).to_owned(), BTreeSet::from([(*used).to_owned()]))
        };
        pairs.iter().map(pair).collect()
    };
    assert_eq!(circle(&arrows(&[("a", "b"), ("b", "c"), ("c", "d")])), None);
    assert!(circle(&arrows(&[("a", "b"), ("b", "c"), ("c", "b")])).is_some());
}
