//! Fields that any JSON value fits, so that one odd value never costs a whole answer.
//!
//! Postman's description marks no field of any answer as required, and says that listed values may change.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::{borrow::Cow, fmt};

/// A single value, or what stands in its place.
#[derive(Debug, Default, PartialEq)]
pub enum Scalar<'a> {
    /// The field is not there.
    #[default]
    Absent,
    /// `null`.
    Null,
    /// A string.
    Text(Cow<'a, str>),
    /// A whole number.
    Integer(i128),
    /// Another number.
    Number(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A list or an object, and whether there is nothing in it.
    Composite {
        /// Whether it has no elements.
        empty: bool,
    },
}

impl Scalar<'_> {
    /// Whether nothing was said: absent, `null` or an empty string.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Absent | Self::Null => true,
            Self::Text(text) => text.is_empty(),
            _ => false,
        }
    }

    /// An identifier as text, whether it was sent as text or as a whole number. `None` for all else.
    pub fn id(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(Cow::Borrowed(text)),
            Self::Integer(number) => Some(Cow::Owned(number.to_string())),
            // JavaScript writes no fraction, but other writers print 1.0 for 1; past 2^53 digits are lost.
            #[expect(clippy::cast_possible_truncation, reason = "in range")]
            Self::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
                Some(Cow::Owned((*number as i64).to_string()))
            }
            _ => None,
        }
    }

    /// A number that is not negative, fractions cut off.
    pub fn count(&self) -> Option<u64> {
        match self {
            Self::Integer(number) => u64::try_from(*number).ok(),
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "in range"
            )]
            Self::Number(number) if (0.0..9e15).contains(number) => Some(*number as u64),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

/// An object, or what stands in its place.
#[derive(Debug, Default, PartialEq)]
pub enum Object<T> {
    /// The field is not there.
    #[default]
    Absent,
    /// `null`.
    Null,
    /// An object of the form that was asked for.
    Here(T),
    /// Something that is no object.
    Other,
}

impl<T> Object<T> {
    /// The object, where there is one.
    pub fn here(self) -> Option<T> {
        match self {
            Self::Here(object) => Some(object),
            _ => None,
        }
    }
}

/// A list, or what stands in its place.
#[derive(Debug, Default, PartialEq)]
pub enum List<T> {
    /// The field is not there.
    #[default]
    Absent,
    /// `null`.
    Null,
    /// A list.
    Items(Vec<T>),
    /// Something that is no list.
    Other,
}

/// A place that any JSON value fits. Reading goes through these by dynamic dispatch, so that
/// twenty kinds of record share one parser: that keeps the component small.
pub trait Slot<'a> {
    /// Takes a value that is neither list nor object.
    fn scalar(&mut self, value: Scalar<'a>);

    /// Begins a list. What is returned takes its items; `None` passes them over.
    fn list(&mut self) -> Option<&mut dyn Items<'a>>;

    /// Begins an object. What is returned takes its fields; `None` passes them over.
    fn object(&mut self) -> Option<&mut dyn Record<'a>>;

    /// Says that a list or object was passed over, and whether it was empty.
    fn passed_over(&mut self, empty: bool);
}

/// An object's fields.
pub trait Record<'a> {
    /// The place of this field; `None` passes it over. A field that comes twice counts the last time.
    fn field(&mut self, name: &str) -> Option<&mut dyn Slot<'a>>;
}

/// A list's items.
pub trait Items<'a> {
    /// A place for one more item.
    fn one_more(&mut self) -> Option<&mut dyn Slot<'a>>;

    /// Takes the last place back: the list ended before it.
    fn one_less(&mut self);
}

impl<'a> Slot<'a> for Scalar<'a> {
    fn scalar(&mut self, value: Scalar<'a>) {
        *self = value;
    }

    fn list(&mut self) -> Option<&mut dyn Items<'a>> {
        None
    }

    fn object(&mut self) -> Option<&mut dyn Record<'a>> {
        None
    }

    fn passed_over(&mut self, empty: bool) {
        *self = Self::Composite { empty };
    }
}

impl<'a, T: Record<'a> + Default> Slot<'a> for Object<T> {
    fn scalar(&mut self, value: Scalar<'a>) {
        *self = match value {
            Scalar::Null => Self::Null,
            _ => Self::Other,
        };
    }

    fn list(&mut self) -> Option<&mut dyn Items<'a>> {
        None
    }

    fn object(&mut self) -> Option<&mut dyn Record<'a>> {
        *self = Self::Here(T::default());
        match self {
            Self::Here(record) => Some(record),
            _ => None,
        }
    }

    fn passed_over(&mut self, _empty: bool) {
        *self = Self::Other;
    }
}

impl<'a, T: Slot<'a> + Default> Slot<'a> for List<T> {
    fn scalar(&mut self, value: Scalar<'a>) {
        *self = match value {
            Scalar::Null => Self::Null,
            _ => Self::Other,
        };
    }

    fn list(&mut self) -> Option<&mut dyn Items<'a>> {
        *self = Self::Items(Vec::new());
        match self {
            Self::Items(items) => Some(items),
            _ => None,
        }
    }

    fn object(&mut self) -> Option<&mut dyn Record<'a>> {
        None
    }

    fn passed_over(&mut self, _empty: bool) {
        *self = Self::Other;
    }
}

impl<'a, T: Slot<'a> + Default> Items<'a> for Vec<T> {
    fn one_more(&mut self) -> Option<&mut dyn Slot<'a>> {
        self.push(T::default());
        self.last_mut().map(|slot| slot as &mut dyn Slot<'a>)
    }

    fn one_less(&mut self) {
        self.pop();
    }
}

/// Reads a whole JSON text into `slot`. The only errors are those of syntax.
pub fn read<'a>(text: &'a [u8], slot: &mut dyn Slot<'a>) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    Fill(slot).deserialize(&mut deserializer)?;
    deserializer.end()
}

struct Fill<'s, 'a>(&'s mut dyn Slot<'a>);

impl<'a> DeserializeSeed<'a> for Fill<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Fill<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.scalar(Scalar::Null);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.0.scalar(Scalar::Bool(value));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.0.scalar(Scalar::Integer(value.into()));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.0.scalar(Scalar::Integer(value.into()));
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.0.scalar(Scalar::Number(value));
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.0.scalar(Scalar::Text(Cow::Owned(value.to_owned())));
        Ok(())
    }

    fn visit_borrowed_str<E>(self, value: &'a str) -> Result<(), E> {
        self.0.scalar(Scalar::Text(Cow::Borrowed(value)));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<(), A::Error> {
        let Some(items) = self.0.list() else {
            let mut empty = true;
            while seq.next_element::<IgnoredAny>()?.is_some() {
                empty = false;
            }
            self.0.passed_over(empty);
            return Ok(());
        };
        while let Some(slot) = items.one_more() {
            if seq.next_element_seed(Fill(slot))?.is_none() {
                items.one_less();
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let Some(record) = self.0.object() else {
            let mut empty = true;
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                empty = false;
            }
            self.0.passed_over(empty);
            return Ok(());
        };
        while let Some(name) = map.next_key_seed(Name)? {
            match record.field(&name) {
                Some(slot) => map.next_value_seed(Fill(slot))?,
                None => map.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        Ok(())
    }
}

/// A field's name, borrowed where it has no escapes.
struct Name;

impl<'a> DeserializeSeed<'a> for Name {
    type Value = Cow<'a, str>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for Name {
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

    fn scalar(json: &str) -> Scalar<'_> {
        let mut slot = Scalar::Absent;
        read(json.as_bytes(), &mut slot).unwrap();
        slot
    }

    #[test]
    fn every_json_value_fits_every_kind_of_slot() {
        for json in [
            "null",
            "true",
            "1",
            "-1",
            "1.5",
            "\"a\\n\"",
            "[]",
            "[{}]",
            "{}",
            "{\"a\":[1]}",
        ] {
            scalar(json);
            read(json.as_bytes(), &mut List::<Scalar<'_>>::Absent).unwrap();
            read(json.as_bytes(), &mut List::<List<Scalar<'_>>>::Absent).unwrap();
        }
    }

    #[test]
    fn only_a_whole_json_text_is_read() {
        for json in [
            "",
            "{",
            "[1,]",
            "1 2",
            "{\"a\":nul}",
            "\"\\ud800\"",
            "\"\x01\"",
            "[1",
            "<html>",
        ] {
            assert!(
                read(json.as_bytes(), &mut Scalar::Absent).is_err(),
                "{json}"
            );
        }
        let mut deep = List::<List<Scalar<'_>>>::Absent;
        let text = "[".repeat(100_000);
        assert!(read(text.as_bytes(), &mut deep).is_err());
    }

    #[test]
    fn ids_are_the_same_as_number_and_as_text() {
        for json in ["12345678", "\"12345678\"", "12345678.0"] {
            assert_eq!(scalar(json).id().as_deref(), Some("12345678"));
        }
        for json in ["1.5", "true", "\"\"", "null", "[1]", "1e300"] {
            assert_eq!(scalar(json).id(), None);
        }
    }

    #[test]
    fn lists_keep_what_is_in_them() {
        let mut list = List::<Scalar<'_>>::Absent;
        read(b"[1,\"a\",null]", &mut list).unwrap();
        let wanted = vec![Scalar::Integer(1), Scalar::Text("a".into()), Scalar::Null];
        assert_eq!(list, List::Items(wanted));
    }
}
