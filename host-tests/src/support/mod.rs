//! Code of several test files: guests made from WebAssembly text, and their loading.

pub mod hostile;
pub mod provider;
pub mod scripted;
pub mod stored;
pub mod tls;

use connector_host::{Connector, Sandbox, SandboxOptions};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, WorldId};

/// A guest whose description has a name and nothing else, whose `validate` does what `validate`
/// says, and whose other calls trap. `extra` is further text at the level of the module.
pub fn guest(validate: &str, extra: &str) -> Vec<u8> {
    component(&guest_text(validate, extra))
}

/// The core module of [`guest`].
pub fn guest_text(validate: &str, extra: &str) -> String {
    format!(
        r#"(module
            (import "governance:connector/http-client@0.2.0" "get"
                (func $get (param i32 i32 i32 i32 i32 i32 i32)))
            (memory (export "memory") 1)
            (data (i32.const 16) "test0/mekey")
            {extra}
            (global $free (mut i32) (i32.const 4096))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (local $at i32)
                (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
                (global.set $free (i32.add (local.get $at) (local.get 3)))
                (if (i32.gt_u (global.get $free) (i32.mul (memory.size) (i32.const 65536)))
                    (then (drop (memory.grow
                        (i32.add (i32.const 1) (i32.div_u (local.get 3) (i32.const 65536)))))))
                (local.get $at))
            (func $request
                (call $get (i32.const 24) (i32.const 3) (i32.const 21) (i32.const 3)
                    (i32.const 0) (i32.const 0) (i32.const 1024)))
            (func (export "governance:connector/description@0.2.0#describe") (result i32)
                (i32.store (i32.const 256) (i32.const 16))
                (i32.store (i32.const 260) (i32.const 4))
                (i32.store (i32.const 264) (i32.const 20))
                (i32.store (i32.const 268) (i32.const 1))
                (i32.const 256))
            (func (export "governance:connector/inventory@0.2.0#validate") (result i32)
                {validate})
            (func (export "governance:connector/inventory@0.2.0#list-entitlements")
                (param i32 i32) (result i32) unreachable)
            (func (export "governance:connector/inventory@0.2.0#list-resources")
                (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) unreachable)
            (func (export "governance:connector/inventory@0.2.0#list-grants")
                (param i32 i32 i32 i32 i32 i32 i32) (result i32) unreachable))"#
    )
}

/// Makes a component of the contract from a core module's text.
pub fn component(module: &str) -> Vec<u8> {
    component_with(module, StringEncoding::UTF8)
}

/// The same, with the encoding that its texts are said to have.
pub fn component_with(module: &str, encoding: StringEncoding) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let wit = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");
    let (package, _) = resolve.push_dir(wit).unwrap();
    let world = resolve.select_world(&[package], Some("connector")).unwrap();
    component_of_world(module, (&resolve, world), encoding)
}

/// Makes a component of any world from a core module's text.
pub fn component_of_world(
    module: &str,
    (resolve, world): (&Resolve, WorldId),
    encoding: StringEncoding,
) -> Vec<u8> {
    let mut module = wat::parse_str(module).unwrap();
    embed_component_metadata(&mut module, resolve, world, encoding).unwrap();
    let encoder = ComponentEncoder::default().module(&module).unwrap();
    encoder.validate(true).encode().unwrap()
}

/// A small sandbox.
pub fn sandbox() -> Sandbox {
    crate::sandbox_with(SandboxOptions {
        concurrent_calls: 300,
        ..SandboxOptions::default()
    })
}

/// Loads a guest that must load.
pub async fn load(sandbox: &Sandbox, bytes: &[u8]) -> Connector {
    Connector::load(sandbox, bytes).await.unwrap()
}

/// One of the hostile guests in `guests/`.
pub fn hostile(name: &str) -> Vec<u8> {
    component(&framed(&guest_file(name)))
}

/// A module of the hostile guests' frame.
pub fn framed(guest: &str) -> String {
    guest_file("frame").replace("{guest}", guest)
}

/// A guest that sends all of `requests`: their table at 65536, their texts after it.
pub fn asking(requests: &[(String, Vec<(String, String)>)]) -> Vec<u8> {
    let (base, mut table, mut texts) = (65_536 + 4_096, Vec::new(), Vec::new());
    let mut put = |bytes: &[u8]| {
        // A list of headers is read by words.
        texts.resize(usize::next_multiple_of(texts.len(), 4), 0);
        let at = u32::try_from(base + texts.len()).unwrap();
        texts.extend_from_slice(bytes);
        [at, u32::try_from(bytes.len()).unwrap()]
    };
    for (path, headers) in requests {
        let mut list = Vec::new();
        for (name, value) in headers {
            list.extend([put(name.as_bytes()), put(value.as_bytes())].concat());
        }
        let words: Vec<u8> = list.iter().flat_map(|word| word.to_le_bytes()).collect();
        let [at, _] = put(&words);
        let entry = [
            put(path.as_bytes()),
            [at, u32::try_from(headers.len()).unwrap()],
        ]
        .concat();
        table.extend(entry.iter().flat_map(|word| word.to_le_bytes()));
    }
    let data = |at: usize, bytes: &[u8]| {
        let text: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
        format!("(data (i32.const {at}) \"{text}\")")
    };
    let table = data(65_536, &table) + &data(base, &texts);
    let module = framed(&guest_file("ask-elsewhere").replace("{table}", &table));
    component(&module.replace(
        "(memory (export \"memory\") 1)",
        "(memory (export \"memory\") 8)",
    ))
}

/// The text of a file in `guests/`.
pub fn guest_file(name: &str) -> String {
    let path = format!("{}/guests/{name}.wat", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// The built connector. `make components` comes first.
pub fn connector() -> Vec<u8> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/components");
    std::fs::read(format!("{root}/postman-connector.wasm")).unwrap()
}
