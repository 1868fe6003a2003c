//! One parser for every answer: JSON into slots that accept any value.

mod items;
mod plain;

use crate::lenient::{LenientObject, Scalar};
use json_repair::repair;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::{
    borrow::Cow,
    cell::{Cell, OnceCell},
    fmt,
};

/// A slot that accepts any JSON value. Reading goes through these by dynamic dispatch, so that
/// twenty kinds of record share one parser: that keeps the component small.
pub trait Slot<'a> {
    /// Takes a value that is neither list nor object.
    fn scalar(&mut self, value: Scalar<'a>);

    /// Begins a list. What is returned takes its items; `None` passes them over.
    fn list(&mut self) -> Option<&mut dyn Items<'a>>;

    /// Begins an object. What is returned takes its fields; `None` passes them over.
    fn object(&mut self) -> Option<&mut dyn JsonRecord<'a>>;

    /// Says that a list or object was passed over, and whether it was empty.
    fn passed_over(&mut self, empty: bool);
}

/// An object's fields.
pub trait JsonRecord<'a> {
    /// Returns the slot of this field; `None` passes it over. The last value of a repeated field
    /// counts.
    fn field(&mut self, name: &str) -> Option<&mut dyn Slot<'a>>;
}

/// A list's items.
pub trait Items<'a> {
    /// Returns a slot for one more item; so many bytes of the text are not read yet, as far as is known.
    fn one_more(&mut self, unread: usize) -> Option<&mut dyn Slot<'a>>;

    /// Removes the last slot: the list ended before it.
    fn one_less(&mut self);
}

/// A JSON text as it was sent and, once that is necessary, with its strings repaired.
pub struct JsonText<'t> {
    sent: Cow<'t, [u8]>,
    repaired: OnceCell<Option<Vec<u8>>>,
    lost_name: Cell<bool>,
}

impl<'t> JsonText<'t> {
    /// Returns the text of a body. A byte order mark before it is left out.
    pub fn new(body: impl Into<Cow<'t, [u8]>>) -> Self {
        Self {
            sent: body.into(),
            repaired: OnceCell::new(),
            lost_name: Cell::new(false),
        }
    }

    /// Returns the bytes that are read.
    pub fn bytes(&self) -> &[u8] {
        self.sent
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(&self.sent)
    }

    /// Reads the whole text into `slot`: as it is or, where its strings are not sound, repaired. The
    /// only errors are those of syntax.
    pub fn read<'a>(&'a self, slot: &mut dyn Slot<'a>) -> Result<(), serde_json::Error> {
        let Err(error) = read(self.bytes(), slot) else {
            return Ok(());
        };
        match self
            .repaired
            .get_or_init(|| repair(self.bytes(), char::REPLACEMENT_CHARACTER))
        {
            // The same fields come again: nothing is left of the first try.
            Some(repaired) => fill(repaired, slot, Some(&self.lost_name)),
            None => Err(error),
        }
    }

    /// Reads the whole text as a record.
    ///
    /// # Errors
    /// Returns an error if the text is no JSON, or no object.
    pub fn record<'a, T: JsonRecord<'a> + Default>(&'a self) -> Result<T, BodyError> {
        let mut record = LenientObject::Absent;
        self.read(&mut record)
            .map_err(|error| BodyError::NotJson(self.describe(&error)))?;
        record.here().ok_or(BodyError::NotObject)
    }

    /// Describes an error without the parser's own message, which could repeat the body.
    fn describe(&self, error: &serde_json::Error) -> String {
        let (line, column) = (error.line(), error.column());
        let length = self.bytes().len();
        match self.bytes() {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                format!("UTF-16, not UTF-8, of {length} bytes")
            }
            _ => format!("no JSON from line {line}, column {column} on, of {length} bytes"),
        }
    }

    /// Reports if a field's name could not be read, so that the field went unseen.
    pub fn lost_name(&self) -> bool {
        self.lost_name.get()
    }
}

/// A body that is no record.
#[derive(Debug, PartialEq, Eq)]
pub enum BodyError {
    /// It is no JSON; the text says why, for a log, and repeats nothing of the body.
    NotJson(String),
    /// It is JSON and no object.
    NotObject,
}

/// Declares records: each field with its type and the name that the provider gives it, or several.
///
/// ```
/// use connector_sdk::lenient::{LenientList, LenientObject, Scalar};
///
/// connector_sdk::record! {
///     /// `GET /users`.
///     Users {
///         /// The users.
///         users: LenientList<LenientObject<User<'a>>> = "users",
///     }
/// }
/// connector_sdk::record! {
///     /// A user.
///     User {
///         /// A number.
///         id: Scalar<'a> = "id",
///     }
/// }
/// ```
#[macro_export]
macro_rules! record {
    (
        $(#[$docs:meta])*
        $name:ident $([$item:ident])? {
            $($(#[$field_docs:meta])* $field:ident: $type:ty = $($key:literal)|+,)*
        }
    ) => {
        $(#[$docs])*
        #[derive(Debug)]
        pub struct $name<'a $(, $item)?> {
            $($(#[$field_docs])* pub $field: $type,)*
        }

        impl<'a $(, $item)?> Default for $name<'a $(, $item)?> {
            fn default() -> Self {
                Self { $($field: <$type>::Absent,)* }
            }
        }

        impl<'a $(, $item: $crate::json::JsonRecord<'a> + Default)?> $crate::json::JsonRecord<'a>
            for $name<'a $(, $item)?>
        {
            fn field(&mut self, name: &str) -> Option<&mut dyn $crate::json::Slot<'a>> {
                match name {
                    $($($key)|+ => Some(&mut self.$field),)*
                    _ => None,
                }
            }
        }
    };
}

/// Reads a whole JSON text into `slot`, without repairs.
pub fn read<'a>(text: &'a [u8], slot: &mut dyn Slot<'a>) -> Result<(), serde_json::Error> {
    plain::fill_plain(text, slot).map_or_else(|| fill(text, slot, None), Ok)
}

fn fill<'a>(
    text: &'a [u8],
    slot: &mut dyn Slot<'a>,
    lost_name: Option<&Cell<bool>>,
) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    SlotFill { slot, lost_name }.deserialize(&mut deserializer)?;
    deserializer.end()
}

/// A slot that is being filled.
struct SlotFill<'s, 'a> {
    slot: &'s mut dyn Slot<'a>,
    /// Set if the text is a repaired one: records a name that cannot be read.
    lost_name: Option<&'s Cell<bool>>,
}

impl<'a> SlotFill<'_, 'a> {
    fn text(self, text: Cow<'a, str>) {
        let is_repaired = self.lost_name.is_some() && is_repaired(&text);
        self.slot.scalar(if is_repaired {
            Scalar::Repaired(text)
        } else {
            Scalar::Text(text)
        });
    }
}

/// Returns whether a text has a character that stands for an unreadable one.
fn is_repaired(text: &str) -> bool {
    text.contains(char::REPLACEMENT_CHARACTER)
}

impl<'a> DeserializeSeed<'a> for SlotFill<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for SlotFill<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.slot.scalar(Scalar::Null);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.slot.scalar(Scalar::Bool(value));
        Ok(())
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        match u64::try_from(value) {
            Ok(natural) => self.visit_u64(natural),
            Err(_) => {
                self.slot.scalar(Scalar::Negative(value));
                Ok(())
            }
        }
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.slot.scalar(Scalar::Natural(value.to_string().into()));
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.slot.scalar(Scalar::Number(value));
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.text(Cow::Owned(value.to_owned()));
        Ok(())
    }

    fn visit_borrowed_str<E>(self, value: &'a str) -> Result<(), E> {
        self.text(Cow::Borrowed(value));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<(), A::Error> {
        let lost_name = self.lost_name;
        let Some(items) = self.slot.list() else {
            let mut empty = true;
            while seq.next_element::<IgnoredAny>()?.is_some() {
                empty = false;
            }
            self.slot.passed_over(empty);
            return Ok(());
        };
        while let Some(slot) = items.one_more(0) {
            let seed = SlotFill { slot, lost_name };
            if seq.next_element_seed(seed)?.is_none() {
                items.one_less();
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let lost_name = self.lost_name;
        let Some(record) = self.slot.object() else {
            let mut empty = true;
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                empty = false;
            }
            self.slot.passed_over(empty);
            return Ok(());
        };
        while let Some(name) = map.next_key_seed(FieldName)? {
            if let Some(lost_name) = lost_name.filter(|_| is_repaired(&name)) {
                lost_name.set(true);
            }
            match record.field(&name) {
                Some(slot) => map.next_value_seed(SlotFill { slot, lost_name })?,
                None => map.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        Ok(())
    }
}

/// A field's name, borrowed where it has no escapes.
struct FieldName;

impl<'a> DeserializeSeed<'a> for FieldName {
    type Value = Cow<'a, str>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for FieldName {
    type Value = Cow<'a, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field's name")
    }

    fn visit_borrowed_str<E>(self, name: &'a str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lenient::LenientList;

    crate::record! {
        /// Facts of a list.
        Meta {
            /// A count.
            total: Scalar<'a> = "total",
        }
    }

    #[test]
    fn a_repaired_string_is_words_alone() {
        let text = JsonText::new(br#"["7\ud83d","7",{"i\ud83dd":1}]"#.as_slice());
        let mut list = LenientList::<Scalar<'_>>::Absent;
        text.read(&mut list).unwrap();
        let LenientList::Items(items) = list else {
            panic!("no list");
        };
        let [repaired, sound, _] = items.as_slice() else {
            panic!("{items:?}");
        };
        assert_eq!(repaired.words(), Some("7\u{fffd}"));
        assert_eq!((repaired.id(), repaired.count()), (None, None));
        assert!(!repaired.is_blank());
        assert_eq!(sound.id().as_deref(), Some("7"));
        // What nobody reads may be called anything.
        assert!(!text.lost_name());
    }

    #[test]
    fn only_an_unreadable_name_is_noted() {
        for (json, wanted, lost) in [
            (&b"{\"tot\xe9al\":7}"[..], None, true),
            ("{\"tot\u{fffd}al\":7}".as_bytes(), None, false),
            (
                "{\"total\":\"\u{fffd}\"}".as_bytes(),
                Some("\u{fffd}"),
                false,
            ),
            (
                b"{\"total\":\"\xe9\",\"x\":\"\xff\"}",
                Some("\u{fffd}"),
                false,
            ),
        ] {
            let text = JsonText::new(json);
            let mut meta = LenientObject::<Meta<'_>>::Absent;
            text.read(&mut meta).unwrap();
            let meta = meta.here().unwrap();
            assert_eq!(meta.total.words(), wanted);
            let repaired = matches!(meta.total, Scalar::Repaired(_));
            assert_eq!(repaired, json.contains(&0xff));
            assert_eq!(text.lost_name(), lost, "{json:?}");
        }
    }
}
