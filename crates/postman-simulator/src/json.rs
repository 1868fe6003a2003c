//! Writes JSON as Postman might: field by field, with the quirks that concern a field's form.

use super::chance::RandomDraws;
use super::quirks::ApiQuirks;
use super::team::EpochSeconds;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use std::borrow::Cow;

/// The notation of values: the API quirks, and the random draws of the current item.
#[derive(Clone, Copy)]
pub(super) struct Style<'a> {
    pub(super) quirks: &'a ApiQuirks,
    pub(super) draws: RandomDraws,
}

/// The published notation of a missing value.
#[derive(Clone, Copy)]
pub(super) enum MissingNotation {
    Absent,
    Null,
    Empty,
}

/// The published type of an id.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum IdType {
    Number,
    Text,
}

/// An object that is being written.
pub(super) struct JsonObject<'a> {
    text: String,
    style: Style<'a>,
}

impl<'a> JsonObject<'a> {
    /// Returns an object without fields yet.
    pub(super) fn new(style: Style<'a>) -> Self {
        Self {
            text: "{".to_owned(),
            style,
        }
    }

    /// Adds a field with JSON.
    pub(super) fn raw_field(&mut self, key: &str, json: &str) -> &mut Self {
        if self.text.len() > 1 {
            self.text.push(',');
        }
        self.text.push_str(&json_text(key));
        self.text.push(':');
        self.text.push_str(json);
        self
    }

    /// Adds a text field, always there.
    pub(super) fn text_field(&mut self, key: &str, value: &str) -> &mut Self {
        self.raw_field(key, &json_text(value))
    }

    /// Adds a text field; `unset` is how its absence is published.
    pub(super) fn optional_field(
        &mut self,
        key: &str,
        value: Option<&str>,
        unset: MissingNotation,
    ) -> &mut Self {
        match value {
            Some(value) => self.text_field(key, value),
            None => self.unset_field(key, unset, &["null", "\"\""]),
        }
    }

    /// Adds a field that is `true`, `false` or missing.
    pub(super) fn flag_field(&mut self, key: &str, value: Option<bool>) -> &mut Self {
        match value {
            Some(value) => self.raw_field(key, if value { "true" } else { "false" }),
            None => self.unset_field(key, MissingNotation::Absent, &["null"]),
        }
    }

    /// Adds an id of a published type.
    pub(super) fn id(&mut self, key: &str, id: u64, published: IdType) -> &mut Self {
        let written = self.style.id(key, id, published);
        self.raw_field(key, &written)
    }

    /// Adds an id that may be missing.
    pub(super) fn optional_id(
        &mut self,
        key: &str,
        id: Option<u64>,
        published: IdType,
    ) -> &mut Self {
        match id {
            Some(id) => self.id(key, id, published),
            None => self.unset_field(key, MissingNotation::Absent, &["null", "\"\""]),
        }
    }

    /// Adds a list of ids.
    pub(super) fn id_list(&mut self, key: &str, ids: &[u64], published: IdType) -> &mut Self {
        let written = self.written_ids(key, ids, published);
        self.list_field(key, written)
    }

    /// Returns the JSON of ids under `key`.
    pub(super) fn written_ids(&self, key: &str, ids: &[u64], published: IdType) -> Vec<String> {
        let style = self.style;
        let at = |index| Style {
            draws: style.draws.at_index(index),
            ..style
        };
        (0..)
            .zip(ids)
            .map(|(index, id)| at(index).id(key, *id, published))
            .collect()
    }

    /// Adds a list of slugs of team roles.
    pub(super) fn role_list(&mut self, key: &str, roles: &[String]) -> &mut Self {
        let style = self.style;
        let roles = roles.iter().map(|role| json_text(&style.spell_role(role)));
        self.list_field(key, roles.collect())
    }

    /// Adds a list of JSON values; some show one twice, and an empty one can be missing.
    pub(super) fn list_field(&mut self, key: &str, mut values: Vec<String>) -> &mut Self {
        if values.is_empty()
            && self.style.quirks.null_fields
            && self.style.draws.draw_below(key, 3) > 0
        {
            return self.unset_field(key, MissingNotation::Absent, &["null"]);
        }
        if self.style.quirks.duplicates && self.style.draws.draw_below(key, 9) == 0 {
            values.extend(values.first().cloned());
        }
        self.raw_field(key, &json_array(values))
    }

    /// Adds a name for people.
    pub(super) fn name(&mut self, key: &str, name: Option<&str>) -> &mut Self {
        let odd = self.style.quirks.odd_names;
        let draws = self.style.draws;
        let written = name.map(|name| {
            if self.style.quirks.broken_texts {
                Cow::Owned(break_text(name, draws))
            } else {
                Cow::Borrowed(name)
            }
        });
        match written.as_deref() {
            Some(name) if odd => self.text_field(key, &odd_name(name, self.style.draws)),
            Some(name) => self.text_field(key, name),
            None if odd
                && (self.certainly_there() || self.style.draws.draw_below("nameless", 4) == 0) =>
            {
                self.text_field(key, " \u{7}\u{85} ")
            }
            None => self.unset_field(key, MissingNotation::Absent, &["null", "\"\""]),
        }
    }

    /// Adds a time, published as UTC with milliseconds.
    pub(super) fn time_field(
        &mut self,
        key: &str,
        time: Option<EpochSeconds>,
        unset: MissingNotation,
    ) -> &mut Self {
        let odd = self.style.quirks.odd_times;
        let roll = self.style.draws.draw_below(key, 8);
        match time.and_then(|time| Timestamp::from_second(time).ok()) {
            Some(time) => self.text_field(key, &written_time(time, if odd { roll } else { 0 })),
            None if odd && (self.certainly_there() || roll < 2) => {
                self.text_field(key, unreadable_text(roll))
            }
            None => self.unset_field(key, unset, &["null", "\"\""]),
        }
    }

    /// Returns whether a field is written regardless of its value, because no API quirk allows
    /// leaving it out.
    fn certainly_there(&self) -> bool {
        !self.style.quirks.null_fields
    }

    fn unset_field(&mut self, key: &str, published: MissingNotation, forms: &[&str]) -> &mut Self {
        let form = match published {
            _ if self.style.quirks.null_fields => {
                let roll = self
                    .style
                    .draws
                    .draw_below(key, 1 + u64::try_from(forms.len()).unwrap_or_default());
                usize::try_from(roll)
                    .ok()
                    .and_then(|roll| forms.get(roll))
                    .copied()
            }
            MissingNotation::Absent => None,
            MissingNotation::Null => Some("null"),
            MissingNotation::Empty => Some("\"\""),
        };
        match form {
            Some(form) => self.raw_field(key, form),
            None => self,
        }
    }

    /// Returns the whole object, with undocumented fields if that API quirk is on.
    pub(super) fn close(&mut self) -> String {
        if self.style.quirks.unknown_fields {
            match self.style.draws.draw_below("unknown", 4) {
                0 => self.raw_field("isHighlighted", "true"),
                1 => self.raw_field("_links", r#"{"self":[null,{"x":-1.5e3}],"":""}"#),
                2 => self.raw_field("$schema", "null"),
                _ => self,
            };
        }
        let mut text = std::mem::take(&mut self.text);
        text.push('}');
        text
    }
}

/// The slugs of team roles that Postman documents by name.
const DOCUMENTED: [&str; 11] = [
    "admin",
    "user",
    "billing",
    "flow-editor",
    "community-manager",
    "super-admin",
    "partner-manager",
    "api-network-manager",
    "api-governance-manager",
    "viewer",
    "organization-manager",
];

impl Style<'_> {
    /// Returns a slug in one of its forms: as a constant, as a field, as a name, or unchanged.
    fn spell_role(&self, role: &str) -> String {
        if !self.quirks.role_spellings || !DOCUMENTED.contains(&role) {
            return role.to_owned();
        }
        let words = role.split('-').map(|word| {
            let (first, rest) = word.split_at(1);
            format!("{}{rest}", first.to_uppercase())
        });
        match self.draws.draw_below(role, 4) {
            0 => role.replace('-', "_").to_uppercase(),
            1 => words.collect(),
            2 => words.collect::<Vec<_>>().join(" "),
            _ => role.to_owned(),
        }
    }

    /// Returns an id in its form under `key`.
    fn id(&self, key: &str, id: u64, published: IdType) -> String {
        let other = self.quirks.id_forms && self.draws.draw_below(key, 5) == 0;
        if (published == IdType::Number) != other {
            id.to_string()
        } else {
            format!("\"{id}\"")
        }
    }
}

/// The characters that stand in a body, until it is sent, for bytes that no JSON text may have.
const BROKEN: [(char, &[u8]); 4] = [
    ('\u{e000}', b"\\ud83d"),
    ('\u{e001}', b"\xe9"),
    ('\u{e002}', b"\t"),
    ('\u{e003}', b"\\u12"),
];

/// Returns the same text with something unreadable where it has U+FFFD.
pub(super) fn break_text(text: &str, draws: RandomDraws) -> String {
    let roll = usize::try_from(draws.draw_below("broken", 4)).unwrap_or_default();
    let mark = BROKEN
        .get(roll)
        .map_or(char::REPLACEMENT_CHARACTER, |(mark, _)| *mark);
    text.replace(char::REPLACEMENT_CHARACTER, mark.encode_utf8(&mut [0; 4]))
}

/// Returns the bytes of a body that has unreadable texts; `None` of one that has none.
pub(super) fn with_broken_texts(body: &str) -> Option<Vec<u8>> {
    let mark_of = |c: char| BROKEN.iter().find(|(mark, _)| *mark == c);
    body.chars().any(|c| mark_of(c).is_some()).then(|| {
        let mut bytes = Vec::with_capacity(body.len());
        for c in body.chars() {
            match mark_of(c) {
                Some((_, broken)) => bytes.extend_from_slice(broken),
                None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        bytes
    })
}

/// Returns a JSON list of JSON values.
pub(super) fn json_array(values: impl IntoIterator<Item = String>) -> String {
    let mut text = "[".to_owned();
    for value in values {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&value);
    }
    text.push(']');
    text
}

/// Returns a JSON text.
pub(super) fn json_text(text: &str) -> String {
    // Writing text cannot fail; an empty text would be seen by the tests at once.
    serde_json::to_string(text).unwrap_or_default()
}

/// Returns the same name with control characters for spaces, around it, or with a tail beyond what is reported.
fn odd_name(name: &str, draws: RandomDraws) -> String {
    if name.chars().count() == super::generate::LONGEST_NAME {
        return format!("{name}-and-so-on");
    }
    match draws.draw_below("odd name", 24) {
        0 => name.replace(' ', "\u{7}"),
        1 => name.replace(' ', "\n"),
        2 => format!("\r\n{name}\u{0}\u{7f}"),
        3 => format!("  {name}\u{9b}\t"),
        _ => name.to_owned(),
    }
}

fn unreadable_text(roll: u64) -> &'static str {
    if roll.is_multiple_of(2) {
        "2022-13-45T99:00:00.000Z"
    } else {
        "yesterday"
    }
}

fn written_time(time: Timestamp, form: u64) -> String {
    let offset = match form {
        1 => Offset::constant(2),
        2 => Offset::constant(-5),
        _ => Offset::UTC,
    };
    let form = match form {
        1 | 2 => "%Y-%m-%dT%H:%M:%S.000%:z",
        3 => "%Y-%m-%dT%H:%M:%SZ",
        4 => "%Y-%m-%dT%H:%M:%S.999Z",
        _ => "%Y-%m-%dT%H:%M:%S.000Z",
    };
    time.to_zoned(TimeZone::fixed(offset))
        .strftime(form)
        .to_string()
}
