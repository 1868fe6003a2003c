//! Patterns of identities.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use connector_types::ResourceId;

/// A pattern of `TYPE:ID`, in which `*` stands for any characters, also none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdPattern(String);

/// A text that is no pattern of identities.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a pattern is TYPE:ID or *, and * stands for any characters, such as \"workspace:*\"")]
pub struct IdPatternError;

impl FromStr for IdPattern {
    type Err = IdPatternError;

    fn from_str(text: &str) -> Result<Self, IdPatternError> {
        let is_pair = text
            .split_once(':')
            .is_some_and(|(of, id)| !of.is_empty() && !id.is_empty());
        if is_pair || text == "*" {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdPatternError)
        }
    }
}

impl fmt::Display for IdPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl IdPattern {
    /// Reports whether an identity fits.
    pub fn matches_id(&self, id: &ResourceId) -> bool {
        let text = format!("{}:{}", id.resource_type, id.id);
        let Some((first, rest)) = self.0.split_once('*') else {
            return text == self.0;
        };
        let Some(text) = text.strip_prefix(first) else {
            return false;
        };
        let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
        // The earliest fit of each part leaves the most to those after it.
        let parts = middle.split('*');
        let rest = parts.into_iter().try_fold(text, |text, part| {
            let (_, after) = text.split_once(part)?;
            Some(after)
        });
        rest.is_some_and(|rest| rest.ends_with(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        let fits = |pattern: &str, id: &str| {
            let pattern: IdPattern = pattern.parse().unwrap();
            pattern.matches_id(&ResourceId::new("workspace", id))
        };
        for (pattern, id) in [
            ("workspace:a", "a"),
            ("workspace:*", ""),
            ("*", "a"),
            ("work*:a", "a"),
            ("workspace:a*c", "abc"),
            ("workspace:a*c", "ac"),
            ("workspace:*b*b*", "abab"),
            ("workspace:**", "a"),
            ("workspace:a:b*", "a:b:c"),
        ] {
            assert!(fits(pattern, id), "{pattern} {id}");
        }
        for (pattern, id) in [
            ("workspace:a", "ab"),
            ("workspace:A", "a"),
            ("workspace:a*a", "a"),
            ("workspace:*b*b*", "ab"),
            ("user:*", "a"),
            ("workspace:a.c", "abc"),
        ] {
            assert!(!fits(pattern, id), "{pattern} {id}");
        }
    }

    #[test]
    fn a_pattern_names_a_type_and_an_id() {
        for text in ["", "workspace", "workspace:", ":a", "work*"] {
            assert_eq!(text.parse::<IdPattern>(), Err(IdPatternError), "{text}");
        }
    }
}
