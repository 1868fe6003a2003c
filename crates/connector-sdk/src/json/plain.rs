//! A parser of JSON as providers write it, of a fifth of the instructions that the general one takes.
//!
//! It fills slots with the same values. Where a text has anything unusual, it gives up, and the general
//! parser begins again.

use super::{Items, JsonRecord, Slot, fill};
use crate::lenient::Scalar;
use crate::scan::{leading_digits, simple_text};

/// Levels of lists and objects that are read before the general parser decides.
const MAX_DEPTH: usize = 64;

/// Decimal digits that always fit 64 bits.
const SAFE_DIGITS: usize = 19;

/// Reads a whole text into `slot`; `None` if the general parser has to read it.
pub(super) fn fill_plain<'a>(text: &'a [u8], slot: &mut dyn Slot<'a>) -> Option<()> {
    let mut text = PlainText {
        text: std::str::from_utf8(text).ok()?,
        at: 0,
    };
    text.value(slot, 0)?;
    text.peek().is_none().then_some(())
}

/// A text of which a part is read.
struct PlainText<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> PlainText<'a> {
    /// Returns the first byte after white space.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.as_bytes().get(self.at)?;
            if byte > b' ' || !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    /// Takes the first byte after white space.
    #[inline]
    fn take(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Returns the text that is not read yet.
    fn rest(&self) -> Option<&'a str> {
        self.text.get(self.at..)
    }

    fn value(&mut self, slot: &mut dyn Slot<'a>, depth: usize) -> Option<()> {
        match self.peek()? {
            b'"' => self.string(slot),
            b'[' if depth < MAX_DEPTH => match slot.list() {
                Some(items) => self.list(items, depth + 1),
                None => {
                    let start = self.at;
                    self.list(&mut IgnoredValue, depth + 1)?;
                    self.pass_over(start, slot)
                }
            },
            b'{' if depth < MAX_DEPTH => match slot.object() {
                Some(record) => self.object(record, depth + 1),
                None => {
                    let start = self.at;
                    self.object(&mut IgnoredValue, depth + 1)?;
                    self.pass_over(start, slot)
                }
            },
            b'0'..=b'9' => self.number(slot),
            _ => self.other(slot),
        }
    }

    /// Passes the list or object that was skipped since `start` to the slot.
    fn pass_over(&self, start: usize, slot: &mut dyn Slot<'a>) -> Option<()> {
        let inner = self.text.get(start + 1..self.at - 1)?;
        slot.passed_over(inner.trim_ascii().is_empty());
        Some(())
    }

    fn list(&mut self, items: &mut dyn Items<'a>, depth: usize) -> Option<()> {
        self.at += 1;
        if self.peek()? == b']' {
            self.at += 1;
            return Some(());
        }
        loop {
            let unread = self.text.len() - self.at;
            self.value(items.one_more(unread)?, depth)?;
            match self.take()? {
                b',' => {}
                b']' => return Some(()),
                _ => return None,
            }
        }
    }

    fn object(&mut self, record: &mut dyn JsonRecord<'a>, depth: usize) -> Option<()> {
        self.at += 1;
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            let name = (self.peek()? == b'"').then(|| self.simple_string())??;
            if self.take()? != b':' {
                return None;
            }
            match record.field(name) {
                Some(slot) => self.value(slot, depth)?,
                None => self.value(&mut IgnoredValue, depth)?,
            }
            match self.take()? {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    fn string(&mut self, slot: &mut dyn Slot<'a>) -> Option<()> {
        if let Some(text) = self.simple_string() {
            slot.scalar(Scalar::Text(text.into()));
            return Some(());
        }
        let mut is_escaped = false;
        let end = self.rest()?.bytes().skip(1).position(|byte| {
            let is_end = byte == b'"' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            is_end
        });
        // Quotes stand before and after it.
        self.fill_with(end? + 2, slot)
    }

    /// Takes a string without escapes and control characters; nothing of another one.
    fn simple_string(&mut self) -> Option<&'a str> {
        let start = self.at + 1;
        let rest = self.text.get(start..)?;
        let length = simple_text(rest);
        if rest.as_bytes().get(length) != Some(&b'"') {
            return None;
        }
        self.at = start + length + 1;
        rest.get(..length)
    }

    fn number(&mut self, slot: &mut dyn Slot<'a>) -> Option<()> {
        let rest = self.rest()?;
        let length = leading_digits(rest);
        let has_more = matches!(rest.as_bytes().get(length), Some(b'.' | b'e' | b'E'));
        if has_more || length > SAFE_DIGITS || length > 1 && rest.starts_with('0') {
            return self.other(slot);
        }
        self.at += length;
        slot.scalar(Scalar::Natural(rest.get(..length)?.into()));
        Some(())
    }

    /// Takes a literal, or a number of any form.
    fn other(&mut self, slot: &mut dyn Slot<'a>) -> Option<()> {
        let is_part =
            |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.' | b'E');
        let length = self.rest()?.bytes().take_while(is_part).count();
        self.fill_with(length, slot)
    }

    /// Has the general parser read the value of so many bytes.
    fn fill_with(&mut self, length: usize, slot: &mut dyn Slot<'a>) -> Option<()> {
        let value = self.rest()?.get(..length)?;
        self.at += length;
        fill(value.as_bytes(), slot, None).ok()
    }
}

/// Takes any value and keeps none.
struct IgnoredValue;

impl<'a> Slot<'a> for IgnoredValue {
    fn scalar(&mut self, _value: Scalar<'a>) {}

    fn list(&mut self) -> Option<&mut dyn Items<'a>> {
        Some(self)
    }

    fn object(&mut self) -> Option<&mut dyn JsonRecord<'a>> {
        Some(self)
    }

    fn passed_over(&mut self, _empty: bool) {}
}

impl<'a> Items<'a> for IgnoredValue {
    fn one_more(&mut self, _unread: usize) -> Option<&mut dyn Slot<'a>> {
        Some(self)
    }

    fn one_less(&mut self) {}
}

impl<'a> JsonRecord<'a> for IgnoredValue {
    fn field(&mut self, _name: &str) -> Option<&mut dyn Slot<'a>> {
        Some(self)
    }
}

#[cfg(test)]
mod tests;
