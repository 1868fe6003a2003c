//! Guests whose answers are large: long error texts, and manifests of many types.

use std::fmt::Write as _;

use crate::support::{component, framed, guest_file};

/// A guest that lists this many things, the grants on each of which it refuses with long words.
pub fn refusing(things: usize, bytes: usize) -> Vec<u8> {
    let texts = 65_536 + things * 136;
    let words = texts + things * 4;
    let pages = (words + bytes).div_ceil(65_536);
    let guest = format!(
        r#"(func $validate (result i32) (call $nobody))
        (func $letter (param $at i32) (param $of i32)
          (i32.store8 (local.get $at)
            (i32.add (i32.const 97) (i32.and (local.get $of) (i32.const 15)))))
        (func $list (param i32 i32) (result i32)
          (local $n i32) (local $at i32) (local $id i32)
          (drop (memory.grow (i32.const {pages})))
          (loop
            (local.set $at (i32.add (i32.const 65536) (i32.mul (local.get $n) (i32.const 136))))
            (local.set $id (i32.add (i32.const {texts}) (i32.mul (local.get $n) (i32.const 4))))
            (call $letter (local.get $id) (local.get $n))
            (call $letter (i32.add (local.get $id) (i32.const 1)) (i32.shr_u (local.get $n) (i32.const 4)))
            (call $letter (i32.add (local.get $id) (i32.const 2)) (i32.shr_u (local.get $n) (i32.const 8)))
            (call $letter (i32.add (local.get $id) (i32.const 3)) (i32.shr_u (local.get $n) (i32.const 12)))
            (i32.store (local.get $at) (local.get $id))
            (i32.store offset=4 (local.get $at) (i32.const 4))
            (i32.store offset=8 (local.get $at) (local.get $id))
            (i32.store offset=12 (local.get $at) (i32.const 4))
            (i32.store8 offset=56 (local.get $at) (i32.const 5))
            (i32.store8 offset=132 (local.get $at) (i32.const 1))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if 0 (i32.lt_u (local.get $n) (i32.const {things}))))
          (drop (call $nobody))
          (i32.store (i32.const 520) (i32.const 65536))
          (i32.store (i32.const 524) (i32.const {things}))
          (i32.const 512))
        (func $refuse (result i32)
          (drop (memory.grow (i32.const {pages})))
          (memory.fill (i32.const {words}) (i32.const 120) (i32.const {bytes}))
          (drop (call $nobody))
          (i32.store8 (i32.const 512) (i32.const 1))
          (i32.store8 (i32.const 520) (i32.const 4))
          (i32.store (i32.const 528) (i32.const {words}))
          (i32.store (i32.const 532) (i32.const {bytes}))
          (i32.store (i32.const 536) (i32.const {words}))
          (i32.store (i32.const 540) (i32.const {bytes}))
          (i32.const 512))"#
    );
    let frame = framed(&guest);
    let call = "(call $list (local.get 5) (local.get 6))";
    assert!(frame.contains(call));
    component(&frame.replace(call, "(call $refuse)"))
}

/// A description of so many types, each of which has an id of its own.
pub fn described(types: usize) -> Vec<u8> {
    let (mut records, mut texts) = (Vec::new(), Vec::new());
    let base = 65_536 + types * 52;
    for n in 0..types {
        let id = format!("t{n:05}");
        let at = u32::try_from(base + texts.len()).unwrap();
        texts.extend_from_slice(id.as_bytes());
        let mut record = vec![0_u8; 52];
        for place in [0, 8] {
            record[place..place + 4].copy_from_slice(&at.to_le_bytes());
            record[place + 4..place + 8].copy_from_slice(&6_u32.to_le_bytes());
        }
        records.extend(record);
    }
    let data = |at: usize, bytes: &[u8]| {
        let text: String = bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "\\{byte:02x}");
            text
        });
        format!("(data (i32.const {at}) \"{text}\")")
    };
    let more = data(65_536, &records) + &data(base, &texts);
    let count: String =
        u32::try_from(types)
            .unwrap()
            .to_le_bytes()
            .iter()
            .fold(String::new(), |mut text, byte| {
                let _ = write!(text, "\\{byte:02x}");
                text
            });
    let frame = framed(&(guest_file("trap") + &more));
    let one = r"\01\00\00\00\80\00\00\00\01\00\00\00\c0";
    assert!(frame.contains(one), "{frame}");
    let frame = frame.replace(one, &format!(r"\01\00\00\00\00\00\01\00{count}\c0"));
    component(&frame.replace(
        "(memory (export \"memory\") 1)",
        "(memory (export \"memory\") 40)",
    ))
}
