//! Components inside of a connector, which exchange texts, lists and resources with each other when
//! an instance is made: the compiled adapters between them work in our process like the host's own.

use connector_host::runtime::{CallFailure, LimitHit, LoadError};
use wasmparser::{Parser, Payload};

use super::House;
use super::support::{component, framed};

fn number(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = u8::try_from(value & 0x7f).unwrap();
        value >>= 7;
        bytes.push(byte | if value > 0 { 0x80 } else { 0 });
        if value == 0 {
            return bytes;
        }
    }
}

/// A section of a component.
fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id], number(content.len()).as_slice(), content].concat()
}

/// A component with nothing but this one in it.
pub fn around(inner: &[u8]) -> Vec<u8> {
    let empty = wat::parse_str("(component)").unwrap();
    [empty, section(4, inner)].concat()
}

/// Returns the number of components directly in this one.
fn components(outer: &[u8]) -> usize {
    let (mut depth, mut found) = (0, 0);
    for payload in Parser::new(0).parse_all(outer) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "only components count")]
        match payload.unwrap() {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentSection { .. } if depth == 1 => found += 1,
            _ => {}
        }
    }
    found
}

/// A connector that would end well, in which this component is made an instance of first.
fn carrying(passenger: &str) -> Vec<u8> {
    let quiet = "(func $validate (result i32) (call $unavailable))
                 (func $list (param i32 i32) (result i32) (call $nobody))";
    let connector = component(&framed(quiet));
    let inner = wat::parse_str(passenger).unwrap_or_else(|error| panic!("{passenger}: {error}"));
    let made = [&[1, 0], number(components(&connector)).as_slice(), &[0]].concat();
    [connector, section(4, &inner), section(5, &made)].concat()
}

/// Returns the result of `describe`, the first call of a connector with this passenger.
async fn first_call(house: &House, passenger: &str, what: &str) -> Result<(), CallFailure> {
    match house.load(&carrying(passenger), what).await {
        Ok(_) => Ok(()),
        Err(LoadError::Describe(failure)) => Err(failure),
        Err(other) => panic!("{what}: {other}"),
    }
}

/// A component whose start calls `body`, which may use what `imports` say of `""`.
fn starting(funcs: &str, imports: &str, exports: &str, body: &str) -> String {
    format!(
        "{funcs} (core module $starter {imports} (func $run {body}) (start $run))
         (core instance (instantiate $starter (with \"\" (instance {exports}))))"
    )
}

/// One component that sends a text of one encoding to another, which has it in another.
fn sending(from: &str, to: &str, (at, length): (&str, &str), realloc: &str) -> String {
    let start = starting(
        &format!(
            "(core func $send (canon lower (func $take) (memory (core memory $m \"memory\")) string-encoding={from}))"
        ),
        "(import \"\" \"send\" (func $send (param i32 i32)))",
        "(export \"send\" (func $send))",
        &format!("(call $send (i32.const {at}) (i32.const {length}))"),
    );
    format!(
        "(component
           (component $to
             (core module $m (memory (export \"memory\") 1) (global $free (mut i32) (i32.const 1024))
               (func (export \"take\") (param i32 i32))
               (func $bump (param i32) (result i32) (local $at i32)
                 (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
                 (global.set $free (i32.add (local.get $at) (local.get 0))) (local.get $at))
               (func (export \"realloc\") (param i32 i32 i32 i32) (result i32) {realloc}))
             (core instance $i (instantiate $m))
             (func (export \"take\") (param \"a\" string)
               (canon lift (core func $i \"take\") (memory (core memory $i \"memory\")) (realloc (core func $i \"realloc\"))
                 string-encoding={to})))
           (component $from
             (import \"take\" (func $take (param \"a\" string)))
             (core module $memory (memory (export \"memory\") 1)
               (data (i32.const 0) \"A\\00B\\00\\e9\\00\\ac\\20C\\00\")
               (data (i32.const 65520) \"A\\00A\\00A\\00A\\00A\\00A\\00\\ac\\20A\\00\"))
             (core instance $m (instantiate $memory))
             {start})
           (instance $t (instantiate $to))
           (instance (instantiate $from (with \"take\" (func $t \"take\")))))"
    )
}

/// CVE-2026-34941, CVE-2026-34942, CVE-2026-35195: conversions between two guests' memories, from
/// texts at their edges to places that are not there, not aligned, or change.
#[tokio::test]
async fn strings_between_guests_stay_within_their_memories() {
    let house = House::new().await;
    let encodings = ["utf8", "utf16", "latin1+utf16"];
    let bump = "(call $bump (local.get 3))";
    let mut cases = vec![];
    for place in [
        ("65520", "8"),
        ("65520", "9"),
        ("65520", "0x80000008"),
        ("65520", "0x80000009"),
        ("65521", "7"),
        ("65535", "1"),
        ("65536", "0"),
        ("65538", "0"),
        ("-2", "0x7fffffff"),
        ("0", "0x80000000"),
        ("0", "-1"),
    ] {
        cases.push((place, bump));
    }
    for realloc in [
        "(i32.const 65535)",
        "(i32.const 65536)",
        "(i32.const -2)",
        "(i32.const 1025)",
        "(i32.const 0)",
        "(select (i32.const 65534) (call $bump (local.get 3)) (local.get 0))",
        "(select (i32.const 1025) (call $bump (local.get 3)) (local.get 0))",
        "(if (local.get 0) (then unreachable)) (call $bump (local.get 3))",
        "unreachable",
    ] {
        cases.push((("65520", "8"), realloc));
        cases.push((("65520", "0x80000008"), realloc));
    }
    let (mut sent, mut broken) = (0, 0);
    for from in encodings {
        for to in encodings {
            for (place, realloc) in &cases {
                let what = format!("{from} to {to}, {place:?}, {realloc}");
                match first_call(&house, &sending(from, to, *place, realloc), &what).await {
                    Ok(()) => sent += 1,
                    Err(CallFailure::Trapped(_)) => broken += 1,
                    Err(other) => panic!("{what}: {other}"),
                }
            }
        }
    }
    assert!(sent > 20 && broken > 60, "{sent} sent, {broken} stopped");
}

fn without_end(new: &str) -> String {
    format!("(loop {new} (br 0))")
}

/// CVE-2026-119134: handles of resources are memory of the host's.
#[tokio::test]
async fn a_flood_of_resources_has_an_end() {
    let house = House::new().await;
    let flood = starting(
        "(type $r (resource (rep i32))) (core func $new (canon resource.new $r))",
        "(import \"\" \"new\" (func $new (param i32) (result i32)))",
        "(export \"new\" (func $new))",
        &without_end("(drop (call $new (i32.const 1)))"),
    );
    let ended = first_call(&house, &format!("(component {flood})"), "resources").await;
    super::trapped(&ended, "handle limit", "resources");
}

/// GHSA-5hhx-4wrr-3j9g: a guest that is interrupted while an instance is still being made.
#[tokio::test]
async fn instantiation_is_interruptible_by_its_deadline() {
    let house = House::new().await;
    let busy = |turns: &str| {
        let body = format!(
            "(local $n i32) (loop (local.set $n (i32.add (local.get $n) (i32.const 1)))
               (br_if 0 (i32.lt_u (local.get $n) (i32.const {turns}))))"
        );
        format!("(component {})", starting("", "", "", &body))
    };
    // Some milliseconds, each of which is an interruption.
    assert_eq!(first_call(&house, &busy("60000000"), "busy").await, Ok(()));
    let guest = house
        .load(&carrying(&busy("60000000")), "busy")
        .await
        .unwrap();
    let spent = connector_host::CallLimits {
        cpu: std::time::Duration::from_millis(5),
        ..super::limits()
    };
    let called = guest
        .validate(std::sync::Arc::new(super::Provider), &spent)
        .await;
    let hit = LimitHit::Cpu(spent.cpu);
    assert_eq!(called.result.unwrap_err(), CallFailure::TimedOut(hit));
    house.stands("a start that does not end").await;
    let broken = starting("", "", "", "unreachable");
    let ended = first_call(&house, &format!("(component {broken})"), "broken").await;
    super::trapped(&ended, "unreachable", "broken");
}

#[tokio::test]
async fn a_component_that_calls_itself_is_a_trap() {
    let house = House::new().await;
    let start = starting(
        "(core func $g (canon lower (func $f) (memory (core memory $i \"memory\"))))",
        "(import \"\" \"g\" (func $g (param i32 i32)))",
        "(export \"g\" (func $g))",
        "(call $g (i32.const 0) (i32.const 8))",
    );
    let itself = format!(
        "(component
           (core module $m (memory (export \"memory\") 1) (func (export \"f\") (param i32 i32))
             (func (export \"realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 4)))
           (core instance $i (instantiate $m))
           (func $f (param \"a\" string)
             (canon lift (core func $i \"f\") (memory (core memory $i \"memory\")) (realloc (core func $i \"realloc\"))))
           {start})"
    );
    let ended = first_call(&house, &itself, "itself").await;
    super::trapped(&ended, "cannot enter", "itself");
}

/// CVE-2026-34943, CVE-2026-44216 and the like: values that have no meaning, and lists longer than
/// the memory that they are copied to.
#[tokio::test]
async fn meaningless_values_and_lost_lists_end_typed() {
    let house = House::new().await;
    for (kind, value, breaks) in [
        ("(flags \"a\" \"b\" \"c\")", "(i32.const -1)", false),
        ("(enum \"a\" \"b\" \"c\")", "(i32.const 3)", true),
        ("(enum \"a\" \"b\" \"c\")", "(i32.const -1)", true),
        ("char", "(i32.const 0xd800)", true),
        ("char", "(i32.const 0x110000)", true),
        ("bool", "(i32.const -1)", false),
        ("u8", "(i32.const -1)", false),
        ("s16", "(i32.const 0x7fff8000)", false),
    ] {
        let start = starting(
            "(core func $send (canon lower (func $take)))",
            "(import \"\" \"send\" (func $send (param i32)))",
            "(export \"send\" (func $send))",
            &format!("(call $send {value})"),
        );
        let passenger = format!(
            "(component
               (component $to (type $t' {kind}) (export $t \"t\" (type $t'))
                 (core module $m (func (export \"take\") (param i32)))
                 (core instance $i (instantiate $m))
                 (func (export \"take\") (param \"a\" $t) (canon lift (core func $i \"take\"))))
               (component $from (type $t' {kind}) (import \"t\" (type $t (eq $t')))
                 (import \"take\" (func $take (param \"a\" $t))) {start})
               (instance $to (instantiate $to))
               (instance (instantiate $from (with \"t\" (type $to \"t\")) (with \"take\" (func $to \"take\")))))"
        );
        let ended = first_call(&house, &passenger, kind).await;
        assert_eq!(ended.is_err(), breaks, "{kind} {value}: {ended:?}");
    }
}
