//! The page as an auditor uses it: the overview first, then details, files and paper.

use connector_host::records::*;
use connector_host::store::Store;
use serde_json::json;

use super::chromium::{Browser, open};
use super::real;
use super::teams::*;

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

/// The small team with an administrator, an external account that edits, and an account that is in
/// two groups with one entitlement.
fn audited() -> Store {
    let mut made = small();
    let mut outsider = user(9, "Olga");
    if let Details::User(details) = &mut outsider.details {
        details.account_type = AccountType::External;
    }
    outsider.attributes = Attributes(vec![("invited_by".into(), "1".into())]);
    made.resources.push(outsider);
    made.resources.push(user(10, "=Aaron, +1"));
    made.grants.extend([
        grant(id("team", 1), "admin", id("user", 2)),
        grant(id("place", 0), "viewer", id("user", 10)),
        grant(id("place", 0), "editor", id("user", 9)),
        grant(id("group", 2), "member", id("user", 1)),
        Grant {
            expands: Some("member".into()),
            ..grant(id("place", 0), "editor", id("group", 2))
        },
    ]);
    let mut again = synced(made.resources, made.grants, made.scopes);
    again.entitlements.push(entitlement("team", "admin", None));
    again.notices.push(Notice {
        code: "odd".into(),
        about: None,
        impact: Impact::None,
        message: "The role of user 9, on place 0 is odd.".into(),
    });
    store(&[small(), again])
}

fn open_audited() -> Option<Browser> {
    open(&page(&audited()))
}

#[test]
fn the_overview_leads_with_what_an_auditor_asks() {
    let Some(browser) = open_audited() else {
        return;
    };
    let heads =
        "return [...document.querySelectorAll('#view-overview h2')].map((one) => one.textContent)";
    let heads: Vec<String> = serde_json::from_value(browser.run(heads)).unwrap();
    let leads = [
        "1 administrator of the tenant",
        "1 external account that can edit",
        "1 public place",
        "changes since 2024-05-06",
        "1 scope not read completely",
    ];
    let mut rest = heads.iter();
    for lead in leads {
        assert!(rest.any(|head| head.contains(lead)), "{lead}: {heads:?}");
    }
    for (card, words) in [
        ("admins", "Zoë admin"),
        ("outside", "Olga editor on Payments"),
        ("public", "Public access for everyone"),
        ("changes", "admin: Zoë on Northwind"),
        ("unread", "Closed"),
    ] {
        let text = browser.text(&format!(".lead-{card}"));
        assert!(text.contains(words), "{card}: {text}");
    }
}

#[test]
fn details_list_the_powerful_first_with_every_path() {
    let Some(browser) = open_audited() else {
        return;
    };
    browser.run("location.hash = '#resource/place/0'");
    browser.until("!document.querySelector('#panel').hidden");
    let rows = "return [...document.querySelectorAll('#panel tbody tr[data-at]')].map((row) => row.innerText)";
    let rows: Vec<String> = serde_json::from_value(browser.run(rows)).unwrap();
    let levels = ["admin", "editor", "viewer"];
    let power = |row: &String| levels.iter().position(|one| row.contains(one)).unwrap();
    assert!(rows.iter().map(power).is_sorted(), "{rows:?}");
    assert!(rows[0].starts_with("Ada"), "{rows:?}");
    let grace = rows
        .iter()
        .find(|row| row.starts_with("Grace") && row.contains("editor"));
    let grace = grace.unwrap();
    for path in ["through Data", "through Core", "through Core, within Data"] {
        assert!(grace.lines().any(|line| line.ends_with(path)), "{grace}");
    }
}

#[test]
fn an_address_opens_a_resource_a_finding_or_a_view() {
    let Some(browser) = open_audited() else {
        return;
    };
    for (address, title) in [
        ("#resource/user/1", "Grace"),
        ("#resource/place/0", "Payments"),
        ("#finding/external-editor/user/9", "External account"),
    ] {
        browser.run(&format!("location.hash = '{address}'; location.reload()"));
        browser.until("document.documentElement.dataset.ready === 'yes'");
        assert!(browser.text("#panel-title").contains(title), "{address}");
        browser.until(&format!("location.hash === '{address}'"));
    }
    browser.run("document.querySelector('#panel [aria-label=\"Close the details\"]').click()");
    browser.until("location.hash === '#findings'");
    for odd in ["#resource/user/none", "#finding", "#%E0%A4%A", "#people/1"] {
        browser.run(&format!("location.hash = '{odd}'; location.reload()"));
        browser.until("document.documentElement.dataset.ready === 'yes'");
        assert_eq!(
            browser.run("return document.querySelector('#panel').hidden"),
            true,
            "{odd}"
        );
    }
}

#[test]
fn an_accepted_finding_is_shown_with_its_reason() {
    let list = "[[accept]]\nrule = 'external-editor'\nprincipal = 'user:9'\nreason = '<b>Contract 17'\nuntil = '2026-06-01'";
    let Some(browser) = open(&page_accepting(&audited(), list)) else {
        return;
    };
    let words = "accepted: <b>Contract 17 (until 2026-06-01)";
    assert!(browser.text("#view-overview").contains(words));
    assert!(browser.text("#view-overview .tiles").contains("1 accepted"));
    browser.click("#tab-findings");
    let rows = "#view-findings tbody";
    assert!(
        browser
            .text(rows)
            .contains("<b>Contract 17 (until 2026-06-01)")
    );
    let choose = |state: &str| {
        browser.run(&format!(
            "const select = document.querySelectorAll('#view-findings select')[2]; select.value = '{state}';
            select.dispatchEvent(new Event('change'));"
        ));
        browser.text(rows).contains("Olga")
    };
    assert_eq!(["open", "accepted"].map(choose), [false, true]);
    browser.click("#view-findings tbody .name");
    assert!(browser.text("#panel").contains("Contract 17"));
}

#[test]
fn a_table_is_saved_as_csv_with_ids_and_no_formula() {
    let Some(browser) = open_audited() else {
        return;
    };
    browser.click("#tab-people");
    let csv = browser.run(
        "let saved; URL.createObjectURL = (file) => { saved = file; return 'data:,'; };
        HTMLAnchorElement.prototype.click = function () { window.named = this.download; };
        document.querySelector('#view-people .csv').click();
        return await saved.text()",
    );
    let csv = csv.as_str().unwrap();
    let lines: Vec<_> = csv.split("\r\n").collect();
    assert!(lines[0].starts_with("\"Id\",\"Name\",\"Kind\""), "{csv}");
    assert!(csv.contains("\"1\",\"Grace\""), "{csv}");
    assert!(csv.contains("\"10\",\"'=Aaron,' +1\""), "{csv}");
    let shown =
        "return document.querySelector('#view-people table').getAttribute('aria-rowcount') - 1";
    assert_eq!(browser.run(shown), lines.len() - 2);
    assert_eq!(browser.run("return window.named"), "people-2024-05-06.csv");
}

#[test]
fn ids_in_texts_and_fields_become_names() {
    let Some(browser) = open_audited() else {
        return;
    };
    browser.run("location.hash = '#resource/user/9'");
    browser.until("!document.querySelector('#panel').hidden");
    assert!(browser.text("#panel .facts").contains("Grace (1)"));
    browser.run("document.querySelector('#panel [aria-label=\"Close the details\"]').click()");
    browser.run("document.querySelector('.notices summary').click()");
    browser.until("document.querySelector('.notices tbody [data-at]')");
    let text = browser.text(".notices");
    let named = "The role of Olga (user 9), on Payments (place 0) is odd.";
    assert!(text.contains(named), "{text}");
}

#[test]
fn the_printed_report_is_short_and_can_be_signed() {
    use base64::Engine;
    let Some(browser) = open(&page(&real::store())) else {
        return;
    };
    let pdf = base64::prelude::BASE64_STANDARD
        .decode(browser.print())
        .unwrap();
    let pages = pdf
        .windows(11)
        .filter(|part| part == b"/Type /Page")
        .count();
    let list = pdf
        .windows(12)
        .filter(|part| part == b"/Type /Pages")
        .count();
    assert!((3..=10).contains(&(pages - list)), "{pages}, {list}");
    browser.command("Emulation.setEmulatedMedia", &json!({"media": "print"}));
    browser.run("dispatchEvent(new Event('beforeprint'))");
    let text = browser.text("body");
    for part in [
        "Printed 20",
        "Reviewed by",
        "Signature",
        "could not be read completely",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let shown = "return getComputedStyle(document.querySelector('.sign-off')).display";
    assert_eq!(browser.run(shown), "block");
    browser.command("Emulation.setEmulatedMedia", &json!({"media": ""}));
    assert_eq!(browser.run(shown), "none");
}

#[test]
fn the_first_key_skips_to_the_report() {
    let Some(browser) = open_audited() else {
        return;
    };
    browser.keys(TAB);
    browser.keys(ENTER);
    assert_eq!(browser.run("return document.activeElement.id"), "views");
    browser.until("location.hash === '#overview'");
}

#[test]
fn a_narrow_window_shows_data_at_once() {
    let Some(browser) = open(&page(&real::store())) else {
        return;
    };
    let narrow = json!({"width": 360, "height": 640, "deviceScaleFactor": 1, "mobile": false});
    browser.command("Emulation.setDeviceMetricsOverride", &narrow);
    for (view, data) in [
        ("overview", ".lead li"),
        ("findings", "tbody [data-at]"),
        ("people", "tbody [data-at]"),
        ("resources", "tbody [data-at]"),
        ("matrix", ".line"),
        ("changes", "tbody [data-at]"),
    ] {
        browser.run(&format!(
            "document.querySelector('#tab-{view}').click(); scrollTo(0, 0)"
        ));
        browser.until(&format!("document.querySelector('#view-{view} {data}')"));
        let bottom = format!(
            "return document.querySelector('#view-{view} {data}').getBoundingClientRect().bottom"
        );
        let bottom = browser.run(&bottom).as_f64().unwrap();
        assert!(bottom < 640.0, "{view}: {bottom}");
    }
}
