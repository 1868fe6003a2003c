//! Answers whose shape no document gives, read as they are: a tree of values, lists and objects.

use connector_sdk::json::{Items, JsonRecord, Slot};
use connector_sdk::lenient::Scalar;
use connector_sdk::unique::{remove_repeated, repeated};

/// A JSON value of any form.
#[derive(Debug, Default)]
pub enum JsonNode<'a> {
    /// The field is not there.
    #[default]
    Absent,
    /// A single value.
    Value(Scalar<'a>),
    /// A list.
    List(Vec<JsonNode<'a>>),
    /// An object.
    Object(Fields<'a>),
}

/// The fields of an object, in their order. A field that comes twice counts the last time.
#[derive(Debug, Default)]
pub struct Fields<'a>(Vec<(String, JsonNode<'a>)>);

impl<'a> Fields<'a> {
    /// Returns the first of these fields that is there and not `null`.
    pub fn first(&self, names: &[&str]) -> Option<&JsonNode<'a>> {
        let find = |name: &&str| self.0.iter().rfind(|(known, _)| known == name);
        let mut found = names.iter().filter_map(find).map(|(_, node)| node);
        found.find(|node| !matches!(node, JsonNode::Absent | JsonNode::Value(Scalar::Null)))
    }

    /// Returns every field with its name.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &JsonNode<'a>)> {
        let names: Vec<_> = self.0.iter().rev().map(|(name, _)| name.clone()).collect();
        let mut fields: Vec<_> = self.0.iter().rev().collect();
        remove_repeated(&mut fields, &repeated(&names));
        let fields = fields.into_iter().rev();
        fields.map(|(name, node)| (name.as_str(), node))
    }

    /// Returns the first of these fields that is an object.
    pub fn object(&self, names: &[&str]) -> Option<&Fields<'a>> {
        names.iter().find_map(|name| match self.first(&[name])? {
            JsonNode::Object(fields) => Some(fields),
            JsonNode::Absent | JsonNode::Value(_) | JsonNode::List(_) => None,
        })
    }

    /// Returns the first of these fields that is a text.
    pub fn text(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.first(&[name])?.text())
    }
}

impl JsonNode<'_> {
    /// Returns the text that this is.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Value(Scalar::Text(text)) => Some(text),
            Self::Absent | Self::Value(_) | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// Returns the text that this is, or that the first of these fields of the object is.
    pub fn text_in(&self, names: &[&str]) -> Option<&str> {
        if let Self::Object(fields) = self {
            fields.text(names)
        } else {
            self.text()
        }
    }

    /// Returns the number that this is, if it is not negative.
    pub fn count(&self) -> Option<u64> {
        match self {
            Self::Value(value) => value.count(),
            Self::Absent | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// Returns the identifier that this is, or that the first of these fields of the object is.
    pub fn id_in(&self, names: &[&str]) -> Option<String> {
        if let Self::Object(fields) = self {
            fields.first(names)?.id()
        } else {
            self.id()
        }
    }

    /// Returns the identifier that this is.
    pub fn id(&self) -> Option<String> {
        match self {
            Self::Value(value) => value.id().map(Into::into),
            Self::Absent | Self::List(_) | Self::Object(_) => None,
        }
    }
}

impl<'a> Slot<'a> for JsonNode<'a> {
    fn scalar(&mut self, value: Scalar<'a>) {
        *self = Self::Value(value);
    }

    fn list(&mut self) -> Option<&mut dyn Items<'a>> {
        *self = Self::List(Vec::new());
        match self {
            Self::List(items) => Some(items),
            Self::Absent | Self::Value(_) | Self::Object(_) => None,
        }
    }

    fn object(&mut self) -> Option<&mut dyn JsonRecord<'a>> {
        *self = Self::Object(Fields::default());
        match self {
            Self::Object(fields) => Some(fields),
            Self::Absent | Self::Value(_) | Self::List(_) => None,
        }
    }

    fn passed_over(&mut self, _empty: bool) {}
}

impl<'a> JsonRecord<'a> for Fields<'a> {
    fn field(&mut self, name: &str) -> Option<&mut dyn Slot<'a>> {
        self.0.push((name.to_owned(), JsonNode::Absent));
        self.0.last_mut().map(|(_, node)| node as &mut dyn Slot<'a>)
    }
}
#[cfg(test)]
mod tests {
    use super::*;
    use connector_sdk::json::read;

    #[test]
    fn a_repeated_field_counts_the_last_time() {
        let mut node = JsonNode::Absent;
        read(br#"{"a":1,"b":2,"c":3,"b":[],"a":"x"}"#, &mut node).unwrap();
        let JsonNode::Object(fields) = node else {
            panic!("no object");
        };
        assert_eq!(fields.text(&["a"]), Some("x"));
        assert!(matches!(fields.first(&["b"]), Some(JsonNode::List(_))));
        let names: Vec<_> = fields.entries().map(|(name, _)| name).collect();
        assert_eq!(names, ["c", "b", "a"]);
    }
}
