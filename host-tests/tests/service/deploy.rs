//! The Kubernetes manifest is of the form that wasmCloud publishes, and says what the adapters read.
//! It was not run: no cluster is at hand here.

use host_tests::json_schema;
use jsonschema::Validator;
use serde_json::{Value as Json, json};

use crate::engine::Engine;
use crate::team::TOKEN;
use crate::wire::ask;

const MANIFEST: &str = include_str!("../../../crates/http-service/deploy/wasmcloud.json");
const SCHEMA: &str = include_str!("workloaddeployment.schema.json");
const READ_BY_ADAPTERS: [&str; 2] = [
    include_str!("../../../crates/http-service/src/settings.rs"),
    include_str!("../../../crates/wasi-http-client/src/settings.rs"),
];

fn schema() -> Validator {
    json_schema::validator(&serde_json::from_str(SCHEMA).unwrap())
}

fn item(kind: &str) -> Json {
    let manifest: Json = serde_json::from_str(MANIFEST).unwrap();
    let mut items = manifest["items"].as_array().unwrap().iter();
    items.find(|item| item["kind"] == kind).unwrap().clone()
}

fn component(deployment: &Json) -> &Json {
    &deployment["spec"]["template"]["spec"]["components"][0]
}

#[test]
fn the_deployment_is_of_the_published_form() {
    let deployment = item("WorkloadDeployment");
    let schema = schema();
    let errors: Vec<String> = schema
        .iter_errors(&deployment)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, Vec::<String>::new());
}

#[test]
fn what_is_not_of_that_form_is_found() {
    let schema = schema();
    for (place, wrong) in [
        ("/spec/replicas", json!("3")),
        ("/spec/kubernetes/service", json!({})),
        ("/spec/template/spec/components/0/image", json!(null)),
        (
            "/spec/template/spec/components/0/localResources/allowedHosts/0",
            json!("https://a.example/path"),
        ),
        ("/spec/template/spec/hostInterfaces/0/interfaces", json!([])),
        ("/spec/template/spec", json!({"containers": []})),
    ] {
        let mut deployment = item("WorkloadDeployment");
        *deployment.pointer_mut(place).unwrap() = wrong;
        assert!(!schema.is_valid(&deployment), "{place}");
    }
}

#[test]
fn it_says_what_the_adapters_read_and_holds_no_secret() {
    let deployment = item("WorkloadDeployment");
    let resources = &component(&deployment)["localResources"];
    let config = resources["environment"]["config"].as_object().unwrap();
    for name in config.keys() {
        let read = READ_BY_ADAPTERS
            .iter()
            .any(|text| text.contains(&format!("\"{name}\"")));
        assert!(read, "nobody reads {name}");
        assert!(
            !name.contains("TOKEN") && !name.contains("CREDENTIAL"),
            "{name}"
        );
    }
    assert_eq!(
        resources["environment"]["secretFrom"][0]["name"],
        "postman-connector"
    );
    let service = item("Service");
    let named = &deployment["spec"]["kubernetes"]["service"]["name"];
    assert_eq!(*named, service["metadata"]["name"]);
}

#[test]
fn deployment_allows_the_default_base_url_alone() {
    let engine = Engine::postman(&[("CONNECTOR_SERVICE_TOKEN", TOKEN)]);
    let described = ask(engine.address(), "GET", "/v1/describe", Some(TOKEN)).json();
    let deployment = item("WorkloadDeployment");
    let resources = &component(&deployment)["localResources"];
    let usual = &described["base_urls"][0]["url"];
    assert_eq!(
        resources["environment"]["config"]["CONNECTOR_BASE_URL"],
        *usual
    );
    assert_eq!(resources["allowedHosts"], json!([usual]));
}
