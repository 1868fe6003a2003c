//! The forms in which a secret can stand in a text.

use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::DEPTH;
use super::escape::decode;

/// A form with fewer characters is not searched for.
const SHORTEST: usize = 8;

/// One form of a secret.
pub(super) type SecretForm = Zeroizing<Vec<u8>>;

/// Returns all forms of a secret, each once.
pub(super) fn of(secret: &str) -> Vec<SecretForm> {
    let bytes = secret.as_bytes();
    let mut forms = decoded(bytes);
    forms.extend([b"0123456789abcdef", b"0123456789ABCDEF"].map(|digits| hex(bytes, digits)));
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        forms.extend((0..3).map(|before| base64(bytes, before, &engine)));
    }
    forms.extend([[1, 0], [0, 1]].map(|unit| wide(bytes, unit)));
    forms.retain(|form| bytes.len() >= SHORTEST && form.len() >= SHORTEST);
    forms.sort_by(|one, other| one.as_slice().cmp(other.as_slice()));
    forms.dedup();
    forms
}

/// Returns the secret, and its form after its own characters were decoded as escapes.
fn decoded(secret: &[u8]) -> Vec<SecretForm> {
    let mut forms = vec![Zeroizing::new(secret.to_vec())];
    while forms.len() <= DEPTH
        && let Some(decoded) = forms.last().and_then(|form| decode(form))
    {
        forms.push(Zeroizing::new(decoded.into_text()));
    }
    forms
}

fn hex(secret: &[u8], digits: &[u8; 16]) -> SecretForm {
    let digit = |value: u8| digits.get(usize::from(value)).copied().unwrap_or_default();
    let mut text = Zeroizing::new(Vec::with_capacity(secret.len() * 2));
    for byte in secret {
        text.extend([digit(byte >> 4), digit(byte & 15)]);
    }
    text
}

/// Returns the secret in base64 behind so many other bytes: the characters that it alone decides.
fn base64(secret: &[u8], before: usize, engine: &GeneralPurpose) -> SecretForm {
    let mut bytes = Zeroizing::new(Vec::with_capacity(before + secret.len()));
    bytes.resize(before, 0);
    bytes.extend_from_slice(secret);
    let whole = Zeroizing::new(engine.encode(&*bytes));
    // A character has six bits: from the first that begins in the secret to the last that ends in it.
    let (first, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
    let text = whole.as_bytes().get(first..end).unwrap_or_default();
    Zeroizing::new(text.to_vec())
}

/// Returns the secret as UTF-16: each byte with a zero byte; `unit` has a 1 at the position of the byte.
fn wide(secret: &[u8], unit: [u8; 2]) -> SecretForm {
    let mut text = Zeroizing::new(Vec::with_capacity(secret.len() * 2));
    for byte in secret {
        text.extend(unit.map(|one| one * byte));
    }
    text
}
