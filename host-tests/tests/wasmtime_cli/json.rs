//! WAVE values as the JSON that the contract gives for its records: keys in `snake_case`, absent is
//! null, a variant with a value is an object with one key.

use serde_json::{Map, Value as Json};
use wasm_wave::value::Value;
use wasm_wave::wasm::{WasmTypeKind, WasmValue};

/// The answer of a call: the value, or the error of a `result`.
pub fn answer(value: &Value) -> Result<Json, Json> {
    if value.kind() != WasmTypeKind::Result {
        return Ok(json(value));
    }
    let payload = |value: Option<_>| {
        value.map_or(Json::Null, |value: std::borrow::Cow<'_, Value>| {
            json(&value)
        })
    };
    match value.unwrap_result() {
        Ok(value) => Ok(payload(value)),
        Err(value) => Err(payload(value)),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the contract has no others")]
fn json(value: &Value) -> Json {
    match value.kind() {
        WasmTypeKind::Bool => value.unwrap_bool().into(),
        WasmTypeKind::U8 => value.unwrap_u8().into(),
        WasmTypeKind::U16 => value.unwrap_u16().into(),
        WasmTypeKind::U32 => value.unwrap_u32().into(),
        WasmTypeKind::U64 => value.unwrap_u64().into(),
        WasmTypeKind::String => value.unwrap_string().into(),
        WasmTypeKind::Enum => value.unwrap_enum().into(),
        WasmTypeKind::Option => value
            .unwrap_option()
            .map_or(Json::Null, |value| json(&value)),
        WasmTypeKind::List => value.unwrap_list().map(|value| json(&value)).collect(),
        WasmTypeKind::Tuple => value.unwrap_tuple().map(|value| json(&value)).collect(),
        WasmTypeKind::Record => record(value),
        WasmTypeKind::Variant => variant(value),
        other => panic!("the contract has no {other}"),
    }
}

fn record(value: &Value) -> Json {
    let mut object = Map::new();
    for (name, value) in value.unwrap_record() {
        let value = match name.as_ref() {
            "attributes" => pairs(&value),
            _ => json(&value),
        };
        object.insert(name.replace('-', "_"), value);
    }
    object.into()
}

/// A list of names and texts is an object.
fn pairs(value: &Value) -> Json {
    let pair = |pair: Json| {
        let Json::Array(pair) = pair else {
            panic!("not a pair: {pair}");
        };
        match <[Json; 2]>::try_from(pair) {
            Ok([Json::String(name), value]) => (name, value),
            other => panic!("not a name and a value: {other:?}"),
        }
    };
    let pairs = value.unwrap_list().map(|value| pair(json(&value)));
    pairs.collect::<Map<_, _>>().into()
}

fn variant(value: &Value) -> Json {
    let (case, payload) = value.unwrap_variant();
    match payload {
        None => case.into(),
        Some(payload) => Map::from_iter([(case.into_owned(), json(&payload))]).into(),
    }
}
