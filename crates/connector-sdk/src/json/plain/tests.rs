use super::*;
use proptest::{collection::vec, prelude::*};

/// Any value, as it was read.
#[derive(Debug, Default, PartialEq)]
enum Node<'a> {
    #[default]
    Absent,
    Value(Scalar<'a>),
    List(Vec<Node<'a>>),
    Object(Fields<'a>),
}

#[derive(Debug, Default, PartialEq)]
struct Fields<'a>(Vec<(String, Node<'a>)>);

impl<'a> Slot<'a> for Node<'a> {
    fn scalar(&mut self, value: Scalar<'a>) {
        *self = Self::Value(value);
    }

    fn list(&mut self) -> Option<&mut dyn Items<'a>> {
        *self = Self::List(Vec::new());
        match self {
            Self::List(items) => Some(items),
            Self::Absent | Self::Value(_) | Self::Object(_) => None,
        }
    }

    fn object(&mut self) -> Option<&mut dyn JsonRecord<'a>> {
        *self = Self::Object(Fields::default());
        match self {
            Self::Object(fields) => Some(fields),
            Self::Absent | Self::Value(_) | Self::List(_) => None,
        }
    }

    fn passed_over(&mut self, empty: bool) {
        *self = Self::Value(Scalar::Composite { empty });
    }
}

impl<'a> JsonRecord<'a> for Fields<'a> {
    /// Fields named `x` are passed over, those named `s` take no list and no object.
    fn field(&mut self, name: &str) -> Option<&mut dyn Slot<'a>> {
        if name == "x" {
            return None;
        }
        self.0.push((name.to_owned(), Node::Absent));
        let (_, node) = self.0.last_mut()?;
        if name == "s" {
            *node = Node::Value(Scalar::Absent);
        }
        match node {
            Node::Value(scalar) => Some(scalar),
            Node::Absent | Node::List(_) | Node::Object(_) => Some(node),
        }
    }
}

/// Returns whether the plain parser read the text, after comparing what it read with what the general one reads.
fn is_plain(text: &[u8]) -> bool {
    let (mut plain, mut general) = (Node::Absent, Node::Absent);
    if fill_plain(text, &mut plain).is_none() {
        return false;
    }
    fill(text, &mut general, None).expect("only JSON is read");
    assert_eq!(plain, general, "{}", String::from_utf8_lossy(text));
    true
}

#[test]
fn the_plain_parser_reads_what_providers_send() {
    for text in [
        r#"{"data":[{"id":10000000,"name":"Zo\u00eb \"Z\" Ünal","roles":["user"],"at":null}]}"#,
        " [ ] ",
        "{ \"s\" : [ \n ] , \"s\":{\"a\":1},\"x\":[{\"x\":\"\\n\"}], \"b\" : { } }\r\n",
        "[0,7,-7,-0,1.5,1e3,-1.5E-2,18446744073709551615,9999999999999999999,18446744073709551616]",
        "[true,false,null,\"\",\"a\",\"abcdefg\",\"abcdefgh\",\"abcdefghi\",\"\\\\\",\"\\ud83d\\ude00\"]",
        "\"\u{7f}\u{80}\u{10ffff}\"",
    ] {
        assert!(is_plain(text.as_bytes()), "{text}");
    }
    assert!(is_plain(
        &["[".repeat(64), "]".repeat(64)].concat().into_bytes()
    ));
}

#[test]
fn the_plain_parser_leaves_the_rest_to_the_general_one() {
    for text in [
        &b""[..],
        b" ",
        b"[",
        b"]",
        b"{",
        b"[1",
        b"[1,",
        b"[1,]",
        b"[,1]",
        b"[1 2]",
        b"{\"a\"}",
        b"{\"a\":}",
        b"{\"a\":1,}",
        b"{1:2}",
        b"{\"a\" 1}",
        b"{\"a\":1 \"b\":2}",
        b"{,}",
        b"1 2",
        b"01",
        b"00",
        b"-01",
        b"1.",
        b"1e",
        b".5",
        b"+1",
        b"1e999",
        b"-",
        b"nul",
        b"nullx",
        b"True",
        b"\"",
        b"\"a",
        b"\"\\\"",
        b"\"\\x\"",
        b"\"\\u12\"",
        b"\"\\ud83d\"",
        b"\"a\tb\"",
        b"\"abcdefg\0ij\"",
        b"\"\xe9\"",
        b"[\xe9]",
        b"\xef\xbb\xbf[]",
        b"{\"\\u0061\":1}",
        b"[1]x",
        b"'a'",
    ] {
        assert!(!is_plain(text), "{}", String::from_utf8_lossy(text));
    }
    assert!(!is_plain(
        &["[".repeat(65), "]".repeat(65)].concat().into_bytes()
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_read_as_the_general_parser_does(
        tokens in vec(prop_oneof![
            prop::sample::select(vec![
                "{", "}", "[", "]", ",", ":", "\"a\":", "\"s\":", "\"x\":", "\"a\"", "\"\\n\"", "\"\\u00e9\"",
                "\"\\ud83d\"", "\"é\"", "1", "0", "-1", "1.5", "1e9", "1e400", "null", "true", "falsy", " ", "\n",
            ]).prop_map(str::to_owned),
            "[ -~]{0,12}".prop_map(|text| format!("\"{text}\"")),
            "[0-9]{1,24}",
        ], 0..14),
        wrapped in any::<bool>(),
    ) {
        let text = tokens.concat();
        is_plain(text.as_bytes());
        if wrapped {
            is_plain(format!("[{}]", tokens.join(",")).as_bytes());
            is_plain(format!("{{\"a\":[{}],\"s\":1}}", tokens.join(",")).as_bytes());
        }
    }

    #[test]
    fn any_change_of_an_answer_is_read_as_the_general_parser_does(at in 0_usize..80, byte: u8) {
        let mut text = br#"{"data":[{"id":10,"name":"Taylor Lee\n","roles":["user"],"s":[1]}],"x":{"a":-1.5}}"#.to_vec();
        text[at] = byte;
        is_plain(&text);
    }
}
