//! The page of real syncs in Chromium: everything that can be clicked opens, and nothing that it
//! shows disagrees with what it counts.

use connector_host::store::Store;
use serde_json::{Value, json};

use super::chromium::{Browser, open};
use super::real;
use super::teams::*;

const VIEWS: [&str; 6] = [
    "overview",
    "findings",
    "people",
    "resources",
    "matrix",
    "changes",
];

/// Presses every control of a view but those that open details; each is pressed while it is there.
const PRESS_CONTROLS: &str = r"
let pressed = 0;
const press = (one) => {
  // A box is left as it was.
  for (let times = one.type === 'checkbox' ? 2 : 1; times > 0 && one.isConnected; times -= 1) one.click();
  pressed += 1;
};
for (const one of view.querySelectorAll('summary, button.sort, button.link, button.tile, input[type=checkbox], [role=button]')) {
  if (one.matches('[role=button]')) one.dispatchEvent(new MouseEvent('click', { bubbles: true }));
  else press(one);
  if (!panel.hidden) press(panel.querySelector('[aria-label=\'Close the details\']'));
}
for (const select of view.querySelectorAll('select')) {
  for (const option of [...select.options, select.options[0]]) {
    select.value = option.value;
    select.dispatchEvent(new Event('change'));
    pressed += 1;
  }
}
return pressed;
";

/// Opens every row of a view's tables, and within the details everything that leads on.
const OPEN_ROWS: &str = r"
const opened = { rows: 0, within: 0, untitled: 0, kinds: {} };
const close = () => panel.querySelector('[aria-label=\'Close the details\']').click();
for (const table of [...view.querySelectorAll('.table')].filter((one) => one.querySelector('tr.opens'))) {
  const scroller = table.querySelector('.scroller');
  const all = Number(table.querySelector('table').getAttribute('aria-rowcount')) - 1;
  for (let at = 0; at < all; at += 1) {
    scroller.scrollTop = at * 36;
    scroller.dispatchEvent(new Event('scroll'));
    table.querySelector(`tr[data-at='${at}'] .name`).click();
    if (panel.hidden) throw new Error(`row ${at} of ${view.id} did not open`);
    opened.rows += 1;
    if (panel.querySelector('h2').innerText.trim() === '') opened.untitled += 1;
    const kind = view.id === 'view-findings' ? panel.querySelector('h2').innerText : panel.querySelector('.kind').innerText;
    opened.kinds[kind] = (opened.kinds[kind] ?? 0) + 1;
    if (opened.kinds[kind] > 3) { close(); continue; }
    const count = panel.querySelectorAll('button').length;
    for (let button = 0; button < Math.min(count, 40); button += 1) {
      const one = panel.querySelectorAll('button')[button];
      if (!one || one.innerText === 'Close' || one.innerText === 'Back' || one.matches('.csv')) continue;
      one.click();
      opened.within += 1;
      const back = [...panel.querySelectorAll('button')].find((it) => it.innerText === 'Back');
      if (back) back.click();
    }
    close();
  }
}
return opened;
";

fn on(browser: &Browser, view: &str, script: &str) -> Value {
    browser.click(&format!("#tab-{view}"));
    browser.run(&format!(
        "const panel = document.querySelector('#panel'); const view = document.querySelector('#view-{view}'); {script}"
    ))
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

#[test]
fn every_row_of_a_real_sync_opens_with_its_details() {
    let store = real::store();
    let page = page(&store);
    let data = embedded(&page);
    let Some(browser) = open(&page) else { return };
    let mut opened = std::collections::BTreeMap::new();
    for view in VIEWS {
        let found = on(&browser, view, OPEN_ROWS);
        assert_eq!(found["untitled"], 0, "{view}: {found}");
        opened.insert(view, found);
    }
    let of = |list: &Value| list.as_array().unwrap().len() as u64;
    let rows = |view: &str| number(&opened[view]["rows"]);
    assert_eq!(rows("findings"), of(&data["findings"]["findings"]));
    assert_eq!(rows("changes"), of(&data["changes"]["changes"]));
    let stored = store.load(store.runs().unwrap()[0].run).unwrap().resources;
    let workspaces = stored
        .iter()
        .filter(|one| &*one.id.resource_type == "workspace");
    assert_eq!(rows("resources"), workspaces.count() as u64);
    assert!(rows("people") > 60 && rows("resources") > 30, "{opened:?}");
    for view in ["findings", "people", "resources", "changes"] {
        assert!(number(&opened[view]["within"]) > 10, "{view}: {opened:?}");
    }
}

#[test]
fn every_control_of_a_real_page_can_be_pressed() {
    let Some(browser) = open(&page(&real::store())) else {
        return;
    };
    let mut pressed = 0;
    for view in VIEWS {
        pressed += number(&on(&browser, view, PRESS_CONTROLS));
    }
    assert!(pressed > 80, "{pressed}");
    for control in ["#theme", "#help", "#coverage .link"] {
        let press = "for (const one of document.querySelectorAll(selector)) {
            one.click();
            document.querySelector('#panel [aria-label=\"Close the details\"]')?.click();
        }";
        browser.run(&format!("const selector = '{control}'; {press}"));
    }
    browser.click("#tab-matrix");
    let cells = "
        let opened = 0;
        for (const selector of ['.cell[class*=level-]', '.cell', '[role=rowheader]', '[role=columnheader]']) {
          const found = [...document.querySelectorAll(`#view-matrix ${selector}`)].slice(0, 30);
          if (found.length === 0) throw new Error(`there is no ${selector}`);
          for (const one of found) {
            one.click();
            if (document.querySelector('#panel').hidden) throw new Error(`${selector} did not open`);
            document.querySelector('[aria-label=\"Close the details\"]').click();
            opened += 1;
          }
        }
        return opened";
    assert!(number(&browser.run(cells)) > 60);
}

#[test]
fn a_finding_of_a_real_sync_names_what_was_asked_for() {
    let store = real::store();
    let page = page(&store);
    let data = embedded(&page);
    let findings = data["findings"]["findings"].as_array().unwrap();
    let request = |finding: &Value| {
        finding["origins"][0]["requests"][0]
            .as_str()
            .map(str::to_owned)
    };
    assert!(findings.iter().filter_map(request).count() > 10);
    let Some(browser) = open(&page) else { return };
    browser.click("#tab-findings");
    for rule in data["finding_rules"].as_array().unwrap() {
        let id = rule["id"].as_str().unwrap();
        let mut of_rule = findings.iter().filter(|one| one["rule"] == id);
        let Some(first) = of_rule.next() else {
            continue;
        };
        let choose = format!(
            "const select = document.querySelectorAll('#view-findings select')[1]; select.value = '{id}';
            select.dispatchEvent(new Event('change'));
            document.querySelector('#view-findings tbody .name').click();"
        );
        browser.run(&choose);
        let text = browser.text("#panel");
        let subject = first["subject"]["display_name"].as_str().unwrap();
        assert!(first["origins"].as_array().unwrap().is_empty() || text.contains("Read from"));
        let others = of_rule.filter_map(request).chain(request(first));
        let asked: Vec<String> = others.collect();
        let named = asked
            .iter()
            .any(|path| text.contains(&format!("GET {path}")));
        assert!(asked.is_empty() || named, "{id} {subject}: {text}");
        browser.run("document.querySelector('[aria-label=\"Close the details\"]').click()");
    }
}

/// Rows in the document of a view's first table, and whether they fill what is in sight of it.
const IN_SIGHT: &str = "
    const scroller = view.querySelector('.scroller');
    const rows = [...scroller.querySelectorAll('tr[data-at]')];
    const all = Number(scroller.querySelector('table').getAttribute('aria-rowcount')) - 1;
    const bottom = rows.at(-1)?.getBoundingClientRect().bottom ?? 0;
    return { rows: rows.length, all, filled: rows.length === all || bottom >= scroller.getBoundingClientRect().bottom }";

#[test]
fn a_cleared_search_leaves_no_empty_rows_in_sight() {
    let Some(browser) = open(&page(&real::store())) else {
        return;
    };
    for view in ["people", "resources", "findings"] {
        let before = on(&browser, view, IN_SIGHT);
        assert!(number(&before["all"]) > 5, "{view}: {before}");
        assert_eq!(before["filled"], true, "{view}: {before}");
        let search = |text: &str| {
            let type_ = format!(
                "const box = view.querySelector('input[type=search]'); box.value = '{text}';
                box.dispatchEvent(new Event('input')); await new Promise((done) => setTimeout(done, 400));"
            );
            on(&browser, view, &format!("{type_}{IN_SIGHT}"))
        };
        assert_eq!(search("no such name anywhere")["all"], 0);
        assert_eq!(search(""), before, "{view}");
    }
}

#[test]
fn a_taller_window_shows_more_rows() {
    let Some(browser) = open(&page(&real::store())) else {
        return;
    };
    browser.click("#tab-people");
    let tall = json!({"width": 1300, "height": 2400, "deviceScaleFactor": 1, "mobile": false});
    browser.command("Emulation.setDeviceMetricsOverride", &tall);
    browser.run("await new Promise((done) => setTimeout(done, 400))");
    let seen = on(&browser, "people", IN_SIGHT);
    assert_eq!(seen["filled"], true, "{seen}");
    assert!(number(&seen["rows"]) > 40, "{seen}");
}

#[test]
fn a_printed_matrix_counts_the_rows_that_are_printed() {
    let Some(browser) = open(&page(&real::store())) else {
        return;
    };
    let media = json!({"media": "print"});
    browser.command("Emulation.setEmulatedMedia", &media);
    let printed = browser.run(
        "dispatchEvent(new Event('beforeprint'));
        const view = document.querySelector('#view-matrix');
        const grid = view.querySelector('.matrix');
        const edge = grid.getBoundingClientRect();
        const seen = (one) => one.getBoundingClientRect().bottom <= edge.bottom + 1;
        return {
          rows: [...grid.querySelectorAll('.line')].filter(seen).length,
          hidden: [...grid.querySelectorAll('.line')].filter((one) => !seen(one)).length,
          columns: grid.querySelectorAll('[role=columnheader]').length,
          width: Math.round(parseFloat(grid.querySelector('.matrix-inner').style.width) * getComputedStyle(grid).zoom),
          text: view.innerText,
        }",
    );
    let (rows, columns) = (number(&printed["rows"]), number(&printed["columns"]));
    assert_eq!(printed["hidden"], 0, "{printed}");
    assert!(number(&printed["width"]) <= 1_000, "{printed}");
    let said = format!("{rows} of ");
    let text = printed["text"].as_str().unwrap();
    assert!(
        text.contains(&said) && text.contains(&format!("{columns} of ")),
        "{text}"
    );
    browser.run("dispatchEvent(new Event('afterprint'))");
    browser.command("Emulation.setEmulatedMedia", &json!({"media": ""}));
    browser.click("#tab-matrix");
    let people = "return document.querySelector('.matrix').getAttribute('aria-rowcount') - 1";
    let people = number(&browser.run(people));
    assert!(people > 60, "{people}");
    let text = browser.text("#view-matrix");
    assert!(text.contains(&format!("{people} rows,")), "{text}");
}

/// Two people, two places and two groups of one name each, and a place whose name looks like theirs.
fn shared_names() -> Store {
    let mut made = small();
    let twins = [
        user(71, "Grace"),
        resource(
            id("place", "p-71"),
            "Payments",
            connector_host::records::Details::Other,
        ),
        resource(
            id("group", "g-71"),
            "data ",
            connector_host::records::Details::Group,
        ),
    ];
    made.resources.extend(twins);
    made.grants
        .push(grant(id("place", "p-71"), "admin", id("user", 71)));
    let mut again = synced(made.resources, made.grants, made.scopes);
    again.notices = made.notices;
    store(&[again])
}

#[test]
fn names_that_look_the_same_show_their_ids() {
    let Some(browser) = open(&page(&shared_names())) else {
        return;
    };
    browser.click("#tab-people");
    let text = browser.text("#view-people tbody");
    assert!(
        text.contains("Grace (1)") && text.contains("Grace (71)") && !text.contains("Ada ("),
        "{text}"
    );
    browser.click("#tab-resources");
    let text = browser.text("#view-resources tbody");
    assert!(
        text.contains("Payments (p-71)") && !text.contains("Search ("),
        "{text}"
    );
    browser.click("#tab-matrix");
    let text = browser.text("#view-matrix .matrix");
    for part in ["Grace (71)", "Payments (p-71)"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    browser.click("#tab-people");
    browser.run("[...document.querySelectorAll('#view-people .name')].find((one) => one.innerText.includes('(1)')).click()");
    let text = browser.text("#panel");
    assert!(
        text.contains("Payments (0)") && text.contains("through Data (1)"),
        "{text}"
    );
}
