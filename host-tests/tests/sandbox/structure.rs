//! The structure and the answers of a component are limited before the host works on them.

use std::fmt::Write;
use std::time::Instant;

use connector_host::Connector;
use connector_host::runtime::{CallFailure, LimitHit, LimitSetting, LoadError};
use connector_host::{CallLimits, Sandbox};

use crate::bombs;
use crate::support::{component, connector, framed, guest_file, load, sandbox};

/// Why a component is not compiled; `None` where it is, and fails for what it lacks.
async fn refusal(sandbox: &Sandbox, bytes: &[u8]) -> Option<String> {
    match Connector::load(sandbox, bytes).await.unwrap_err() {
        LoadError::Invalid(reason) => Some(reason),
        LoadError::ForbiddenImport(_)
        | LoadError::WrongWorld(_)
        | LoadError::Describe(_)
        | LoadError::Descriptor(_) => None,
    }
}

/// Each kind of bomb at a size that is refused, and at one that an ordinary connector could have.
#[tokio::test(flavor = "multi_thread")]
async fn structures_costly_to_compile_are_rejected() {
    type Bomb = fn(usize) -> Vec<u8>;
    let sandbox = sandbox();
    for (what, bomb, large, small) in [
        ("locals", bombs::locals as Bomb, 2_500, 0),
        ("parameters", bombs::parameters, 4_000, 20),
        ("calls", bombs::calls, 9_000, 20),
        ("indirect calls", bombs::indirect_calls, 4_000, 20),
        ("branches", bombs::branches, 4_000, 20),
        ("tables", bombs::tables, 12_000, 20),
        ("loops", bombs::loops, 1_600, 100),
        ("joins", bombs::joins, 2_000, 300),
        ("merges", bombs::merges, 2_000, 300),
        ("nesting", bombs::nesting, 100_000, 500),
        ("aliases", bombs::aliases, 200_000, 1_000),
    ] {
        for (size, is_refused) in [(large, true), (small, false)] {
            let bytes = bomb(size);
            let began = Instant::now();
            let refused = refusal(&sandbox, &bytes).await;
            println!(
                "{what} {size}, {} bytes: {:.1?}",
                bytes.len(),
                began.elapsed()
            );
            let said = refused.unwrap_or_default();
            assert_eq!(
                said.contains("than a connector needs"),
                is_refused,
                "{what} {size}: {said}"
            );
        }
    }
}

/// Functions as compilers make them: a few locals, a loop, a call and a branch.
fn ordinary(functions: usize) -> Vec<u8> {
    let body = "(local i32 i32 i64 i64)
        (loop $again
            (local.set 1 (i32.add (local.get 1) (i32.load (local.get 0))))
            (if (i32.eqz (local.get 1)) (then (call $f (local.get 1)) (local.set 2))
                (else (local.set 3 (i64.extend_i32_u (local.get 1)))))
            (br_if $again (i32.lt_u (local.get 1) (i32.const 100))))
        (local.get 1)";
    let body = format!(
        "(param i32) (result i32) {}",
        body.replace("(local.set 2)", "(drop)")
    );
    let mut module = format!("(memory 1)(func $f {body})");
    for _ in 1..functions {
        let _ = write!(module, "(func {body})");
    }
    wat::parse_str(format!("(component (core module {module}))")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_is_as_large_as_its_code_needs() {
    let sandbox = sandbox();
    load(&sandbox, &connector()).await;
    let bytes = ordinary(5_000);
    let began = Instant::now();
    assert_eq!(refusal(&sandbox, &bytes).await, None);
    println!(
        "5,000 ordinary functions, {} bytes: {:.1?}",
        bytes.len(),
        began.elapsed()
    );
}

#[tokio::test]
async fn an_answer_has_so_many_records_and_no_more() {
    let sandbox = sandbox();
    let empty = guest_file("many-records").replace("(i32.const 60000)", "(i32.const 0)");
    let guest = load(&sandbox, &component(&framed(&empty))).await;
    let called = async |limits: &CallLimits| {
        let provider = super::hostile::quick();
        let called = guest
            .list_resources(provider, limits, "thing", None, None)
            .await;
        called.result.map(|page| page.notices.len())
    };
    let refused = called(&CallLimits::default()).await;
    assert_eq!(
        refused,
        Err(CallFailure::Limited(LimitHit::Records(500_000)))
    );
    let mut limits = CallLimits::default();
    limits.set_limit("records=1000000".parse::<LimitSetting>().unwrap());
    assert_eq!(called(&limits).await, Ok(1_000_000));
}
