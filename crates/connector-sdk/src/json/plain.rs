//! A parser of JSON as providers write it, of a fifth of the instructions that the general one takes.
//!
//! It fills slots with the same values. Where a text has anything unusual, it gives up, and the general
//! parser begins again.

use super::{Items, JsonRecord, Slot, fill};
use crate::lenient::Scalar;

/// Levels of lists and objects that are read before the general parser decides.
const MAX_DEPTH: usize = 64;

/// Decimal digits that always fit 64 bits.
const SAFE_DIGITS: usize = 19;

/// Reads a whole text into `slot`; `None` if the general parser has to read it.
pub(super) fn fill_plain<'a>(text: &'a [u8], slot: &mut dyn Slot<'a>) -> Option<()> {
    let mut rest = PlainText {
        text: std::str::from_utf8(text).ok()?,
        at: 0,
    };
    rest.value(slot, 0)?;
    rest.peek().is_none().then_some(())
}

/// A text of which a part is read.
struct PlainText<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> PlainText<'a> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Returns the first byte after white space.
    fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = self.byte()?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    /// Takes the first byte after white space.
    fn take(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn value(&mut self, slot: &mut dyn Slot<'a>, depth: usize) -> Option<()> {
        match self.peek()? {
            b'"' => self.string(slot),
            b'[' if depth < MAX_DEPTH => match slot.list() {
                Some(items) => self.list(items, depth + 1),
                None => {
                    let start = self.at;
                    self.list(&mut Ignored, depth + 1)?;
                    self.pass_over(start, slot)
                }
            },
            b'{' if depth < MAX_DEPTH => match slot.object() {
                Some(record) => self.object(record, depth + 1),
                None => {
                    let start = self.at;
                    self.object(&mut Ignored, depth + 1)?;
                    self.pass_over(start, slot)
                }
            },
            b'0'..=b'9' => self.number(slot),
            _ => self.other(slot),
        }
    }

    /// Tells the slot of the list or object that was passed over since `start`.
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
            self.value(items.one_more()?, depth)?;
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
                None => self.value(&mut Ignored, depth)?,
            }
            match self.take()? {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    fn string(&mut self, slot: &mut dyn Slot<'a>) -> Option<()> {
        let start = self.at;
        match self.simple_string() {
            Some(text) => slot.scalar(Scalar::Text(text.into())),
            None => {
                while self.byte()? != b'"' {
                    self.at += if self.byte()? == b'\\' { 2 } else { 1 };
                }
                self.at += 1;
                self.fill_since(start, slot)?;
            }
        }
        Some(())
    }

    /// Takes a string without escapes and control characters, else what is before the first of them.
    fn simple_string(&mut self) -> Option<&'a str> {
        let start = self.at + 1;
        self.at = start;
        self.skip_to(special_bytes);
        let text = self.text.get(start..self.at);
        if self.byte() != Some(b'"') {
            return None;
        }
        self.at += 1;
        text
    }

    /// Goes on to the first byte for which `marks` sets the high bit, or to the end. Zeros have it set.
    fn skip_to(&mut self, marks: impl Fn([u8; 8]) -> u64) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let (words, last) = rest.as_chunks();
        let mut end = [0; 8];
        for word in words {
            let marked = marks(*word);
            if marked != 0 {
                self.at += first_byte(marked);
                return;
            }
            self.at += size_of::<u64>();
        }
        for (to, byte) in end.iter_mut().zip(last) {
            *to = *byte;
        }
        self.at += first_byte(marks(end));
    }

    fn number(&mut self, slot: &mut dyn Slot<'a>) -> Option<()> {
        let start = self.at;
        self.skip_to(other_than_digits);
        let digits = self.text.get(start..self.at)?;
        let has_more = matches!(self.byte(), Some(b'.' | b'e' | b'E'));
        let is_odd = digits.len() > SAFE_DIGITS || digits.len() > 1 && digits.starts_with('0');
        if has_more || is_odd {
            self.at = start;
            return self.other(slot);
        }
        slot.scalar(Scalar::Natural(digits.into()));
        Some(())
    }

    /// Takes a literal, or a number of any form.
    fn other(&mut self, slot: &mut dyn Slot<'a>) -> Option<()> {
        let start = self.at;
        while let Some(b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.' | b'E') = self.byte() {
            self.at += 1;
        }
        self.fill_since(start, slot)
    }

    /// Has the general parser read the value that was taken.
    fn fill_since(&self, start: usize, slot: &mut dyn Slot<'a>) -> Option<()> {
        let value = self.text.as_bytes().get(start..self.at)?;
        fill(value, slot, None).ok()
    }
}

/// A high bit for each byte that ends a simple string: quotes, backslashes, control characters. Bytes after
/// the first of them may be wrong.
fn special_bytes(word: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(word);
    let each = |byte: u8| u64::from_le_bytes([byte; 8]);
    let is_below = |word: u64, byte: u8| word.wrapping_sub(each(byte)) & !word;
    let is = |byte: u8| is_below(word ^ each(byte), 1);
    (is_below(word, b' ') | is(b'"') | is(b'\\')) & each(0x80)
}

/// A high bit for each byte that is no digit. Bytes after the first of them may be wrong.
fn other_than_digits(word: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(word);
    let each = |byte: u8| u64::from_le_bytes([byte; 8]);
    let digits = word ^ each(b'0');
    (digits.wrapping_add(each(0x80 - 10)) | digits) & each(0x80)
}

/// Returns the place in a word of the first byte that is marked.
fn first_byte(marked: u64) -> usize {
    marked.trailing_zeros() as usize / 8
}

/// Takes any value and keeps none.
struct Ignored;

impl<'a> Slot<'a> for Ignored {
    fn scalar(&mut self, _value: Scalar<'a>) {}

    fn list(&mut self) -> Option<&mut dyn Items<'a>> {
        Some(self)
    }

    fn object(&mut self) -> Option<&mut dyn JsonRecord<'a>> {
        Some(self)
    }

    fn passed_over(&mut self, _empty: bool) {}
}

impl<'a> Items<'a> for Ignored {
    fn one_more(&mut self) -> Option<&mut dyn Slot<'a>> {
        Some(self)
    }

    fn one_less(&mut self) {}
}

impl<'a> JsonRecord<'a> for Ignored {
    fn field(&mut self, _name: &str) -> Option<&mut dyn Slot<'a>> {
        Some(self)
    }
}

#[cfg(test)]
mod tests;
