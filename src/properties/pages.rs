//! Pages: for any body, the page follows the contract; a damaged part is lost alone and with a
//! notice.

use crate::properties::calls::TestedCall;
use crate::properties::{Verdict, calls, contract, ensure};
use connector_sdk::error::{Error, ErrorKind};
use connector_sdk::model::{Details, EventExtent, Impact, Page, ResourceId};
use http::HeaderMap;
use serde_json::{Value, json};

/// Makes a page of a body: the call, its cursor, the body.
pub type PageReader<'r> = &'r dyn Fn(&TestedCall, Option<&str>, &[u8]) -> Result<Page, Error>;

/// Reads with the connector's own reader.
pub fn read(call: &TestedCall, cursor: Option<&str>, body: &[u8]) -> Result<Page, Error> {
    calls::answered(call, cursor, &(200, HeaderMap::new(), body.to_vec()))
}

/// Checks any body: a page that follows the contract or one error, the same each time, and a cursor
/// that the same list accepts.
pub fn any_body(reader: PageReader<'_>, call: &TestedCall, body: &[u8]) -> Verdict {
    let answer = reader(call, None, body);
    ensure(answer == reader(call, None, body), || {
        "the same bytes, another page".to_owned()
    })?;
    let page = match answer {
        Err(error) => return contract::error(200, &error),
        Ok(page) => page,
    };
    contract::page(call, &page)?;
    let Some(next) = &page.next_page_token else {
        return Ok(());
    };
    match reader(call, Some(next), body) {
        Err(error) if error.kind == ErrorKind::InvalidArgument => {
            Err(format!("{next} is not taken"))
        }
        Err(error) => contract::error(200, &error),
        Ok(page) => contract::page(call, &page),
    }
}

/// Checks any status and body: exactly one error, fit for people; a page at 200 alone.
pub fn any_answer(call: &TestedCall, answer: &(u16, HeaderMap, Vec<u8>)) -> Verdict {
    match calls::answered(call, None, answer) {
        Err(error) => contract::error(answer.0, &error),
        // Entitlements are built in, for a provider whose own list is refused.
        Ok(page) if call.ask == calls::ConnectorQuery::Entitlements => contract::page(call, &page),
        // A report without the figures that it is refused says so.
        Ok(page) if call.of == "analytics-report" => {
            ensure(answer.0 == 200 || !page.notices.is_empty(), || {
                "figures are lost in silence".to_owned()
            })?;
            contract::page(call, &page)
        }
        Ok(page) if answer.0 == 200 => contract::page(call, &page),
        Ok(_) => Err(format!("a page from a {}", answer.0)),
    }
}

/// Returns the values that can stand instead of an item, and are none.
pub fn no_items(call: &TestedCall) -> Vec<Value> {
    let mut none = vec![
        json!(null),
        json!([]),
        json!(true),
        json!({}),
        json!(1.5),
        json!("a/b"),
    ];
    if call.list != "managers" {
        none.extend([json!("x"), json!(7)]);
        none.extend([json!(""), json!("a b"), json!([1]), json!(1.5)].map(|id| json!({"id": id})));
    }
    none
}

/// Checks good items with other values among them: the good ones are reported as they are without them,
/// and each of the others has its notice. `damage` is positions in the list and the values there.
pub fn damage_is_lost_alone(
    reader: PageReader<'_>,
    call: &TestedCall,
    good: &[Value],
    damage: &[(usize, Value)],
) -> Verdict {
    let mut mixed = good.to_vec();
    for (at, value) in damage {
        mixed.insert(at % (mixed.len() + 1), value.clone());
    }
    let clean = whole(reader, call, good)?;
    let found = whole(reader, call, &mixed)?;
    let same = clean.resources == found.resources
        && clean.grants == found.grants
        && clean.entitlements == found.entitlements;
    ensure(same, || "damage to one item changes another".to_owned())?;
    let lost = omissions(&found) - omissions(&clean);
    ensure(lost == damage.len(), || {
        format!("{lost} of {} losses are reported", damage.len())
    })
}

/// Checks a good item with a list of lists in one field, as no field is: the item is still there, all
/// others are unchanged, and there is one more notice, or an event of unknown extent. Identities are no such field, nor is the
/// name of a role, which comes from elsewhere.
pub fn a_field_is_lost_alone(
    reader: PageReader<'_>,
    call: &TestedCall,
    good: &[Value],
    which: usize,
    field: usize,
) -> Verdict {
    let mut odd = good.to_vec();
    let Some(Value::Object(fields)) = odd.get_mut(which % good.len().max(1)) else {
        return Ok(());
    };
    let free = fields
        .keys()
        .filter(|name| !matches!(name.as_str(), "id" | "uid" | "displayName"));
    let names: Vec<String> = free.cloned().collect();
    let Some(name) = names.get(field % names.len().max(1)) else {
        return Ok(());
    };
    fields.insert(name.clone(), json!([["x"]]));
    let clean = whole(reader, call, good)?;
    let found = whole(reader, call, &odd)?;
    ensure(ids(&clean) == ids(&found) || call.list == "roles", || {
        "an odd field takes its item along".to_owned()
    })?;
    let listed = clean.resources.iter();
    let changed = listed.filter(|one| !found.resources.contains(one)).count();
    ensure(changed <= 1, || {
        format!("an odd field changes {changed} items")
    })?;
    let mut notices = found.notices.iter();
    let speaks = notices.any(|notice| !clean.notices.contains(notice));
    let mut resources = found.resources.iter();
    let is_open = resources.any(|one| one.details == Details::Change(EventExtent::Unknown));
    ensure(speaks || is_open, || {
        "an odd field is lost in silence".to_owned()
    })
}

/// Bytes that no string of a JSON text may have: half a character, a byte of Latin-1, control
/// characters, an escape that there is none of, one that is cut off, too many bytes for a character.
pub const BROKEN: [&[u8]; 7] = [
    b"\\ud83d",
    b"\xe9",
    b"\t",
    b"\0",
    b"\\x",
    b"\\ude",
    b"\xc0\xaf",
];

/// Stands for such bytes until the body is written.
const PLACEHOLDER: char = '\u{e000}';

/// Checks a good item with such bytes in one text: the item is still there unless that is its id, all
/// others are unchanged, and there is one more notice. A collection has two ids, either of which
/// will do, and the name of a role comes from elsewhere.
pub fn a_broken_text_is_lost_alone(
    reader: PageReader<'_>,
    call: &TestedCall,
    good: &[Value],
    (which, field): (usize, usize),
    broken: &[u8],
) -> Verdict {
    let mut odd = good.to_vec();
    let Some(Value::Object(fields)) = odd.get_mut(which % good.len().max(1)) else {
        return Ok(());
    };
    let mut texts: Vec<(&String, &mut Value)> = fields.iter_mut().collect();
    texts.retain(|(name, text)| {
        let has_other = call.of == "collection" && matches!(name.as_str(), "id" | "uid");
        text.is_string() && !has_other && name.as_str() != "displayName"
    });
    let count = texts.len().max(1);
    let Some((name, text)) = texts.into_iter().nth(field % count) else {
        return Ok(());
    };
    let is_id = name == "id";
    *text = json!(format!(
        "{}{PLACEHOLDER}",
        text.as_str().unwrap_or_default()
    ));
    let clean = whole(reader, call, good)?;
    let found = read_whole(reader, call, &with_broken(&calls::body(call, &odd), broken))?;
    let (before, after) = (ids(&clean).len(), ids(&found).len());
    ensure(before == after || is_id && before == after + 1, || {
        format!("{after} of {before} items are left")
    })?;
    let listed = clean.resources.iter();
    let changed = listed.filter(|one| !found.resources.contains(one)).count();
    ensure(changed <= 1, || {
        format!("a broken text changes {changed} items")
    })?;
    let omits = omissions(&found) > omissions(&clean);
    ensure(omits || !is_id, || {
        "an item without its id goes unmentioned".to_owned()
    })?;
    let mut notices = found.notices.iter();
    let speaks = notices.any(|notice| !clean.notices.contains(notice));
    ensure(speaks, || "a broken text is repaired in silence".to_owned())
}

fn with_broken(body: &Value, broken: &[u8]) -> Vec<u8> {
    let text = body.to_string();
    let parts: Vec<&[u8]> = text.split(PLACEHOLDER).map(str::as_bytes).collect();
    parts.join(broken)
}

/// Returns the positions of values in a body, as JSON pointers, the whole body first.
pub fn places(body: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let within: Vec<(String, &Value)> = match body {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), value))
            .collect(),
        Value::Array(items) => (0..).map(|at: u32| at.to_string()).zip(items).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (step, value) in within {
        let step = step.replace('~', "~0").replace('/', "~1");
        found.extend(
            places(value)
                .into_iter()
                .map(|rest| format!("/{step}{rest}")),
        );
    }
    found
}

fn whole(reader: PageReader<'_>, call: &TestedCall, items: &[Value]) -> Result<Page, String> {
    read_whole(
        reader,
        call,
        calls::body(call, items).to_string().as_bytes(),
    )
}

fn read_whole(reader: PageReader<'_>, call: &TestedCall, body: &[u8]) -> Result<Page, String> {
    any_body(reader, call, body)?;
    reader(call, None, body).map_err(|error| error.to_string())
}

fn omissions(page: &Page) -> usize {
    let lost = page.notices.iter();
    lost.filter(|notice| notice.impact == Impact::ItemOmitted)
        .count()
}

/// Returns the resources that the page lists.
fn ids(page: &Page) -> Vec<&ResourceId> {
    page.resources.iter().map(|resource| &resource.id).collect()
}
