//! Where a tenant's settings come from, and what the user reads when one is missing or wrong.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use connector_host::cli::{CliError, Environment, Settings, variable_name};
use connector_host::gateway::Pacer;
use connector_host::records::{BaseUrlOption, Credential, CredentialForm, Descriptor};

fn descriptor() -> Descriptor {
    let form = |name: &str, description: &str| CredentialForm {
        name: name.into(),
        header: "X-Key".into(),
        prefix: String::new(),
        description: description.into(),
    };
    let credential = |name: &str, required, forms| Credential {
        name: name.into(),
        description: String::new(),
        required,
        forms,
    };
    Descriptor {
        name: "acme-cloud".into(),
        version: "0".into(),
        resource_types: vec![],
        credentials: vec![
            credential(
                "main",
                true,
                vec![
                    form("api-key", "made under Settings > Keys"),
                    form("access-token", "short-lived"),
                ],
            ),
            credential("extra", false, vec![form("extra-key", "optional")]),
        ],
        base_urls: vec![BaseUrlOption {
            url: "https://api.acme.example".into(),
            description: String::new(),
        }],
        endpoints: vec![],
    }
}

fn find(base_url: Option<&str>, variables: &[(&str, &str)]) -> Result<Settings, CliError> {
    let environment = Environment::of(variables.iter().copied());
    Settings::find(&descriptor(), base_url, None, &environment, Pacer::off())
}

fn base_url(option: Option<&str>, variables: &[(&str, &str)]) -> String {
    let key = [("ACME_CLOUD_API_KEY", "k")];
    let all: Vec<_> = key.iter().chain(variables).copied().collect();
    find(option, &all).unwrap().tenant.base_url.to_string()
}

fn usage(result: Result<Settings, CliError>) -> String {
    match result {
        Err(CliError::Usage(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_variable_is_named_after_connector_and_form() {
    assert_eq!(variable_name("acme-cloud", "api-key"), "ACME_CLOUD_API_KEY");
}

#[test]
fn the_base_url_is_taken_from_the_nearest_place() {
    let own = ("ACME_CLOUD_BASE_URL", "https://own.example");
    let alias = ("BATON_BASE_URL", "https://alias.example");
    let option = Some("https://option.example");
    assert_eq!(base_url(option, &[own, alias]), "https://option.example");
    assert_eq!(base_url(None, &[alias, own]), "https://own.example");
    assert_eq!(base_url(None, &[alias]), "https://alias.example");
    assert_eq!(base_url(None, &[]), "https://api.acme.example");
    assert_eq!(
        base_url(None, &[("ACME_CLOUD_BASE_URL", " ")]),
        "https://api.acme.example"
    );
}

#[test]
fn a_bad_base_url_is_named_with_the_place_it_came_from() {
    let key = ("ACME_CLOUD_API_KEY", "k");
    let text = usage(find(Some("http://api.acme.example"), &[key]));
    assert!(
        text.contains("--base-url") && text.contains("https"),
        "{text}"
    );
    let text = usage(find(None, &[key, ("ACME_CLOUD_BASE_URL", "acme")]));
    assert!(text.contains("ACME_CLOUD_BASE_URL"), "{text}");
}

#[test]
fn without_a_key_the_user_reads_which_variables_there_are_and_where_keys_are_made() {
    for variables in [
        vec![],
        vec![("ACME_CLOUD_API_KEY", "")],
        vec![("ACME_CLOUD_EXTRA_KEY", "x")],
    ] {
        let text = usage(find(None, &variables));
        for words in [
            "ACME_CLOUD_API_KEY: made under Settings > Keys",
            "ACME_CLOUD_ACCESS_TOKEN: short-lived",
            "BATON_API_TOKEN",
        ] {
            assert!(text.contains(words), "{text}");
        }
    }
}

#[test]
fn every_form_and_the_alias_are_taken() {
    for variable in [
        "ACME_CLOUD_API_KEY",
        "ACME_CLOUD_ACCESS_TOKEN",
        "BATON_API_TOKEN",
    ] {
        let settings = find(None, &[(variable, "k")]).unwrap();
        assert!(settings.tenant.credentials.has("main"), "{variable}");
        assert!(!settings.tenant.credentials.has("extra"));
        assert!(settings.remarks.is_empty());
    }
    let both = find(
        None,
        &[("BATON_API_TOKEN", "k"), ("ACME_CLOUD_EXTRA_KEY", "x")],
    )
    .unwrap();
    assert!(both.tenant.credentials.has("main") && both.tenant.credentials.has("extra"));
}

#[test]
fn of_two_forms_the_first_is_used_and_that_is_said() {
    let all = [
        ("BATON_API_TOKEN", "c"),
        ("ACME_CLOUD_ACCESS_TOKEN", "b"),
        ("ACME_CLOUD_API_KEY", "a"),
    ];
    let settings = find(None, &all).unwrap();
    assert_eq!(
        settings.remarks,
        [
            "ACME_CLOUD_API_KEY and ACME_CLOUD_ACCESS_TOKEN are both set: ACME_CLOUD_API_KEY is used",
            "ACME_CLOUD_API_KEY and BATON_API_TOKEN are both set: ACME_CLOUD_API_KEY is used",
        ]
    );
}

#[test]
fn a_broken_key_is_named_by_its_variable_and_never_shown() {
    for broken in ["canary x", "canary\nx", "canary\u{7}", "canaryü"] {
        let text = usage(find(None, &[("ACME_CLOUD_API_KEY", broken)]));
        assert!(
            text.contains("ACME_CLOUD_API_KEY") && !text.contains("canary"),
            "{text}"
        );
    }
    assert!(find(None, &[("ACME_CLOUD_API_KEY", " good \n")]).is_ok());
    let settings = find(None, &[("ACME_CLOUD_API_KEY", "canary")]).unwrap();
    assert!(!format!("{settings:?}").contains("canary"));
}
