//! The page in Chromium: what happens when its reader searches, sorts, clicks and types.

use connector_host::store::Store;
use serde_json::json;

use super::chromium::{Browser, open};
use super::real;
use super::teams::*;

const ESCAPE: &str = "\u{e00c}";
const ENTER: &str = "\u{e007}";
const DOWN: &str = "\u{e015}";
const RIGHT: &str = "\u{e014}";
const END: &str = "\u{e010}";

fn two_syncs() -> Store {
    let mut later = small();
    later
        .grants
        .retain(|one| one.resource != id("place", 0) || one.entitlement != "viewer");
    later.run.started_at = "2024-06-06T07:08:09Z".into();
    store(&[small(), later])
}

fn names(browser: &Browser, view: &str) -> Vec<String> {
    let script = format!(
        "return [...document.querySelectorAll('#view-{view} tbody th')].map(th => th.innerText)"
    );
    serde_json::from_value(browser.run(&script)).unwrap()
}

#[test]
fn it_loads_without_an_error_and_asks_for_nothing() {
    for page in [
        page(&real::store()),
        page(&two_syncs()),
        page(&store(&[hostile()])),
        page_of(&synced(Vec::new(), Vec::new(), Vec::new())),
    ] {
        let Some(browser) = open(&page) else { return };
        for view in [
            "findings",
            "people",
            "resources",
            "matrix",
            "changes",
            "overview",
        ] {
            browser.click(&format!("#tab-{view}"));
            browser.until(&format!("!document.querySelector('#view-{view}').hidden"));
        }
        for url in browser.requests() {
            assert!(
                ["file:", "data:", "chrome:"]
                    .iter()
                    .any(|own| url.starts_with(own)),
                "{url}"
            );
        }
    }
}

#[test]
fn what_was_not_read_stands_above_every_view() {
    let Some(browser) = open(&page(&store(&[small()]))) else {
        return;
    };
    assert_eq!(browser.text("#verdict"), "⚠ Not complete");
    let text = browser.text("#coverage");
    assert!(
        text.contains("1 of 3 scopes could not be read completely"),
        "{text}"
    );
    let text = browser.text(".lead-unread");
    assert!(
        text.contains("Closed") && text.contains("Ask an administrator."),
        "{text}"
    );
    browser.click("#tab-matrix");
    assert!(
        browser
            .text("#coverage")
            .contains("could not be read completely")
    );
    let hatched = "return document.querySelectorAll('#view-matrix .heads .unread').length";
    assert_eq!(browser.run(hatched), 1);
}

#[test]
fn searching_narrows_and_sorting_orders() {
    let Some(browser) = open(&page(&store(&[small()]))) else {
        return;
    };
    browser.click("#tab-people");
    assert_eq!(
        names(&browser, "people"),
        ["Ada", "Grace", "Unknown", "Zoë"]
    );
    browser.click("#view-people th:first-child .sort");
    assert_eq!(
        names(&browser, "people"),
        ["Zoë", "Unknown", "Grace", "Ada"]
    );
    let sorted = "return document.querySelector('#view-people th').getAttribute('aria-sort')";
    assert_eq!(browser.run(sorted), "descending");
    browser.keys("/PERSON1@");
    browser.until("document.querySelectorAll('#view-people tbody th').length === 1");
    assert_eq!(names(&browser, "people"), ["Grace"]);
    browser.keys(ESCAPE);
    browser.until("document.querySelectorAll('#view-people tbody th').length === 4");
}

#[test]
fn a_person_panel_lists_grants_and_access_paths() {
    let Some(browser) = open(&page(&store(&[small()]))) else {
        return;
    };
    browser.click("#tab-people");
    browser.click("#view-people tbody tr:nth-of-type(3) .name");
    let text = browser.text("#panel");
    for part in [
        "Grace",
        "person1@example.com",
        "viewer",
        "through Data",
        "through Northwind, by rule: visibility team",
        "through everyone, by rule: visibility public",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    browser.run("document.querySelector('#panel tbody .name').click()");
    assert!(browser.text("#panel").contains("Back"));
    browser.keys(ESCAPE);
    assert!(browser.text("#panel-title").contains("Grace"));
    browser.keys(ESCAPE);
    browser.until("document.querySelector('#panel').hidden");
    assert_eq!(
        browser.run("return document.activeElement.innerText"),
        "Grace"
    );
}

/// Opens the principal of an id, and counts the rows of its access; null without access.
const HOLDS: &str = "
    const box = document.querySelector('#view-people input[type=search]');
    box.value = id;
    box.dispatchEvent(new Event('input'));
    await new Promise((done) => setTimeout(done, 200));
    const panel = document.querySelector('#panel');
    for (const one of document.querySelectorAll('#view-people tbody .name')) {
      one.click();
      const is = panel.querySelector('.facts dd').innerText === id && panel.querySelector('.kind').innerText === 'user';
      const rows = Number(panel.querySelector('table')?.getAttribute('aria-rowcount') ?? 1) - 1;
      panel.querySelector('[aria-label=\"Close the details\"]').click();
      if (is) return rows;
    }
    return null";

#[test]
fn browser_access_equals_the_stored_access() {
    let store = real::store();
    let page = page(&store);
    let Some(browser) = open(&page) else { return };
    let sql = "SELECT r.id, count(DISTINCT e.resource || ' ' || e.entitlement)
        FROM effective_access e JOIN resource_keys r ON r.resource = e.principal
        WHERE e.run = (SELECT max(run) FROM runs) AND r.resource_type = 'user'
        GROUP BY r.id LIMIT 25";
    let mut query = store.connection().prepare(sql).unwrap();
    let held = query.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
    });
    browser.click("#tab-people");
    let mut seen = 0;
    for one in held.unwrap() {
        let (id, count) = one.unwrap();
        let shown = browser.run(&format!("const id = {id:?}; {HOLDS}"));
        assert_eq!(shown, json!(count), "{id}");
        seen += 1;
    }
    assert_eq!(seen, 25);
}

#[test]
fn the_matrix_is_walked_by_keys_and_says_each_cell() {
    let Some(browser) = open(&page(&store(&[small()]))) else {
        return;
    };
    browser.keys("5");
    browser.until("document.querySelector('#tab-matrix').ariaSelected === 'true'");
    let cells = "return Object.fromEntries([...document.querySelectorAll('#view-matrix .line')].map(line => [line.firstChild.innerText, [...line.querySelectorAll('.cell')].map(cell => cell.ariaLabel)]))";
    let columns =
        "return [...document.querySelectorAll('[role=columnheader]')].map(head => head.innerText)";
    let columns: Vec<String> = serde_json::from_value(browser.run(columns)).unwrap();
    let payments = columns.iter().position(|name| name == "Payments").unwrap();
    let closed = columns
        .iter()
        .position(|name| name.contains("Closed"))
        .unwrap();
    let public = columns.iter().position(|name| name == "Public").unwrap();
    let cells = browser.run(cells);
    assert_eq!(cells["Ada"][payments], "admin, direct");
    assert_eq!(cells["Grace"][payments], "editor, direct, by a group");
    assert_eq!(cells["Zoë"][public], "access, open to everyone");
    assert_eq!(cells["Zoë"][payments], "editor, by a group");
    assert_eq!(cells["Zoë"][closed], json!(null));
    browser.run("document.querySelector('.matrix').focus()");
    let meant = "return document.querySelector('.matrix').getAttribute('aria-activedescendant')";
    assert_eq!(browser.run(meant), "cell-0-0");
    browser.keys(&[DOWN, RIGHT, RIGHT].concat());
    assert_eq!(browser.run(meant), "cell-1-2");
    browser.keys(END);
    assert_eq!(browser.run(meant), "cell-1-3");
    browser.keys(ENTER);
    browser.until("!document.querySelector('#panel').hidden");
    browser.keys(ESCAPE);
    assert_eq!(
        browser.run("return document.activeElement.className"),
        "matrix"
    );
}

#[test]
fn findings_and_changes_open_with_what_shows_them() {
    let Some(browser) = open(&page(&two_syncs())) else {
        return;
    };
    browser.click("#tab-changes");
    let text = browser.text("#view-changes tbody");
    assert!(
        text.contains("Payments") && text.contains("removed") && text.contains("viewer for Grace"),
        "{text}"
    );
    browser.click("#view-changes .name");
    assert!(browser.text("#panel").contains("Principal: Grace"));
    browser.keys(ESCAPE);
    browser.click("#tab-findings");
    browser.click("#view-findings .name");
    let text = browser.text("#panel");
    assert!(
        text.contains("Why it matters") && text.contains("What to do"),
        "{text}"
    );
}

#[test]
fn hostile_names_are_text_wherever_they_are_shown() {
    let Some(browser) = open(&page(&store(&[hostile()]))) else {
        return;
    };
    let before = "return document.querySelectorAll('script, iframe, img, object, embed, link, base, form').length";
    let elements = browser.run(before);
    for view in ["people", "resources", "matrix", "overview"] {
        browser.click(&format!("#tab-{view}"));
    }
    browser.click("#tab-people");
    let count = hostile_names().len();
    for at in 0..count + 4 {
        browser.run(&format!(
            "document.querySelectorAll('#view-people .name')[{at}].click()"
        ));
        browser.run("document.querySelector('#panel tbody .name')?.click()");
        browser.keys(&[ESCAPE, ESCAPE].concat());
    }
    assert_eq!(browser.run("return window.hacked ?? 'never'"), "never");
    assert_eq!(browser.run(before), elements);
    let names = names(&browser, "people");
    assert!(
        names
            .iter()
            .any(|name| name == "<script>window.hacked = 1; alert(1)</script>"),
        "{names:?}"
    );
    assert!(
        names
            .iter()
            .any(|name| name.starts_with("⟨U+202E⟩nimda⟨U+2066⟩")),
        "{names:?}"
    );
    assert!(
        names.iter().all(|name| name.chars().count() < 120),
        "{names:?}"
    );
    let outside = "return [...document.querySelectorAll('#view-people tbody th')].every(th => th.querySelector('bdi'))";
    assert_eq!(browser.run(outside), true);
    browser.keys("/LOOO");
    browser.until("document.querySelectorAll('#view-people tbody th').length === 1");
    browser.click("#view-people .name");
    browser.run("document.querySelector('#panel h2 .link').click()");
    assert_eq!(browser.text("#panel-title").len(), 10_000);
}

#[test]
fn a_page_of_five_thousand_people_is_usable() {
    let page = page_of(&big());
    let Some(browser) = open(&page) else { return };
    let tell = |text: String| {
        let text = format!("measured: 5,000 people, 2,000 places: {text}\n");
        std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes()).unwrap();
    };
    let measure = |what: &str, script: &str| {
        let took = browser.run(&format!(
            "const t = performance.now(); {script}; await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
            return Math.round(performance.now() - t)"
        ));
        tell(format!("{what}: {took} ms"));
    };
    let loaded = "return Math.round(performance.getEntriesByType('navigation')[0].domComplete)";
    let loaded = browser.run(loaded);
    tell(format!("{} kB, loaded in {loaded} ms", page.len() / 1_000));
    measure("people", "document.querySelector('#tab-people').click()");
    measure(
        "sorting by address",
        "document.querySelectorAll('#view-people .sort')[2].click()",
    );
    measure(
        "one person",
        "document.querySelector('#view-people .name').click()",
    );
    browser.keys(ESCAPE);
    measure("matrix", "document.querySelector('#tab-matrix').click()");
    measure(
        "the matrix's far corner",
        "const m = document.querySelector('.matrix'); m.scrollTo(1e9, 1e9)",
    );
    browser.until("document.querySelector('[aria-rowindex=\"5001\"] [aria-colindex=\"2001\"]')");
    let drawn = browser
        .run("return document.querySelectorAll('*').length")
        .as_u64()
        .unwrap();
    assert!(drawn < 6_000, "{drawn} elements");
    browser.click("#tab-people");
    browser.keys("/Person 4321");
    browser.until("document.querySelectorAll('#view-people tbody th').length === 1");
    assert_eq!(names(&browser, "people"), ["Person 4321"]);
}
