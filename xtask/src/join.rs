//! Joins components at build time: `xtask join`. The exports of a plug become the imports of those
//! after it. The joined component has the exports of the socket, and the imports left open.

mod refusing;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use wac_graph::types::{ItemKind, Package, SubtypeChecker};
use wac_graph::{CompositionGraph, EncodeOptions, NodeId, PackageId};

/// Arguments of `xtask join`.
#[derive(clap::Args)]
pub struct JoinArguments {
    /// A component whose exports are used by the plugs after it and by the socket.
    #[arg(long, value_name = "FILE", required = true)]
    plug: Vec<PathBuf>,
    /// The component whose exports remain.
    #[arg(long, value_name = "FILE")]
    socket: PathBuf,
    /// The output file of the joined component.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Joins the components of the named files into one file.
///
/// # Errors
/// Returns an error if a file cannot be read or written, or if the components cannot be joined.
pub fn run(arguments: &JoinArguments) -> Result<()> {
    let socket = &arguments.socket;
    let plugs: Result<_> = arguments.plug.iter().map(|plug| read(plug)).collect();
    let joined = join(plugs?, read(socket)?)
        .with_context(|| format!("cannot join the plugs to {}", socket.display()))?;
    fs::write(&arguments.output, joined)
        .with_context(|| format!("cannot write {}", arguments.output.display()))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// A component of the graph.
struct Component {
    package: PackageId,
    bytes: Vec<u8>,
}

/// A component of the graph, instantiated once.
#[derive(Clone, Copy)]
struct ComponentPart {
    package: PackageId,
    instance: NodeId,
}

/// Fills the imports of each component with the exports of the same name of those before it, where
/// two have it with those of the later one. `plugs` come in order and before `socket`; all are
/// components in the binary format, and so is the result, which is validated.
///
/// If only a later component exports an import of a plug, such as the manifest of the connector that the
/// plug serves, the plug gets it from a second instance of that component. There is no circle: if that
/// instance imports an export of the plug, every call of it traps.
///
/// # Errors
/// Returns an error if one is not a component, if no name of a plug fits, or if a name fits and its type
/// does not.
pub fn join(plugs: Vec<Vec<u8>>, socket: Vec<u8>) -> Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let names = (1..=plugs.len()).map(|place| format!("plug-{place}"));
    let named = names.zip(plugs).chain([("socket".to_owned(), socket)]);
    let components = named.map(|(name, bytes)| register_package(&mut graph, &name, bytes));
    let components: Vec<_> = components.collect::<Result<_>>()?;
    let mut parts: Vec<ComponentPart> = Vec::new();
    let mut used = BTreeSet::new();
    for (place, component) in components.iter().enumerate() {
        let part = instantiate_package(&mut graph, component.package);
        used.extend(fill_imports(&mut graph, &parts, part)?);
        let later = components
            .get(place.saturating_add(1)..)
            .unwrap_or_default();
        fill_from_later(&mut graph, &parts, part, later)?;
        parts.push(part);
    }
    let Some((socket, plugs)) = parts.split_last() else {
        return Ok(Vec::new());
    };
    for (place, plug) in plugs.iter().enumerate() {
        check_use(&graph, place, *plug, socket.package, &used)?;
    }
    export_all(&mut graph, *socket)?;
    let options = EncodeOptions {
        define_components: true,
        validate: true,
        processor: None,
    };
    graph
        .encode(options)
        .context("the joined component does not hold together")
}

fn register_package(graph: &mut CompositionGraph, name: &str, bytes: Vec<u8>) -> Result<Component> {
    let package = Package::from_bytes(name, None, bytes.clone(), graph.types_mut())
        .with_context(|| format!("{name} is not a component"))?;
    let package = graph.register_package(package)?;
    Ok(Component { package, bytes })
}

fn instantiate_package(graph: &mut CompositionGraph, package: PackageId) -> ComponentPart {
    let instance = graph.instantiate(package);
    ComponentPart { package, instance }
}

/// Fills the imports of `part` and returns the indexes of the parts that provide them.
fn fill_imports(
    graph: &mut CompositionGraph,
    before: &[ComponentPart],
    part: ComponentPart,
) -> Result<BTreeSet<usize>> {
    let mut used = BTreeSet::new();
    for name in package_imports(graph, part.package) {
        let offers = before.iter().enumerate().rev();
        let mut offers = offers.filter(|(_, plug)| exported(graph, plug.package, &name).is_some());
        if let Some((place, plug)) = offers.next() {
            connect(graph, *plug, part, &name)?;
            used.insert(place);
        }
    }
    Ok(used)
}

/// Fills what `part` still imports from instances of their own of those after it.
fn fill_from_later(
    graph: &mut CompositionGraph,
    before: &[ComponentPart],
    part: ComponentPart,
    later: &[Component],
) -> Result<()> {
    let mut twins = BTreeMap::new();
    for name in package_imports(graph, part.package) {
        let has = |graph: &CompositionGraph, package| exported(graph, package, &name).is_some();
        if before.iter().any(|plug| has(graph, plug.package)) {
            continue;
        }
        let mut offers = later.iter().enumerate();
        let Some((place, component)) = offers.find(|(_, one)| has(graph, one.package)) else {
            continue;
        };
        let twin = match twins.get(&place) {
            Some(twin) => *twin,
            None => find_twin(graph, before, part, component)?,
        };
        twins.insert(place, twin);
        connect(graph, twin, part, &name)?;
    }
    Ok(())
}

/// Instantiates a component with what those before `part` export, and with nothing of `part` itself.
fn find_twin(
    graph: &mut CompositionGraph,
    before: &[ComponentPart],
    part: ComponentPart,
    component: &Component,
) -> Result<ComponentPart> {
    let twin = instantiate_package(graph, component.package);
    fill_imports(graph, before, twin)?;
    let mut circle = package_imports(graph, component.package);
    circle.retain(|name| {
        let is_open = !before
            .iter()
            .any(|plug| exported(graph, plug.package, name).is_some());
        is_open && exported(graph, part.package, name).is_some()
    });
    if circle.is_empty() {
        return Ok(twin);
    }
    let bytes = refusing::refusing_component(&component.bytes, &circle)?;
    let name = format!("refusing-{:?}", twin.instance);
    let refusing = register_package(graph, &name, bytes)?;
    let refusing = instantiate_package(graph, refusing.package);
    fill_imports(graph, &[refusing], twin)?;
    Ok(twin)
}

fn package_imports(graph: &CompositionGraph, package: PackageId) -> BTreeSet<String> {
    let world = &graph.types()[graph[package].ty()];
    world.imports.keys().cloned().collect()
}

fn exported(graph: &CompositionGraph, package: PackageId, name: &str) -> Option<ItemKind> {
    let world = &graph.types()[graph[package].ty()];
    world.exports.get(name).copied()
}

/// Fills an import of `part` with the export of the same name of `plug`.
fn connect(
    graph: &mut CompositionGraph,
    plug: ComponentPart,
    part: ComponentPart,
    name: &str,
) -> Result<()> {
    let wanted = graph.types()[graph[part.package].ty()].imports.get(name);
    if let (Some(offered), Some(wanted)) = (exported(graph, plug.package, name), wanted.copied()) {
        check_subtype(graph, offered, wanted).with_context(|| {
            format!("what a plug exports as {name} is not what is imported under that name")
        })?;
    }
    let export = graph.alias_instance_export(plug.instance, name)?;
    graph.set_instantiation_argument(part.instance, name, export)?;
    Ok(())
}

/// Refuses a plug that fills no import, because it is meant for another component.
fn check_use(
    graph: &CompositionGraph,
    place: usize,
    plug: ComponentPart,
    socket: PackageId,
    used: &BTreeSet<usize>,
) -> Result<()> {
    let exports = &graph.types()[graph[plug.package].ty()].exports;
    let imports = &graph.types()[graph[socket].ty()].imports;
    ensure!(
        used.contains(&place),
        "plug-{} exports nothing that is imported after it: it exports {}; the socket imports {}",
        place.saturating_add(1),
        quoted_list(exports.keys()),
        quoted_list(imports.keys()),
    );
    Ok(())
}

fn export_all(graph: &mut CompositionGraph, part: ComponentPart) -> Result<()> {
    let exports = &graph.types()[graph[part.package].ty()].exports;
    for name in exports.keys().cloned().collect::<Vec<_>>() {
        let export = graph.alias_instance_export(part.instance, &name)?;
        graph.export(export, &name)?;
    }
    Ok(())
}

fn check_subtype(graph: &CompositionGraph, offered: ItemKind, wanted: ItemKind) -> Result<()> {
    let mut seen = HashSet::new();
    SubtypeChecker::new(&mut seen).is_subtype(offered, graph.types(), wanted, graph.types())
}

fn quoted_list<'a>(names: impl Iterator<Item = &'a String>) -> String {
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
        join(vec![wat::parse_str(plug)?], wat::parse_str(socket)?)
    }

    fn problem(plug: &str, socket: &str) -> String {
        format!("{:#}", join_text(plug, socket).unwrap_err())
    }

    #[test]
    fn a_shared_name_is_filled_and_the_rest_stays() {
        let joined = join_text(&plug_with("u32"), SOCKET).unwrap();
        let mut graph = CompositionGraph::new();
        let joined = register_package(&mut graph, "joined", joined)
            .unwrap()
            .package;
        let world = &graph.types()[graph[joined].ty()];
        assert_eq!(quoted_list(world.imports.keys()), "t:t/log");
        assert_eq!(quoted_list(world.exports.keys()), "later");
    }

    #[test]
    fn the_same_inputs_give_the_same_bytes() {
        let once = join_text(&plug_with("u32"), SOCKET).unwrap();
        assert_eq!(once, join_text(&plug_with("u32"), SOCKET).unwrap());
    }

    #[test]
    fn a_plug_fills_the_plugs_after_it_too() {
        let middle = r#"(component
            (import "t:t/clock" (instance $clock (export "now" (func (result u32)))))
            (alias export $clock "now" (func $now))
            (instance $log (export "at" (func $now)))
            (export "t:t/watch" (instance $log)))"#;
        let socket = r#"(component
            (import "t:t/clock" (instance $clock (export "now" (func (result u32)))))
            (import "t:t/watch" (instance (export "at" (func (result u32)))))
            (alias export $clock "now" (func $now))
            (export "later" (func $now)))"#;
        let parse = |text: &str| wat::parse_str(text).unwrap();
        let plugs = vec![parse(&plug_with("u32")), parse(middle)];
        let joined = join(plugs, parse(socket)).unwrap();
        let mut graph = CompositionGraph::new();
        let joined = register_package(&mut graph, "joined", joined)
            .unwrap()
            .package;
        let world = &graph.types()[graph[joined].ty()];
        assert_eq!(quoted_list(world.imports.keys()), "nothing");
        assert_eq!(quoted_list(world.exports.keys()), "later");
    }

    /// A plug that serves the socket's clock and wants to know the socket's name.
    const CURIOUS: &str = r#"(component
        (import "t:t/name" (instance $name (export "name" (func (result u32)))))
        (alias export $name "name" (func $name))
        (instance $clock (export "now" (func $name)))
        (export "t:t/clock" (instance $clock)))"#;

    /// It also has a name, which is the time that it is given where `$asks`.
    fn named(asks: &str) -> String {
        format!(
            r#"(component
                (import "t:t/clock" (instance $clock (export "now" (func (result u32)))))
                (import "t:t/log" (instance (export "write" (func (param "text" string)))))
                (alias export $clock "now" (func $now))
                (core func $now (canon lower (func $now)))
                (core module $m (import "" "now" (func $now (result i32)))
                    (func (export "name") (result i32) {asks}))
                (core instance $i (instantiate $m (with "" (instance (export "now" (func $now))))))
                (func $name (result u32) (canon lift (core func $i "name")))
                (instance $named (export "name" (func $name)))
                (export "t:t/name" (instance $named)))"#
        )
    }

    #[test]
    fn a_plug_reads_what_only_the_socket_knows() {
        let joined = join_text(CURIOUS, &named("i32.const 7")).unwrap();
        let mut graph = CompositionGraph::new();
        let once = named("i32.const 7");
        let alone = wat::parse_str(once).unwrap();
        // The socket is there once, however often it is instantiated.
        assert!(joined.len() < 2 * alone.len() + 2_000, "{}", joined.len());
        let joined = register_package(&mut graph, "joined", joined)
            .unwrap()
            .package;
        let world = &graph.types()[graph[joined].ty()];
        assert_eq!(quoted_list(world.imports.keys()), "t:t/log");
        assert_eq!(quoted_list(world.exports.keys()), "t:t/name");
    }

    #[test]
    fn a_plug_that_nothing_is_filled_from_is_an_error() {
        let plugs = [plug_with("u32"), "(component)".to_owned()];
        let plugs = plugs.iter().map(|text| wat::parse_str(text).unwrap());
        let problem = join(plugs.collect(), wat::parse_str(SOCKET).unwrap()).unwrap_err();
        assert!(
            problem.to_string().contains("plug-2 exports nothing"),
            "{problem}"
        );
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
    fn a_core_module_is_not_a_component() {
        let problem = problem("(module)", SOCKET);
        assert!(problem.contains("plug-1 is not a component"), "{problem}");
    }
}
