//! Components that are small to read and large to compile, each of a size: what grows with it is not
//! the bytes alone.
#![allow(dead_code)]

use std::fmt::Write;

/// A component of one core module.
fn of_module(module: &str) -> Vec<u8> {
    wat::parse_str(format!("(component (core module {module}))")).unwrap()
}

fn repeated(part: &str, times: usize) -> String {
    part.repeat(times)
}

/// Functions that declare as many locals as a module may.
pub fn locals(size: usize) -> Vec<u8> {
    let locals = repeated("i64 ", 50_000);
    of_module(&repeated(
        &format!("(func (local {locals}))"),
        size.div_ceil(50),
    ))
}

/// Functions with a thousand parameters and results.
pub fn parameters(size: usize) -> Vec<u8> {
    let values = repeated("i64 ", 1_000);
    let ty = format!("(type $t (func (param {values}) (result {values})))");
    of_module(&format!(
        "{ty}{}",
        repeated("(func (type $t) unreachable)", size)
    ))
}

/// Calls that take and give a thousand values each.
pub fn calls(size: usize) -> Vec<u8> {
    let values = repeated("i64 ", 1_000);
    let ty = format!("(type $t (func (param {values}) (result {values})))");
    let gets: String = (0..1_000).fold(String::new(), |mut text, n| {
        let _ = write!(text, "local.get {n} ");
        text
    });
    let body = repeated("call $f ", size);
    of_module(&format!("{ty}(func $f (type $t) {gets} {body})"))
}

/// Calls through a table that take and give a thousand values each.
pub fn indirect_calls(size: usize) -> Vec<u8> {
    let values = repeated("i64 ", 1_000);
    let ty = format!("(type $t (func (param {values}) (result {values})))");
    let gets: String = (0..1_000).fold(String::new(), |mut text, n| {
        let _ = write!(text, "local.get {n} ");
        text
    });
    let body = repeated("i32.const 0 call_indirect (type $t) ", size);
    of_module(&format!(
        "{ty}(table 1 funcref)(func (type $t) {gets} {body})"
    ))
}

/// Branches that copy a thousand values each.
pub fn branches(size: usize) -> Vec<u8> {
    let values = repeated("i64 ", 1_000);
    let consts = repeated("i64.const 1 ", 1_000);
    let body = repeated("i32.const 0 br_if 0 ", size);
    of_module(&format!(
        "(func (result {values}) (block (result {values}) {consts} {body}))"
    ))
}

/// A table of branches to many blocks that have a thousand results each.
pub fn tables(size: usize) -> Vec<u8> {
    let values = repeated("i64 ", 1_000);
    let depth = size.min(2_000).max(1);
    let open = repeated(&format!("(block (result {values}) "), depth);
    let targets: String = (0..size).fold(String::new(), |mut text, n| {
        let _ = write!(text, "{} ", n % depth);
        text
    });
    let consts = repeated("i64.const 1 ", 1_000);
    let body = format!(
        "{open} {consts} i32.const 0 br_table {targets} {})",
        repeated(")", depth - 1)
    );
    of_module(&format!("(func (result {values}) {body})"))
}

/// Loops within each other, the innermost of which has many locals.
pub fn loops(size: usize) -> Vec<u8> {
    let locals = repeated("i64 ", size);
    let open = repeated("(loop ", size);
    let body: String = (0..size).fold(String::new(), |mut text, n| {
        let _ = write!(text, "local.get {n} i64.const 1 i64.add local.set {n} ");
        text
    });
    let back = repeated("(br_if 0 (i32.const 1)))", size);
    of_module(&format!("(func (local {locals}) {open}{body}{back})"))
}

/// Blocks after each other, behind which many locals are read.
pub fn joins(size: usize) -> Vec<u8> {
    let locals = repeated("i64 ", size);
    let blocks = repeated("(if (i32.const 1) (then nop)) ", size);
    let sets: String = (0..size).fold(String::new(), |mut text, n| {
        let _ = write!(text, "local.get {n} drop ");
        text
    });
    of_module(&format!("(func (local {locals}) {blocks}{sets})"))
}

/// Blocks within each other, each of which sets a local of its own; a table leads out of all.
pub fn merges(size: usize) -> Vec<u8> {
    let locals = repeated("i64 ", size);
    let open = repeated("(block ", size);
    let targets: String = (0..size).fold(String::new(), |mut text, n| {
        let _ = write!(text, "{n} ");
        text
    });
    let close: String = (0..size).fold(String::new(), |mut text, n| {
        let _ = write!(text, ") (local.set {n} (i64.const {n}))");
        text
    });
    let reads: String = (0..size).fold(String::new(), |mut text, n| {
        let _ = write!(text, "local.get {n} drop ");
        text
    });
    let start = format!("(br_table {targets} (i32.const 1))");
    of_module(&format!(
        "(func (local {locals}) {open}{start}{close}{reads})"
    ))
}

/// Functions with nothing in them.
pub fn functions(size: usize) -> Vec<u8> {
    of_module(&repeated("(func)", size))
}

/// One long function without a branch.
pub fn straight(size: usize) -> Vec<u8> {
    let body = repeated(
        "local.get 0 i32.const 3 i32.mul local.get 0 i32.xor local.set 0 ",
        size,
    );
    of_module(&format!("(func (param i32) {body})"))
}

/// One function all of whose values are alive at once.
pub fn pressure(size: usize) -> Vec<u8> {
    let loads = repeated("local.get 0 i32.load ", size);
    let sums = repeated("i32.add ", size - 1);
    of_module(&format!(
        "(memory 1)(func (param i32) (result i32) {loads}{sums})"
    ))
}

/// Blocks within each other.
pub fn nesting(size: usize) -> Vec<u8> {
    of_module(&format!(
        "(func {}{})",
        repeated("(block ", size),
        repeated(")", size)
    ))
}

/// A module that is instantiated and exported in part, very often.
pub fn aliases(size: usize) -> Vec<u8> {
    let module = r#"(core module $m (func (export "f")))(core instance $i (instantiate $m))"#;
    let alias = repeated(r#"(core func (alias core export $i "f"))"#, size);
    wat::parse_str(format!("(component {module}{alias})")).unwrap()
}

/// Functions of a component that copy a wide record to another one.
pub fn adapters(size: usize) -> Vec<u8> {
    let wide: String = (0..20).fold(String::new(), |mut text, n| {
        let _ = write!(
            text,
            r#"(field "f{n}" (list (tuple string string u64 float32)))"#
        );
        text
    });
    let core = r#"(core module $m (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
        (func (export "f") (param i32)))
      (core instance $i (instantiate $m))"#;
    let lifted = format!(
        r#"(type $r' (record {wide})) (export $r "r" (type $r'))
        (func (export "f") (param "a" $r)
          (canon lift (core func $i "f") (memory $i "memory") (realloc (func $i "realloc"))))"#
    );
    let lowered: String = (0..size).fold(String::new(), |mut text, n| {
        let _ = write!(
            text,
            r#"(core func $l{n} (canon lower (func $c "f") (memory $i "memory")))
            (core instance (instantiate $user (with "" (instance (export "f" (func $l{n}))))))"#
        );
        text
    });
    wat::parse_str(format!(
        r#"(component
          (component $inner {core}{lifted})
          (instance $c (instantiate $inner))
          {core}
          (core module $user (import "" "f" (func (param i32))))
          {lowered})"#
    ))
    .unwrap()
}
