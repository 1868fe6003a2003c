//! The looks of the page as far as they can be measured, in both colour schemes, narrow and on paper.

use serde_json::json;

use super::chromium::{Browser, open};
use super::real;
use super::teams::*;

/// Every text in sight whose contrast with what is behind it is below 4.5, as WCAG 2 counts it.
const FAINT: &str = r"
const parse = (text) => { const c = text.match(/[\d.]+/g).map(Number); return [c[0], c[1], c[2], c[3] ?? 1]; };
const light = ([r, g, b]) => { const f = (v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
const ground = (element) => { for (let at = element; at; at = at.parentElement) { const c = parse(getComputedStyle(at).backgroundColor); if (c[3] === 1) return c; } return [255, 255, 255, 1]; };
const faint = [];
let seen = 0;
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const element = walk.currentNode.parentElement;
  if (!walk.currentNode.data.trim() || !element.checkVisibility() || element.closest('script, .unseen, svg')) continue;
  seen += 1;
  const [a, b] = [light(parse(getComputedStyle(element).color)), light(ground(element))];
  const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (contrast < 4.5) faint.push(`${contrast.toFixed(2)} ${element.className} ${walk.currentNode.data.slice(0, 30)}`);
}
return { faint, seen };
";

fn ground(browser: &Browser) -> String {
    let colour = browser.run("return getComputedStyle(document.body).backgroundColor");
    colour.as_str().unwrap().to_owned()
}

#[test]
fn colors_follow_the_system_until_switched() {
    let Some(browser) = open(&page(&store(&[small()]))) else {
        return;
    };
    browser.prefers("light");
    let light = ground(&browser);
    browser.prefers("dark");
    let dark = ground(&browser);
    assert_ne!(light, dark);
    browser.click("#theme");
    assert_eq!(ground(&browser), light);
    browser.click("#theme");
    browser.prefers("light");
    assert_eq!(ground(&browser), dark);
    browser.click("#theme");
    assert_eq!(ground(&browser), light);
}

#[test]
fn text_contrast_suffices_in_both_color_schemes() {
    let Some(browser) = open(&page(&real::store())) else {
        return;
    };
    for scheme in ["light", "dark"] {
        browser.prefers(scheme);
        // Colours that are on their way from one scheme to the other are of neither.
        browser.until("document.getAnimations().length === 0");
        for view in ["overview", "findings", "people", "resources", "matrix"] {
            browser.click(&format!("#tab-{view}"));
            browser.until("document.getAnimations().length === 0");
            let found = browser.run(FAINT);
            assert_eq!(found["faint"], json!([]), "{scheme} {view}");
            assert!(found["seen"].as_u64().unwrap() > 20, "{found}");
        }
    }
}

#[test]
fn a_narrow_window_scrolls_no_further_than_down() {
    let Some(browser) = open(&page(&store(&[hostile()]))) else {
        return;
    };
    let narrow = json!({"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": false});
    browser.command("Emulation.setDeviceMetricsOverride", &narrow);
    for view in ["overview", "findings", "people", "resources", "matrix"] {
        browser.run(&format!("document.querySelector('#tab-{view}').click()"));
        let width = browser.run("return document.documentElement.scrollWidth");
        assert!(width.as_u64().unwrap() <= 360, "{view}: {width}");
    }
}

#[test]
fn on_paper_stands_every_view() {
    let Some(browser) = open(&page(&store(&[small()]))) else {
        return;
    };
    browser.run("addEventListener('beforeprint', () => (window.paper = [...document.querySelectorAll('.view')].every(view => !view.hidden && view.innerText.length > 10)))");
    assert!(browser.print().starts_with("JVBERi"), "no PDF");
    assert_eq!(browser.run("return window.paper"), true);
    let shown = "return [...document.querySelectorAll('.view')].filter(view => !view.hidden).map(view => view.id)";
    assert_eq!(browser.run(shown), json!(["view-overview"]));
}

#[test]
fn every_control_has_a_name_and_every_id_is_one() {
    let Some(browser) = open(&page(&real::store())) else {
        return;
    };
    for view in [
        "overview",
        "findings",
        "people",
        "resources",
        "matrix",
        "changes",
    ] {
        browser.click(&format!("#tab-{view}"));
    }
    let nameless = "return [...document.querySelectorAll('button, input, select, [role=button], [role=grid], [role=region]')].filter(one => !(one.ariaLabel || one.labels?.length || one.textContent.trim())).map(one => one.outerHTML)";
    assert_eq!(browser.run(nameless), json!([]));
    let doubled = "const ids = [...document.querySelectorAll('[id]')].map(one => one.id); return ids.filter((id, at) => ids.indexOf(id) !== at)";
    assert_eq!(browser.run(doubled), json!([]));
    let sortable = "return [...document.querySelectorAll('th:has(.sort)')].every(th => ['none', 'ascending', 'descending'].includes(th.getAttribute('aria-sort')))";
    assert_eq!(browser.run(sortable), true);
}
