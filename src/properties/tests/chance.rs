//! Random values: JSON with the names of Postman, and headers in every dialect.

use crate::properties::tests::headers;
use proptest::{collection::vec, prelude::*};
use serde_json::{Map, Number, Value, json};

/// Every field that the connector reads, and some that it does not.
const FIELDS: &str = "user operations id username email fullName teamId teamName teamDomain roles name limit usage \
    data meta metadata nextCursor total joinedAt summary createdBy createdAt updatedAt members managers workspaces \
    visibility about usergroup group partner team displayName description collections uid owner isPublic role status \
    userId collectionId expiresAfter lastUsedAt deletedAt rows schema columns pagination has_more email_id \
    timestamp invited_by last_active workspace_id user_id slots consumed trails action workspace Resources totalResults userName externalId active givenName \
    familyName created lastModified error message detail title type surprise";

/// Texts that mean something somewhere, or should not.
const WORDS: [&str; 30] = [
    "",
    " ",
    "-",
    "0",
    "1",
    "5150",
    "-1",
    "team",
    "public",
    "personal",
    "private",
    "ACTIVE",
    "true",
    "member",
    "role-member",
    "admin",
    "VIEWER",
    "a/b",
    "..",
    "a@b.example",
    "é",
    "\u{202e}x",
    "\0",
    "a\r\nb",
    "2022-07-18T06:57:37.000Z",
    "2022-07-18T06:57:37+24:00",
    "9999-12-31T23:59:59-23:59",
    "api_usage",
    "feature isn't available",
    "1f0df51a-8658-4ee8",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => (0..WORDS.len()).prop_map(|at| WORDS[at].to_owned()),
        2 => "(?s).{0,12}",
        1 => (120..140_usize).prop_map(|length| "a".repeat(length)),
        1 => (1020..1030_usize).prop_map(|length| "é ".repeat(length)),
    ]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        3 => (0..9_u64).prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(|number| Number::from_f64(number).map_or(json!(0.5), Value::Number)),
        8 => text().prop_map(Value::from),
    ]
}

/// Any JSON, with the fields of Postman's answers.
pub fn json() -> impl Strategy<Value = Value> {
    let names: Vec<&str> = FIELDS.split_whitespace().collect();
    let name = prop_oneof![
        20 => (0..names.len()).prop_map(move |at| names[at].to_owned()),
        1 => text(),
    ];
    scalar().prop_recursive(5, 60, 8, move |inner| {
        let object = vec((name.clone(), inner.clone()), 0..8);
        prop_oneof![
            vec(inner, 0..5).prop_map(Value::Array),
            object.prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn header_value() -> impl Strategy<Value = Vec<u8>> {
    let number = || {
        prop_oneof![
            Just(0_u64),
            0..100_u64,
            any::<u64>(),
            1_700_000_000..1_800_000_000_u64
        ]
    };
    prop_oneof![
        number().prop_map(|number| number.to_string().into_bytes()),
        any::<f64>().prop_map(|number| number.to_string().into_bytes()),
        vec(any::<u8>(), 0..12),
        "[0-9]{1,30}(\\.[0-9]{0,3})?( s|;w=[0-9]{1,22}|, [0-9]{1,4})?".prop_map(String::into_bytes),
        "(\"default\"|limit)?[;,=]( ?(r|t|q|w|reset|remaining|limit) ?= ?[0-9]{1,21}[,;]?){0,4}".prop_map(String::into_bytes),
        "(Sun|Thu|Thursday), ([0-3]?[0-9])[ -](Jan|Feb|Nov)[ -](19|20)?[0-9]{2} [0-2][0-9]:[0-6][0-9]:[0-6][0-9] (GMT|CET)"
            .prop_map(String::into_bytes),
        "Thu Jan {1,2}[0-9]{1,2} [0-2][0-9]:[0-6][0-9]:[0-6][0-9] [0-9]{4}".prop_map(String::into_bytes),
    ]
}

/// Headers, mostly such as the connector reads.
pub fn header_pairs() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let name = prop_oneof![
        20 => (0..headers::NAMES.len()).prop_map(|at| headers::NAMES[at].to_owned()),
        1 => "[a-zA-Z-]{1,12}",
    ];
    vec((name, header_value()), 0..6)
}
