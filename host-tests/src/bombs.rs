//! Components that are small to read and large to compile, each of a size. They are written byte by
//! byte: as text, some would be a thousand times as long.

const I64: u8 = 0x7e;
const END: u8 = 0x0b;
/// A block without parameters and results.
const EMPTY: u8 = 0x40;

fn number(mut n: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(n & 127).unwrap();
        n >>= 7;
        bytes.push(if n == 0 { low } else { low | 128 });
        if n == 0 {
            return bytes;
        }
    }
}

fn signed(mut n: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(n & 127).unwrap();
        n >>= 7;
        let is_last = n == 0 && low & 64 == 0;
        bytes.push(if is_last { low } else { low | 128 });
        if is_last {
            return bytes;
        }
    }
}

fn sized(bytes: &[u8]) -> Vec<u8> {
    [number(bytes.len() as u64), bytes.to_vec()].concat()
}

fn section(id: u8, bytes: &[u8]) -> Vec<u8> {
    [vec![id], sized(bytes)].concat()
}

fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [number(items.len() as u64), items.concat()].concat()
}

/// A component of one module whose functions are of one type: so many parameters and results.
fn of_functions((params, results): (usize, usize), table: bool, bodies: &[Vec<u8>]) -> Vec<u8> {
    let values = |count: usize| sized(&vec![I64; count]);
    let of_type = [vec![0x60], values(params), values(results)].concat();
    let functions = vec![number(0); bodies.len()];
    let sized: Vec<_> = bodies.iter().map(|body| sized(body)).collect();
    let table = if table {
        section(4, &[1, 0x70, 0, 1])
    } else {
        Vec::new()
    };
    let module = [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, &list(&[of_type])),
        section(3, &list(&functions)),
        table,
        section(10, &list(&sized)),
    ];
    let header = b"\0asm\x0d\0\x01\0".to_vec();
    [header, section(1, &module.concat())].concat()
}

/// A body with so many locals.
fn body(locals: usize, code: &[u8]) -> Vec<u8> {
    let locals = match locals {
        0 => vec![0],
        count => [vec![1], number(count as u64), vec![I64]].concat(),
    };
    [locals, code.to_vec(), vec![END]].concat()
}

fn each(count: usize, code: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    (0..count).flat_map(code).collect()
}

fn get(local: usize) -> Vec<u8> {
    [vec![0x20], number(local as u64)].concat()
}

fn set(local: usize) -> Vec<u8> {
    [vec![0x21], number(local as u64)].concat()
}

fn i32_const(n: i64) -> Vec<u8> {
    [vec![0x41], signed(n)].concat()
}

fn i64_const(n: usize) -> Vec<u8> {
    [vec![0x42], signed(i64::try_from(n).unwrap())].concat()
}

/// A table of branches to these labels.
fn br_table(targets: usize, label: impl Fn(usize) -> usize) -> Vec<u8> {
    let labels = each(targets, |n| number(label(n) as u64));
    let others = number(targets.saturating_sub(1) as u64);
    [i32_const(1), vec![0x0e], others, labels].concat()
}

/// Functions that declare as many locals as a module may.
pub fn locals(functions: usize) -> Vec<u8> {
    of_functions((0, 0), false, &vec![body(50_000, &[]); functions])
}

/// Functions with a thousand parameters and results.
pub fn parameters(functions: usize) -> Vec<u8> {
    of_functions((1_000, 1_000), false, &vec![body(0, &[0]); functions])
}

/// Calls that take and give a thousand values each.
pub fn calls(calls: usize) -> Vec<u8> {
    let code = [each(1_000, get), [0x10, 0].repeat(calls)].concat();
    of_functions((1_000, 1_000), false, &[body(0, &code)])
}

/// Calls through a table that take and give a thousand values each.
pub fn indirect_calls(calls: usize) -> Vec<u8> {
    let call = [i32_const(0), vec![0x11, 0, 0]].concat();
    let code = [each(1_000, get), call.repeat(calls)].concat();
    of_functions((1_000, 1_000), true, &[body(0, &code)])
}

/// Branches that copy a thousand values each.
pub fn branches(branches: usize) -> Vec<u8> {
    let branch = [i32_const(0), vec![0x0d, 0]].concat();
    let code = [
        vec![0x02, 0],
        each(1_000, |_| i64_const(1)),
        branch.repeat(branches),
        vec![END],
    ];
    of_functions((0, 1_000), false, &[body(0, &code.concat())])
}

/// A table of branches to blocks within each other that have a thousand results each.
pub fn tables(targets: usize) -> Vec<u8> {
    let depth = targets.clamp(1, 2_000);
    let code = [
        [0x02, 0].repeat(depth),
        each(1_000, |_| i64_const(1)),
        br_table(targets, |n| n % depth),
        vec![END; depth],
    ];
    of_functions((0, 1_000), false, &[body(0, &code.concat())])
}

/// Loops within each other, the innermost of which has as many locals.
pub fn loops(depth: usize) -> Vec<u8> {
    let add = |n| [get(n), i64_const(1), vec![0x7c], set(n)].concat();
    let back = [i32_const(1), vec![0x0d, 0, END]].concat();
    let code = [
        [0x03, EMPTY].repeat(depth),
        each(depth, add),
        back.repeat(depth),
    ];
    of_functions((0, 0), false, &[body(depth, &code.concat())])
}

/// Branches after each other, behind which as many locals are read.
pub fn joins(count: usize) -> Vec<u8> {
    let join = [i32_const(1), vec![0x04, EMPTY, 0x01, END]].concat();
    let read = |n| [get(n), vec![0x1a]].concat();
    let code = [join.repeat(count), each(count, read)];
    of_functions((0, 0), false, &[body(count, &code.concat())])
}

/// Blocks within each other, behind each of which a local of its own is set; a table leads out of all.
pub fn merges(depth: usize) -> Vec<u8> {
    let end = |n| [vec![END], i64_const(n), set(n)].concat();
    let read = |n| [get(n), vec![0x1a]].concat();
    let code = [
        [0x02, EMPTY].repeat(depth),
        br_table(depth, |n| n),
        each(depth, end),
        each(depth, read),
    ];
    of_functions((0, 0), false, &[body(depth, &code.concat())])
}

/// Blocks within each other.
pub fn nesting(depth: usize) -> Vec<u8> {
    let code = [[0x02, EMPTY].repeat(depth), vec![END; depth]].concat();
    of_functions((0, 0), false, &[body(0, &code)])
}

/// Names of one function.
pub fn aliases(count: usize) -> Vec<u8> {
    let module = r#"(core module $m (func (export "f")))(core instance $i (instantiate $m))"#;
    let alias = r#"(core func (alias core export $i "f"))"#.repeat(count);
    wat::parse_str(format!("(component {module}{alias})")).unwrap()
}
