//! JSON Schemas, against which tests hold documents.

use jsonschema::Validator;
use serde_json::Value;

/// Compiles a schema.
///
/// # Panics
/// If the schema is none of the draft that it names.
pub fn validator(schema: &Value) -> Validator {
    jsonschema::meta::validate(schema).expect("a schema of its draft");
    jsonschema::validator_for(schema).expect("a schema that compiles")
}
