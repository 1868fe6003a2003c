//! Folders of data: what was asked, what Postman answered, and what came of it, for every resource
//! type. Each folder of `scenarios/` has `scenario.json` (the call, and the answer at each path) and
//! `page.txt` (one record a line). `BLESS=1` rewrites `page.txt`; read its diff afterwards.

use super::*;
use crate::api::endpoints::SCIM;
use serde_json::Value;
use std::{
    fmt::{Debug, Write},
    fs,
    path::{Path, PathBuf},
};

fn folders() -> Vec<PathBuf> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/resources/tests/scenarios");
    let mut folders: Vec<_> = fs::read_dir(all)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    folders
}

/// Answers each path as the scenario says. A body that is a text is sent as it is. There is no key for SCIM
/// unless the scenario has answers of it.
fn provider(scenario: &Value) -> impl Transport + '_ {
    move |credential: &'static str, request: Request<()>| {
        let path = request.uri().to_string();
        let answer = &scenario["answers"][&path];
        if credential == SCIM && answer.is_null() {
            return Err(TransportError::NoCredential);
        }
        assert!(!answer.is_null(), "{path} was asked for");
        let mut response = Response::builder();
        response = response.status(
            answer["status"]
                .as_u64()
                .map_or(200, |status| status as u16),
        );
        for (name, value) in answer["headers"].as_object().into_iter().flatten() {
            response = response.header(name, value.as_str().unwrap());
        }
        let body = &answer["body"];
        let body = body
            .as_str()
            .map_or_else(|| body.to_string(), str::to_owned);
        Ok(response.body(body.into_bytes()).unwrap())
    }
}

/// Makes the call and writes down what came of it.
fn play(scenario: &Value) -> String {
    let call: Vec<_> = scenario["call"].as_str().unwrap().split(' ').collect();
    let given = |text: &&'static str| text.split_once(':').unwrap();
    // A scenario lives as long as the test: its texts may too.
    let call: Vec<&'static str> = call
        .into_iter()
        .map(|word| &*word.to_owned().leak())
        .collect();
    let transport = provider(scenario);
    match call.as_slice() {
        ["validate"] => written(PostmanConnector::validate(&transport)),
        ["list-entitlements", of] => match PostmanConnector::list_entitlements(&transport, of) {
            Ok(list) => lines(&list.entitlements) + &lines(&list.notices),
            Err(error) => failed(&error),
        },
        ["list-resources", of, rest @ ..] => {
            let parent = rest.first().map(given);
            page(PostmanConnector::list_resources(
                &transport, of, parent, None,
            ))
        }
        ["list-grants", of] => page(PostmanConnector::list_grants(&transport, given(of), None)),
        other => panic!("{other:?} is no call"),
    }
}

fn page(result: Result<Page, Error>) -> String {
    match result {
        Ok(page) => {
            let mut text = lines(&page.resources) + &lines(&page.references);
            text += &lines(&page.entitlements);
            text += &(lines(&page.grants) + &lines(&page.notices));
            writeln!(text, "goes on: {}", page.next_page_token.is_some()).unwrap();
            writeln!(text, "{:?}", page.rate_limit).unwrap();
            text
        }
        Err(error) => failed(&error),
    }
}

fn written(result: Result<impl Debug, Error>) -> String {
    match result {
        Ok(answer) => format!("{answer:#?}\n"),
        Err(error) => failed(&error),
    }
}

fn failed(error: &Error) -> String {
    format!("{error:#?}\n")
}

fn lines<T: Debug>(records: &[T]) -> String {
    records.iter().fold(String::new(), |mut text, record| {
        writeln!(text, "{record:?}").unwrap();
        text
    })
}

#[test]
fn every_scenario_gives_its_page() {
    let folders = folders();
    assert!(folders.len() >= 20, "{} scenarios", folders.len());
    for folder in folders {
        let text = fs::read_to_string(folder.join("scenario.json")).unwrap();
        let scenario: Value = serde_json::from_str(&text).unwrap();
        let found = play(&scenario);
        let place = folder.join("page.txt");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&place, &found).unwrap();
        }
        let wanted = fs::read_to_string(&place).unwrap_or_default();
        assert_eq!(found, wanted, "{}", folder.display());
    }
}
