//! One parser for every answer: JSON into places that any value fits.

use super::lenient::Scalar;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::{borrow::Cow, fmt};

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
        self.0.scalar(match u64::try_from(value) {
            Ok(natural) => Scalar::Natural(natural),
            Err(_) => Scalar::Negative(value),
        });
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.0.scalar(Scalar::Natural(value));
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
