//! The endpoint policy: a guest can request only the endpoints that its manifest declares.
//!
//! Templates are compared with decoded segments, so that no spelling of a path bypasses them. A
//! path that another parser could read differently is refused before it is compared.

use thiserror::Error;

use crate::percent::decode;
use crate::segment::decode_segment;
use crate::template::Template;

/// The longest path and query that is looked at, in bytes.
const MAX_LENGTH: usize = 8 << 10;

/// The reason why a request is refused. Texts name keys and endpoints, never values of a query.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PolicyRefusal {
    /// Longer than 8 KiB.
    #[error("the path and query are longer than {MAX_LENGTH} bytes")]
    TooLong,
    /// Not a path below the base URL: an absolute URL, `//host`, an empty segment.
    #[error("not a path that starts with a single / and has no empty segment")]
    NotAPath,
    /// A character that is not allowed in a path or query as it is sent.
    #[error("a character that a path and query cannot hold as it stands")]
    Character,
    /// An escape that is broken, or hides what must not be hidden.
    #[error(
        "a percent-escape that is broken or hides a dot, slash, backslash, percent sign, semicolon, question mark, number sign or control character"
    )]
    Escape,
    /// A character that is invisible, or that another parser may read as one of those.
    #[error(
        "a character that another parser may leave out or read as a dot, slash, backslash, percent sign, semicolon, question mark or number sign"
    )]
    Lookalike,
    /// `.`, `..` and the like.
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

/// One endpoint that a manifest declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointRule {
    /// Path with `{name}` for each variable segment.
    pub path: String,
    /// The keys that its query may have, each at most once.
    pub query: Vec<String>,
    /// Name of the credential that goes along.
    pub credential: String,
}

/// The endpoints of a manifest, ready to be matched.
#[derive(Clone, Debug)]
pub struct EgressPolicy {
    rules: Vec<(Template, EndpointRule)>,
}

impl EgressPolicy {
    /// Takes over the endpoints of a manifest.
    ///
    /// # Errors
    /// Returns an error that names the path if one is not a template.
    pub fn new(rules: impl IntoIterator<Item = EndpointRule>) -> Result<Self, String> {
        let rules = rules.into_iter();
        let rules = rules.map(|rule| Ok::<_, String>((Template::parse(&rule.path)?, rule)));
        Ok(Self {
            rules: rules.collect::<Result<_, _>>()?,
        })
    }

    /// Decides on one request. Returns the position of its endpoint in the manifest.
    ///
    /// # Errors
    /// Returns the first reason to refuse it.
    pub fn check(&self, credential: &str, path_with_query: &str) -> Result<usize, PolicyRefusal> {
        check_spelling(path_with_query)?;
        let (path, query) = match path_with_query.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path_with_query, None),
        };
        let segments = path.split('/').skip(1).map(decode_segment);
        let segments: Vec<_> = segments.collect::<Result<_, _>>()?;
        let keys = query.map(query_keys).transpose()?.unwrap_or_default();
        self.find(&segments, credential, &keys)
    }

    fn find(
        &self,
        segments: &[String],
        credential: &str,
        keys: &[String],
    ) -> Result<usize, PolicyRefusal> {
        let rules = self.rules.iter().enumerate();
        let here = rules.filter(|(_, (template, _))| template.matches(segments));
        let most = here.clone().map(|(_, (template, _))| template.literals());
        let most = most.max().ok_or(PolicyRefusal::UndeclaredPath)?;
        let meant = here.filter(|(_, (template, _))| template.literals() == most);
        let mut refusal = PolicyRefusal::UndeclaredPath;
        for (index, (_, rule)) in meant {
            if rule.credential != credential {
                refusal = PolicyRefusal::UndeclaredCredential(rule.path.clone());
            } else if !keys.iter().all(|key| rule.query.contains(key)) || repeats(keys) {
                refusal = PolicyRefusal::UndeclaredQuery(rule.path.clone());
            } else {
                return Ok(index);
            }
        }
        Err(refusal)
    }
}

/// Checks what can be checked without decoding.
fn check_spelling(path_with_query: &str) -> Result<(), PolicyRefusal> {
    if path_with_query.len() > MAX_LENGTH {
        return Err(PolicyRefusal::TooLong);
    }
    if !path_with_query.starts_with('/') {
        return Err(PolicyRefusal::NotAPath);
    }
    if path_with_query.bytes().all(is_sendable) {
        Ok(())
    } else {
        Err(PolicyRefusal::Character)
    }
}

/// Returns true for RFC 3986's characters of a path and query, and for the brackets that some APIs have
/// in query keys. A URL parser would rewrite any other, so that something else would be sent than was
/// checked. `;` is missing: some servers end a segment there, or begin a query key.
fn is_sendable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&()*+,=:@/?%[]".contains(&byte)
}

/// Returns the decoded keys. Values are the guest's own, encoded as it likes: parsers split a query
/// before they decode it.
fn query_keys(query: &str) -> Result<Vec<String>, PolicyRefusal> {
    let pairs = query.split('&');
    let keys = pairs.map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decode(value).ok_or(PolicyRefusal::Escape)?;
        let key = decode(key).ok_or(PolicyRefusal::Escape)?;
        if value.contains(char::is_control) || key.contains(char::is_control) {
            Err(PolicyRefusal::Escape)
        } else {
            Ok(key)
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
