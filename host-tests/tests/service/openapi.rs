//! `openapi.json` is what the service does: every path, method, parameter, status and schema of it
//! is met by the running service, and what it does not name is refused.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;

use host_tests::json_schema;
use jsonschema::Validator;
use serde_json::{Value as Json, json};

use crate::team::{self, TOKEN};
use crate::wire::{Answer, ask};

const FILE: &str = include_str!("../../../crates/http-service/openapi.json");

/// The description.
pub struct Api(Json);

impl Api {
    pub fn read() -> Self {
        Self(serde_json::from_str(FILE).unwrap())
    }

    /// Path, method in lower case, and the operation.
    fn operations(&self) -> Vec<(&str, &str, &Json)> {
        let paths = self.0["paths"].as_object().unwrap().iter();
        let all = paths.flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().iter();
            methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        });
        all.collect()
    }

    fn methods(&self, path: &str) -> BTreeSet<String> {
        let methods = self.0["paths"][path].as_object().unwrap().keys();
        methods.map(|method| method.to_uppercase()).collect()
    }

    /// Returns the target of a reference, or the value itself.
    fn resolve<'a>(&'a self, thing: &'a Json) -> &'a Json {
        match thing["$ref"].as_str() {
            None => thing,
            Some(name) => self.0.pointer(name.strip_prefix('#').unwrap()).unwrap(),
        }
    }

    /// Name of each parameter, and whether it has to be there.
    fn parameters(&self, operation: &Json) -> Vec<(String, bool)> {
        let parameters = operation["parameters"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let parameters = parameters.iter().map(|parameter| self.resolve(parameter));
        parameters
            .map(|parameter| {
                let name = parameter["name"].as_str().unwrap().to_owned();
                (name, parameter["required"] == true)
            })
            .collect()
    }

    /// The status of each of the contract's errors.
    pub fn statuses_of_cases(&self) -> BTreeMap<String, u16> {
        let case = &self.0["components"]["schemas"]["Problem"]["properties"]["case"];
        let statuses: BTreeMap<String, u16> =
            serde_json::from_value(case["x-status"].clone()).unwrap();
        let names: BTreeSet<String> = serde_json::from_value(case["enum"].clone()).unwrap();
        assert_eq!(statuses.keys().cloned().collect::<BTreeSet<_>>(), names);
        statuses
    }

    fn validator(&self, schema: &Json) -> Validator {
        let mut whole = schema.clone();
        whole["components"] = self.0["components"].clone();
        json_schema::validator(&whole)
    }

    /// Holds an answer to what is said of its operation and status.
    pub fn check(&self, method: &str, path: &str, answer: &Answer) {
        let at = format!("{method} {path} {}", answer.status);
        let responses = &self.0["paths"][path][method]["responses"];
        let response = self.resolve(&responses[answer.status.to_string()]);
        let content = response["content"].as_object();
        let content = content.unwrap_or_else(|| panic!("{at} is not described: {answer:?}"));
        let (media_type, content) = content.iter().next().unwrap();
        assert_eq!(
            answer.header("content-type"),
            Some(media_type.as_str()),
            "{at}"
        );
        let body = answer.json();
        let validator = self.validator(&content["schema"]);
        let errors: Vec<String> = validator
            .iter_errors(&body)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{at}: {errors:?}");
        if body.is_object() && media_type.contains("problem") {
            assert_eq!(body["status"], answer.status, "{at}");
        }
        for (name, header) in response["headers"].as_object().into_iter().flatten() {
            let header = self.resolve(header);
            match answer.header(name) {
                None => assert_ne!(header["required"], true, "{at}: no {name}"),
                Some(value) => {
                    let number = value.parse::<u64>().map_or(json!(value), |n| json!(n));
                    let fits = self.validator(&header["schema"]).is_valid(&number);
                    assert!(fits, "{at}: {name}: {value}");
                }
            }
        }
    }
}

fn get(api: &Api, address: SocketAddr, path: &str, query: &str) -> Json {
    let answer = ask(address, "GET", &format!("{path}?{query}"), Some(TOKEN));
    assert_eq!(answer.status, 200, "{path}?{query}: {}", answer.json());
    api.check("get", path, &answer);
    answer.json()
}

fn text<'a>(record: &'a Json, key: &str) -> &'a str {
    record[key].as_str().unwrap()
}

/// Every page of a list; the page token is sent as it came.
fn pages(api: &Api, address: SocketAddr, path: &str, query: &str) -> (usize, Vec<Json>) {
    let (mut pages, mut resources, mut at) = (0, Vec::new(), query.to_owned());
    loop {
        let page = get(api, address, path, &at);
        pages += 1;
        resources.extend(page["resources"].as_array().unwrap().iter().cloned());
        match page["next_page_token"].as_str() {
            None => return (pages, resources),
            Some(next) => at = format!("{query}&page_token={next}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_of_a_team_is_as_described() {
    let running = team::start(postman_simulator::Options {
        workspaces: 120,
        ..team::plain()
    })
    .await;
    let (engine, api) = (team::engine(&running), Api::read());
    let address = engine.address();
    get(&api, address, "/v1/credentials", "");
    let posted = ask(address, "POST", "/v1/validate", Some(TOKEN));
    assert_eq!(posted.status, 200);
    api.check("post", "/v1/validate", &posted);
    get(&api, address, "/v1/validate", "");
    api.check(
        "get",
        "/v1/health",
        &ask(address, "GET", "/v1/health", None),
    );
    let descriptor = get(&api, address, "/v1/describe", "");
    let mut found: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    let (mut details, mut most_pages) = (BTreeSet::new(), 0);
    for kind in descriptor["resource_types"].as_array().unwrap() {
        let id = text(kind, "id").to_owned();
        get(
            &api,
            address,
            "/v1/entitlements",
            &format!("resource_type={id}"),
        );
        if kind["reference_only"] == true {
            continue;
        }
        let parents = match kind["parent"].as_str() {
            None => vec![String::new()],
            Some(parent) => found[parent]
                .iter()
                .take(3)
                .map(|one| format!("&parent_type={parent}&parent_id={}", text(&one["id"], "id")))
                .collect(),
        };
        for parent in parents {
            let query = format!("resource_type={id}{parent}");
            let (count, resources) = pages(&api, address, "/v1/resources", &query);
            most_pages = most_pages.max(count);
            found.entry(id.clone()).or_default().extend(resources);
        }
    }
    assert!(most_pages > 1, "no list had a second page");
    let mut grants = 0;
    for resource in found.values().flatten() {
        let detail = &resource["details"];
        let name = detail.as_object().and_then(|object| object.keys().next());
        details.insert(name.map_or(detail.to_string(), Clone::clone));
        if resource["grants"] == "list-grants-required" && grants < 20 {
            let id = &resource["id"];
            let query = format!(
                "resource_type={}&id={}",
                text(id, "resource_type"),
                text(id, "id")
            );
            pages(&api, address, "/v1/grants", &query);
            grants += 1;
        }
    }
    assert_eq!(grants, 20);
    let details: Vec<&str> = details.iter().map(String::as_str).collect();
    assert_eq!(
        details,
        [
            "\"group\"",
            "\"other\"",
            "\"tenant\"",
            "audience",
            "secret",
            "user"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn query_parameters_match_the_openapi_document() {
    let running = team::start(team::plain()).await;
    let (engine, api) = (team::engine(&running), Api::read());
    let bad_field = |method: &str, path: &str, query: &str| {
        let target = format!("{path}?{query}");
        let answer = ask(
            engine.address(),
            &method.to_uppercase(),
            &target,
            Some(TOKEN),
        );
        assert_eq!(answer.status, 400, "{target}");
        api.check(method, path, &answer);
        answer.json()["field"].clone()
    };
    let mut met = 0;
    for (path, method, operation) in api.operations() {
        if path == "/v1/health" {
            continue;
        }
        let parameters = api.parameters(operation);
        let all = |but: &str| {
            let names = parameters.iter().map(|(name, _)| name.as_str());
            let pairs = names
                .filter(|name| *name != but)
                .map(|name| format!("{name}=x"));
            pairs.collect::<Vec<_>>().join("&")
        };
        assert_eq!(
            bad_field(method, path, &format!("{}&unheard=1", all(""))),
            "unheard"
        );
        for (name, required) in &parameters {
            met += 1;
            let twice = format!("{}&{name}=y", all(""));
            assert_eq!(bad_field(method, path, &twice), name.as_str());
            let broken = format!("{}&{name}=%ff", all(name));
            assert_eq!(bad_field(method, path, &broken), name.as_str());
            if *required {
                assert_eq!(bad_field(method, path, &all(name)), name.as_str());
                let empty = format!("{}&{name}=", all(name));
                assert_eq!(bad_field(method, path, &empty), name.as_str());
            }
        }
    }
    assert_eq!(met, 8);
    let half = bad_field("get", "/v1/resources", "resource_type=user&parent_id=1");
    assert_eq!(half, "parent_type");
    assert_eq!(
        running.total_requests(),
        0,
        "a bad query reached the provider"
    );
}

#[test]
fn methods_and_paths_match_the_openapi_document() {
    let engine = crate::engine::Engine::postman(&[("CONNECTOR_SERVICE_TOKEN", TOKEN)]);
    let api = Api::read();
    let paths: BTreeSet<&str> = api
        .operations()
        .into_iter()
        .map(|(path, ..)| path)
        .collect();
    for path in paths {
        let described = api.methods(path);
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
            if described.contains(method) {
                continue;
            }
            let answer = ask(engine.address(), method, path, Some(TOKEN));
            assert_eq!(answer.status, 405, "{method} {path}");
            let allowed = answer.header("allow").unwrap().split(", ");
            let allowed: BTreeSet<String> = allowed.map(str::to_owned).collect();
            assert_eq!(allowed, described, "{path}");
        }
    }
    for path in [
        "/",
        "/v1",
        "/v1/describe/",
        "/V1/describe",
        "/v2/describe",
        "//v1/describe",
    ] {
        let answer = ask(engine.address(), "GET", path, Some(TOKEN));
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[test]
fn every_operation_wants_the_token_but_health() {
    let set_up = crate::engine::Engine::postman(&[("CONNECTOR_SERVICE_TOKEN", TOKEN)]);
    let bare = crate::engine::Engine::postman(&[]);
    let api = Api::read();
    for (path, method, operation) in api.operations() {
        let stranger = ask(set_up.address(), &method.to_uppercase(), path, None);
        let expected = match operation["security"].as_array() {
            Some(none) if none.is_empty() => 200,
            _ => 401,
        };
        assert_eq!(stranger.status, expected, "{path}");
        api.check(method, path, &stranger);
        let unset = ask(bare.address(), &method.to_uppercase(), path, Some(TOKEN));
        assert_eq!(unset.status, 503, "{path}");
        api.check(method, path, &unset);
    }
}

#[test]
fn every_part_is_used_by_an_operation() {
    let api = Api::read();
    let mut reached = BTreeSet::new();
    let mut waiting: VecDeque<&Json> = VecDeque::from([&api.0["paths"]]);
    while let Some(thing) = waiting.pop_front() {
        match thing {
            Json::Object(object) => {
                if let Some(name) = object.get("$ref").and_then(Json::as_str)
                    && reached.insert(name.to_owned())
                {
                    waiting.push_back(api.resolve(thing));
                }
                waiting.extend(object.values());
            }
            Json::Array(items) => waiting.extend(items),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }
    for room in ["parameters", "headers", "responses", "schemas"] {
        for name in api.0["components"][room].as_object().unwrap().keys() {
            let reference = format!("#/components/{room}/{name}");
            assert!(reached.contains(&reference), "nothing uses {reference}");
        }
    }
}
