//! Percent-encoding, so that nothing leaves its part of a path or query.

use std::fmt::Write;

/// Returns a text as one segment of a path (RFC 3986). Dots alone would name another path: no
/// [identifier](crate::model::ResourceId) is that.
pub fn path_segment(text: &str) -> String {
    encode(text, b"-._~:@")
}

/// Returns a text as a value of a query: everything but RFC 3986's unreserved characters is encoded.
pub fn query_value(text: &str) -> String {
    encode(text, b"-._~")
}

fn encode(text: &str, plain: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_within_its_segment_or_value() {
        assert_eq!(path_segment("a:1@b-._~"), "a:1@b-._~");
        assert_eq!(path_segment("a/b?c#d%2f="), "a%2Fb%3Fc%23d%252f%3D");
        assert_eq!(query_value("a/b=&c é:@"), "a%2Fb%3D%26c%20%C3%A9%3A%40");
    }
}
