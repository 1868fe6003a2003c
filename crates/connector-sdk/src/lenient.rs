//! Fields that any JSON value fits, so that one odd value never costs a whole answer.
//!
//! A provider's description may mark no field as required, and say that listed values may change.

use crate::json::{Items, JsonRecord, Slot};
use std::borrow::Cow;

/// 2^52: numbers below it have room for a fraction.
const EXACT: f64 = 4_503_599_627_370_496.0;

/// A single value, or the value found instead of one.
#[derive(Debug, Default, PartialEq)]
pub enum Scalar<'a> {
    /// The field is not there.
    #[default]
    Absent,
    /// `null`.
    Null,
    /// A string.
    Text(Cow<'a, str>),
    /// A string with U+FFFD for its unreadable parts: for people only. It is no id, no time and no
    /// keyword.
    Repaired(Cow<'a, str>),
    /// A whole number that is not negative.
    Natural(u64),
    /// A negative whole number.
    Negative(i64),
    /// Another number.
    Number(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A list or an object, and whether there is nothing in it.
    Composite {
        /// True if it has no elements.
        empty: bool,
    },
}

impl Scalar<'_> {
    /// Returns whether the field says nothing: absent, `null` or an empty string.
    pub fn is_blank(&self) -> bool {
        matches!(self, Self::Absent | Self::Null) || self.as_str() == Some("")
    }

    /// Returns the string, if it is not repaired.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// Returns the value that is true or false.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(flag) = self {
            Some(*flag)
        } else {
            None
        }
    }

    /// A string, repaired or not.
    pub fn words(&self) -> Option<&str> {
        if let Self::Text(text) | Self::Repaired(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// An identifier as text, whether it was sent as text or as a whole number. `None` for all else.
    pub fn id(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(Cow::Borrowed(text)),
            Self::Natural(number) => Some(Cow::Owned(number.to_string())),
            Self::Negative(number) => Some(Cow::Owned(number.to_string())),
            // JavaScript writes no fraction, but other writers print 1.0 for 1. The parser may miss a
            // number's last bit, which from 2^52 on makes another whole number of it.
            #[expect(clippy::cast_possible_truncation, reason = "in range")]
            Self::Number(number) if number.fract() == 0.0 && number.abs() < EXACT => {
                Some(Cow::Owned((*number as i64).to_string()))
            }
            Self::Absent | Self::Null | Self::Text(_) | Self::Repaired(_) => None,
            Self::Number(_) | Self::Bool(_) | Self::Composite { .. } => None,
        }
    }

    /// A number that is not negative, fractions cut off.
    pub fn count(&self) -> Option<u64> {
        match self {
            Self::Natural(number) => Some(*number),
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "in range"
            )]
            Self::Number(number) if (0.0..9e15).contains(number) => Some(*number as u64),
            Self::Text(text) => text.parse().ok(),
            Self::Absent | Self::Null | Self::Repaired(_) | Self::Negative(_) => None,
            Self::Number(_) | Self::Bool(_) | Self::Composite { .. } => None,
        }
    }
}

/// An object, or the value found instead of one.
#[derive(Debug, Default, PartialEq)]
pub enum LenientObject<T> {
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

impl<T> LenientObject<T> {
    /// The object, where there is one.
    pub fn here(self) -> Option<T> {
        match self {
            Self::Here(object) => Some(object),
            Self::Absent | Self::Null | Self::Other => None,
        }
    }

    /// Returns a reference to the object, where there is one.
    pub fn get(&self) -> Option<&T> {
        match self {
            Self::Here(object) => Some(object),
            Self::Absent | Self::Null | Self::Other => None,
        }
    }
}

/// A list, or the value found instead of one.
#[derive(Debug, Default, PartialEq)]
pub enum LenientList<T> {
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

impl<T> LenientList<T> {
    /// Returns the number of items.
    pub fn count(&self) -> usize {
        match self {
            Self::Items(items) => items.len(),
            Self::Absent | Self::Null | Self::Other => 0,
        }
    }
}

impl<'a> Slot<'a> for Scalar<'a> {
    fn scalar(&mut self, value: Scalar<'a>) {
        *self = value;
    }

    fn list(&mut self) -> Option<&mut dyn Items<'a>> {
        None
    }

    fn object(&mut self) -> Option<&mut dyn JsonRecord<'a>> {
        None
    }

    fn passed_over(&mut self, empty: bool) {
        *self = Self::Composite { empty };
    }
}

impl<'a, T: JsonRecord<'a> + Default> Slot<'a> for LenientObject<T> {
    fn scalar(&mut self, value: Scalar<'a>) {
        *self = if value == Scalar::Null {
            Self::Null
        } else {
            Self::Other
        };
    }

    fn list(&mut self) -> Option<&mut dyn Items<'a>> {
        None
    }

    fn object(&mut self) -> Option<&mut dyn JsonRecord<'a>> {
        *self = Self::Here(T::default());
        match self {
            Self::Here(record) => Some(record),
            Self::Absent | Self::Null | Self::Other => None,
        }
    }

    fn passed_over(&mut self, _empty: bool) {
        *self = Self::Other;
    }
}

impl<'a, T: Slot<'a> + Default> Slot<'a> for LenientList<T> {
    fn scalar(&mut self, value: Scalar<'a>) {
        *self = if value == Scalar::Null {
            Self::Null
        } else {
            Self::Other
        };
    }

    fn list(&mut self) -> Option<&mut dyn Items<'a>> {
        *self = Self::Items(Vec::new());
        match self {
            Self::Items(items) => Some(items),
            Self::Absent | Self::Null | Self::Other => None,
        }
    }

    fn object(&mut self) -> Option<&mut dyn JsonRecord<'a>> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read;

    crate::record! {
        /// Facts of a list.
        Meta {
            /// A count.
            total: Scalar<'a> = "total",
        }
    }

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
            read(json.as_bytes(), &mut LenientList::<Scalar<'_>>::Absent).unwrap();
            read(
                json.as_bytes(),
                &mut LenientList::<LenientList<Scalar<'_>>>::Absent,
            )
            .unwrap();
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
        let mut deep = LenientList::<LenientList<Scalar<'_>>>::Absent;
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
    fn ids_and_counts_end_where_digits_would_be_lost() {
        for (json, id, count) in [
            ("0", Some("0"), Some(0)),
            ("-7", Some("-7"), None),
            (
                "18446744073709551615",
                Some("18446744073709551615"),
                Some(u64::MAX),
            ),
            (
                "450359962737049.0",
                Some("450359962737049"),
                Some(450_359_962_737_049),
            ),
            ("4503599627370496.0", None, Some(4_503_599_627_370_496)),
            ("9e15", None, None),
            ("-9e15", None, None),
            ("2.75", None, Some(2)),
            ("-0.5", None, None),
            ("\"12\"", Some("12"), Some(12)),
            ("\"x\"", Some("x"), None),
            ("true", None, None),
            ("[1]", None, None),
        ] {
            assert_eq!(scalar(json).id().as_deref(), id, "{json}");
            assert_eq!(scalar(json).count(), count, "{json}");
        }
    }

    #[test]
    fn every_kind_of_value_is_told_apart() {
        let composite = |empty| Scalar::Composite { empty };
        for (json, wanted, is_blank) in [
            ("null", Scalar::Null, true),
            ("\"\"", Scalar::Text("".into()), true),
            ("\"\\n\"", Scalar::Text("\n".into()), false),
            ("\"a\"", Scalar::Text("a".into()), false),
            ("false", Scalar::Bool(false), false),
            ("-1", Scalar::Negative(-1), false),
            ("1", Scalar::Natural(1), false),
            ("0.5", Scalar::Number(0.5), false),
            ("[]", composite(true), false),
            ("{}", composite(true), false),
            ("[0]", composite(false), false),
            ("{\"a\":0}", composite(false), false),
        ] {
            assert_eq!(scalar(json), wanted, "{json}");
            assert_eq!(scalar(json).is_blank(), is_blank, "{json}");
        }
        assert!(Scalar::Absent.is_blank());
    }

    #[test]
    fn a_wrong_shape_differs_from_an_absent_value() {
        for (json, is_null, is_object, is_list) in [
            ("null", true, false, false),
            ("7", false, false, false),
            ("[]", false, false, true),
            ("{}", false, true, false),
            ("{\"total\":1}", false, true, false),
            ("[[]]", false, false, true),
        ] {
            let mut object = LenientObject::<Meta<'_>>::Absent;
            let mut list = LenientList::<Scalar<'_>>::Absent;
            read(json.as_bytes(), &mut object).unwrap();
            read(json.as_bytes(), &mut list).unwrap();
            assert_eq!(matches!(object, LenientObject::Null), is_null, "{json}");
            assert_eq!(
                matches!(object, LenientObject::Here(_)),
                is_object,
                "{json}"
            );
            assert_eq!(
                matches!(object, LenientObject::Other),
                !is_null && !is_object,
                "{json}"
            );
            assert_eq!(matches!(list, LenientList::Null), is_null, "{json}");
            assert_eq!(matches!(list, LenientList::Items(_)), is_list, "{json}");
            assert_eq!(
                matches!(list, LenientList::Other),
                !is_null && !is_list,
                "{json}"
            );
            assert_eq!(object.here().is_some(), is_object, "{json}");
        }
    }

    #[test]
    fn a_field_is_known_however_its_name_is_written() {
        let mut meta = LenientObject::<Meta<'_>>::Absent;
        read(br#"{"tot\u0061l":7}"#, &mut meta).unwrap();
        assert_eq!(meta.here().and_then(|meta| meta.total.count()), Some(7));
    }

    #[test]
    fn lists_keep_what_is_in_them() {
        let mut list = LenientList::<Scalar<'_>>::Absent;
        read(b"[1,\"a\",null]", &mut list).unwrap();
        let wanted = vec![Scalar::Natural(1), Scalar::Text("a".into()), Scalar::Null];
        assert_eq!(list, LenientList::Items(wanted));
    }
}
