//! The cost of a page in instructions: the same on every machine, so that a change which makes the
//! connector slower or larger is seen at once and is made on purpose. `BLESS=1` takes over what is.

use host_tests::bodies;

use std::collections::BTreeMap;
use std::fs;

use bodies::{Body, List};
use connector_host::runtime::CallFailure;
use connector_host::{CallLimits, Connector, SandboxOptions};

const BLESSED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuel.txt");
const COMPONENT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../target/components/postman-connector.wasm"
);
/// The allowed deviation of a figure from the blessed one.
const TOLERANCE: f64 = 0.02;

async fn fuel(connector: &Connector, list: List, items: usize) -> u64 {
    let body = Body::new(list.body(items));
    let called = list.ask(connector, &CallLimits::default(), &body).await;
    let page = called.result.unwrap();
    let records = match list {
        List::Roles => page.grants.iter().map(|set| set.principal_ids.len()).sum(),
        List::Users | List::Groups | List::Workspaces => page.resources.len(),
    };
    assert_eq!(records, items, "{}", list.name());
    called.usage.fuel
}

fn component() -> Vec<u8> {
    fs::read(COMPONENT).expect("`make components` comes first")
}

async fn connector(bytes: &[u8]) -> Connector {
    let options = SandboxOptions {
        deterministic: true,
        concurrent_calls: 4,
        ..SandboxOptions::default()
    };
    Connector::load(&host_tests::sandbox_with(options), bytes)
        .await
        .unwrap()
}

async fn measured() -> BTreeMap<String, u64> {
    let bytes = component();
    let connector = connector(&bytes).await;
    let mut found = BTreeMap::new();
    for list in List::ALL {
        let (none, some) = (0, 2_000);
        let base = fuel(&connector, list, none).await;
        let all = fuel(&connector, list, some).await;
        let item = (all - base) / u64::try_from(some).unwrap();
        found.insert(format!("{} empty page", list.name()), base);
        found.insert(format!("{} each item", list.name()), item);
        assert_eq!(
            fuel(&connector, list, some).await,
            all,
            "it is not repeatable"
        );
    }
    let size = u64::try_from(bytes.len()).unwrap();
    found.insert("component bytes".to_owned(), size);
    found
}

fn blessed() -> BTreeMap<String, u64> {
    let text = fs::read_to_string(BLESSED).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once(": "));
    lines
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
        .collect()
}

#[tokio::test]
async fn no_page_costs_more_or_less_than_was_agreed_to() {
    let found = measured().await;
    if std::env::var_os("BLESS").is_some() {
        let lines: Vec<_> = found
            .iter()
            .map(|(name, value)| format!("{name}: {value}\n"))
            .collect();
        fs::write(BLESSED, lines.concat()).unwrap();
    }
    let blessed = blessed();
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        blessed.keys().collect::<Vec<_>>(),
        "BLESS=1 rewrites the figures"
    );
    #[expect(clippy::cast_precision_loss, reason = "figures are far below 2^52")]
    let off: Vec<_> = found
        .iter()
        .map(|(name, value)| (name, *value as f64 / blessed[name] as f64))
        .filter(|(_, ratio)| (ratio - 1.0).abs() > TOLERANCE)
        .map(|(name, ratio)| format!("{name}: {:.1} % of what was agreed to", ratio * 100.0))
        .collect();
    assert!(off.is_empty(), "{}: BLESS=1 if it is meant", off.join(", "));
}

/// A workspace whose team is so many objects and lists within each other.
fn nested(pairs: usize) -> Body {
    let team = format!("{}1{}", r#"{"a":["#.repeat(pairs), "]}".repeat(pairs));
    let item = format!(r#"{{"id":"w1","visibility":"personal","team":{team}}}"#);
    Body::new(format!(r#"{{"workspaces":[{item}]}}"#))
}

#[tokio::test]
async fn the_deepest_body_that_is_read_fits_the_stack() {
    let connector = connector(&component()).await;
    let ask = async |pairs| {
        let (limits, body) = (CallLimits::default(), nested(pairs));
        let called = List::Workspaces.ask(&connector, &limits, &body);
        called.await.result
    };
    // The parser goes 127 levels deep, the answer's own three among them.
    assert_eq!(ask(62).await.unwrap().resources.len(), 1);
    for pairs in [63, 10_000] {
        let failure = ask(pairs).await.unwrap_err();
        assert!(matches!(failure, CallFailure::Reported { .. }), "{failure}");
    }
}
