//! Joins two components: what the plug exports becomes what the socket imports. The joined
//! component exports what the socket exports, and imports what neither had from the other.

use std::collections::HashSet;

use anyhow::{Context, Result, ensure};
use wac_graph::types::{ItemKind, Package, SubtypeChecker};
use wac_graph::{CompositionGraph, EncodeOptions, PackageId, plug};

/// Fills the imports of `socket` with the exports of `plug` of the same name; both are components
/// in the binary format, and so is the result, which is validated.
///
/// # Errors
/// Where one is not a component, where no name fits, or where a name fits and its type does not.
pub fn join(plug_bytes: Vec<u8>, socket_bytes: Vec<u8>) -> Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let plug_id = register(&mut graph, "plug", plug_bytes)?;
    let socket_id = register(&mut graph, "socket", socket_bytes)?;
    check_fit(&graph, plug_id, socket_id)?;
    plug(&mut graph, vec![plug_id], socket_id)?;
    let options = EncodeOptions {
        define_components: true,
        validate: true,
        processor: None,
    };
    graph
        .encode(options)
        .context("the joined component does not hold together")
}

fn register(graph: &mut CompositionGraph, name: &str, bytes: Vec<u8>) -> Result<PackageId> {
    let package = Package::from_bytes(name, None, bytes, graph.types_mut())
        .with_context(|| format!("the {name} is not a component"))?;
    Ok(graph.register_package(package)?)
}

/// `plug` passes over names whose types do not fit, which would leave their imports open.
fn check_fit(graph: &CompositionGraph, plug: PackageId, socket: PackageId) -> Result<()> {
    let imports = &graph.types()[graph[socket].ty()].imports;
    let exports = &graph.types()[graph[plug].ty()].exports;
    let shared = imports
        .iter()
        .filter_map(|(name, wanted)| Some((name, *wanted, *exports.get(name)?)));
    let mut fits = 0_usize;
    for (name, wanted, offered) in shared {
        check_subtype(graph, offered, wanted).with_context(|| {
            format!("what the plug exports as {name} is not what the socket imports")
        })?;
        fits = fits.saturating_add(1);
    }
    ensure!(
        fits > 0,
        "the plug exports nothing that the socket imports: it exports {}; the socket imports {}",
        list(exports.keys()),
        list(imports.keys()),
    );
    Ok(())
}

fn check_subtype(graph: &CompositionGraph, offered: ItemKind, wanted: ItemKind) -> Result<()> {
    let mut seen = HashSet::new();
    SubtypeChecker::new(&mut seen).is_subtype(offered, graph.types(), wanted, graph.types())
}

fn list<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<_> = names.map(String::as_str).collect();
    match names.as_slice() {
        [] => "nothing".to_owned(),
        names => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOCKET: &str = r#"(component
        (import "t:t/clock" (instance $clock (export "now" (func (result u32)))))
        (import "t:t/log" (instance (export "write" (func (param "text" string)))))
        (alias export $clock "now" (func $now))
        (export "later" (func $now)))"#;

    fn plug_with(result: &str) -> String {
        format!(
            r#"(component
                (core module $m (func (export "now") (result i32) i32.const 7))
                (core instance $i (instantiate $m))
                (func $now (result {result}) (canon lift (core func $i "now")))
                (instance $clock (export "now" (func $now)))
                (export "t:t/clock" (instance $clock)))"#
        )
    }

    fn join_text(plug: &str, socket: &str) -> Result<Vec<u8>> {
        join(wat::parse_str(plug)?, wat::parse_str(socket)?)
    }

    fn problem(plug: &str, socket: &str) -> String {
        format!("{:#}", join_text(plug, socket).unwrap_err())
    }

    #[test]
    fn a_shared_name_is_filled_and_the_rest_stays() {
        let joined = join_text(&plug_with("u32"), SOCKET).unwrap();
        let mut graph = CompositionGraph::new();
        let joined = register(&mut graph, "joined", joined).unwrap();
        let world = &graph.types()[graph[joined].ty()];
        assert_eq!(list(world.imports.keys()), "t:t/log");
        assert_eq!(list(world.exports.keys()), "later");
    }

    #[test]
    fn the_same_inputs_give_the_same_bytes() {
        let once = join_text(&plug_with("u32"), SOCKET).unwrap();
        assert_eq!(once, join_text(&plug_with("u32"), SOCKET).unwrap());
    }

    #[test]
    fn a_type_that_does_not_fit_is_an_error_with_its_name() {
        let problem = problem(&plug_with("s32"), SOCKET);
        assert!(
            problem.contains("t:t/clock") && problem.contains("u32"),
            "{problem}"
        );
    }

    #[test]
    fn what_shares_no_name_is_an_error_with_both_lists() {
        let problem = problem("(component)", SOCKET);
        assert!(problem.contains("exports nothing;"), "{problem}");
        assert!(problem.contains("t:t/clock, t:t/log"), "{problem}");
    }

    #[test]
    fn a_module_is_no_component() {
        let problem = problem("(module)", SOCKET);
        assert!(problem.contains("the plug is not a component"), "{problem}");
    }
}
