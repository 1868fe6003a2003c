//! The endpoint policy: a guest can ask for what its description declares, and for nothing else.
//!
//! Matching is done on decoded segments, so that no spelling of a path gets past it; whatever
//! could be read in two ways (dot segments, encoded slashes, backslashes, control characters) is
//! refused before matching.

use thiserror::Error;

use super::percent::decode;
use super::template::Template;
use connector_types::{Descriptor, Endpoint};

/// The longest path and query that is looked at, in bytes.
const MAX_LENGTH: usize = 8 << 10;

/// Why a request is refused. Texts name keys and segments, never values of a query.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Longer than 8 KiB.
    #[error("the path and query are longer than {MAX_LENGTH} bytes")]
    TooLong,
    /// Not a path below the base URL: an absolute URL, `//host`, an empty segment.
    #[error("not a path that starts with a single / and has no empty segment")]
    NotAPath,
    /// A character that has no place in a path or query as it is sent.
    #[error("a character that a path and query cannot hold as it stands")]
    Character,
    /// An escape that is broken, or hides what must not be hidden.
    #[error(
        "a percent-escape that is broken or hides a dot, slash, backslash, percent sign or control character"
    )]
    Escape,
    /// `.` or `..`.
    #[error("a dot segment")]
    DotSegment,
    /// No endpoint has this path.
    #[error("no endpoint of the connector's description has this path")]
    UndeclaredPath,
    /// An endpoint has this path, but not with this credential.
    #[error("the endpoint {0} is not declared with this credential")]
    UndeclaredCredential(String),
    /// An endpoint has this path, but not this query key.
    #[error("the endpoint {0} is not declared with one of these query keys, or one is there twice")]
    UndeclaredQuery(String),
}

/// A request that may be sent: which endpoint it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed<'a> {
    /// The endpoint's place in the description.
    pub index: usize,
    /// The endpoint as declared.
    pub endpoint: &'a Endpoint,
}

/// The endpoints of a description, ready to be matched.
#[derive(Clone, Debug)]
pub struct Policy {
    rules: Vec<(Template, Endpoint)>,
}

impl Policy {
    /// Takes over the endpoints of a description.
    ///
    /// # Errors
    /// Names the path that is not a template.
    pub fn new(descriptor: &Descriptor) -> Result<Self, String> {
        let rule = |endpoint: &Endpoint| Ok((Template::parse(&endpoint.path)?, endpoint.clone()));
        let rules: Result<_, String> = descriptor.endpoints.iter().map(rule).collect();
        Ok(Self { rules: rules? })
    }

    /// Decides on one request.
    ///
    /// # Errors
    /// The first reason to refuse it.
    pub fn check(&self, credential: &str, path_with_query: &str) -> Result<Allowed<'_>, Refusal> {
        check_spelling(path_with_query)?;
        let (path, query) = match path_with_query.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path_with_query, None),
        };
        let segments = decode_path(path)?;
        let keys = query.map(query_keys).transpose()?.unwrap_or_default();
        self.find(&segments, credential, &keys)
    }

    /// The declared rate of the endpoint at this place: requests, seconds.
    pub fn rate(&self, index: usize) -> Option<(u32, u32)> {
        self.rules
            .get(index)
            .and_then(|(_, endpoint)| endpoint.rate)
    }

    fn find(
        &self,
        segments: &[String],
        credential: &str,
        keys: &[String],
    ) -> Result<Allowed<'_>, Refusal> {
        let rules = self.rules.iter().enumerate();
        let here = rules.filter(|(_, (template, _))| template.matches(segments));
        let most = here.clone().map(|(_, (template, _))| template.literals());
        let most = most.max().ok_or(Refusal::UndeclaredPath)?;
        let meant = here.filter(|(_, (template, _))| template.literals() == most);
        let mut refusal = Refusal::UndeclaredPath;
        for (index, (_, endpoint)) in meant {
            if endpoint.credential != credential {
                refusal = Refusal::UndeclaredCredential(endpoint.path.clone());
            } else if !keys.iter().all(|key| endpoint.query.contains(key)) || repeats(keys) {
                refusal = Refusal::UndeclaredQuery(endpoint.path.clone());
            } else {
                return Ok(Allowed { index, endpoint });
            }
        }
        Err(refusal)
    }
}

/// Everything that can be said without decoding.
fn check_spelling(path_with_query: &str) -> Result<(), Refusal> {
    if path_with_query.len() > MAX_LENGTH {
        return Err(Refusal::TooLong);
    }
    if !path_with_query.starts_with('/') {
        return Err(Refusal::NotAPath);
    }
    match path_with_query.bytes().all(is_sendable) {
        true => Ok(()),
        false => Err(Refusal::Character),
    }
}

/// RFC 3986's characters of a path and query, and the brackets that some APIs have in query keys.
/// Whatever is missing here a URL parser would rewrite, and then something else would be sent than
/// was checked.
fn is_sendable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&()*+,;=:@/?%[]".contains(&byte)
}

fn decode_path(path: &str) -> Result<Vec<String>, Refusal> {
    let segments = path.split('/').skip(1).map(decode_segment);
    segments.collect()
}

fn decode_segment(segment: &str) -> Result<String, Refusal> {
    let decoded = decode(segment).ok_or(Refusal::Escape)?;
    if decoded.is_empty() {
        return Err(Refusal::NotAPath);
    }
    if segment.contains(['[', ']']) {
        return Err(Refusal::Character);
    }
    let hidden = |c: char| matches!(c, '/' | '\\' | '%') || c.is_control();
    let hides_dot = segment.contains("%2e") || segment.contains("%2E");
    if hides_dot || decoded.contains(hidden) {
        return Err(Refusal::Escape);
    }
    match decoded.as_str() {
        "." | ".." => Err(Refusal::DotSegment),
        _ => Ok(decoded),
    }
}

fn query_keys(query: &str) -> Result<Vec<String>, Refusal> {
    let pairs = query.split('&');
    let keys = pairs.map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decode(value).ok_or(Refusal::Escape)?;
        let key = decode(key).ok_or(Refusal::Escape)?;
        match value.contains(char::is_control) || key.contains(char::is_control) {
            true => Err(Refusal::Escape),
            false => Ok(key),
        }
    });
    keys.collect()
}

fn repeats(keys: &[String]) -> bool {
    let mut rest = keys;
    while let Some((key, others)) = rest.split_first() {
        if others.contains(key) {
            return true;
        }
        rest = others;
    }
    false
}
