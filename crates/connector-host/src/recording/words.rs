//! What a sanitised recording keeps: the words by which kinds of things and of errors are told apart.
//! Everything else is replaced.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Keys whose values say what kind of thing it is, where they are single words; `a/b` is `b` in what
/// stands under `a`.
const STRUCTURAL: [&str; 14] = [
    "accountType",
    "active",
    "isPublic",
    "kind",
    "operations/name",
    "resourceType",
    "role",
    "roles",
    "scimType",
    "state",
    "status",
    "statusCode",
    "type",
    "visibility",
];

/// Keys whose numbers count something, and name nothing.
const COUNTS: [&str; 16] = [
    "count",
    "itemsPerPage",
    "limit",
    "offset",
    "overage",
    "page",
    "per_page",
    "remaining",
    "reset",
    "size",
    "startIndex",
    "status",
    "statusCode",
    "total",
    "totalResults",
    "usage",
];

/// The longest word that is kept, in bytes.
const MAX_WORD: usize = 64;

/// The vocabulary of errors.
const VOCABULARY: &str = "a access accessed account action admin after allowed an and api are at authentication authenticated \
    authorized available bad be been body cannot client code com contact could country cursor data denied detail details do does \
    down element empty endpoint error exceed exceeded exhausted exist expired feature field for forbidden found gateway group groups \
    has have head header html http https id in inadequate indicated instance internal invalid is isn it items key limit limits link \
    list looking malformed many message meta method month must name no not of offset on organization our page param parameter \
    parameters path per perform period permission permissions plan please problem problems provided query quota rate reached region \
    regions request requested requests required resource resources response retry role roles scim scope server service \
    slow some something spike status string supported sync syntax t team teams the there this time timeout title to token too traffic \
    try type unable unauthorized unavailable uniqueness unknown unprocessable entity url use user users valid value was \
    we were window with workspace workspaces wrong you your";

static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| VOCABULARY.split_whitespace().collect());

/// Where a value stands: under which key, in what stands under which.
#[derive(Clone, Copy, Default)]
pub(super) struct At<'a> {
    pub(super) parent: &'a str,
    pub(super) key: &'a str,
}

/// Whether a value says what kind of thing this is.
pub(super) fn is_structural(at: At<'_>, value: &str) -> bool {
    let At { parent, key } = at;
    let nested = format!("{parent}/{key}");
    (STRUCTURAL.contains(&key) || STRUCTURAL.contains(&nested.as_str())) && is_word(value)
}

/// Whether a key's numbers count something.
pub(super) fn is_count(key: &str) -> bool {
    COUNTS.contains(&key)
}

/// Whether a word, such as `rate` or `AuthenticationError`, is made of the vocabulary alone.
pub(super) fn is_known(word: &str) -> bool {
    let mut parts = vec![String::new()];
    for letter in word.chars() {
        if letter.is_uppercase() {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.extend(letter.to_lowercase());
        }
    }
    let joined = word.to_lowercase();
    let has = |word: &str| KNOWN.contains(word);
    has(&joined)
        || parts
            .iter()
            .filter(|part| !part.is_empty())
            .all(|part| has(part))
}

fn is_word(value: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    value.len() <= MAX_WORD && value.bytes().all(plain)
}
