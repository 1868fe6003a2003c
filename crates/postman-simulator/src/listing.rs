//! The entries of a list: its items in order, some twice, some again with other facts, and entries
//! that are no items.

use super::chance::RandomDraws;
use super::json::{break_text, json_text};
use super::quirks::ApiQuirks;

/// One entry of a list.
#[derive(Clone, Debug)]
pub(super) enum ListEntry {
    /// The item at this index.
    Item(usize),
    /// The item at this index once more, with other facts.
    Changed(usize),
    /// Something that cannot be reported.
    Junk(UnusableItem),
}

/// Something in a list that is no item, or that has no usable id.
#[derive(Clone, Debug)]
pub(super) struct UnusableItem {
    /// The JSON text of the entry.
    pub(super) json: String,
    /// The defect of the entry, for the omissions in the expected state.
    pub(super) what: String,
}

/// Which ids are hostile differs: ids that are never put into a path may hold a slash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ids {
    InPaths,
    Opaque,
}

/// Returns the entries of a list with `count` items.
pub(super) fn entries(
    count: usize,
    draws: RandomDraws,
    quirks: &ApiQuirks,
    ids: Ids,
) -> Vec<ListEntry> {
    let mut entries = repeated_entries(count, draws, quirks);
    for junk in junk_entries(draws, quirks, ids) {
        let at = draws.draw_below(
            &junk.what,
            u64::try_from(entries.len()).unwrap_or_default() + 1,
        );
        let at = usize::try_from(at).unwrap_or_default().min(entries.len());
        entries.insert(at, ListEntry::Junk(junk));
    }
    entries
}

/// Returns items in order; some directly repeated, some again a hundred entries later, sometimes
/// the first at the end.
fn repeated_entries(count: usize, draws: RandomDraws, quirks: &ApiQuirks) -> Vec<ListEntry> {
    let numbered = |at: usize| draws.at_index(u64::try_from(at).unwrap_or_default());
    let mut entries = Vec::with_capacity(count);
    for at in 0..count {
        entries.push(ListEntry::Item(at));
        if quirks.duplicates && numbered(at).draw_below("twice", 40) == 0 {
            entries.push(ListEntry::Item(at));
        }
        if let Some(before) = at.checked_sub(100).filter(|_| quirks.duplicates)
            && numbered(before).draw_below("again", 90) == 0
        {
            entries.push(ListEntry::Item(before));
        }
    }
    if quirks.duplicates && count > 0 && draws.draw_below("first again", 3) == 0 {
        entries.push(ListEntry::Item(0));
    }
    let is_changed =
        |at: &usize| quirks.conflicting_records && numbered(*at).draw_below("changed", 30) == 0;
    entries.extend((0..count).filter(is_changed).map(ListEntry::Changed));
    entries
}

fn junk_entries(draws: RandomDraws, quirks: &ApiQuirks, ids: Ids) -> Vec<UnusableItem> {
    let mut all = Vec::new();
    if quirks.broken_items && draws.draw_below("no object", 2) == 0 {
        let json = pick_choice(draws, "which", &["null", "\"item\"", "42", "[]", "true"]);
        all.push(UnusableItem {
            json: json.to_owned(),
            what: "not an object".to_owned(),
        });
    }
    if quirks.broken_items && draws.draw_below("no id", 2) == 0 {
        let id = pick_choice(
            draws,
            "how",
            &[
                "",
                "\"id\":null,",
                "\"id\":\"\",",
                "\"id\":{},",
                "\"id\":[1],",
            ],
        );
        all.push(UnusableItem {
            json: format!("{{{id}{REST}}}"),
            what: "no id".to_owned(),
        });
    }
    if quirks.broken_texts && draws.draw_below("broken id", 2) == 0 {
        let id = json_text(&break_text("7\u{fffd}", draws));
        all.push(UnusableItem {
            json: format!("{{\"id\":{id},\"uid\":{id},{REST}}}"),
            what: "an id with a broken character".to_owned(),
        });
    }
    if quirks.hostile_ids && draws.draw_below("hostile", 2) == 0 {
        let id = hostile_id(draws, ids);
        let written = json_text(&id);
        let json = format!("{{\"id\":{written},\"uid\":{written},{REST}}}");
        all.push(UnusableItem {
            json,
            what: format!("id {id}"),
        });
    }
    all
}

/// Fields that an item of any list may have, so that the id is its only defect.
const REST: &str = concat!(
    r#""name":"Left out","type":"team","visibility":"public","roles":["admin"],"#,
    r#""members":[],"status":"ACTIVE","userName":"left.out@example.com","active":true"#
);

/// Returns an id that must not be put into a path.
pub(super) fn hostile_id(draws: RandomDraws, ids: Ids) -> String {
    let in_paths: &[&str] = &[
        "../../users",
        "a/b",
        "..",
        "1?limit=1",
        "%2e%2e",
        "a b",
        "x\r\nhost: y",
        "",
        "é",
    ];
    let opaque: &[&str] = &["..", "1?limit=1", "%2e%2e", "a b", "x\r\nhost: y", "", "é"];
    match pick_choice(
        draws,
        "id",
        if ids == Ids::InPaths {
            in_paths
        } else {
            opaque
        },
    ) {
        "" => "x".repeat(129),
        id => id.to_owned(),
    }
}

fn pick_choice(draws: RandomDraws, what: &str, choices: &[&'static str]) -> &'static str {
    let roll = draws.draw_below(what, u64::try_from(choices.len()).unwrap_or_default());
    usize::try_from(roll)
        .ok()
        .and_then(|roll| choices.get(roll))
        .copied()
        .unwrap_or_default()
}
