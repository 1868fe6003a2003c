//! Reviews of a stored sync, whose time has to grow as its records do.

use std::path::Path;
use std::process::{Command, Stdio};

use connector_host::records::{Resource, Status};
use connector_host::store::Store;
use connector_host::sync::SyncInventory;
use host_tests::handmade::{account, grant, group, id, key, sync, workspace};

use crate::process::watch_program;
use crate::table::{Table, Target::AtMost};

/// Accounts of the smaller sync; the larger one has twice as many of everything.
const ACCOUNTS: usize = 10_000;
/// Members of each group.
const MEMBERS: usize = 1_000;

/// Processor time of each command on a sync and on one of twice its size.
pub fn run(table: &mut Table) {
    let folder = tempfile::tempdir().unwrap();
    let [small, large] = [1, 2].map(|times| {
        let path = folder.path().join(format!("{times}.db"));
        let mut store = Store::open(&path).unwrap();
        // Two of them, so that there is something to compare.
        for gone in [0, 100] {
            let accounts = ACCOUNTS * times;
            store
                .save(&accounts_of_one_address(accounts, gone), "{}")
                .unwrap();
        }
        path
    });
    for command in [
        "findings",
        "access --entitlement editor",
        "diff",
        "export --as scim",
    ] {
        let [short, long] = [&small, &large].map(|path| processor_time(command, path));
        table.note(
            format!("{command}, 10,000 accounts in groups: processor"),
            short,
            "s",
        );
        let ratio = long / short;
        table.hold(
            format!("{command}, twice as many: times that"),
            ratio,
            "",
            AtMost(2.5),
        );
    }
}

/// The least of three runs, because other programs disturb short ones.
fn processor_time(command: &str, database: &Path) -> f64 {
    let times = [(); 3].map(|()| one_processor_time(command, database));
    times.into_iter().fold(f64::INFINITY, f64::min)
}

fn one_processor_time(command: &str, database: &Path) -> f64 {
    let mut program = Command::new(host_tests::program("connector-host"));
    program
        .args(command.split(' '))
        .arg(database)
        .stderr(Stdio::inherit());
    watch_program(&mut program).expect("a review").used.cpu
}

/// Every second account is disabled and all have one address, which is the hardest case for rules that
/// compare accounts with each other; all are in groups that edit one workspace, and own a key.
fn accounts_of_one_address(accounts: usize, gone: usize) -> SyncInventory {
    let names = || (gone..accounts).map(|n| format!("{n}"));
    let users = names().enumerate().map(|(n, name)| Resource {
        status: if n % 2 == 0 {
            Status::Enabled
        } else {
            Status::Disabled
        },
        ..account(id("user", &name), "shared@example.com")
    });
    let keys = names().map(|name| key(&name, None, None));
    let groups = (0..accounts / MEMBERS).map(|n| group(&n.to_string()));
    let resources = users
        .chain(keys)
        .chain(groups)
        .chain([workspace("w")])
        .collect();
    let set = |n: usize| id("group", &(n / MEMBERS).to_string());
    let members = (gone..accounts).map(|n| grant(&set(n), "member", &id("user", &n.to_string())));
    let editors =
        (0..accounts / MEMBERS).map(|n| grant(&id("workspace", "w"), "editor", &set(n * MEMBERS)));
    sync(resources, members.chain(editors).collect())
}
