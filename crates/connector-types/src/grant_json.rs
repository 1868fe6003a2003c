//! Grants as JSON. A sync writes each of its grants twice, into its digest and into its lines, and most
//! of its records are grants: their bytes are put together here without a serializer.

use super::{Grant, ResourceId};

/// Appends a grant as JSON: the bytes that `serde_json` writes.
pub fn append_grant_json(out: &mut Vec<u8>, grant: &Grant) {
    let Grant {
        resource,
        entitlement,
        principal,
        implied_by,
        expands,
    } = grant;
    out.extend_from_slice(b"{\"resource\":");
    append_id(out, resource);
    out.extend_from_slice(b",\"entitlement\":");
    append_text(out, entitlement);
    out.extend_from_slice(b",\"principal\":");
    append_id(out, principal);
    out.extend_from_slice(b",\"implied_by\":");
    append_optional(out, implied_by.as_deref());
    out.extend_from_slice(b",\"expands\":");
    append_optional(out, expands.as_deref());
    out.push(b'}');
}

fn append_id(out: &mut Vec<u8>, id: &ResourceId) {
    out.extend_from_slice(b"{\"resource_type\":");
    append_text(out, &id.resource_type);
    out.extend_from_slice(b",\"id\":");
    append_text(out, &id.id);
    out.push(b'}');
}

fn append_optional(out: &mut Vec<u8>, text: Option<&str>) {
    match text {
        None => out.extend_from_slice(b"null"),
        Some(text) => append_text(out, text),
    }
}

fn append_text(out: &mut Vec<u8>, text: &str) {
    // Without an early exit, several bytes are examined at once.
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().fold(true, |all, byte| all & is_plain(byte)) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        // A text is always JSON, and a vector takes every byte: writing does not fail.
        let _ = serde_json::to_writer(out, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Text;

    #[test]
    fn a_grant_has_the_bytes_of_the_serializer() {
        let texts = [
            "user",
            "",
            "a\"b",
            "back\\slash",
            "\u{1}\u{1f}\n",
            "\u{7f}é\u{2028}😀",
        ];
        for (at, text) in texts.into_iter().enumerate() {
            let other = texts.iter().rev().nth(at).copied().unwrap_or_default();
            let grant = |implied_by: Option<&str>, expands: Option<&str>| Grant {
                resource: ResourceId::new(text, other),
                entitlement: text.into(),
                principal: ResourceId::new(other, text),
                implied_by: implied_by.map(Text::from),
                expands: expands.map(Text::from),
            };
            for grant in [grant(None, Some(text)), grant(Some(other), None)] {
                let mut bytes = Vec::new();
                append_grant_json(&mut bytes, &grant);
                assert_eq!(bytes, serde_json::to_vec(&grant).unwrap());
            }
        }
    }
}
