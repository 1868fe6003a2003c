//! The sync database: reading returns what was written, and any SQLite
//! tool can ask it.

use std::sync::Arc;

use connector_cli::report::{read_ndjson, write_ndjson};
use connector_host::records::ErrorCase;
use connector_host::store::Store;
use connector_host::sync::{self, NoProgress, SyncOptions};
use postman_simulator::{ApiQuirks, Options};

use crate::asked::{file, number, rows};
use crate::harness::{self, Asked, start, tenant};
use crate::support::scripted::{Scripted, asked, error, grant, grants, id, listed, page};
use crate::support::stored::steps;

#[tokio::test(flavor = "multi_thread")]
async fn an_odd_team_round_trips_through_every_form() {
    let running = start(Options {
        users: 40,
        workspaces: 30,
        quirks: ApiQuirks::all(),
        ..Options::default()
    })
    .await;
    let (source, options) = tenant(&running, &Asked::everything()).await;
    let dir = tempfile::tempdir().unwrap();
    // `steps` holds what is read back against what was read.
    let (stored, _) = steps(&source, &options, (&file(&dir), false), usize::MAX).await;
    let stored = stored.unwrap();
    let mut lines = Vec::new();
    write_ndjson(&stored, &mut lines).unwrap();
    let again = read_ndjson(&*lines).unwrap();
    assert_eq!(again, stored);
    let mut memory = Store::temporary().unwrap();
    let run = memory.save(&again, "{}").unwrap();
    assert_eq!(memory.load(run).unwrap(), stored);

    let store = Store::open_to_read(&file(&dir)).unwrap();
    assert_eq!(
        number(&store, "SELECT count(*) FROM pragma_foreign_key_check"),
        0
    );
    assert_eq!(
        number(
            &store,
            "SELECT (SELECT count(*) FROM pages WHERE next IS NOT NULL OR print IS NOT NULL)
                + (SELECT count(*) FROM duplicate_records)
                + (SELECT count(*) FROM duplicate_grants)"
        ),
        0
    );
    let unread = "SELECT count(*) FROM resources WHERE evidence = 'listed' AND page IS NULL";
    assert_eq!(number(&store, unread), 0);
    assert_eq!(
        number(&store, "SELECT count(*) FROM grants WHERE page IS NULL"),
        0
    );
    let astray = "SELECT count(*) FROM grants g LEFT JOIN pages p USING (run, scope, page)
        WHERE p.scope IS NULL";
    assert_eq!(number(&store, astray), 0);
    // Grants on a workspace come from its roles, unless the list itself implies them.
    let from = "SELECT DISTINCT replace(p.requests ->> '$[0].path', g.resource_id, 'ID') ||
            ' ' || (p.requests ->> '$[0].status') AS path
        FROM grants g JOIN pages p USING (run, scope, page)
        WHERE g.resource_type = 'workspace' AND g.implied_by IS NULL ORDER BY path";
    assert_eq!(rows(&store, from), ["/workspaces/ID/roles 200"]);
    let asked = rows(&store, "SELECT requests FROM pages");
    let asked = asked.concat();
    assert!(asked.contains("/users") && !asked.contains(running.api_key()));
    assert!(
        !asked.contains("cursor=") || asked.contains("cursor=…"),
        "{asked}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_digest_identifies_the_content_of_a_team() {
    let options = |seed| Options {
        seed,
        users: 15,
        workspaces: 12,
        quirks: ApiQuirks::none(),
        ..Options::default()
    };
    let mut digests = Vec::new();
    for (seed, concurrency) in [(1, 1), (1, 8), (1, 3), (2, 8)] {
        let running = start(options(seed)).await;
        let concurrency = Asked {
            concurrency,
            ..Asked::plain()
        };
        let synced = harness::sync(&running, &concurrency).await.unwrap();
        assert!(synced.summary.complete);
        let mut lines = Vec::new();
        write_ndjson(&synced, &mut lines).unwrap();
        let mut memory = Store::temporary().unwrap();
        let run = memory.save(&read_ndjson(&*lines).unwrap(), "{}").unwrap();
        assert_eq!(
            memory.run(run).unwrap().unwrap().digest,
            synced.summary.digest
        );
        digests.push(synced.summary.digest);
    }
    assert!(digests[0] == digests[1] && digests[1] == digests[2]);
    assert_ne!(digests[2], digests[3]);
}

#[tokio::test]
async fn the_digest_ignores_the_order_of_the_provider() {
    let holds = |user: &str| grant(id("thing", "1"), "can", id("user", user));
    let team = |users: [&str; 3]| {
        Scripted::new()
            .page(
                "list user under team 1",
                page(users.map(|own| listed("user", own, "team 1"))),
            )
            .page(
                "list thing under team 1",
                page([asked("thing", "1", "team 1")]),
            )
            .page("grants thing 1", grants(users.map(holds)))
    };
    let digest = async |source: Scripted| {
        let options = SyncOptions::default();
        let synced = sync::run(Arc::new(source), &options, Arc::new(NoProgress)).await;
        synced.unwrap().summary.digest
    };
    let one = digest(team(["1", "2", "3"])).await;
    assert_eq!(one, digest(team(["3", "1", "2"])).await);
    assert_ne!(one, digest(team(["1", "2", "4"])).await);
    let refused =
        team(["1", "2", "3"]).fails("list account under team 1", error(ErrorCase::Forbidden));
    let refused = Scripted {
        credentials: vec!["key", "extra"],
        ..refused
    };
    assert_ne!(one, digest(refused).await, "how a scope ended counts");
}
