//! Every shape of error body to one: Postman's own code for what happened, and its words.

use serde_json::Value;

/// The longest code that is handed on.
const MAX_CODE: usize = 64;

/// What an error body said. Its words serve to tell errors apart and are never handed on:
/// nobody knows what else stands in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderProblem {
    /// Postman's name for the error, such as `AuthenticationError`; fit for a log.
    pub code: Option<String>,
    /// All the words of the body that say what happened, in lower case.
    pub words: String,
    /// Whether the body was JSON at all.
    pub is_json: bool,
}

impl ProviderProblem {
    /// Reads any body. One that is not JSON has neither code nor words.
    ///
    /// Postman wraps in `error`, writes problem documents (RFC 9457, `detail` sometimes an object),
    /// flat objects, and SCIM errors, each under either content type.
    pub fn read(body: &[u8]) -> Self {
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            return Self::default();
        };
        let mut problem = Self {
            is_json: true,
            ..Self::default()
        };
        // An older form has the name itself where the object should be.
        if let Some(Value::String(name)) = value.get("error") {
            problem.name(name);
        }
        for layer in [
            value.get("error"),
            value.get("detail").and_then(|detail| detail.get("error")),
            value.get("detail"),
            Some(&value),
        ] {
            problem.add(layer);
        }
        problem
    }

    fn add(&mut self, layer: Option<&Value>) {
        match layer {
            Some(Value::String(text)) => self.say(text),
            Some(Value::Object(fields)) => {
                for field in ["name", "scimType", "type", "link"] {
                    if let Some(Value::String(name)) = fields.get(field) {
                        self.name(name);
                    }
                }
                for field in ["message", "detail", "title"] {
                    if let Some(Value::String(text)) = fields.get(field) {
                        self.say(text);
                    }
                }
            }
            _ => {}
        }
    }

    /// Takes the first name that can be a code: the last segment of an address, one word.
    fn name(&mut self, name: &str) {
        let code = name.rsplit('/').next().unwrap_or_default();
        let fits = !code.is_empty()
            && code.len() <= MAX_CODE
            && code
                .bytes()
                .all(|b| b.is_ascii_alphabetic() || b"-_".contains(&b));
        if fits && self.code.is_none() {
            self.code = Some(code.to_owned());
            self.say(code);
        }
    }

    fn say(&mut self, text: &str) {
        self.words.push_str(&text.to_lowercase());
        self.words.push('\n');
    }

    /// Whether the words or the code contain `phrase`, which is in lower case.
    pub fn says(&self, phrase: &str) -> bool {
        self.words.contains(phrase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_gives_its_code_and_its_words() {
        for (body, code, phrase) in [
            (
                r#"{"error":{"name":"AuthenticationError","message":"Invalid API Key."}}"#,
                "AuthenticationError",
                "invalid api key",
            ),
            (
                r#"{"error":{"name":"invalidParamError","message":"m"},"statusCode":400}"#,
                "invalidParamError",
                "m",
            ),
            (
                r#"{"type":"https://api.postman.com/problems/forbidden","title":"Forbidden","detail":"No","status":403}"#,
                "forbidden",
                "no",
            ),
            (
                r#"{"type":"x/bad-request","title":"Bad Request","detail":{"error":{"name":"BadRequest","message":"Team feature"}},"instance":"/teams"}"#,
                "BadRequest",
                "team feature",
            ),
            (
                r#"{"detail":"Roles","link":"https://api.postman.com/problems/unprocessable-entity","status":422,"title":"Cannot"}"#,
                "unprocessable-entity",
                "roles",
            ),
            (
                r#"{"name":"badRequest","message":"elementId is required"}"#,
                "badRequest",
                "elementid",
            ),
            (
                r#"{"title":"We could not find","type":"instanceNotFoundError"}"#,
                "instanceNotFoundError",
                "not find",
            ),
            (
                r#"{"schemas":["urn"],"detail":"Unable","status":"401","scimType":"uniqueness"}"#,
                "uniqueness",
                "unable",
            ),
            (
                r#"{"error":"rateLimited","message":"Slow down"}"#,
                "rateLimited",
                "slow down",
            ),
        ] {
            let problem = ProviderProblem::read(body.as_bytes());
            assert_eq!(problem.code.as_deref(), Some(code), "{body}");
            assert!(problem.says(phrase), "{body}");
        }
    }

    #[test]
    fn what_is_no_code_is_not_handed_on() {
        for body in [
            r#"{"error":{"name":"PMAK-0123456789","message":"m"}}"#,
            r#"{"error":{"name":"two words"}}"#,
            r#"{"error":{"name":7}}"#,
            r#"[1]"#,
            "null",
            "<html>",
            "",
            "\u{fffd}",
        ] {
            assert_eq!(ProviderProblem::read(body.as_bytes()).code, None, "{body}");
        }
    }
}
