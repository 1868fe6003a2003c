//! Access to the service: for callers with the token, or, if the operator allows it, for everyone.

use subtle::ConstantTimeEq;

/// The token that callers send.
pub const TOKEN: &str = "CONNECTOR_SERVICE_TOKEN";
/// Serves without one.
pub const OPEN: &str = "CONNECTOR_SERVICE_OPEN";

/// The shortest token, in characters: 64 bits where they are hexadecimal.
const SHORTEST: usize = 16;

/// The callers that are served.
pub enum ServiceAccess {
    /// Any caller that sends this token.
    Token(String),
    /// Everyone.
    Open,
}

impl ServiceAccess {
    /// Reads it from the environment, given as names and values. White space around a value is
    /// none of it, and the last of two counts: a runtime adds what is set by hand after what is
    /// inherited.
    ///
    /// # Errors
    /// Returns an error if neither is set, both are, or one cannot be used: the text says what to set, and repeats
    /// nothing of the token.
    pub fn read(variables: &[(String, String)]) -> Result<Self, String> {
        match (variable(variables, TOKEN), variable(variables, OPEN)) {
            (Some(_), Some(_)) => Err(format!(
                "Both {TOKEN} and {OPEN} are set: unset one of them."
            )),
            (Some(token), None) => Self::of_token(token),
            (None, Some("yes")) => Ok(Self::Open),
            (None, Some(_)) => Err(format!(
                "{OPEN} must be yes, or not be set. With {TOKEN} set, callers have to send a token."
            )),
            (None, None) => Err(format!(
                "This service has no token: set {TOKEN} to at least {SHORTEST} random characters, which callers send as `Authorization: Bearer …`. Where something before it keeps strangers out, set {OPEN}=yes instead."
            )),
        }
    }

    fn of_token(token: &str) -> Result<Self, String> {
        // What a header of the scheme can carry (RFC 6750).
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if token.len() >= SHORTEST && token.bytes().all(plain) {
            Ok(Self::Token(token.to_owned()))
        } else {
            Err(format!(
                "{TOKEN} cannot be used: it must be at least {SHORTEST} characters, each a letter, a digit or one of -._~+/="
            ))
        }
    }

    /// Returns whether a request with these `Authorization` headers is served. Its duration reveals
    /// only the length of the token.
    pub fn admits(&self, authorization: &[Vec<u8>]) -> bool {
        let Self::Token(token) = self else {
            return true;
        };
        let [header] = authorization else {
            return false;
        };
        let Some((scheme, sent)) = header.split_first_chunk::<7>() else {
            return false;
        };
        let sent = sent.trim_ascii();
        scheme.eq_ignore_ascii_case(b"bearer ") && bool::from(sent.ct_eq(token.as_bytes()))
    }
}

fn variable<'a>(variables: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = variables.iter().rev().find(|(key, _)| key == name);
    found
        .map(|(_, value)| value.trim())
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "canary-0123456789";

    fn read(pairs: &[(&str, &str)]) -> Result<ServiceAccess, String> {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        ServiceAccess::read(&pairs.iter().map(pair).collect::<Vec<_>>())
    }

    fn admits(access: &ServiceAccess, header: &str) -> bool {
        access.admits(&[header.as_bytes().to_vec()])
    }

    #[test]
    fn without_a_token_it_says_what_to_set() {
        for pairs in [&[][..], &[(TOKEN, "")], &[(TOKEN, " ")], &[(OPEN, "")]] {
            let refusal = read(pairs).err().unwrap();
            assert!(refusal.contains(TOKEN) && refusal.contains(OPEN));
        }
    }

    #[test]
    fn it_is_open_on_that_word_alone() {
        assert!(matches!(read(&[(OPEN, "yes")]), Ok(ServiceAccess::Open)));
        for word in ["no", "true", "1", "YES"] {
            assert!(read(&[(OPEN, word)]).is_err(), "{word}");
        }
        assert!(read(&[(OPEN, "yes"), (TOKEN, SECRET)]).is_err());
    }

    #[test]
    fn an_unusable_token_is_rejected_and_not_shown() {
        for token in [
            "canary-short",
            "canary with spaces in it",
            "canary-ümlaut-0123456",
        ] {
            let refusal = read(&[(TOKEN, token)]).err().unwrap();
            assert!(refusal.starts_with(TOKEN) && !refusal.contains("canary"));
        }
    }

    #[test]
    fn only_the_whole_token_is_admitted() {
        let access = read(&[(TOKEN, SECRET)]).unwrap();
        assert!(admits(&access, "Bearer canary-0123456789"));
        assert!(admits(&access, "bearer  canary-0123456789"));
        for header in [
            "",
            "Bearer",
            "Bearer ",
            "canary-0123456789",
            "Basic canary-0123456789",
            "Bearer canary-012345678",
            "Bearer canary-01234567890",
            "Bearer Canary-0123456789",
        ] {
            assert!(!admits(&access, header), "{header}");
        }
        assert!(!access.admits(&[]));
        let twice = format!("Bearer {SECRET}").into_bytes();
        assert!(!access.admits(&[twice.clone(), twice]));
    }
}
