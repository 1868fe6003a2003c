//! Reads of a guest's memory by the host: lists and texts that are not there, not aligned,
//! or longer than any memory.

use connector_host::runtime::{CallFailure, LimitHit, LoadError};
use wit_component::StringEncoding;

use super::support::{component_with, framed};
use super::{House, trapped};

/// Ends `validate` with an error whose message lies there.
fn message(at: &str, length: &str) -> String {
    format!(
        "(func $validate (result i32)
           (drop (call $unavailable))
           (i32.store (i32.const 528) (i32.const {at}))
           (i32.store (i32.const 532) (i32.const {length}))
           (i32.const 512))
         (func $list (param i32 i32) (result i32) unreachable)"
    )
}

fn utf8(guest: &str) -> Vec<u8> {
    component_with(&framed(guest), StringEncoding::UTF8)
}

#[tokio::test]
async fn a_string_beyond_memory_traps_on_lifting() {
    let house = House::new().await;
    for (at, length) in [
        ("65535", "2"),
        ("65536", "1"),
        ("65537", "0"),
        ("-1", "1"),
        ("-1", "0"),
        ("0", "65537"),
        ("0", "0x7fffffff"),
        ("0", "0x80000000"),
        ("0", "-1"),
        ("-1", "-1"),
        ("0x80000000", "0x80000000"),
    ] {
        let what = format!("text at {at}, {length} long");
        let ended = house.validate(&utf8(&message(at, length)), &what).await;
        trapped(&ended, "out of bounds", &what);
    }
    for (at, length) in [("65536", "0"), ("65535", "1"), ("0", "65536"), ("7", "0")] {
        let what = format!("text at {at}, {length} long");
        let ended = house.validate(&utf8(&message(at, length)), &what).await;
        let heard = matches!(ended, Err(CallFailure::Reported { .. }));
        // What lies below 65,536 is text, but for the description's numbers.
        assert!(heard || length == "65536", "{what}: {ended:?}");
    }
}

/// Ends `list-resources`, or `validate`, with a list of notices.
fn notices(at: &str, length: &str) -> String {
    // `$nobody` in `validate` is a tenant: its notices stand where its last list does.
    format!(
        "(func $validate (result i32) (call $nobody))
         (func $list (param i32 i32) (result i32)
           (drop (call $nobody))
           (i32.store (i32.const 544) (i32.const {at}))
           (i32.store (i32.const 548) (i32.const {length}))
           (i32.const 512))"
    )
}

#[tokio::test]
async fn an_invalid_list_pointer_traps_on_lifting() {
    let house = House::new().await;
    for (at, length, words) in [
        ("65528", "1", "out of bounds"),
        ("65536", "1", "out of bounds"),
        ("8", "1640", "out of bounds"),
        ("1", "1", "not aligned"),
        ("2", "1", "not aligned"),
        ("-4", "1", "out of bounds"),
        ("-8", "1", "out of bounds"),
        // 40 bytes each: sums that come out small in 32 bits.
        ("8", "0x06666667", "out of bounds"),
        ("8", "0x0cccccce", "out of bounds"),
        ("8", "0x7fffffff", "out of bounds"),
        ("8", "0x80000000", "out of bounds"),
        ("8", "-1", "out of bounds"),
    ] {
        let what = format!("list at {at}, {length} long");
        let guest = house
            .load(&utf8(&notices(at, length)), &what)
            .await
            .unwrap();
        let ended = super::list(&guest, None).await;
        house.stands(&what).await;
        let fuel = matches!(ended, Err(CallFailure::Limited(LimitHit::ReturnedBytes(_))));
        if !fuel {
            trapped(&ended, words, &what);
        }
    }
}

#[tokio::test]
async fn an_invalid_result_pointer_traps_on_lifting() {
    let house = House::new().await;
    for (at, words) in [
        ("-1", "pointer"),
        ("-8", "pointer"),
        ("1", "not aligned"),
        ("516", "not aligned"),
        ("65528", "out of bounds"),
        ("65536", "out of bounds"),
        ("0x80000000", "out of bounds"),
    ] {
        let guest = format!(
            "(func $validate (result i32) (i32.const {at}))
             (func $list (param i32 i32) (result i32) unreachable)"
        );
        trapped(&house.validate(&utf8(&guest), at).await, words, at);
    }
}

#[tokio::test]
async fn no_encoding_of_texts_reads_past_memory() {
    let house = House::new().await;
    // In the two wide encodings pointers are even, and the highest bit of a length is a mark.
    let places = [
        ("65535", "1"),
        ("65534", "2"),
        ("65534", "0x80000002"),
        ("65535", "0x80000001"),
        ("65536", "0x80000001"),
        ("1", "2"),
        ("1", "0x80000001"),
        ("0", "0x7fffffff"),
        ("0", "0x80008001"),
        ("0", "-1"),
        ("-2", "1"),
        ("-2", "0x80000001"),
        ("0", "0xc0000000"),
    ];
    let guest = "(func $validate (result i32) unreachable)
                 (func $list (param i32 i32) (result i32) unreachable)";
    for encoding in [
        StringEncoding::UTF8,
        StringEncoding::UTF16,
        StringEncoding::CompactUTF16,
    ] {
        for (at, length) in places {
            let what = format!("{encoding:?} name at {at}, {length} long");
            let name = format!(
                "(func $odd (i32.store (i32.const 64) (i32.const {at}))
                            (i32.store (i32.const 68) (i32.const {length}))) (start $odd)"
            );
            let module = framed(&(guest.to_owned() + &name));
            let error = house
                .refused(&component_with(&module, encoding), &what)
                .await;
            let typed = matches!(
                error,
                LoadError::Describe(CallFailure::Trapped(_) | CallFailure::Limited(_))
                    | LoadError::Descriptor(_)
            );
            assert!(typed, "{what}: {error}");
        }
    }
}
