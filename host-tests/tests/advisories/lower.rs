//! Writes of the host into a guest's memory, at places that the guest names: each place is the
//! guest's own or the call's end, whatever the guest does while it is asked for one.

use connector_host::CallLimits;
use connector_host::runtime::{CallFailure, LimitHit};
use wit_component::StringEncoding;

use super::support::{component_with, framed};
use super::{House, limits, list, trapped};

/// A guest that asks once and lists nothing, with this body of `cabi_realloc`: its parameters are
/// the old place, its size, the alignment and the new size.
fn with_realloc(body: &str) -> String {
    let guest = format!(
        "(global $depth (mut i32) (i32.const 0))
         (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) {body})
         (func $validate (result i32) (call $request) (call $unavailable))
         (func $list (param i32 i32) (result i32) (call $request) (call $nobody))"
    );
    framed(&guest).replacen(
        "(func (export \"cabi_realloc\") (param i32 i32 i32 i32)",
        "(func $place (param i32 i32 i32 i32)",
        1,
    )
}

fn utf8(module: &str) -> Vec<u8> {
    component_with(module, StringEncoding::UTF8)
}

#[tokio::test]
async fn a_place_outside_of_memory_or_not_aligned_is_a_trap() {
    let house = House::new().await;
    for (body, words) in [
        ("(i32.const -1)", "not aligned"),
        ("(i32.const -4)", "end of memory"),
        ("(i32.const 65536)", "end of memory"),
        ("(i32.const 65532)", "end of memory"),
        ("(i32.const 0x80000000)", "end of memory"),
        ("(i32.const 8193)", "not aligned"),
        ("(i32.sub (i32.const 65537) (local.get 3))", "not aligned"),
    ] {
        let ended = house.validate(&utf8(&with_realloc(body)), body).await;
        trapped(&ended, words, body);
    }
}

#[tokio::test]
async fn overlapping_allocations_harm_the_guest_alone() {
    let house = House::new().await;
    for body in [
        "(i32.const 8192)",
        "(i32.const 0)",
        // Over the description, and over the place of the answer itself.
        "(i32.const 64)",
        "(i32.const 1024)",
        // What ends where memory ends.
        "(i32.and (i32.sub (i32.const 65536) (local.get 3)) (i32.const -4))",
    ] {
        let ended = house.validate(&utf8(&with_realloc(body)), body).await;
        let heard = matches!(ended, Err(CallFailure::Reported { .. }));
        assert!(heard, "{body}: {ended:?}");
    }
}

#[tokio::test]
async fn a_hostile_realloc_ends_its_call_alone() {
    let house = House::new().await;
    let spin = "(loop (br 0)) unreachable";
    let grow = "(loop (drop (memory.grow (i32.const 16))) (br 0)) unreachable";
    let deep = "(global.set $depth (i32.add (global.get $depth) (i32.const 1)))
                (call $place (local.get 0) (local.get 1) (local.get 2) (local.get 3))";
    trapped(
        &house
            .validate(&utf8(&with_realloc("unreachable")), "trap")
            .await,
        "unreachable",
        "trap",
    );
    let spun = house.validate(&utf8(&with_realloc(spin)), "spin").await;
    let cpu = LimitHit::Cpu(limits().cpu);
    assert_eq!(spun, Err(CallFailure::TimedOut(cpu)));
    let grown = house.validate(&utf8(&with_realloc(grow)), "grow").await;
    let memory = LimitHit::Memory(limits().memory);
    assert_eq!(grown, Err(CallFailure::Limited(memory)));
    let recursive = with_realloc(deep).replace(
        "(func (export \"cabi_realloc\")",
        "(func $again (export \"cabi_realloc\")",
    );
    let recursive = recursive.replace("(call $place (local.get 0)", "(call $again (local.get 0)");
    trapped(
        &house.validate(&utf8(&recursive), "deep").await,
        "stack",
        "deep",
    );
    // The import is out of reach while its answer is being written.
    let asks = "(call $request) (i32.const 8192)";
    trapped(
        &house.validate(&utf8(&with_realloc(asks)), "asks").await,
        "cannot leave",
        "asks",
    );
}

#[tokio::test]
async fn a_hostile_post_return_ends_its_call_alone() {
    let house = House::new().await;
    let ended = async |body: &str| {
        let guest = format!(
            "(func (export \"cabi_post_governance:connector/inventory@0.2.0#validate\") (param i32)
               {body})
             (func $validate (result i32) (call $unavailable))
             (func $list (param i32 i32) (result i32) unreachable)"
        );
        house.validate(&utf8(&framed(&guest)), body).await
    };
    assert!(matches!(ended("").await, Err(CallFailure::Reported { .. })));
    trapped(&ended("unreachable").await, "unreachable", "trap");
    trapped(&ended("(call $request)").await, "cannot leave", "asks");
    let cpu = LimitHit::Cpu(limits().cpu);
    assert_eq!(
        ended("(loop (br 0))").await,
        Err(CallFailure::TimedOut(cpu))
    );
    let memory = LimitHit::Memory(limits().memory);
    let grow = "(loop (drop (memory.grow (i32.const 16))) (br 0))";
    assert_eq!(ended(grow).await, Err(CallFailure::Limited(memory)));
}

#[tokio::test]
async fn a_request_at_full_stack_depth_ends_typed() {
    let house = House::new().await;
    let guest = "(func $deep (param i32) (result i32)
                   (global.set $free (i32.const 8192))
                   (call $request)
                   (i32.add (i32.const 1) (call $deep (i32.add (local.get 0) (i32.const 1)))))
                 (func $validate (result i32) (call $deep (i32.const 0)))
                 (func $list (param i32 i32) (result i32) unreachable)";
    let guest = house.load(&utf8(&framed(guest)), "deep").await.unwrap();
    let roomy = CallLimits {
        cpu: std::time::Duration::from_secs(30),
        ..limits()
    };
    let called = guest
        .validate(std::sync::Arc::new(super::Provider), &roomy)
        .await;
    house.stands("deep").await;
    assert!(called.usage.requests > 1_000, "{:?}", called.usage);
    trapped(&called.result.map(|_| ()), "stack", "deep");
}

/// The frame with its texts as UTF-16 at 2048; `mark` is what stands in the highest byte of a length.
fn in_utf16(module: &str, mark: u32) -> String {
    let wide = |at: u32| 2048 + 2 * (at - 16);
    let word = |number: u32| {
        let bytes = number.to_le_bytes().map(|byte| format!("\\{byte:02x}"));
        bytes.concat()
    };
    let mut module = module.to_owned();
    for (at, length) in [(16, 7), (23, 1), (24, 5), (29, 3), (32, 5), (37, 3)] {
        let (old, new) = (
            word(at) + &word(length),
            word(wide(at)) + &word(length | mark),
        );
        module = module.replace(&old, &new);
        let said = |at, length| format!("(i32.const {at}) (i32.const {length})");
        module = module.replace(&said(at, length), &said(wide(at), length | mark));
    }
    let text = "hostile1thingkeyx-key/me".chars();
    let text: String = text.map(|c| format!("{c}\\00")).collect();
    let data = format!("(data (i32.const 2048) \"{text}\") (global $free");
    module.replace("(global $free", &data)
}

/// CVE-2026-35195, CVE-2026-34942: places for texts that grow and shrink while they are converted.
#[tokio::test]
async fn converting_a_text_takes_no_place_on_trust() {
    let house = House::new().await;
    let cursors = [
        "",
        "plain",
        "caf\u{e9}",
        "caf\u{e9} \u{20ac}",
        "\u{1f980}\u{1f980}x",
        "a\u{0}b",
    ];
    let bodies = [
        ("(call $bump (local.get 3))", true),
        ("(i32.const 8192)", true),
        ("(i32.const 8193)", false),
        ("(i32.const 65534)", false),
        ("(i32.const 65536)", false),
        ("(i32.const -2)", false),
        // Good at first, and somewhere else when it is to grow or to shrink.
        (
            "(select (i32.const -2) (call $bump (local.get 3)) (local.get 0))",
            false,
        ),
        (
            "(select (i32.const 8193) (call $bump (local.get 3)) (local.get 0))",
            false,
        ),
        (
            "(if (local.get 0) (then unreachable)) (call $bump (local.get 3))",
            false,
        ),
    ];
    let bump = "(func $bump (param i32) (result i32)
                  (call $place (i32.const 0) (i32.const 0) (i32.const 8) (local.get 0)))";
    for (encoding, mark) in [
        (StringEncoding::UTF16, 0),
        (StringEncoding::CompactUTF16, 1 << 31),
    ] {
        for (body, is_sound) in bodies {
            let module =
                with_realloc(body).replacen("(global $depth", &format!("{bump} (global $depth"), 1);
            let what = format!("{encoding:?} {body}");
            let bytes = component_with(&in_utf16(&module, mark), encoding);
            let guest = house
                .load(&bytes, &what)
                .await
                .unwrap_or_else(|e| panic!("{what}: {e}"));
            for cursor in cursors {
                let ended = list(&guest, Some(cursor)).await;
                house.stands(&what).await;
                match (is_sound, &ended) {
                    (true, Ok(())) | (false, Ok(()) | Err(CallFailure::Trapped(_))) => {}
                    other => panic!("{what}, {cursor:?}: {other:?}"),
                }
            }
        }
    }
}
