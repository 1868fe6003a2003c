//! A key goes where the base URL points, so a base URL that is not plainly one origin is refused.

use connector_host::BaseUrl;
use connector_host::gateway::BaseUrlError;

#[test]
fn an_origin_and_a_path_prefix_are_taken() {
    for (text, shown) in [
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com/", "https://api.example.com"),
        (" https://api.example.com \n", "https://api.example.com"),
        ("https://API.example.com:443", "https://api.example.com"),
        (
            "https://api.example.com:8443",
            "https://api.example.com:8443",
        ),
        (
            "https://gate.example.com/postman/v1/",
            "https://gate.example.com/postman/v1",
        ),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:9", "http://[::1]:9"),
    ] {
        let parsed: BaseUrl = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(parsed.to_string(), shown);
    }
}

#[test]
fn whatever_could_lead_elsewhere_is_refused() {
    use BaseUrlError as E;
    let is = |text: &str, fits: fn(&E) -> bool| {
        let parsed = text.parse::<BaseUrl>();
        assert!(parsed.as_ref().is_err_and(fits), "{text}: {parsed:?}");
    };
    let unreadable = |e: &E| matches!(e, E::Unreadable(_));
    is("", unreadable);
    is("api.example.com", unreadable);
    is("/relative", unreadable);
    is("https://", unreadable);
    is("ftp://api.example.com", |e| matches!(e, E::Scheme(_)));
    is("file:///etc/passwd", |e| matches!(e, E::Scheme(_)));
    is("http://api.example.com", |e| *e == E::PlainHttp);
    is("http://localhost.example.com", |e| *e == E::PlainHttp);
    is("http://10.0.0.1", |e| *e == E::PlainHttp);
    is("http://0.0.0.0", |e| *e == E::PlainHttp);
    is("http://127.0.0.1.example.com", |e| *e == E::PlainHttp);
    is("https://key@api.example.com", |e| *e == E::UserInfo);
    is("https://user:key@api.example.com", |e| *e == E::UserInfo);
    is("https://api.example.com?key=1", |e| {
        *e == E::QueryOrFragment
    });
    is("https://api.example.com/#x", |e| *e == E::QueryOrFragment);
    is("https://api.example.com/a/../b", |e| *e == E::Path);
    is("https://api.example.com/a%2fb", |e| *e == E::Path);
    is("https://api.example.com//b", |e| *e == E::Path);
    is("https://api.example.com\\@evil.example", |e| *e == E::Path);
}

#[test]
fn an_error_says_what_to_do_and_shows_no_secret() {
    let error = "https://user:canary@api.example.com"
        .parse::<BaseUrl>()
        .unwrap_err();
    assert!(!error.to_string().contains("canary"));
    let error = "http://api.example.com".parse::<BaseUrl>().unwrap_err();
    assert!(error.to_string().contains("use https"), "{error}");
}
