//! A secret is found in every encoding, and nothing else is touched.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use fastrand::Rng;

use super::{REDACTED, Redactor};

/// A key with characters that each encoding writes in another way.
const KEY: &str = "PMAK-6f0a+Bz/9c==_~\"q<>{;$";

fn cleaned(text: &str) -> String {
    let redactor = Redactor::new([KEY]);
    let clean = redactor.clean(text.as_bytes().to_vec());
    let text = redactor.clean_text(text.to_owned());
    assert_eq!(clean, text.as_bytes());
    text
}

fn assert_clean(written: &str) {
    for (before, after) in [
        ("", ""),
        ("{\"a\":\"", "\"}"),
        ("\\u0041%41&amp;", "\\u0041%41&amp;"),
    ] {
        let clean = cleaned(&format!("{before}{written}{after}"));
        assert_eq!(clean, format!("{before}{REDACTED}{after}"), "{written}");
    }
}

/// One character in one of the ways to write it.
fn written(c: char, random: &mut Rng) -> String {
    let code = u32::from(c);
    match random.u8(0..12) {
        0 => format!("\\u{code:04x}"),
        1 => format!("\\u{code:04X}"),
        2 => format!("%{code:02x}"),
        3 => format!("%{code:02X}"),
        4 => format!("&#{code};"),
        5 => format!("&#x{code:x};"),
        6 => format!("&#X{code:04X};"),
        7 => format!("\\u0026#{code};"),
        8 => format!("\\\\u{code:04x}"),
        9 => format!("\\x{code:02x}"),
        10 => format!("%25{code:02X}"),
        _ => match c {
            '"' | '\\' | '/' => format!("\\{c}"),
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '+' => "&plus;".to_owned(),
            '%' => "%25".to_owned(),
            plain => plain.to_string(),
        },
    }
}

#[test]
fn a_key_is_found_in_any_mixture_of_escapes() {
    let mut random = Rng::with_seed(6);
    for _ in 0..5_000 {
        let text: String = KEY.chars().map(|c| written(c, &mut random)).collect();
        assert_clean(&text);
    }
}

/// A string of JSON, as strict and as careful writers make it.
fn json(text: &str) -> [String; 2] {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    [text.replace('/', "\\/").replace('&', "\\u0026"), text]
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&#34;")
}

fn url(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[test]
fn a_key_that_looks_like_an_escape_is_found() {
    for key in [
        "a\\\\u0041%41&amp;&#65;",
        "\\\"%25252541\\u",
        "%50%4d%41%4b",
    ] {
        let redactor = Redactor::new([key]);
        let [strict, careful] = json(key);
        for written in [key.to_owned(), url(key), strict, careful] {
            let text = format!("a {written} b");
            assert_eq!(
                redactor.clean_text(text),
                format!("a {REDACTED} b"),
                "{key}: {written}"
            );
        }
    }
}

#[test]
fn a_key_is_found_in_one_encoding_inside_another() {
    for inner in [KEY.to_owned(), html(KEY), url(KEY)] {
        for middle in json(&inner) {
            assert_clean(&middle);
            assert_clean(&html(&middle));
            json(&middle).iter().for_each(|outer| assert_clean(outer));
        }
    }
}

#[test]
fn a_key_is_found_in_hexadecimal_and_utf_16() {
    assert_clean(
        &KEY.bytes()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>(),
    );
    assert_clean(
        &KEY.bytes()
            .map(|byte| format!("{byte:02X}"))
            .collect::<String>(),
    );
    let redactor = Redactor::new([KEY]);
    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        let wide: Vec<u8> = KEY.encode_utf16().flat_map(order).collect();
        assert_eq!(redactor.clean(wide), REDACTED.as_bytes());
    }
}

#[test]
fn a_key_is_found_in_base64_at_every_offset() {
    for before in ["", "x", "user:", "Bearer ", "a longer text before "] {
        for after in ["", "y", "yz", "\n and after"] {
            let text = format!("{before}{KEY}{after}");
            for written in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                for written in [
                    written.replace('/', "\\/"),
                    written.replace('+', "%2B"),
                    written,
                ] {
                    let clean = cleaned(&written);
                    assert!(clean.contains(REDACTED), "{written}: {clean}");
                    // What is left has less than two of the key's characters.
                    let left = clean.len() - REDACTED.len();
                    let others = (before.len() + after.len()) * 4 / 3;
                    assert!(left <= others + 7, "{written}: {clean}");
                }
            }
        }
    }
}

#[test]
fn each_of_several_keys_is_found_the_longest_first() {
    let redactor = Redactor::new(["12345678", "1234567890", "another-key"]);
    let clean = redactor.clean_text("1234567890 12345678 another-key 1234567 123456789".into());
    assert_eq!(
        clean,
        "[redacted] [redacted] [redacted] 1234567 [redacted]9"
    );
}

#[test]
fn bytes_without_a_key_are_handed_back_as_they_are() {
    let mut random = Rng::with_seed(7);
    let near: Vec<String> = KEY
        .char_indices()
        .map(|(at, _)| KEY[..at].to_owned())
        .collect();
    for _ in 0..2_000 {
        let text: String = (0..40)
            .map(|_| random.choice(&near).unwrap().as_str())
            .collect();
        let text: String = if random.bool() {
            text.chars().map(|c| written(c, &mut random)).collect()
        } else {
            text
        };
        assert_eq!(cleaned(&text), text);
    }
    let bytes = vec![0xff; 4_096];
    let place = bytes.as_ptr();
    let clean = Redactor::new([KEY]).clean(bytes);
    assert_eq!(clean.as_ptr(), place);
}

#[test]
fn a_short_key_or_none_changes_nothing() {
    for keys in [&[][..], &["seven77"], &[""]] {
        let redactor = Redactor::new(keys.iter().copied());
        assert_eq!(redactor.clean(b"seven77 %41".to_vec()), b"seven77 %41");
    }
}

#[test]
fn headers_are_redacted_by_value_and_by_name() {
    let redactor = Redactor::new(["Canary-Key"]);
    let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    let headers = vec![
        header("link", "a Canary%2dKey b"),
        header("x-ratelimit-canary-key", "1"),
        header("date", "d"),
    ];
    assert_eq!(
        redactor.clean_headers(headers),
        [header("link", "a [redacted] b"), header("date", "d")]
    );
}

#[test]
fn a_body_that_ends_within_an_escape_is_read() {
    for end in [
        "\\", "\\u", "\\u00", "%", "%4", "&", "&#", "&#x", "&plus", "&#43", "\\u0026",
    ] {
        assert_eq!(cleaned(end), end);
        assert_eq!(cleaned(&format!("{KEY}{end}")), format!("{REDACTED}{end}"));
    }
}
