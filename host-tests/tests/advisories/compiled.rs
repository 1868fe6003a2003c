//! Errors that only compiled code can have: loads at the edge of memory, growth that is refused or
//! stopped, a slot of the pool that had another guest in it.

use connector_host::runtime::{CallFailure, LimitHit};
use connector_host::{Connector, Sandbox, SandboxOptions};

use super::support::{component, framed};
use super::{House, limits, trapped};

fn validating(body: &str, extra: &str) -> Vec<u8> {
    component(&framed(&format!(
        "{extra} (func $validate (result i32) (local $at i32) {body})
         (func $list (param i32 i32) (result i32) unreachable)"
    )))
}

fn heard(ended: &Result<(), CallFailure>) -> bool {
    matches!(ended, Err(CallFailure::Reported { .. }))
}

/// CVE-2026-24116 and CVE-2026-34944: loads that the compiler widens. CVE-2023-26489: addresses
/// that a shift makes larger than 32 bits.
#[tokio::test]
async fn a_load_beyond_the_edge_of_memory_traps() {
    let house = House::new().await;
    let loads = [
        ("(f64.copysign (f64.const 1) (f64.load (i32.const @8)))", 8),
        ("(f64.copysign (f64.load (i32.const @8)) (f64.const -1))", 8),
        ("(f32.copysign (f32.const 1) (f32.load (i32.const @4)))", 4),
        (
            "(f64x2.extract_lane 1 (f64x2.splat (f64.load (i32.const @8))))",
            8,
        ),
        (
            "(f32x4.extract_lane 1 (f32x4.splat (f32.load (i32.const @4))))",
            4,
        ),
        ("(i64x2.extract_lane 0 (v128.load32x2_u (i32.const @8)))", 8),
        (
            "(i8x16.extract_lane_u 0 (v128.load8_splat (i32.const @1)))",
            1,
        ),
        (
            "(i64.load (i32.shl (i32.shr_u (i32.const @8) (i32.const 3)) (i32.const 3)))",
            8,
        ),
    ];
    for (load, width) in loads {
        for (beyond, good) in [(0, true), (8, false)] {
            let at = (65_536 - width + beyond).to_string();
            let load = load.replace(&format!("@{width}"), &at);
            let body = format!("(drop {load}) (call $unavailable)");
            let ended = house.validate(&validating(&body, ""), &load).await;
            if good {
                assert!(heard(&ended), "{load}: {ended:?}")
            } else {
                trapped(&ended, "out of bounds", &load)
            }
        }
    }
    for far in [
        "(i32.load8_u offset=4294967295 (i32.const -1))",
        "(i32.load (i32.shl (i32.const 0x1fffffff) (i32.const 3)))",
        "(i32.load offset=0x7fffffff (i32.shl (i32.const 0x1fffffff) (i32.const 3)))",
        "(i32.load offset=0x80000000 (i32.const 0x80000000))",
    ] {
        let ended = house
            .validate(&validating(&format!("(drop {far}) unreachable"), ""), far)
            .await;
        trapped(&ended, "out of bounds", far);
    }
}

#[tokio::test]
async fn refused_memory_growth_fails_or_ends_the_guest() {
    let house = House::new().await;
    let own_maximum = "(if (i32.ne (table.grow $t (ref.null func) (i32.const 5)) (i32.const -1))
                         (then unreachable))
                       (if (i32.ne (table.grow $t (ref.null func) (i32.const 9000)) (i32.const -1))
                         (then unreachable))
                       (call $unavailable)";
    let table = "(table $t 1 4 funcref)";
    let ended = house
        .validate(&validating(own_maximum, table), "a table's maximum")
        .await;
    assert!(heard(&ended), "{ended:?}");
    // Growth that fails takes nothing: a thousand times 60 MiB would be more than there is.
    let own = framed(
        "(func $validate (result i32) (local $n i32)
          (loop
            (if (i32.ne (memory.grow (i32.const 960)) (i32.const -1)) (then unreachable))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if 0 (i32.lt_u (local.get $n) (i32.const 1000))))
          (call $unavailable))
        (func $list (param i32 i32) (result i32) unreachable)",
    );
    let own = own.replace(
        "(memory (export \"memory\") 1)",
        "(memory (export \"memory\") 1 10)",
    );
    let ended = house.validate(&component(&own), "a memory's maximum").await;
    assert!(heard(&ended), "{ended:?}");
    for (body, table, hit) in [
        (
            "(drop (memory.grow (i32.const 65535))) unreachable",
            "",
            LimitHit::Memory(limits().memory),
        ),
        (
            "(drop (table.grow $t (ref.null func) (i32.const 0x7fffffff))) unreachable",
            "(table $t 1 funcref)",
            LimitHit::TableElements(10_000),
        ),
    ] {
        let ended = house.validate(&validating(body, table), body).await;
        assert_eq!(ended, Err(CallFailure::Limited(hit)), "{body}");
    }
    let too_far = "(drop (memory.grow (i32.const 65536))) (call $unavailable)";
    let ended = house.validate(&validating(too_far, ""), too_far).await;
    assert!(ended.is_err(), "{ended:?}");
}

/// CVE-2026-104855: bulk operations that an epoch interrupts, and whose store is dropped then.
#[tokio::test]
async fn a_bulk_operation_is_broken_off_in_time() {
    let house = House::new().await;
    for (body, table) in [
        (
            "(drop (memory.grow (i32.const 900)))
             (loop (memory.copy (i32.const 65536) (i32.const 65600) (i32.const 58000000)) (br 0)) unreachable",
            "",
        ),
        (
            "(drop (memory.grow (i32.const 900)))
             (loop (memory.fill (i32.const 65536) (i32.const 7) (i32.const 58000000)) (br 0)) unreachable",
            "",
        ),
        (
            "(loop (table.copy (i32.const 0) (i32.const 1) (i32.const 8000)) (br 0)) unreachable",
            "(table $t 9000 funcref)",
        ),
        (
            "(loop (table.fill $t (i32.const 0) (ref.func $request) (i32.const 9000)) (br 0)) unreachable",
            "(table $t 9000 funcref) (elem declare func $request)",
        ),
    ] {
        let ended = house.validate(&validating(body, table), body).await;
        let cpu = LimitHit::Cpu(limits().cpu);
        assert_eq!(ended, Err(CallFailure::TimedOut(cpu)), "{body}");
    }
}

/// CVE-2022-39393, CVE-2026-34988: a place of the pool whose former guest had more memory, none at
/// all, or another image in it.
#[tokio::test]
async fn a_reused_pool_slot_holds_no_former_data() {
    let options = SandboxOptions {
        concurrent_calls: 1,
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::new(&options).unwrap();
    let load = async |bytes: Vec<u8>| Connector::load(&sandbox, &bytes).await.unwrap();
    let fill = "(drop (memory.grow (i32.const 63)))
                (memory.fill (i32.const 0) (i32.const 165) (i32.const 4194304)) unreachable";
    let search = "(drop (memory.grow (i32.const PAGES)))
        (local.set $at (i32.const 8192))
        (loop
          (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then (return (call $unavailable))))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (br_if 0 (i32.lt_u (local.get $at) (i32.mul (memory.size) (i32.const 65536)))))
        unreachable";
    let fill = load(validating(fill, "(data (i32.const 60000) \"image\")")).await;
    for pages in ["0", "1", "30", "63", "64"] {
        let search = load(validating(&search.replace("PAGES", pages), "")).await;
        for _ in 0..20 {
            for guest in [&fill, &search] {
                let called = guest
                    .validate(std::sync::Arc::new(super::Provider), &limits())
                    .await;
                trapped(&called.result.map(|_| ()), "unreachable", pages);
            }
        }
    }
}
