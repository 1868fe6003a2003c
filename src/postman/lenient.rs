//! Fields that any JSON value fits, so that one odd value never costs a whole answer.
//!
//! Postman's description marks no field of any answer as required, and says that listed values may change.

use serde::de::{
    Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
    value::MapAccessDeserializer,
};
use std::{borrow::Cow, fmt, marker::PhantomData};

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
            Self::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
                Some(Cow::Owned(format!("{number:.0}")))
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

macro_rules! visit_scalars {
    ($($visit:ident($type:ty) => $other:expr;)*) => {
        $(fn $visit<E>(self, _: $type) -> Result<Self::Value, E> { Ok($other) })*
    };
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor(PhantomData))
    }
}

struct ScalarVisitor<'a>(PhantomData<&'a ()>);

impl<'de: 'a, 'a> Visitor<'de> for ScalarVisitor<'a> {
    type Value = Scalar<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Scalar::Integer(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut empty = true;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            empty = false;
        }
        Ok(Scalar::Composite { empty })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut empty = true;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            empty = false;
        }
        Ok(Scalar::Composite { empty })
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    visit_scalars! {
        visit_bool(bool) => Object::Other;
        visit_i64(i64) => Object::Other;
        visit_u64(u64) => Object::Other;
        visit_f64(f64) => Object::Other;
        visit_str(&str) => Object::Other;
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Object::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Object::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object::Here)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    visit_scalars! {
        visit_bool(bool) => List::Other;
        visit_i64(i64) => List::Other;
        visit_u64(u64) => List::Other;
        visit_f64(f64) => List::Other;
        visit_str(&str) => List::Other;
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(List::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(List::Items(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(List::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_json_value_fits_every_kind_of_field() {
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
            serde_json::from_str::<Scalar<'_>>(json).unwrap();
            serde_json::from_str::<Object<IgnoredAny>>(json).unwrap();
            serde_json::from_str::<List<Scalar<'_>>>(json).unwrap();
        }
    }

    #[test]
    fn ids_are_the_same_as_number_and_as_text() {
        for json in ["12345678", "\"12345678\"", "12345678.0"] {
            let scalar: Scalar<'_> = serde_json::from_str(json).unwrap();
            assert_eq!(scalar.id().as_deref(), Some("12345678"));
        }
        for json in ["1.5", "true", "\"\"", "null", "[1]", "1e300"] {
            let scalar: Scalar<'_> = serde_json::from_str(json).unwrap();
            assert_eq!(scalar.id(), None);
        }
    }
}
