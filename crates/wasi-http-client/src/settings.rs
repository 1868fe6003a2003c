//! The operator's settings, read again for each request.

use crate::base_url::ProviderUrl;
use crate::bindings::http_client::Error;
use crate::errors::denied;

/// Names the provider.
pub const BASE_URL: &str = "CONNECTOR_BASE_URL";
/// The largest body in bytes.
pub const MAX_BODY: &str = "CONNECTOR_MAX_BODY";
/// The longest time of one request, in seconds.
pub const TIMEOUT: &str = "CONNECTOR_TIMEOUT_SECONDS";
/// The prefix of a credential's variable.
pub const CREDENTIAL: &str = "CONNECTOR_CREDENTIAL_";

/// The largest body, in bytes, where nothing is set.
const USUAL_MAX_BODY: u64 = 64 << 20;
/// The largest body that can be set: it is in memory twice, and a component's memory ends at 4 GiB.
const GREATEST_MAX_BODY: u64 = 1 << 30;

/// The longest time of a request, in seconds, unless it is set. It applies in a runtime that has no
/// other timeout, and against a server that sends a byte now and then.
const DEFAULT_TIMEOUT: u64 = 90;
/// The longest time that can be set, in seconds.
const GREATEST_TIMEOUT: u64 = 3_600;

/// The provider, and the limits of its answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSettings {
    /// The provider.
    pub base_url: ProviderUrl,
    /// The largest body in bytes.
    pub max_body: u64,
    /// The longest time of one request, from start to last byte, in seconds.
    pub timeout: u64,
}

impl ClientSettings {
    /// Reads them from the environment, given as names and values.
    ///
    /// # Errors
    /// Returns `denied`, with a text that names the variable and its form.
    pub fn read(variables: &[(String, String)]) -> Result<Self, Error> {
        let url = variable(variables, BASE_URL).ok_or_else(|| {
            denied(format!(
                "{BASE_URL} is not set: set it to the provider's address, such as https://api.example.com"
            ))
        })?;
        let base_url = url
            .parse()
            .map_err(|problem| denied(format!("{BASE_URL}: {problem}")))?;
        Ok(Self {
            base_url,
            max_body: number(
                variables,
                MAX_BODY,
                "bytes",
                USUAL_MAX_BODY,
                GREATEST_MAX_BODY,
            )?,
            timeout: number(
                variables,
                TIMEOUT,
                "seconds",
                DEFAULT_TIMEOUT,
                GREATEST_TIMEOUT,
            )?,
        })
    }
}

/// Returns the value of a variable, without white space around it. Nothing but white space is no value, and
/// the last of two counts: a runtime adds what is set by hand after what is inherited.
pub fn variable<'a>(variables: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = variables.iter().rev().find(|(key, _)| key == name);
    found
        .map(|(_, value)| value.trim())
        .filter(|value| !value.is_empty())
}

/// Reads a number of a unit: from 1 to `greatest`, and `default` where none is set.
fn number(
    variables: &[(String, String)],
    name: &str,
    unit: &str,
    default: u64,
    greatest: u64,
) -> Result<u64, Error> {
    let Some(text) = variable(variables, name) else {
        return Ok(default);
    };
    let number = text.parse().ok();
    number
        .filter(|number| (1..=greatest).contains(number))
        .ok_or_else(|| {
            denied(format!(
                "{name} must be a number of {unit} from 1 to {greatest}"
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(pair).collect()
    }

    fn refusal(pairs: &[(&str, &str)]) -> String {
        match ClientSettings::read(&variables(pairs)) {
            Err(Error::Denied(text)) => text,
            other => panic!("not denied: {other:?}"),
        }
    }

    #[test]
    fn a_base_url_alone_is_a_valid_setting() {
        let settings =
            ClientSettings::read(&variables(&[(BASE_URL, " https://api.example.com \n")]));
        let settings = settings.unwrap();
        assert_eq!(settings.base_url.authority, "api.example.com");
        assert_eq!((settings.max_body, settings.timeout), (64 << 20, 90));
    }

    #[test]
    fn a_missing_or_empty_base_url_is_denied_by_name() {
        for pairs in [&[][..], &[(BASE_URL, "")], &[(BASE_URL, "  ")]] {
            assert!(refusal(pairs).contains(BASE_URL));
        }
    }

    #[test]
    fn an_invalid_base_url_is_denied_by_name() {
        assert!(refusal(&[(BASE_URL, "http://example.com")]).starts_with(BASE_URL));
    }

    #[test]
    fn the_last_of_two_values_counts() {
        let both = variables(&[(MAX_BODY, "1"), (MAX_BODY, "2")]);
        assert_eq!(variable(&both, MAX_BODY), Some("2"));
    }

    #[test]
    fn a_cap_that_is_no_cap_is_denied_by_name() {
        for cap in ["0", "-1", "64 MiB", "1073741825", "99999999999999999999"] {
            let text = refusal(&[(BASE_URL, "https://a.example"), (MAX_BODY, cap)]);
            assert!(text.starts_with(MAX_BODY), "{cap}: {text}");
        }
        let set = variables(&[(BASE_URL, "https://a.example"), (MAX_BODY, "1073741824")]);
        assert_eq!(ClientSettings::read(&set).unwrap().max_body, 1 << 30);
    }

    #[test]
    fn a_timeout_that_is_none_is_denied_by_name() {
        for timeout in ["0", "-5", "5s", "3601"] {
            let text = refusal(&[(BASE_URL, "https://a.example"), (TIMEOUT, timeout)]);
            assert!(text.starts_with(TIMEOUT), "{timeout}: {text}");
        }
        let set = variables(&[(BASE_URL, "https://a.example"), (TIMEOUT, " 8 ")]);
        assert_eq!(ClientSettings::read(&set).unwrap().timeout, 8);
    }
}
