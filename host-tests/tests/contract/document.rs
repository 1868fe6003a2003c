//! The contract as Markdown: every item with its sentences, in the order of the files.

use std::fmt::Write;

use wit_parser::{
    Docs, Function, Interface, InterfaceId, PackageId, Resolve, Type, TypeDefKind, TypeId,
    TypeOwner, WorldItem,
};

use crate::types::{named, written};

/// The project's root.
pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Interfaces in the order in which a reader needs them.
const ORDER: [&str; 4] = ["description", "inventory", "http-client", "types"];

/// The contract, parsed.
pub struct Contract {
    resolve: Resolve,
    package: PackageId,
}

impl Contract {
    /// Reads a folder of WIT files.
    pub fn read(folder: &str) -> Self {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(folder).unwrap();
        Self { resolve, package }
    }

    /// The cases of `types.error` with their sentences.
    pub fn error_cases(&self) -> Vec<(String, String)> {
        let types = &self.resolve.interfaces[self.interface("types")];
        let TypeDefKind::Variant(error) = &self.resolve.types[types.types["error"]].kind else {
            panic!("types.error is no variant");
        };
        let cases = error.cases.iter();
        cases
            .map(|case| (case.name.clone(), line(&case.docs)))
            .collect()
    }

    /// Every sentence of the contract, as it stands in tables.
    pub fn sentences(&self) -> Vec<String> {
        let mut all = Vec::new();
        for name in ORDER {
            let interface = &self.resolve.interfaces[self.interface(name)];
            all.push(line(&interface.docs));
            all.extend(interface.functions.values().map(|one| line(&one.docs)));
            for id in interface.types.values() {
                all.push(line(&self.resolve.types[*id].docs));
                let members = self.members(*id);
                all.extend(members.into_iter().map(|member| member.docs));
            }
        }
        all.retain(|text| !text.is_empty());
        all
    }

    /// The whole document. `ends` is the table of errors.
    pub fn render(&self, ends: &str) -> String {
        let package = &self.resolve.packages[self.package];
        let mut text = format!(
            "# The contract `{}`\n\n<!-- Written by `make docs` from wit/ and from what the host does. Change those. -->\n\n{}\n",
            package.name,
            paragraphs(&package.docs)
        );
        self.worlds(&mut text);
        for name in ORDER {
            self.one_interface(name, &mut text);
        }
        let _ = write!(text, "\n{ends}");
        text
    }

    fn interface(&self, name: &str) -> InterfaceId {
        self.resolve.packages[self.package].interfaces[name]
    }

    fn worlds(&self, text: &mut String) {
        for (name, id) in &self.resolve.packages[self.package].worlds {
            let world = &self.resolve.worlds[*id];
            let _ = writeln!(text, "\n## World {name}\n\n{}\n", paragraphs(&world.docs));
            for (word, items) in [("imports", &world.imports), ("exports", &world.exports)] {
                for item in items.values() {
                    let WorldItem::Interface { id, .. } = item else {
                        panic!("the world has an item that is no interface");
                    };
                    let name = self.resolve.interfaces[*id].name.as_deref().unwrap();
                    let _ = writeln!(text, "- {word} [`{name}`](#interface-{name})");
                }
            }
        }
    }

    fn one_interface(&self, name: &str, text: &mut String) {
        let interface = &self.resolve.interfaces[self.interface(name)];
        let docs = paragraphs(&interface.docs);
        let _ = writeln!(text, "\n## Interface {name}\n\n{docs}");
        for function in interface.functions.values() {
            self.function(name, function, text);
        }
        self.types(name, interface, text);
    }

    fn function(&self, interface: &str, function: &Function, text: &mut String) {
        let of = |one: &Type| written(&self.resolve, one);
        let params = function.params.iter();
        let params: Vec<_> = params
            .map(|param| format!("{}: {}", param.name, of(&param.ty)))
            .collect();
        let result = function
            .result
            .as_ref()
            .map_or(String::new(), |one| format!(" -> {}", of(one)));
        let _ = writeln!(
            text,
            "\n### {interface}.{}\n\n```wit\n{}: func({}){result};\n```\n\n{}",
            function.name,
            function.name,
            params.join(", "),
            paragraphs(&function.docs)
        );
    }

    fn types(&self, interface: &str, of: &Interface, text: &mut String) {
        for (name, id) in &of.types {
            let item = &self.resolve.types[*id];
            if matches!(item.kind, TypeDefKind::Type(_)) {
                continue; // A word of another interface, which stands there.
            }
            let docs = paragraphs(&item.docs);
            let kind = item.kind.as_str();
            let _ = writeln!(text, "\n### {interface}.{name}\n\n*{kind}* – {docs}\n");
            let is_record = matches!(item.kind, TypeDefKind::Record(_));
            let first = if is_record { "field" } else { "case" };
            let with_types = is_record || matches!(item.kind, TypeDefKind::Variant(_));
            let (head, rule) = if with_types {
                (format!("| {first} | type | meaning |"), "|---|---|---|")
            } else {
                (format!("| {first} | meaning |"), "|---|---|")
            };
            let _ = writeln!(text, "{head}\n{rule}");
            for Member { name, of, docs } in self.members(*id) {
                let of = if with_types {
                    format!(" {} |", of.map_or(String::new(), |one| self.linked(&one)))
                } else {
                    String::new()
                };
                let _ = writeln!(text, "| `{name}` |{of} {docs} |");
            }
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the contract has few kinds of types"
    )]
    fn members(&self, id: TypeId) -> Vec<Member> {
        let member = |name: &str, of: Option<Type>, docs: &Docs| Member {
            name: name.to_owned(),
            of,
            docs: line(docs),
        };
        match &self.resolve.types[id].kind {
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter();
                fields
                    .map(|one| member(&one.name, Some(one.ty), &one.docs))
                    .collect()
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter();
                cases
                    .map(|one| member(&one.name, one.ty, &one.docs))
                    .collect()
            }
            TypeDefKind::Enum(cases) => {
                let cases = cases.cases.iter();
                cases
                    .map(|one| member(&one.name, None, &one.docs))
                    .collect()
            }
            TypeDefKind::Type(_) => Vec::new(),
            other => panic!("the contract has no {other:?}: render it here"),
        }
    }

    /// A type, with a link to what it is made of.
    fn linked(&self, of: &Type) -> String {
        let code = format!("`{}`", written(&self.resolve, of));
        let Some(id) = named(&self.resolve, of) else {
            return code;
        };
        let item = &self.resolve.types[id];
        let TypeOwner::Interface(owner) = item.owner else {
            return code;
        };
        let owner = self.resolve.interfaces[owner].name.as_deref().unwrap();
        // As Markdown's renderers name a heading: without its full stop.
        format!("[{code}](#{owner}{})", item.name.as_deref().unwrap())
    }
}

/// A field or a case.
struct Member {
    name: String,
    of: Option<Type>,
    docs: String,
}

/// Sentences as they stand in the file, paragraphs apart.
fn paragraphs(docs: &Docs) -> String {
    docs.contents
        .as_deref()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// Sentences on one line, for a table.
fn line(docs: &Docs) -> String {
    let words: Vec<_> = docs
        .contents
        .as_deref()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    words.join(" ").replace('|', "\\|")
}
