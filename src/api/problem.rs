//! Reads every shape of error body into one: Postman's own code, and its texts.

use connector_sdk::json::{Items, JsonRecord, JsonText, Slot};
use connector_sdk::lenient::Scalar;

/// The longest code that is handed on.
const MAX_CODE: usize = 64;

/// The content of an error body. Its texts serve to distinguish errors and are never passed on:
/// their other content is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderProblem {
    /// Postman's name for the error, such as `AuthenticationError`; fit for a log.
    pub code: Option<String>,
    /// All texts of the body that state what happened, in lower case.
    pub words: String,
    /// True if the body was JSON at all.
    pub is_json: bool,
    /// True if the body has a field that only errors have: `error`, `message` or `detail`.
    pub is_error: bool,
}

/// One layer of an error body: a text, or an object that may have further layers.
#[derive(Default)]
struct Layer<'a> {
    text: Scalar<'a>,
    name: Scalar<'a>,
    scim_type: Scalar<'a>,
    kind: Scalar<'a>,
    link: Scalar<'a>,
    message: Scalar<'a>,
    title: Scalar<'a>,
    error: Option<Box<Layer<'a>>>,
    detail: Option<Box<Layer<'a>>>,
}

impl<'a> Slot<'a> for Layer<'a> {
    fn scalar(&mut self, value: Scalar<'a>) {
        self.text = value;
    }

    fn list(&mut self) -> Option<&mut dyn Items<'a>> {
        None
    }

    fn object(&mut self) -> Option<&mut dyn JsonRecord<'a>> {
        Some(self)
    }

    fn passed_over(&mut self, _empty: bool) {}
}

impl<'a> JsonRecord<'a> for Layer<'a> {
    fn field(&mut self, name: &str) -> Option<&mut dyn Slot<'a>> {
        Some(match name {
            "name" => &mut self.name,
            "scimType" => &mut self.scim_type,
            "type" => &mut self.kind,
            "link" => &mut self.link,
            "message" => &mut self.message,
            "title" => &mut self.title,
            "error" => self.error.get_or_insert_default().as_mut(),
            "detail" => self.detail.get_or_insert_default().as_mut(),
            _ => return None,
        })
    }
}

impl ProviderProblem {
    /// Reads any body. One that is not JSON has neither code nor texts.
    ///
    /// Postman wraps in `error`, writes problem documents (RFC 9457, `detail` sometimes an object),
    /// flat objects, and SCIM errors, each under either content type.
    pub fn read(body: &[u8]) -> Self {
        let text = JsonText::new(body);
        let mut all = Layer::default();
        if text.read(&mut all).is_err() {
            return Self::default();
        }
        let mut problem = Self {
            is_json: true,
            is_error: all.error.is_some() || all.detail.is_some() || all.message.words().is_some(),
            ..Self::default()
        };
        let (error, detail) = (all.error.as_deref(), all.detail.as_deref());
        // An older form has the name itself where the object should be.
        if let Some(name) = error.and_then(|error| error.text.words()) {
            problem.name(name);
        }
        let within_detail = detail.and_then(|detail| detail.error.as_deref());
        for layer in [error, within_detail, detail, Some(&all)]
            .into_iter()
            .flatten()
        {
            problem.add(layer);
        }
        problem
    }

    fn add(&mut self, layer: &Layer<'_>) {
        for name in [&layer.name, &layer.scim_type, &layer.kind, &layer.link] {
            if let Some(name) = name.words() {
                self.name(name);
            }
        }
        for text in [&layer.text, &layer.message, &layer.title] {
            if let Some(text) = text.words() {
                self.add_text(text);
            }
        }
    }

    /// Takes the first name that can be a code: the last segment of an address, or one word.
    fn name(&mut self, name: &str) {
        let code = name.rsplit('/').next().unwrap_or_default();
        let fits = !code.is_empty()
            && code.len() <= MAX_CODE
            && code
                .bytes()
                .all(|b| b.is_ascii_alphabetic() || b"-_".contains(&b));
        if fits && self.code.is_none() {
            self.code = Some(code.to_owned());
            self.add_text(code);
        }
    }

    fn add_text(&mut self, text: &str) {
        self.words.push_str(&text.to_ascii_lowercase());
        self.words.push('\n');
    }

    /// Returns whether the texts or the code contain `phrase`, which is in lower case.
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
    fn a_code_is_one_word_of_at_most_64_letters() {
        let (longest, longer) = ("a".repeat(64), "a".repeat(65));
        for (name, wanted) in [
            ("two-words_A", Some("two-words_A")),
            (longest.as_str(), Some(longest.as_str())),
            (&longer, None),
            ("a1", None),
            ("", None),
            ("https://api.postman.com/problems/", None),
        ] {
            let body = format!(r#"{{"name":"{name}"}}"#);
            let problem = ProviderProblem::read(body.as_bytes());
            assert_eq!(problem.code.as_deref(), wanted, "{name}");
            assert_eq!(
                problem.says(&name.to_lowercase()),
                wanted.is_some() || name.is_empty()
            );
            assert!(problem.is_json && !ProviderProblem::read(b"<html>").is_json);
            let marked = ProviderProblem::read(format!("\u{feff}{body}").as_bytes());
            assert_eq!(marked, problem);
        }
        let first = ProviderProblem::read(br#"{"name":"first","type":"second"}"#);
        assert_eq!(first.code.as_deref(), Some("first"));
        assert!(!first.says("second"));
    }

    #[test]
    fn an_error_body_is_read_though_a_character_is_not() {
        for body in [
            &b"{\"error\":{\"name\":\"AuthenticationError\",\"message\":\"Cl\xe9: Invalid API Key\"}}"[..],
            b"\xef\xbb\xbf{\"type\":\"AuthenticationError\",\"detail\":\"\\ud83d Invalid API Key\"}",
            b"{\"name\":\"AuthenticationError\",\"title\":\"a\tb Invalid API Key\",\"x\":\"\xff\"}",
        ] {
            let problem = ProviderProblem::read(body);
            assert_eq!(problem.code.as_deref(), Some("AuthenticationError"));
            assert!(problem.says("invalid api key") && problem.is_json);
        }
        let body = b"{\"name\":\"Auth\xe9ntication\"}";
        assert_eq!(ProviderProblem::read(body).code, None);
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
