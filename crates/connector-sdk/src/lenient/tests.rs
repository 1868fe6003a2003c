//! Tests of every JSON value in each kind of field.

use super::*;
use crate::json::read;

crate::record! {
    /// Facts of a list.
    Meta {
        /// A count.
        total: Scalar<'a> = "total",
    }
}

fn scalar(json: &str) -> Scalar<'_> {
    let mut slot = Scalar::Absent;
    read(json.as_bytes(), &mut slot).unwrap();
    slot
}

#[test]
fn every_json_value_fits_every_kind_of_slot() {
    for json in [
        "null",
        "true",
        "1",
        "-1",
        "1.5",
        "\"a\\n\"",
        "[]",
        "[{}]",
        "{}",
        "{\"a\":[1]}",
    ] {
        scalar(json);
        read(json.as_bytes(), &mut LenientList::<Scalar<'_>>::Absent).unwrap();
        read(
            json.as_bytes(),
            &mut LenientList::<LenientList<Scalar<'_>>>::Absent,
        )
        .unwrap();
    }
}

#[test]
fn only_a_whole_json_text_is_read() {
    for json in [
        "",
        "{",
        "[1,]",
        "1 2",
        "{\"a\":nul}",
        "\"\\ud800\"",
        "\"\x01\"",
        "[1",
        "<html>",
    ] {
        assert!(
            read(json.as_bytes(), &mut Scalar::Absent).is_err(),
            "{json}"
        );
    }
    let mut deep = LenientList::<LenientList<Scalar<'_>>>::Absent;
    let text = "[".repeat(100_000);
    assert!(read(text.as_bytes(), &mut deep).is_err());
}

#[test]
fn ids_are_the_same_as_number_and_as_text() {
    for json in ["12345678", "\"12345678\"", "12345678.0"] {
        assert_eq!(scalar(json).id().as_deref(), Some("12345678"));
    }
    for json in ["1.5", "true", "\"\"", "null", "[1]", "1e300"] {
        assert_eq!(scalar(json).id(), None);
    }
}

#[test]
fn ids_and_counts_end_where_digits_would_be_lost() {
    for (json, id, count) in [
        ("0", Some("0"), Some(0)),
        ("-7", Some("-7"), None),
        (
            "18446744073709551615",
            Some("18446744073709551615"),
            Some(u64::MAX),
        ),
        (
            "450359962737049.0",
            Some("450359962737049"),
            Some(450_359_962_737_049),
        ),
        ("4503599627370496.0", None, Some(4_503_599_627_370_496)),
        ("9e15", None, None),
        ("-9e15", None, None),
        ("2.75", None, Some(2)),
        ("-0.5", None, None),
        ("\"12\"", Some("12"), Some(12)),
        ("\"x\"", Some("x"), None),
        ("true", None, None),
        ("[1]", None, None),
    ] {
        assert_eq!(scalar(json).id().as_deref(), id, "{json}");
        assert_eq!(scalar(json).count(), count, "{json}");
    }
}

#[test]
fn every_kind_of_value_is_distinguished() {
    let composite = |empty| Scalar::Composite { empty };
    for (json, wanted, is_blank) in [
        ("null", Scalar::Null, true),
        ("\"\"", Scalar::Text("".into()), true),
        ("\"\\n\"", Scalar::Text("\n".into()), false),
        ("\"a\"", Scalar::Text("a".into()), false),
        ("false", Scalar::Bool(false), false),
        ("-1", Scalar::Negative(-1), false),
        ("1", Scalar::Natural("1".into()), false),
        ("0.5", Scalar::Number(0.5), false),
        ("[]", composite(true), false),
        ("{}", composite(true), false),
        ("[0]", composite(false), false),
        ("{\"a\":0}", composite(false), false),
    ] {
        assert_eq!(scalar(json), wanted, "{json}");
        assert_eq!(scalar(json).is_blank(), is_blank, "{json}");
    }
    assert!(Scalar::Absent.is_blank());
}

#[test]
fn a_wrong_shape_differs_from_an_absent_value() {
    for (json, is_null, is_object, is_list) in [
        ("null", true, false, false),
        ("7", false, false, false),
        ("[]", false, false, true),
        ("{}", false, true, false),
        ("{\"total\":1}", false, true, false),
        ("[[]]", false, false, true),
    ] {
        let mut object = LenientObject::<Meta<'_>>::Absent;
        let mut list = LenientList::<Scalar<'_>>::Absent;
        read(json.as_bytes(), &mut object).unwrap();
        read(json.as_bytes(), &mut list).unwrap();
        assert_eq!(matches!(object, LenientObject::Null), is_null, "{json}");
        assert_eq!(
            matches!(object, LenientObject::Here(_)),
            is_object,
            "{json}"
        );
        assert_eq!(
            matches!(object, LenientObject::Other),
            !is_null && !is_object,
            "{json}"
        );
        assert_eq!(matches!(list, LenientList::Null), is_null, "{json}");
        assert_eq!(matches!(list, LenientList::Items(_)), is_list, "{json}");
        assert_eq!(
            matches!(list, LenientList::Other),
            !is_null && !is_list,
            "{json}"
        );
        assert_eq!(object.here().is_some(), is_object, "{json}");
    }
}

#[test]
fn a_field_is_known_however_its_name_is_written() {
    let mut meta = LenientObject::<Meta<'_>>::Absent;
    read(br#"{"tot\u0061l":7}"#, &mut meta).unwrap();
    assert_eq!(meta.here().and_then(|meta| meta.total.count()), Some(7));
}

#[test]
fn lists_keep_what_is_in_them() {
    let mut list = LenientList::<Scalar<'_>>::Absent;
    read(b"[1,\"a\",null]", &mut list).unwrap();
    let wanted = vec![
        Scalar::Natural("1".into()),
        Scalar::Text("a".into()),
        Scalar::Null,
    ];
    assert_eq!(list, LenientList::Items(wanted));
}
