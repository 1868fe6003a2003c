//! The output of the host: the NDJSON is exact, the file is whole, and no name takes over the
//! terminal.

use std::sync::Arc;

use crate::support::scripted::*;
use connector_cli::report::{Destination, join_accounts, plain, summarize_sync, write_ndjson};
use connector_host::records::*;
use connector_host::sync::{self, NoProgress, SyncFigures, SyncInventory, SyncOptions};

async fn synced(source: Scripted) -> SyncInventory {
    let options = SyncOptions::default();
    let mut synced = sync::run(Arc::new(source), &options, Arc::new(NoProgress))
        .await
        .unwrap();
    synced.run.started_at = "2024-05-06T07:08:09Z".into();
    synced
}

fn every_kind_of_record() -> Scripted {
    let user = Resource {
        display_name: "Taylor \"T\" Lee\n".into(),
        created_at: Some("2022-07-18T06:57:37Z".into()),
        details: Details::User(UserDetails {
            email: Some("taylor.lee@example.com".into()),
            login: None,
            account_type: AccountType::External,
            last_login: None,
        }),
        attributes: Attributes(vec![("b".into(), "2".into()), ("a".into(), "1".into())]),
        ..listed("user", "7", "team 1")
    };
    let secret = Resource {
        status: Status::Disabled,
        details: Details::Secret(SecretDetails {
            created_by: Some(id("user", "7")),
            access_to: None,
            expires_at: Some("2026-01-01T00:00:00Z".into()),
            last_used: LastUse::Never,
        }),
        ..listed("thing", "s", "team 1")
    };
    let admin = Entitlement {
        resource_type: "thing".into(),
        slug: "admin".into(),
        display_name: "Admin".into(),
        description: "All of it".into(),
        purpose: Purpose::Permission,
        grantable_to: vec!["user".into()],
        exclusion_group: Some("role".into()),
        rank: Some(3),
    };
    let implied = Grant {
        implied_by: Some("a rule".into()),
        expands: Some("member".into()),
        ..grant(id("thing", "s"), "admin", id("team", "1"))
    };
    let things = Page {
        grants: vec![
            implied.into(),
            grant(id("thing", "s"), "admin", id("user", "7")).into(),
        ],
        entitlements: vec![admin],
        ..page([secret, asked("thing", "t", "team 1")])
    };
    let team = Resource {
        details: Details::Tenant,
        ..listed("team", "1", "")
    };
    Scripted::new()
        .page("list team", page([team]))
        .page("list user under team 1", page([user]))
        .page("list thing under team 1", things)
        .fails("grants thing t", error(ErrorCase::Forbidden))
}

const GOLDEN: &str = r#"{"run":{"contract":"0.2.0","connector":"test","version":"1.2.3","component_sha256":"00","manifest_sha256":"6b3037fc46027a3353712f722bd649d58fee66a2c144f6cda7ad5231f185421f","base_url":"https://provider.example","started_at":"2024-05-06T07:08:09Z","tenant":{"id":{"resource_type":"team","id":"1"},"display_name":"Northwind","credential_owner":{"resource_type":"user","id":"1"},"credential_owner_name":"Ada","notices":[],"credentials":[],"rate_limit":null},"resource_types":[{"id":"team","parent":null,"kind":"other"},{"id":"user","parent":"team","kind":"other"},{"id":"thing","parent":"team","kind":"other"},{"id":"part","parent":"thing","kind":"other"},{"id":"account","parent":"team","kind":"other"},{"id":"guest","parent":null,"kind":"other"}]}}
{"resource":{"id":{"resource_type":"team","id":"1"},"parent":null,"display_name":"1","description":null,"evidence":"listed","status":"enabled","created_at":null,"updated_at":null,"details":"tenant","attributes":{},"grants":"complete"}}
{"resource":{"id":{"resource_type":"thing","id":"s"},"parent":{"resource_type":"team","id":"1"},"display_name":"s","description":null,"evidence":"listed","status":"disabled","created_at":null,"updated_at":null,"details":{"secret":{"created_by":{"resource_type":"user","id":"7"},"access_to":null,"expires_at":"2026-01-01T00:00:00Z","last_used":"never"}},"attributes":{},"grants":"complete"}}
{"resource":{"id":{"resource_type":"thing","id":"t"},"parent":{"resource_type":"team","id":"1"},"display_name":"t","description":null,"evidence":"listed","status":"enabled","created_at":null,"updated_at":null,"details":"other","attributes":{},"grants":"list-grants-required"}}
{"resource":{"id":{"resource_type":"user","id":"7"},"parent":{"resource_type":"team","id":"1"},"display_name":"Taylor \"T\" Lee\n","description":null,"evidence":"listed","status":"enabled","created_at":"2022-07-18T06:57:37Z","updated_at":null,"details":{"user":{"email":"taylor.lee@example.com","login":null,"account_type":"external","last_login":null}},"attributes":{"b":"2","a":"1"},"grants":"complete"}}
{"entitlement":{"resource_type":"team","slug":"member","display_name":"member","description":"","purpose":"other","grantable_to":[],"exclusion_group":null,"rank":null}}
{"entitlement":{"resource_type":"thing","slug":"admin","display_name":"Admin","description":"All of it","purpose":"permission","grantable_to":["user"],"exclusion_group":"role","rank":3}}
{"grant":{"resource":{"resource_type":"thing","id":"s"},"entitlement":"admin","principal":{"resource_type":"team","id":"1"},"implied_by":"a rule","expands":"member"}}
{"grant":{"resource":{"resource_type":"thing","id":"s"},"entitlement":"admin","principal":{"resource_type":"user","id":"7"},"implied_by":null,"expands":null}}
{"notice":{"code":"undescribed-entitlement","about":null,"impact":"none","message":"Grants name the entitlement member on team, which the connector does not describe."}}
{"scope":{"call":"list-entitlements","resource_type":"guest","id":null,"parent":null,"outcome":"complete","pages":1,"requests":1,"problem":null}}
{"scope":{"call":"list-entitlements","resource_type":"team","id":null,"parent":null,"outcome":"complete","pages":1,"requests":1,"problem":null}}
{"scope":{"call":"list-entitlements","resource_type":"thing","id":null,"parent":null,"outcome":"complete","pages":1,"requests":1,"problem":null}}
{"scope":{"call":"list-entitlements","resource_type":"user","id":null,"parent":null,"outcome":"complete","pages":1,"requests":1,"problem":null}}
{"scope":{"call":"list-resources","resource_type":"account","id":null,"parent":null,"outcome":"not-asked","pages":0,"requests":0,"problem":null}}
{"scope":{"call":"list-resources","resource_type":"part","id":null,"parent":null,"outcome":"not-asked","pages":0,"requests":0,"problem":null}}
{"scope":{"call":"list-resources","resource_type":"team","id":null,"parent":null,"outcome":"complete","pages":1,"requests":1,"problem":null}}
{"scope":{"call":"list-resources","resource_type":"thing","id":null,"parent":{"resource_type":"team","id":"1"},"outcome":"complete","pages":1,"requests":1,"problem":null}}
{"scope":{"call":"list-resources","resource_type":"user","id":null,"parent":{"resource_type":"team","id":"1"},"outcome":"complete","pages":1,"requests":1,"problem":null}}
{"scope":{"call":"list-grants","resource_type":"thing","id":"t","parent":null,"outcome":"forbidden","pages":0,"requests":1,"problem":{"message":"what to do","detail":"what happened","credential":null,"status":null,"retry_after":null}}}
{"summary":{"resources":4,"entitlements":2,"grants":2,"notices":1,"scopes":{"complete":7,"forbidden":1,"not-asked":2},"requests":9,"digest":"d359965cd9eee5e0b4eeec33b5aba81bac3e99d5046e639e51782cc232545c96","complete":false}}
"#;

#[tokio::test(start_paused = true)]
async fn ndjson_is_the_contracts_to_the_letter() {
    let mut written = Vec::new();
    write_ndjson(&synced(every_kind_of_record()).await, &mut written).unwrap();
    let written = String::from_utf8(written).unwrap();
    for (line, golden) in written.lines().zip(GOLDEN.lines()) {
        assert_eq!(line, golden);
    }
    assert_eq!(written, GOLDEN);
}

#[test]
fn what_is_written_can_be_read_again() {
    for line in GOLDEN.lines() {
        let record: OutputRecord<'_> = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::to_string(&record).unwrap(), line);
    }
}

#[test]
fn every_outcome_is_written_by_its_name_and_read_back() {
    let cases = [
        "misconfigured",
        "invalid-argument",
        "expired",
        "unauthenticated",
        "forbidden",
        "not-offered",
        "not-found",
        "rate-limited",
        "quota-exhausted",
        "unavailable",
        "unexpected-response",
        "other",
    ];
    let ends = ["complete", "partial", "not-asked", "trapped", "timed-out"];
    for name in cases.into_iter().chain(ends) {
        let outcome: Outcome = serde_json::from_str(&format!("\"{name}\"")).unwrap();
        assert_eq!(outcome.name(), name);
        assert_eq!(
            serde_json::to_string(&outcome).unwrap(),
            format!("\"{name}\"")
        );
        let fine = ["complete", "not-asked", "not-offered"].contains(&name);
        assert_eq!(outcome.lets_run_be_complete(), fine, "{name}");
    }
}

#[test]
fn a_file_is_replaced_whole_or_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("out.ndjson");
    std::fs::write(&path, "before").unwrap();
    let place = Destination::File(path.clone());

    let output = place.open().unwrap();
    let failed = output.write(|out| {
        out.write_all(b"half")?;
        Err(std::io::Error::other("the disk is full"))
    });
    assert!(failed.unwrap_err().to_string().contains("out.ndjson"));
    assert_eq!(std::fs::read(&path).unwrap(), b"before");

    drop(place.open().unwrap());
    assert_eq!(std::fs::read(&path).unwrap(), b"before");

    place
        .open()
        .unwrap()
        .write(|out| out.write_all(b"after"))
        .unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"after");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_file_of_peoples_data_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("out.ndjson");
    let output = Destination::File(path.clone()).open().unwrap();
    output.write(|out| out.write_all(b"x")).unwrap();
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn an_unwritable_output_fails_before_reading() {
    let dir = tempfile::tempdir().unwrap();
    for path in [dir.path().to_owned(), dir.path().join("absent/out.ndjson")] {
        let error = Destination::File(path.clone())
            .open()
            .map(|_| ())
            .unwrap_err();
        assert!(
            error.to_string().contains(path.to_str().unwrap()),
            "{error}"
        );
    }
    assert_eq!("-".parse(), Ok(Destination::Stdout));
}

#[tokio::test(start_paused = true)]
async fn the_summary_counts_and_says_what_is_missing() {
    let source = every_kind_of_record();
    let descriptor = source.descriptor.clone();
    let text = anstream::adapter::strip_str(&summarize_sync(&synced(source).await, &descriptor))
        .to_string();
    for words in [
        "Northwind (team 1), read with the credential of Ada (user 1)",
        "forbidden: thing t: what to do",
        "skipped: part: add --include part to read it",
        "skipped: account: it needs the credential extra",
        "Not complete: 1 of 10 scopes could not be read whole",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    let row = |start: &str| {
        let line = text
            .lines()
            .find(|line| line.trim_start().starts_with(start))
            .unwrap();
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(row("thing  admin"), ["thing", "admin", "2", "1", "1"]);
    assert_eq!(row("user "), ["user", "1", "0"]);
}

#[tokio::test(start_paused = true)]
async fn a_complete_run_reports_completeness() {
    let source = Scripted::new();
    let descriptor = source.descriptor.clone();
    let text = summarize_sync(&synced(source).await, &descriptor);
    assert!(
        text.contains("Complete") && !text.contains("Not "),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn no_name_takes_over_the_terminal() {
    let hostile = "\u{1b}[2J\u{1b}]0;owned\u{7}\r\u{8}evil\u{202e}nimda\u{2066}\u{200b}\u{9b}31m";
    let source = Scripted::new()
        .page("list team", page([listed("team", "1", "")]))
        .fails("list user under team 1", {
            let problem = Problem::new(hostile, hostile);
            connector_host::runtime::CallFailure::Reported {
                case: ErrorCase::Forbidden,
                problem,
            }
        });
    let descriptor = source.descriptor.clone();
    let mut synced = synced(source).await;
    synced.run.tenant.display_name = hostile.into();
    synced.run.tenant.credential_owner_name = hostile.into();
    synced.notices.push(Notice {
        code: hostile.into(),
        about: None,
        impact: Impact::None,
        message: hostile.into(),
    });
    let text = anstream::adapter::strip_str(&summarize_sync(&synced, &descriptor)).to_string();
    let odd = |c: &char| (c.is_control() && *c != '\n') || "\u{202e}\u{2066}\u{200b}".contains(*c);
    assert_eq!(text.chars().find(odd), None);
    assert!(text.contains("evilnimda"));
}

#[test]
fn plain_text_keeps_what_people_write() {
    for text in [
        "Zoë Müller-Łukasz",
        "株式会社",
        "شركة",
        "🦊 team",
        "a_b (c) [d] <e>",
    ] {
        assert_eq!(plain(text), text);
    }
    assert_eq!(plain("a\nb\tc"), "a b c");
}

fn account(resource_type: &str, name: &str, address: &str) -> Resource {
    Resource {
        details: Details::User(UserDetails {
            email: Some(address.into()),
            login: None,
            account_type: AccountType::Unknown,
            last_login: None,
        }),
        ..listed(resource_type, name, "team 1")
    }
}

#[tokio::test]
async fn accounts_join_by_address_if_unambiguous() {
    let users = [
        account("user", "1", "Taylor.Lee@example.com"),
        account("user", "2", "ann@example.com"),
        account("user", "3", "alone@example.com"),
    ];
    let things = [
        account("thing", "a", "taylor.lee@EXAMPLE.com"),
        account("thing", "b", "ann@example.com"),
        account("thing", "c", "Ann@example.com"),
    ];
    let source = Scripted::new()
        .page("list user under team 1", page(users))
        .page("list thing under team 1", page(things));
    let descriptor = source.descriptor.clone();
    let synced = synced(source).await;
    let joins = join_accounts(&SyncFigures::of(&synced).accounts, &descriptor);
    assert_eq!(joins.len(), 1);
    let join = &joins[0];
    assert_eq!((join.matched, join.alone), (1, (1, 0)));
    let accounts = vec![id("user", "2"), id("thing", "b"), id("thing", "c")];
    assert_eq!(join.conflicts, [("ann@example.com".to_owned(), accounts)]);
    let shown = summarize_sync(&synced, &descriptor);
    assert!(
        shown.contains("unclear: ann@example.com: user 2, thing b, thing c"),
        "{shown}"
    );
}
