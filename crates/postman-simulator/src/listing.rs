//! The entries of a list: its items in order, some twice, some again with other facts, and entries
//! that are no items.

use super::chance::Dice;
use super::json::{break_text, json_text};
use super::traps::Traps;

/// One entry of a list.
#[derive(Clone, Debug)]
pub(super) enum ListEntry {
    /// The item at this index.
    Item(usize),
    /// The item at this index once more, with other facts.
    Changed(usize),
    /// Something that cannot be reported.
    Junk(Junk),
}

/// Something in a list that is no item, or that has no usable id.
#[derive(Clone, Debug)]
pub(super) struct Junk {
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

/// The entries of a list with `count` items.
pub(super) fn entries(count: usize, dice: Dice, traps: &Traps, ids: Ids) -> Vec<ListEntry> {
    let mut entries = repeated_entries(count, dice, traps);
    for junk in junk_entries(dice, traps, ids) {
        let at = dice.roll_dice(
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
fn repeated_entries(count: usize, dice: Dice, traps: &Traps) -> Vec<ListEntry> {
    let numbered = |at: usize| dice.at_index(u64::try_from(at).unwrap_or_default());
    let mut entries = Vec::with_capacity(count);
    for at in 0..count {
        entries.push(ListEntry::Item(at));
        if traps.duplicates && numbered(at).roll_dice("twice", 40) == 0 {
            entries.push(ListEntry::Item(at));
        }
        if let Some(before) = at.checked_sub(100).filter(|_| traps.duplicates)
            && numbered(before).roll_dice("again", 90) == 0
        {
            entries.push(ListEntry::Item(before));
        }
    }
    if traps.duplicates && count > 0 && dice.roll_dice("first again", 3) == 0 {
        entries.push(ListEntry::Item(0));
    }
    let is_changed =
        |at: &usize| traps.conflicting_records && numbered(*at).roll_dice("changed", 30) == 0;
    entries.extend((0..count).filter(is_changed).map(ListEntry::Changed));
    entries
}

fn junk_entries(dice: Dice, traps: &Traps, ids: Ids) -> Vec<Junk> {
    let mut all = Vec::new();
    if traps.broken_items && dice.roll_dice("no object", 2) == 0 {
        let json = pick_choice(dice, "which", &["null", "\"item\"", "42", "[]", "true"]);
        all.push(Junk {
            json: json.to_owned(),
            what: "not an object".to_owned(),
        });
    }
    if traps.broken_items && dice.roll_dice("no id", 2) == 0 {
        let id = pick_choice(
            dice,
            "how",
            &[
                "",
                "\"id\":null,",
                "\"id\":\"\",",
                "\"id\":{},",
                "\"id\":[1],",
            ],
        );
        all.push(Junk {
            json: format!("{{{id}{REST}}}"),
            what: "no id".to_owned(),
        });
    }
    if traps.broken_texts && dice.roll_dice("broken id", 2) == 0 {
        let id = json_text(&break_text("7\u{fffd}", dice));
        all.push(Junk {
            json: format!("{{\"id\":{id},\"uid\":{id},{REST}}}"),
            what: "an id with a broken character".to_owned(),
        });
    }
    if traps.hostile_ids && dice.roll_dice("hostile", 2) == 0 {
        let id = hostile_id(dice, ids);
        let written = json_text(&id);
        let json = format!("{{\"id\":{written},\"uid\":{written},{REST}}}");
        all.push(Junk {
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

/// An id that must not be put into a path.
pub(super) fn hostile_id(dice: Dice, ids: Ids) -> String {
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
        dice,
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

fn pick_choice(dice: Dice, what: &str, choices: &[&'static str]) -> &'static str {
    let roll = dice.roll_dice(what, u64::try_from(choices.len()).unwrap_or_default());
    usize::try_from(roll)
        .ok()
        .and_then(|roll| choices.get(roll))
        .copied()
        .unwrap_or_default()
}
