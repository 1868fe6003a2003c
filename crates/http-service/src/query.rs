//! The query of a request, in the form of HTML forms: `%` with two digits is a byte, `+` a space.

/// A parameter that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadQuery {
    /// The parameter's name, as far as it is readable.
    pub field: String,
    /// The reason, and the action to take.
    pub reason: String,
}

impl BadQuery {
    fn new(field: &str, reason: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            reason: reason.into(),
        }
    }
}

/// The parameters of one request, each at most once.
#[derive(Debug)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads the text after the `?`.
    ///
    /// # Errors
    /// Returns an error for a parameter that is none of `known`, is there twice, or is not UTF-8 text.
    pub fn parse(text: &str, known: &[&str]) -> Result<Self, BadQuery> {
        let mut read: Vec<(String, String)> = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name).ok_or_else(|| not_text(name))?;
            if !known.contains(&name.as_str()) {
                return Err(BadQuery::new(&name, unknown(known)));
            }
            if read.iter().any(|(earlier, _)| *earlier == name) {
                return Err(BadQuery::new(&name, "it is there twice"));
            }
            let value = decode(value).ok_or_else(|| not_text(&name))?;
            read.push((name, value));
        }
        Ok(Self(read))
    }

    /// Takes a parameter out; an empty one is as good as none.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        let (_, value) = self.0.swap_remove(at);
        Some(value).filter(|value| !value.is_empty())
    }

    /// Takes a parameter out that has to be there.
    ///
    /// # Errors
    /// Returns an error if it is not.
    pub fn need(&mut self, name: &str) -> Result<String, BadQuery> {
        self.take(name)
            .ok_or_else(|| BadQuery::new(name, "it is missing"))
    }
}

fn unknown(known: &[&str]) -> String {
    match known {
        [] => "there are no parameters here".to_owned(),
        known => format!("there is no such parameter: there are {}", known.join(", ")),
    }
}

fn not_text(field: &str) -> BadQuery {
    BadQuery::new(
        field,
        "it is not percent-encoded UTF-8: encode every byte that is no letter or digit as % and two hexadecimal digits",
    )
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => digit(rest.next()?)? << 4 | digit(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn digit(byte: u8) -> Option<u8> {
    let value = char::from(byte).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Query, BadQuery> {
        Query::parse(text, &["id", "page_token"])
    }

    fn bad_field(text: &str) -> String {
        parse(text).unwrap_err().field
    }

    #[test]
    fn query_values_are_percent_decoded() {
        let mut query = parse("id=a%2Fb+c%C3%A9%2B&&page_token=").unwrap();
        assert_eq!(query.need("id").unwrap(), "a/b cé+");
        assert_eq!(query.take("page_token"), None);
        assert_eq!(query.need("id").unwrap_err().field, "id");
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        assert_eq!(bad_field("Id=1"), "Id");
        assert_eq!(bad_field("id=1&id=1"), "id");
        assert_eq!(bad_field("id=1&%69d=2"), "id");
        for broken in ["id=%", "id=%2", "id=%zz", "id=%ff", "id=%+1"] {
            assert_eq!(bad_field(broken), "id", "{broken}");
        }
        assert_eq!(bad_field("%ff=1"), "%ff");
    }
}
