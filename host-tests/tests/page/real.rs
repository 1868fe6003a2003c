//! A store that two real syncs wrote: the built connector read a simulated Postman team, odd and
//! refusing as the real one, twice while people left and roles changed.

use std::path::PathBuf;
use std::sync::OnceLock;

use connector_host::store::Store;
use postman_simulator::{Faults, Options};
use tempfile::TempDir;

use crate::harness::{Asked, start, tenant};
use crate::support::stored::steps;

/// The events of the team and its answers: changes after most of the first sync, a refusal in
/// the second one.
const RULES: [&str; 5] = [
    "/workspaces/{id}/roles:role-change,nth=20",
    "/workspaces/{id}/roles:leave,nth=22",
    "/workspaces/{id}/roles:vanish,nth=24",
    "/workspaces/{id}/roles:status=403,nth=50",
    "/collections/{id}/roles:status=403,every=11",
];

/// The store, which is made once for all tests.
pub fn store() -> Store {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    let dir = MADE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(sync_twice(dir.path().join("team.db")));
        dir
    });
    Store::open_to_read(&dir.path().join("team.db")).unwrap()
}

async fn sync_twice(file: PathBuf) {
    let running = start(Options {
        users: 60,
        workspaces: 50,
        faults: Faults {
            rules: RULES.map(|rule| rule.parse().unwrap()).into(),
            ..Faults::default()
        },
        ..Options::default()
    })
    .await;
    let (source, options) = tenant(&running, &Asked::everything()).await;
    for _ in 0..2 {
        let (ended, _) = steps(&source, &options, (&file, false), usize::MAX).await;
        ended.unwrap();
    }
    for fired in running.fired_faults() {
        assert!(fired.times > 0, "{} never fired", fired.rule);
    }
}
