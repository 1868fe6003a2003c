//! Decoding escapes: of JSON and JavaScript (`\u002B`, `\x2b`, `\/`), of URLs (`%2B`) and of HTML
//! (`&#43;`, `&#x2b;`, `&plus;`), all in one pass.

use std::ops::Range;

use memchr::memchr3;

/// The longest number or name of an HTML entity.
const LONGEST_ENTITY: usize = 12;

/// The names that HTML has for printable ASCII.
const NAMES: [(&str, u8); 37] = [
    ("excl", b'!'),
    ("quot", b'"'),
    ("QUOT", b'"'),
    ("num", b'#'),
    ("dollar", b'$'),
    ("percnt", b'%'),
    ("amp", b'&'),
    ("AMP", b'&'),
    ("apos", b'\''),
    ("lpar", b'('),
    ("rpar", b')'),
    ("ast", b'*'),
    ("midast", b'*'),
    ("plus", b'+'),
    ("comma", b','),
    ("period", b'.'),
    ("sol", b'/'),
    ("colon", b':'),
    ("semi", b';'),
    ("lt", b'<'),
    ("equals", b'='),
    ("gt", b'>'),
    ("quest", b'?'),
    ("commat", b'@'),
    ("lsqb", b'['),
    ("lbrack", b'['),
    ("bsol", b'\\'),
    ("rsqb", b']'),
    ("rbrack", b']'),
    ("Hat", b'^'),
    ("lowbar", b'_'),
    ("UnderBar", b'_'),
    ("grave", b'`'),
    ("lcub", b'{'),
    ("lbrace", b'{'),
    ("vert", b'|'),
    ("rcub", b'}'),
];

/// A text without its escapes.
pub(super) struct DecodedText {
    text: Vec<u8>,
    /// Behind each escape: the index here, and the one in the text that was decoded.
    joints: Vec<(usize, usize)>,
}

impl DecodedText {
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    pub(super) fn into_text(self) -> Vec<u8> {
        self.text
    }

    /// Returns the range of the text that was decoded from which this range came.
    pub(super) fn origin(&self, range: Range<usize>) -> Range<usize> {
        let origin = |index: usize| {
            let behind = self.joints.partition_point(|(here, _)| *here <= index);
            let joint = behind.checked_sub(1).and_then(|at| self.joints.get(at));
            let (here, there) = joint.copied().unwrap_or_default();
            there.saturating_add(index.saturating_sub(here))
        };
        origin(range.start)..origin(range.end)
    }
}

/// Decodes the escapes of a text, each once. Returns `None` if there are none.
pub(super) fn decode(source: &[u8]) -> Option<DecodedText> {
    let mut decoded: Option<DecodedText> = None;
    let (mut at, mut copied) = (0, 0);
    while let Some(offset) = source
        .get(at..)
        .and_then(|rest| memchr3(b'\\', b'%', b'&', rest))
    {
        at += offset;
        let Some((byte, length)) = source.get(at..).and_then(escape) else {
            at += 1;
            continue;
        };
        let into = decoded.get_or_insert_with(|| DecodedText {
            text: Vec::with_capacity(source.len()),
            joints: Vec::new(),
        });
        into.text.extend_from_slice(source.get(copied..at)?);
        into.text.push(byte);
        at += length;
        copied = at;
        into.joints.push((into.text.len(), at));
    }
    let rest = source.get(copied..)?;
    decoded.as_mut()?.text.extend_from_slice(rest);
    decoded
}

/// Reads the escape that a text begins with: its character and its length.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    let (length, rest) = match text {
        [b'\\', b'u', rest @ ..] => return hex(rest.get(..4)?, 6),
        [b'\\', b'x', rest @ ..] => return hex(rest.get(..2)?, 4),
        [b'\\', plain @ (b'"' | b'\'' | b'\\' | b'/'), ..] => return Some((*plain, 2)),
        [b'%', rest @ ..] => return hex(rest.get(..2)?, 3),
        [b'&', b'#', b'x' | b'X', rest @ ..] => (3, number(rest, 16)?),
        [b'&', b'#', rest @ ..] => (2, number(rest, 10)?),
        [b'&', rest @ ..] => (1, name(rest)?),
        _ => return None,
    };
    let (byte, digits) = rest;
    Some((byte, digits + length))
}

fn hex(digits: &[u8], length: usize) -> Option<(u8, usize)> {
    let number = digits.iter().try_fold(0_u32, |number, digit| {
        Some(number << 4 | char::from(*digit).to_digit(16)?)
    });
    Some((u8::try_from(number?).ok()?, length))
}

/// Reads the number of an entity, whose semicolon may be missing.
fn number(text: &[u8], radix: u32) -> Option<(u8, usize)> {
    let head = text.get(..LONGEST_ENTITY).unwrap_or(text);
    let digits = head
        .iter()
        .map_while(|byte| char::from(*byte).to_digit(radix));
    let (number, length) = digits.fold((0_u32, 0), |(number, length), digit| {
        (
            number.saturating_mul(radix).saturating_add(digit),
            length + 1,
        )
    });
    let end = usize::from(text.get(length) == Some(&b';'));
    let byte = u8::try_from(number).ok().filter(|_| length > 0)?;
    Some((byte, length + end))
}

fn name(text: &[u8]) -> Option<(u8, usize)> {
    let head = text.get(..LONGEST_ENTITY).unwrap_or(text);
    let length = head
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let name = head
        .get(..length)
        .filter(|_| text.get(length) == Some(&b';'))?;
    let known = NAMES.iter().find(|(known, _)| known.as_bytes() == name);
    known.map(|(_, byte)| (*byte, length + 1))
}
