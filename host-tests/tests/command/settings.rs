//! The sources of a tenant's settings, and the messages for missing and invalid ones.

use connector_cli::commands::{
    CliError, Environment, ProviderOptions, ProviderSettings, variable_name,
};
use connector_host::gateway::RateLimiter;
use connector_host::records::{BaseUrlOption, Credential, CredentialScheme, Descriptor};

fn descriptor() -> Descriptor {
    let form = |name: &str, description: &str| CredentialScheme {
        name: name.into(),
        header: "X-Key".into(),
        prefix: String::new(),
        description: description.into(),
    };
    let credential = |name: &str, required, schemes| Credential {
        name: name.into(),
        description: String::new(),
        required,
        schemes,
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
        change_log: None,
    }
}

fn find(base_url: Option<&str>, variables: &[(&str, &str)]) -> Result<ProviderSettings, CliError> {
    let options = ProviderOptions {
        base_url: base_url.map(str::to_owned),
        trust_base_url: true,
        ..ProviderOptions::default()
    };
    find_with(options, variables)
}

fn find_with(
    options: ProviderOptions,
    variables: &[(&str, &str)],
) -> Result<ProviderSettings, CliError> {
    let environment = Environment::from_variables(variables.iter().copied());
    ProviderSettings::find(
        &descriptor(),
        options,
        &environment,
        RateLimiter::unlimited(),
    )
}

fn base_url(option: Option<&str>, variables: &[(&str, &str)]) -> String {
    let key = [("ACME_CLOUD_API_KEY", "k")];
    let all: Vec<_> = key.iter().chain(variables).copied().collect();
    find(option, &all).unwrap().tenant.base_url.to_string()
}

fn usage(result: Result<ProviderSettings, CliError>) -> String {
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
fn a_bad_base_url_error_names_its_source() {
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
fn a_missing_key_error_names_variables_and_key_page() {
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
fn a_miscopied_key_is_named_by_its_variable() {
    let secret = "canary-7f3a";
    for (key, words) in [
        (format!("\"{secret}\""), "in quotes"),
        (format!("'{secret}'"), "in quotes"),
        (format!("\u{201c}{secret}\u{201d}"), "in quotes"),
        (format!("\u{feff}{secret}"), "byte order mark"),
        (format!("{secret}\nmore"), "line end"),
        (format!("{secret}\r\nmore"), "line end"),
        (format!("{secret}\\n"), "line end"),
        (format!("{secret} more"), "space"),
    ] {
        for variable in ["ACME_CLOUD_API_KEY", "BATON_API_TOKEN"] {
            let text = usage(find(None, &[(variable, &key)]));
            let says_which = text.starts_with(variable) && text.contains(words);
            assert!(says_which && !text.contains(secret), "{text}");
        }
    }
    for key in ["k\n", "k\r\n", "\"half", "half'"] {
        assert!(
            find(None, &[("ACME_CLOUD_API_KEY", key)]).is_ok(),
            "{key:?}"
        );
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
        assert!(
            settings.tenant.credentials.has_credential("main"),
            "{variable}"
        );
        assert!(!settings.tenant.credentials.has_credential("extra"));
        assert!(settings.remarks.is_empty());
    }
    let both = find(
        None,
        &[("BATON_API_TOKEN", "k"), ("ACME_CLOUD_EXTRA_KEY", "x")],
    )
    .unwrap();
    assert!(
        both.tenant.credentials.has_credential("main")
            && both.tenant.credentials.has_credential("extra")
    );
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
fn a_malformed_key_is_named_but_never_shown() {
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

const KEY: (&str, &str) = ("ACME_CLOUD_API_KEY", "k");

#[test]
fn an_undeclared_base_url_needs_operator_consent() {
    let at = |url: &str, trust_base_url| ProviderOptions {
        base_url: Some(url.to_owned()),
        trust_base_url,
        ..ProviderOptions::default()
    };
    for foreign in [
        "https://evil.example",
        "https://api.acme.example.evil.example",
        "https://api.acme.example:8443",
        "https://acme.example",
        "https://10.0.0.1",
    ] {
        let text = usage(find_with(at(foreign, false), &[KEY]));
        assert!(
            text.contains("--trust-base-url") && text.contains(foreign),
            "{text}"
        );
        assert!(text.contains("https://api.acme.example"), "{text}");
        assert!(find_with(at(foreign, true), &[KEY]).is_ok());
        for variable in ["ACME_CLOUD_BASE_URL", "BATON_BASE_URL"] {
            let text = usage(find_with(
                ProviderOptions::default(),
                &[KEY, (variable, foreign)],
            ));
            assert!(
                text.contains("--trust-base-url") && text.contains(variable),
                "{text}"
            );
        }
    }
    for known in [
        "https://api.acme.example",
        "https://API.acme.example:443/prefix",
        "http://127.0.0.1:1234",
        "http://localhost:1234",
        "https://[::1]:1234",
    ] {
        assert!(find_with(at(known, false), &[KEY]).is_ok(), "{known}");
        let variables = [KEY, ("ACME_CLOUD_BASE_URL", known)];
        assert!(find_with(ProviderOptions::default(), &variables).is_ok());
    }
}

#[test]
fn an_environment_proxy_is_used_only_on_request() {
    let over = |proxy: Option<&str>, variables: &[(&str, &str)]| {
        let options = ProviderOptions {
            proxy: proxy.map(str::to_owned),
            ..ProviderOptions::default()
        };
        let all: Vec<_> = [KEY].iter().chain(variables).copied().collect();
        find_with(options, &all).map(|settings| settings.tenant.egress.proxy)
    };
    let set = [("HTTPS_PROXY", "http://user:canary@proxy.acme.example:3128")];
    assert_eq!(over(None, &set), Ok(None));
    let shown = format!("{:?}", over(Some("env"), &set).unwrap().unwrap());
    assert_eq!(shown, "Proxy(proxy.acme.example:3128)");
    let named = over(Some("https://proxy.acme.example"), &[]).unwrap();
    assert!(named.is_some_and(|proxy| !proxy.has_password()));
    for (proxy, variables, words) in [
        ("env", &[][..], "HTTPS_PROXY is not set"),
        ("env", &[("HTTPS_PROXY", "canary")], "HTTPS_PROXY cannot"),
        ("socks5://canary.example", &[], "--proxy cannot"),
        ("http://u:canary@proxy.example", &[], "--proxy env"),
        ("http://proxy.example/canary", &[], "--proxy cannot"),
    ] {
        let Err(CliError::Usage(text)) = over(Some(proxy), variables) else {
            panic!("{proxy} was taken");
        };
        assert!(text.contains(words) && !text.contains("canary"), "{text}");
    }
}
