//! A component that describes a connector and is none: what the adapter learns its manifest from, where it
//! is tried by itself.

use host_tests::support::component_of_world;
use wit_component::StringEncoding;
use wit_parser::Resolve;

/// The address of the manifest in memory.
const BASE: u32 = 1_024;

/// Credentials: name, header, what stands before the secret.
const CREDENTIALS: [[&str; 3]; 2] = [
    ["audit-log", "X-Key", ""],
    ["inventory", "Authorization", "Bearer "],
];
/// Endpoints: path, query key, credential.
const ENDPOINTS: [[&str; 3]; 4] = [
    ["/me", "", "audit-log"],
    ["/v1/logs", "since", "audit-log"],
    ["/v1/logs/{id}", "", "audit-log"],
    ["/assets", "page", "inventory"],
];

/// The component, in the binary format.
pub fn described() -> Vec<u8> {
    let mut memory = Memory(Vec::new());
    let described = memory.description();
    let bytes = memory.0.iter().map(|byte| format!("\\{byte:02x}"));
    let text = format!(
        r#"(module
            (memory (export "memory") 1)
            (data (i32.const {BASE}) "{}")
            (func (export "governance:connector/description@0.2.0#describe") (result i32)
                (i32.const {described})))"#,
        bytes.collect::<String>()
    );
    component(&text)
}

fn component(text: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let wit = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");
    resolve.push_dir(wit).unwrap();
    let world = "package t:t; world w { export governance:connector/description@0.2.0; }";
    let package = resolve.push_str("w.wit", world).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    component_of_world(text, (&resolve, world), StringEncoding::UTF8)
}

/// Records as the canonical ABI lays them out: all of words.
struct Memory(Vec<u8>);

impl Memory {
    /// Puts bytes at a multiple of four, and gives their address.
    fn put(&mut self, bytes: &[u8]) -> u32 {
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        let at = BASE + u32::try_from(self.0.len()).unwrap();
        self.0.extend_from_slice(bytes);
        at
    }

    fn words(&mut self, words: &[u32]) -> u32 {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.put(&bytes)
    }

    fn text(&mut self, text: &str) -> [u32; 2] {
        [
            self.put(text.as_bytes()),
            u32::try_from(text.len()).unwrap(),
        ]
    }

    fn list(&mut self, items: &[Vec<u32>]) -> [u32; 2] {
        [
            self.words(&items.concat()),
            u32::try_from(items.len()).unwrap(),
        ]
    }

    fn credential(&mut self, [name, header, prefix]: [&str; 3]) -> Vec<u32> {
        let nothing = [0, 0];
        let form = [
            self.text("form"),
            self.text(header),
            self.text(prefix),
            nothing,
        ];
        let forms = self.list(&[form.concat()]);
        [&self.text(name)[..], &nothing, &[1], &forms].concat()
    }

    fn endpoint(&mut self, [path, key, credential]: [&str; 3]) -> Vec<u32> {
        let key = (!key.is_empty()).then(|| self.text(key).to_vec());
        let query = self.list(key.as_slice());
        let (path, credential) = (self.text(path), self.text(credential));
        let (no_rate, purpose) = ([0, 0, 0], [0, 0]);
        [&path[..], &query, &credential, &no_rate, &purpose].concat()
    }

    fn description(&mut self) -> u32 {
        let credentials = CREDENTIALS.map(|one| self.credential(one));
        let credentials = self.list(&credentials);
        let endpoints = ENDPOINTS.map(|one| self.endpoint(one));
        let endpoints = self.list(&endpoints);
        let (types, base_urls) = ([0, 0], [0, 0]);
        let all = [
            self.text("test"),
            self.text("0"),
            types,
            credentials,
            base_urls,
            endpoints,
        ];
        self.words(&all.concat())
    }
}
