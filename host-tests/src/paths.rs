//! A path that the policy lets through is read by a URL parser as the declared endpoint, and as
//! nothing else. The parser is another one than the policy's.

use egress_policy::{EgressPolicy, EndpointRule};
use unicode_normalization::UnicodeNormalization;
use url::Url;

/// Decides on a request: the credential, path and query. What passes has its endpoint's place.
pub type Judge<'j> = &'j dyn Fn(&str, &str) -> Option<usize>;

/// Endpoints that overlap, share paths and differ in credentials.
pub fn endpoints() -> Vec<EndpointRule> {
    let endpoint = |path: &str, query: &str, credential: &str| EndpointRule {
        path: path.to_owned(),
        query: query.split_whitespace().map(str::to_owned).collect(),
        credential: credential.to_owned(),
    };
    vec![
        endpoint("/me", "", "key"),
        endpoint("/things", "limit cursor filter[name]", "key"),
        endpoint("/things/{id}", "", "key"),
        endpoint("/things/{id}/parts", "cursor", "key"),
        endpoint("/things/archive", "since", "key"),
        endpoint("/accounts/v2/Users", "startIndex", "other"),
        endpoint("/shared", "a", "key"),
        endpoint("/shared", "b", "other"),
    ]
}

/// The policy of these endpoints.
pub fn policy() -> EgressPolicy {
    EgressPolicy::new(endpoints()).unwrap()
}

/// Checks that an allowed request is sent as it was checked, to the declared path, with declared query keys.
pub fn what_passes_stays_inside(
    judge: Judge<'_>,
    credential: &str,
    path: &str,
) -> Result<(), String> {
    let Some(place) = judge(credential, path) else {
        return Ok(());
    };
    let declared = endpoints().into_iter().nth(place);
    let declared = declared.ok_or_else(|| format!("{place} is no endpoint"))?;
    let wrong = |what: &str| Err(format!("{path:?} passes as {}: {what}", declared.path));
    if declared.credential != credential {
        return wrong("another credential");
    }
    let base = Url::parse("https://provider.example").unwrap();
    let Ok(url) = base.join(path) else {
        return wrong("no URL");
    };
    if url.origin() != base.origin() || !url.username().is_empty() || url.fragment().is_some() {
        return wrong("it leaves the origin");
    }
    if url[url::Position::BeforePath..] != *path {
        return wrong("it is sent otherwise than it was checked");
    }
    if !is_instance(&declared.path, url.path()) {
        return wrong("it is another path");
    }
    if url.query().is_some_and(|query| query.contains(';')) {
        return wrong("some parsers split its query elsewhere");
    }
    let keys: Vec<String> = url.query_pairs().map(|(key, _)| key.into_owned()).collect();
    let mut once = keys.clone();
    once.sort();
    once.dedup();
    if once.len() == keys.len() && keys.iter().all(|key| declared.query.contains(key)) {
        Ok(())
    } else {
        wrong("a query key that is not declared, or one twice")
    }
}

/// Returns whether a path has a template's segments, with any number of decodings.
fn is_instance(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    let fits = |(own, given): (&&str, &&str)| {
        let decoded = form_decoded(given);
        if own.starts_with('{') {
            let normal: String = decoded.nfkc().collect();
            let splits = |c: char| "/\\%;?#".contains(c) || c.is_control();
            let dots = normal.trim().chars().all(|c| c == '.');
            !normal.contains(splits) && !dots && normal.matches('.').eq(given.matches('.'))
        } else {
            decoded == *own
        }
    };
    template.len() == path.len() && template.iter().zip(&path).all(fits)
}

/// Percent-decoded by the URL library's own decoder of forms, which also reads `+`, hidden from it.
fn form_decoded(segment: &str) -> String {
    let shielded = segment
        .replace('+', "%2B")
        .replace('&', "%26")
        .replace('=', "%3D");
    let pairs = url::form_urlencoded::parse(shielded.as_bytes());
    pairs.map(|(key, _)| key.into_owned()).collect()
}
