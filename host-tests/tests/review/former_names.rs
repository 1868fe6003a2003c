//! People who left keep the name and address of the last run that listed them, which is named.

use crate::made::{account, grant, id, sync, team, user, workspace};
use connector_host::records::{Resource, ResourceId};
use connector_host::review::diff::{DiffOptions, compare_runs};
use connector_host::review::explain::explain_access;
use connector_host::review::findings::{RULES, RuleLimits, evaluate_rules};
use connector_host::review::{AccessFilters, effective_access, find_account};
use connector_host::store::{RunId, Store};

fn jo() -> ResourceId {
    id("user", "7")
}

/// Three runs: the first lists Jo, who holds a role to the end; the others do not.
fn left() -> (Store, Vec<RunId>) {
    let mut store = Store::temporary().unwrap();
    let place = id("workspace", "w");
    let run = |store: &mut Store, jos: Resource| {
        let mut all = vec![grant(&place, "editor", &jo())];
        all.push(grant(&team(), "member", &id("user", "ann")));
        let resources = vec![user("ann"), workspace("w"), jos];
        store.save(&sync(resources, all), "{}").unwrap();
        store.runs().unwrap()[0].run
    };
    let listed = Resource {
        display_name: "Jo Doe".into(),
        ..account(jo(), "jo@example.com")
    };
    let runs = vec![
        run(&mut store, listed),
        run(&mut store, Resource::referenced(jo())),
        run(&mut store, Resource::referenced(jo())),
    ];
    (store, runs)
}

#[test]
fn people_who_left_are_found_by_name_and_address() {
    let (store, runs) = left();
    for text in ["Jo Doe", "jo@example.com", "user:7"] {
        let found = find_account(&store, runs[2], text).unwrap();
        assert_eq!(found.id, jo(), "{text}");
        assert_eq!(found.display_name, "Jo Doe");
        assert_eq!(found.name_from_run, Some(runs[0].0));
    }
    let listed = find_account(&store, runs[0], "Jo Doe").unwrap();
    assert_eq!(listed.name_from_run, None);
}

#[test]
fn access_and_explain_name_people_who_left() {
    let (store, runs) = left();
    let person = find_account(&store, runs[2], "jo@").unwrap();
    let question = AccessFilters {
        principal: Some(person),
        ..AccessFilters::default()
    };
    let (rows, _) = effective_access(&store, runs[2], &question).unwrap();
    let row = &rows[0];
    assert_eq!(row.principal.display_name, "Jo Doe");
    assert_eq!(row.principal.email.as_deref(), Some("jo@example.com"));
    let words = row.principal.marks_in_words();
    assert_eq!(words, format!("unlisted, name from run {}", runs[0].0));

    let reported = explain_access(&store, runs[2], &id("workspace", "w"), "editor", &jo()).unwrap();
    let shown = format!("Jo Doe (user 7, name from run {})", runs[0].0);
    assert_eq!(reported.principal.to_string(), shown);
    assert_eq!(reported.paths[0].steps[0].principal.to_string(), shown);
}

#[test]
fn findings_and_diff_name_people_who_left() {
    let (store, runs) = left();
    let rules: Vec<_> = RULES.iter().collect();
    let found = evaluate_rules(&store, runs[2], &rules, &RuleLimits::default()).unwrap();
    let about = found.findings.iter().filter(|one| one.subject.id == jo());
    let about: Vec<_> = about.collect();
    assert!(!about.is_empty());
    for one in about {
        assert_eq!(one.subject.display_name, "Jo Doe", "{}", one.rule);
        assert_eq!(one.subject.name_from_run, Some(runs[0].0));
    }

    let options = DiffOptions::default();
    let left = compare_runs((&store, runs[0]), (&store, runs[1]), &options).unwrap();
    let lines = serde_json::to_string(&left.changes).unwrap();
    assert!(lines.contains("Jo Doe"), "{lines}");
    assert!(lines.contains("name_from_run"), "{lines}");
}

#[test]
fn the_report_has_former_names_and_says_so() {
    let (store, runs) = left();
    let mut synced = store.load(runs[2]).unwrap();
    let former = store.former_names(runs[2]).unwrap();
    former.apply(&mut synced.resources);
    let one = synced.resources.iter().find(|one| one.id == jo()).unwrap();
    assert_eq!(one.display_name, "Jo Doe");
    let email = serde_json::to_value(&one.details).unwrap().to_string();
    assert!(email.contains("jo@example.com"), "{email}");
    let review = connector_cli::report::Review {
        synced: &synced,
        former: &former,
        findings: None,
        changes: None,
    };
    let mut page = Vec::new();
    connector_cli::report::write_page(&review, &mut page).unwrap();
    let page = String::from_utf8(page).unwrap();
    let name_from_run = format!("\"name_from_run\":{}", runs[0].0);
    assert!(page.contains(&name_from_run));
}

#[test]
fn another_tenants_run_gives_no_former_name() {
    let (mut store, runs) = left();
    let mut other = sync(vec![workspace("w"), Resource::referenced(jo())], Vec::new());
    other.run.tenant.id = id("team", "2");
    store.save(&other, "{}").unwrap();
    let newest = store.runs().unwrap()[0].run;
    assert!(newest > runs[2]);
    let found = find_account(&store, newest, "Jo Doe");
    assert!(found.is_err(), "{found:?}");
}
