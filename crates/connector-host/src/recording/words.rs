//! The vocabulary that a sanitized recording retains: the words that distinguish kinds of things
//! and of errors. Everything else is replaced.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Keys whose values state a kind, if they are single words; `a/b` is `b` in the value of `a`.
const STRUCTURAL: [&str; 15] = [
    "accountType",
    "active",
    "include",
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

/// The longest word that is retained, in bytes.
const MAX_WORD: usize = 64;

/// The vocabulary of errors and of roles.
const VOCABULARY: &str = "a access accessed account action admin after allowed an and api are at authenticated \
    authentication authorized available bad be been billing body cannot client code collaborator com community contact \
    could country cursor data denied detail details developer do does down editor element empty endpoint entity error \
    exceed exceeded exhausted exist expired feature field flow for forbidden found gateway governance group groups \
    guest has have head header html http https id in inadequate indicated instance internal invalid is isn it items \
    key lead limit limits link list looking malformed manager many member message meta method month must name network \
    no not of offset on org organization our page param parameter parameters partner path per perform period \
    permission permissions plan please problem problems provided query quota rate reached region regions request \
    requested requests required resource resources response retry role roles scim scope server service slow some \
    something spike status string super supported sync syntax t team teams the there this time timeout title to token \
    too traffic try type unable unauthorized unavailable uniqueness unknown unprocessable url use user users valid \
    value viewer was we were window with workspace workspaces wrong you your";

static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| VOCABULARY.split_whitespace().collect());

/// The position of a value: its key, and the key of the object around it.
#[derive(Clone, Copy, Default)]
pub(super) struct ValuePosition<'a> {
    pub(super) parent: &'a str,
    pub(super) key: &'a str,
}

/// Returns whether a value states a kind.
pub(super) fn is_structural(at: ValuePosition<'_>, value: &str) -> bool {
    let ValuePosition { parent, key } = at;
    let nested = format!("{parent}/{key}");
    (STRUCTURAL.contains(&key) || STRUCTURAL.contains(&nested.as_str())) && is_word(value)
}

/// Returns whether the numbers of a key are counts.
pub(super) fn is_count(key: &str) -> bool {
    COUNTS.contains(&key)
}

/// Returns whether a word, such as `rate` or `AuthenticationError`, consists of the vocabulary
/// alone.
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

/// Returns whether a value is an identifier of programs, or consists of known words that are in no
/// tenant's own names.
fn is_word(value: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-:".contains(&byte);
    value.len() <= MAX_WORD && (value.bytes().all(plain) || value.split(' ').all(is_known))
}
