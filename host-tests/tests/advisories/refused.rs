//! Components that are not loaded: unsupported proposals, and components whose size alone is the attack.

use connector_host::runtime::LoadError;

use super::House;
use super::support::{component, framed};

const QUIET: &str = "(func $validate (result i32) unreachable)
                     (func $list (param i32 i32) (result i32) unreachable)";

#[tokio::test]
async fn features_named_by_advisories_are_disabled() {
    let house = House::new().await;
    for module in [
        // References and garbage collection.
        "(table 1 externref)",
        "(global externref (ref.null extern))",
        "(func (param externref))",
        "(type (struct (field i32)))",
        "(type (array i8))",
        "(table 1 i31ref)",
        "(func (param (ref null any)))",
        // Exceptions.
        "(tag (param i32))",
        "(func (try_table))",
        // 64-bit memories and tables, odd pages.
        "(memory i64 1)",
        "(table i64 1 funcref)",
        "(memory 1 (pagesize 1))",
        // Shared memory and atomics without it.
        "(memory 1 1 shared)",
        "(func (result i32) (memory.atomic.notify (i32.const 0) (i32.const 0)))",
        // Tail calls, wide arithmetic, relaxed SIMD.
        "(func (return_call 0))",
        "(func (drop (i64.add128 (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0))) (drop))",
        "(func (param v128) (result v128) local.get 0 local.get 0 i8x16.relaxed_swizzle)",
    ] {
        let text = format!("(component (core module {module}))");
        let Ok(bytes) = wat::parse_str(&text) else {
            panic!("{module}");
        };
        let error = house.refused(&bytes, module).await;
        assert!(matches!(error, LoadError::Invalid(_)), "{module}: {error}");
    }
    for text in [
        // Component-model async: GHSA-32h6-97mm-8q3c, GHSA-9pvw-hwfg-92h5.
        "(type (stream u8))",
        "(type (future))",
        "(core func (canon task.return))",
        "(core func (canon waitable-set.new))",
        "(core func (canon thread.spawn-ref 0))",
        "(core func (canon error-context.drop))",
        "(import \"f\" (func async))",
    ] {
        let Ok(bytes) = wat::parse_str(format!("(component {text})")) else {
            continue;
        };
        let error = house.refused(&bytes, text).await;
        assert!(matches!(error, LoadError::Invalid(_)), "{text}: {error}");
    }
}

/// CVE-2022-39392, CVE-2026-44216: sizes that an allocator may stumble over.
#[tokio::test]
async fn oversized_guests_are_rejected_on_load() {
    let house = House::new().await;
    let frame = framed(QUIET);
    let one_page = "(memory (export \"memory\") 1)";
    for memory in ["16385", "65536"] {
        let module = frame.replace(one_page, &format!("(memory (export \"memory\") {memory})"));
        let error = house.refused(&component(&module), memory).await;
        assert!(
            !matches!(error, LoadError::Descriptor(_)),
            "{memory}: {error}"
        );
    }
    for table in ["10001", "0x7fffffff", "0xffffffff", "0 0xffffffff", "1 1"] {
        let module = framed(&format!("(table {table} funcref) {QUIET}"));
        let loaded = house.load(&component(&module), table).await;
        assert_eq!(loaded.is_ok(), table.contains(' '), "{table}: {loaded:?}");
    }
    let tables = "(table 1 funcref)".repeat(9);
    let nine = framed(&format!("{tables} {QUIET}"));
    house.refused(&component(&nine), "nine tables").await;
    let memories = "(memory 1)".repeat(4);
    let five = framed(&format!("{memories} {QUIET}"));
    house.refused(&component(&five), "five memories").await;
    let instances = "(core instance (instantiate $m))".repeat(2_000);
    let many = format!("(component (core module $m) {instances})");
    house
        .refused(&wat::parse_str(many).unwrap(), "2,000 instances")
        .await;
}

/// Types and nests that grow faster than the bytes that say them, or deeper than a stack.
#[tokio::test]
async fn compiler_bombs_are_rejected_before_compiling() {
    let house = House::new().await;
    let mut deep = "(type $t0 u8)".to_owned();
    let mut wide = deep.clone();
    for n in 1..20_000 {
        deep += &format!("(type $t{n} (list $t{}))", n - 1);
    }
    for n in 1..64 {
        wide += &format!("(type $t{n} (tuple $t{0} $t{0} $t{0} $t{0}))", n - 1);
    }
    let last = |n: usize| format!("(import \"f\" (func (param \"a\" $t{n})))");
    for (what, types) in [
        ("deep types", deep + &last(19_999)),
        ("wide types", wide + &last(63)),
    ] {
        let bytes = wat::parse_str(format!("(component {types})")).unwrap();
        house.refused(&bytes, what).await;
    }
    for depth in [100, 5_000] {
        let mut nested = wat::parse_str("(component)").unwrap();
        for _ in 0..depth {
            nested = super::passenger::around(&nested);
        }
        house.refused(&nested, "nested components").await;
    }
}
