//! Hostile connectors, recordings and databases as an operator meets them: each command ends soon, within
//! a cap on its memory, and puts nothing on the terminal but text. Figures are printed with `--nocapture`.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use connector_cli::report::write_ndjson;
use connector_host::sync::SyncInventory;
use serde_json::json;
use tempfile::TempDir;

use crate::bombs;
use crate::made::{grant, group, id, sync, user, workspace};
use crate::support::{component, framed, guest_file, hostile};
use host_tests::large::{described, refusing};

/// Runs the command, and ends it where it takes more than so many MiB: a cap on its addresses would
/// meet those that the sandbox reserves.
fn run(dir: &Path, mebibytes: u64, line: &str) -> Output {
    let stream = |name: &str| File::create(dir.join(name)).unwrap();
    let mut command = host_tests::command();
    command.args(line.split(' ')).env("HOSTILE_KEY", "PMAK-1");
    command.stdout(stream("stdout")).stderr(stream("stderr"));
    let mut child = command.current_dir(dir).spawn().unwrap();
    let mut peak = 0;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        peak = peak.max(peak_of(child.id()));
        if peak > mebibytes * 1024 {
            child.kill().unwrap();
            panic!("{line}: more than {mebibytes} MiB");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    println!("{line:.60}: {} MiB at most", peak / 1024);
    let read = |name: &str| std::fs::read(dir.join(name)).unwrap();
    Output {
        status,
        stdout: read("stdout"),
        stderr: read("stderr"),
    }
}

/// The most memory that a process has had, in KiB; 0 where it has ended.
fn peak_of(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().split(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn write(dir: &TempDir, name: &str, bytes: &[u8]) {
    std::fs::write(dir.path().join(name), bytes).unwrap();
}

#[test]
fn the_command_rejects_a_compiler_bomb() {
    let dir = tempfile::tempdir().unwrap();
    for (what, bytes) in [
        ("locals", bombs::locals(2_500)),
        ("parameters", bombs::parameters(4_000)),
        ("calls", bombs::calls(9_000)),
        ("indirect calls", bombs::indirect_calls(4_000)),
        ("branches", bombs::branches(4_000)),
        ("tables", bombs::tables(12_000)),
        ("loops", bombs::loops(1_600)),
        ("joins", bombs::joins(2_000)),
        ("merges", bombs::merges(2_000)),
    ] {
        assert!(bytes.len() < 40_000, "{what}: {}", bytes.len());
        write(&dir, "bomb.wasm", &bytes);
        let began = Instant::now();
        let output = run(dir.path(), 300, "describe --component bomb.wasm");
        let said = text(&output.stderr);
        println!(
            "{what}, {} bytes: {:.1?}: {said:.90}",
            bytes.len(),
            began.elapsed()
        );
        assert_eq!(output.status.code(), Some(2), "{what}: {said}");
        assert!(said.contains("than a connector needs"), "{what}: {said}");
    }
}

/// A file that takes no room can be larger than all memory.
#[test]
fn a_file_of_any_size_is_refused_by_its_size() {
    let dir = tempfile::tempdir().unwrap();
    for (name, start) in [
        ("endless", &b""[..]),
        ("lines", b"{\"run\":0"),
        ("spaces", b"{   "),
    ] {
        write(&dir, name, start);
        let file = File::options().write(true).open(dir.path().join(name));
        file.unwrap().set_len(8 << 30).unwrap();
    }
    let mut made = Vec::new();
    write_ndjson(&sync(Vec::new(), Vec::new()), &mut made).unwrap();
    write(&dir, "made", &made);
    for line in [
        "findings made --accept endless",
        "describe --component endless",
        "describe --approved endless",
        "sync --tenants endless",
        "findings spaces",
        "findings lines",
        "replay lines",
        "sanitize lines -o clean",
    ] {
        let output = run(dir.path(), 900, line);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{line}: {said}");
        assert!(said.contains("longer than"), "{line}: {said}");
    }
}

const SYNC: &str =
    "sync --component guest.wasm --base-url http://127.0.0.1:9 --trust-base-url --pacing off";

#[test]
fn error_texts_are_cut_and_weighed() {
    let dir = tempfile::tempdir().unwrap();
    write(&dir, "guest.wasm", &refusing(2_000, 2_000_000));
    let began = Instant::now();
    let line = format!("{SYNC} --ndjson out.ndjson --limit tenant-memory-mib=32");
    let output = run(dir.path(), 400, &line);
    let said = text(&output.stderr) + &text(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{said}");
    println!("2,000 failures of 4 MB each: {:.1?}", began.elapsed());
    let lines = std::fs::read_to_string(dir.path().join("out.ndjson")).unwrap();
    let longest = lines.lines().map(str::len).max().unwrap();
    assert!(longest < 3_000, "{longest}");
    assert_eq!(lines.matches("\"outcome\":\"forbidden\"").count(), 2_000);
    // Failures count: where there is no room for them, a scope names the limit.
    write(&dir, "guest.wasm", &refusing(2_000, 3_000));
    let line = format!(
        "{SYNC} --ndjson out.ndjson --limit tenant-memory-mib=1 --limit memory-mib=2 --concurrency 1"
    );
    let output = run(dir.path(), 400, &line);
    let said = text(&output.stderr) + &text(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{said}");
    let lines = std::fs::read_to_string(dir.path().join("out.ndjson")).unwrap();
    let refused = lines.matches("\"outcome\":\"forbidden\"").count();
    let limited = lines.matches("raise the limit tenant-memory-mib").count();
    assert!(refused > 100 && limited > 100, "{refused} {limited}");
}

#[test]
fn a_description_is_as_large_as_a_provider_needs() {
    let dir = tempfile::tempdir().unwrap();
    write(&dir, "guest.wasm", &described(1_000));
    let output = run(dir.path(), 400, "describe --component guest.wasm");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    for types in [1_001, 5_000] {
        write(&dir, "guest.wasm", &described(types));
        let output = run(dir.path(), 400, "describe --component guest.wasm");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains("resource types, and at most 1000 are read"),
            "{said}"
        );
    }
}

/// Characters that control a terminal, or that it cannot show.
fn is_acted_on(c: char) -> bool {
    c.is_control() && !"\n\t".contains(c)
        || "\u{202e}\u{2066}\u{200b}\u{3164}\u{2800}\u{e0041}".contains(c)
}

const ESCAPES: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\u{3164}\u{2800}\u{7f}";

/// Runs the command on a terminal, and returns what it shows there.
fn on_a_terminal(dir: &Path, line: &str) -> String {
    let command = host_tests::program("connector-host");
    let script = "import pty,sys; sys.exit(pty.spawn(['/bin/sh','-c',sys.argv[1]]) >> 8)";
    let mut python = Command::new("python3");
    python.args(["-c", script, &format!("exec {} {line}", command.display())]);
    let output = python
        .env("TERM", "xterm")
        .env(host_tests::CACHE, host_tests::compiled_components())
        .current_dir(dir)
        .output()
        .unwrap();
    text(&output.stdout).replace("\r\n", "\n")
}

/// Everything but the styles of the program itself.
fn without_styles(shown: &str) -> String {
    let styles = [
        "\u{1b}[0m",
        "\u{1b}[1m",
        "\u{1b}[31m",
        "\u{1b}[32m",
        "\u{1b}[33m",
    ];
    styles
        .iter()
        .fold(shown.to_owned(), |text, style| text.replace(style, ""))
}

/// The same description, with another version.
fn of_version(version: &str) -> Vec<u8> {
    let bytes: String = version
        .bytes()
        .map(|byte| format!("\\{byte:02x}"))
        .collect();
    let guest = guest_file("trap") + &format!("(data (i32.const 6000) \"{bytes}\")");
    let (one, length) = (r"\07\00\00\00\17\00\00\00\01\00\00\00", version.len());
    let frame = framed(&guest);
    assert!(frame.contains(one));
    component(&frame.replace(
        one,
        &format!(r"\07\00\00\00\70\17\00\00\{length:02x}\00\00\00"),
    ))
}

#[test]
fn a_version_with_escapes_is_rejected_unprinted() {
    let dir = tempfile::tempdir().unwrap();
    for version in [ESCAPES, "1\u{1b}[1m", "1 0", ""] {
        write(&dir, "guest.wasm", &of_version(version));
        let shown = on_a_terminal(dir.path(), "describe --component guest.wasm");
        let bare = without_styles(&shown);
        assert!(bare.contains("version is not"), "{bare}");
        assert!(!bare.contains(is_acted_on), "{bare:?}");
    }
    write(&dir, "guest.wasm", &of_version("1.0.0-rc.1+build"));
    let shown = on_a_terminal(dir.path(), "describe --component guest.wasm");
    assert!(shown.contains("hostile 1.0.0-rc.1+build"), "{shown}");
}

/// A recording whose head was made by somebody else.
fn recording(of: &str) -> String {
    let head = json!({"recording": {"format": 1, "connector": of, "version": of,
        "component_sha256": of, "manifest_sha256": of, "base_url": "https://example.com",
        "asked": {"include": [], "exclude": [], "month_reserve": 0, "low_quota_warns": false},
        "credentials": [], "paths": [], "places": [], "sanitized": false}});
    format!("{head}\n{{\"cut")
}

#[test]
fn a_recordings_head_does_nothing_on_a_terminal() {
    let dir = tempfile::tempdir().unwrap();
    write(&dir, "guest.wasm", &hostile("trap"));
    write(
        &dir,
        "recording",
        recording(&format!("a{ESCAPES}b")).as_bytes(),
    );
    let shown = on_a_terminal(dir.path(), "replay recording --component guest.wasm");
    let bare = without_styles(&shown);
    assert!(
        bare.contains("recorded with another component, a[2J"),
        "{bare:?}"
    );
    assert!(!bare.contains(is_acted_on), "{bare:?}");
}

/// A sync in whose names stands what a terminal acts on.
fn hostile_sync() -> SyncInventory {
    let of = format!("a{ESCAPES}b");
    let group = group(&of);
    let grants = vec![
        grant(&id("workspace", "w"), "admin", &group.id),
        grant(&group.id, "member", &id("user", &of)),
    ];
    let mut synced = sync(vec![workspace("w"), user(&of), group], grants);
    for one in &mut synced.resources {
        one.display_name.clone_from(&of);
        one.description = Some(of.clone());
    }
    synced.run.tenant.display_name.clone_from(&of);
    synced.run.connector.clone_from(&of);
    synced.run.started_at.clone_from(&of);
    synced
}

#[test]
fn nothing_of_others_is_acted_on_in_any_format() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = File::create(dir.path().join("stored.ndjson")).unwrap();
    write_ndjson(&hostile_sync(), &mut file).unwrap();
    for command in [
        "resources stored.ndjson",
        "grants stored.ndjson",
        "access stored.ndjson --who-can admin",
        "findings stored.ndjson",
        "diff stored.ndjson stored.ndjson",
    ] {
        for format in ["table", "json", "ndjson", "csv"] {
            let shown = on_a_terminal(dir.path(), &format!("{command} --format {format}"));
            let bare = without_styles(&shown);
            assert!(!bare.contains(is_acted_on), "{command} {format}: {bare:?}");
            assert!(
                bare.len() > 10 && !bare.starts_with("error:"),
                "{command} {format}: {bare}"
            );
        }
    }
    for line in [
        "export stored.ndjson --as baton",
        "report stored.ndjson -o -",
    ] {
        let shown = on_a_terminal(dir.path(), line);
        assert!(!without_styles(&shown).contains(is_acted_on), "{line}");
    }
    // What reads it in place of a terminal gets the texts as they are.
    let piped = run(dir.path(), 400, "resources stored.ndjson --format json");
    assert!(text(&piped.stdout).contains('\u{202e}'));
    let shown = on_a_terminal(dir.path(), "resources stored.ndjson --format json");
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(read(&shown), read(&text(&piped.stdout)));
}

#[test]
fn a_text_of_others_begins_no_line_of_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let mut lines = Vec::new();
    write_ndjson(&hostile_sync(), &mut lines).unwrap();
    let forged = format!("\nerror: forged\r\nnote: forged{ESCAPES}\n\nhelp: forged");
    let forged = serde_json::to_string(&forged).unwrap();
    let lines = text(&lines);
    for (field, value) in [("status", "enabled"), ("evidence", "listed")] {
        let (known, odd) = (
            format!("\"{field}\":\"{value}\""),
            format!("\"{field}\":{forged}"),
        );
        assert!(lines.contains(&known), "{field}");
        write(
            &dir,
            "odd.ndjson",
            lines.replacen(&known, &odd, 1).as_bytes(),
        );
        for command in ["resources odd.ndjson", "report odd.ndjson -o page.html"] {
            let shown = without_styles(&on_a_terminal(dir.path(), command));
            assert!(shown.starts_with("error: odd.ndjson: line "), "{shown}");
            assert!(shown.contains("forged"), "{shown}");
            assert!(!shown.contains(is_acted_on), "{shown:?}");
            let forges = |line: &str| line.contains(": forged") && !line.starts_with(' ');
            assert!(!shown.lines().any(forges), "{command}, {field}: {shown}");
        }
    }
}
