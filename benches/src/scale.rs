//! Whole syncs: one large team, and a thousand teams at once.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use crate::measure::COMPONENT;
use crate::process::{Simulated, watch};
use crate::table::{Table, Target::AtMost};

/// 50,000 users and 5,000 workspaces, from a simulator in a process of its own, read by a component that
/// was compiled before: what that costs is a row of its own.
pub fn one_large_team(table: &mut Table) {
    let team = Simulated::start(50_000, 5_000, &[]);
    let folder = tempfile::tempdir().unwrap();
    let lines = folder.path().join("team.ndjson");
    let store = folder.path().join("team.db");
    let cache = folder.path().join("cache");
    compile_into(&cache, &team);
    let mut without = sync();
    without.arg("--cache").arg(&cache);
    without.arg("--ndjson").arg(&lines);
    let mut with = sync();
    with.arg("--cache").arg(&cache);
    with.arg("--db").arg(&store);
    for (name, command, seconds, most) in [
        ("NDJSON", &mut without, 1.5, 200.0),
        ("database", &mut with, 3.5, 100.0),
    ] {
        let Some(run) = watch(command, &team) else {
            panic!("a sync with {name} failed");
        };
        let what = |figure: &str| format!("50,000 users, 5,000 workspaces into {name}: {figure}");
        table.note(what("wall"), run.wall, "s");
        table.hold(what("processor"), run.used.cpu, "s", AtMost(seconds));
        let mebibytes = run.used.peak / f64::from(1 << 20);
        table.hold(what("memory at most"), mebibytes, "MiB", AtMost(most));
    }
    let text = std::fs::read_to_string(lines).unwrap();
    #[expect(clippy::cast_precision_loss, reason = "small")]
    let grants = text.matches("{\"grant\":").count() as f64;
    table.note("grants of that team", grants, "");
}

/// Compiles the component into this cache.
pub fn compile_into(cache: &Path, team: &Simulated) {
    let mut compile = Command::new(host_tests::program("connector-host"));
    compile.args(["describe", "--component", COMPONENT, "--cache"]);
    assert!(watch(compile.arg(cache), team).is_some());
}

/// A thousand tenants of one file, in one process.
pub fn a_thousand_tenants(table: &mut Table) {
    const TENANTS: u32 = 1_000;
    let team = Simulated::start(20, 10, &[]);
    let folder = tempfile::tempdir().unwrap();
    let mut file = String::new();
    for n in 0..TENANTS {
        writeln!(
            file,
            "[[tenant]]\nname = \"t{n}\"\nbase-url = \"{}\"\ncredentials.postman = {{ env = \"POSTMAN_API_KEY\" }}\n",
            team.base_url
        )
        .unwrap();
    }
    let path = folder.path().join("tenants.toml");
    std::fs::write(&path, file).unwrap();
    let mut command = sync();
    command.arg("--tenants").arg(&path);
    let run = watch(&mut command, &team).expect("a thousand tenants");
    table.note(
        "1,000 tenants of 20 users and 10 workspaces: wall",
        run.wall,
        "s",
    );
    let each = run.used.cpu * 1e3 / f64::from(TENANTS);
    table.note("1,000 tenants: processor for each", each, "ms");
    let mebibytes = run.used.peak / f64::from(1 << 20);
    table.note("1,000 tenants: memory at most", mebibytes, "MiB");
}

fn sync() -> Command {
    let mut command = Command::new(host_tests::program("connector-host"));
    command
        .args(["sync", "--component", COMPONENT, "--pacing", "off"])
        .stderr(std::process::Stdio::null());
    command
}
