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
    /// A whole number that is not negative, in decimal digits: of 64 bits.
    Natural(Cow<'a, str>),
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

    /// Returns a string, repaired or not.
    pub fn words(&self) -> Option<&str> {
        if let Self::Text(text) | Self::Repaired(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// Returns an identifier as text, whether it was sent as text or as a whole number. `None` for all else.
    pub fn id(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) if text.is_empty() => None,
            Self::Text(text) | Self::Natural(text) => Some(Cow::Borrowed(text)),
            Self::Negative(number) => Some(Cow::Owned(number.to_string())),
            // JavaScript writes no fraction, but other writers print 1.0 for 1. The parser may miss a
            // number's last bit, which from 2^52 on makes another whole number of it.
            #[expect(clippy::cast_possible_truncation, reason = "in range")]
            Self::Number(number) if number.fract() == 0.0 && number.abs() < EXACT => {
                Some(Cow::Owned((*number as i64).to_string()))
            }
            Self::Absent | Self::Null | Self::Repaired(_) => None,
            Self::Number(_) | Self::Bool(_) | Self::Composite { .. } => None,
        }
    }

    /// Returns a number that is not negative, fractions cut off.
    pub fn count(&self) -> Option<u64> {
        match self {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "in range"
            )]
            Self::Number(number) if (0.0..9e15).contains(number) => Some(*number as u64),
            Self::Text(text) | Self::Natural(text) => text.parse().ok(),
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
    /// Returns the object, where there is one.
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

    /// Returns the object to take parts of, where there is one.
    pub fn get_mut(&mut self) -> Option<&mut T> {
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
    fn one_more(&mut self, _unread: usize) -> Option<&mut dyn Slot<'a>> {
        self.push(T::default());
        self.last_mut().map(|slot| slot as &mut dyn Slot<'a>)
    }

    fn one_less(&mut self) {
        self.pop();
    }
}

#[cfg(test)]
mod tests;
