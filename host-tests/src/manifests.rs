//! A manifest that a connector returns: it can be followed, or it is refused. What can be followed can be
//! approved, and is then what was approved.

use connector_host::manifest::{ApprovedManifest, EndpointPolicy, check};
use connector_host::records::{Descriptor, TypeIndex};

/// Decides on a manifest.
pub type Check<'c> = &'c dyn Fn(&Descriptor) -> Result<(), String>;

/// The product's own check.
///
/// # Errors
/// Returns an error that names what cannot be followed.
pub fn checked(descriptor: &Descriptor) -> Result<(), String> {
    check(descriptor)
}

/// Checks the check on any JSON: a manifest that passes has a policy that its own endpoints pass, types
/// in order, and an approved form that it does not exceed.
///
/// # Errors
/// Returns an error that names the property that does not hold.
pub fn any_manifest(check: Check<'_>, json: &[u8]) -> Result<(), String> {
    let Ok(descriptor) = serde_json::from_slice::<Descriptor>(json) else {
        return Ok(());
    };
    match check(&descriptor) {
        Ok(()) => followed(&descriptor),
        Err(reason) if reason.is_empty() || reason.len() > 20_000 => {
            Err(format!("a reason of {} bytes", reason.len()))
        }
        Err(_) => Ok(()),
    }
}

fn followed(descriptor: &Descriptor) -> Result<(), String> {
    let index = TypeIndex::new(descriptor);
    for (place, one) in descriptor.resource_types.iter().enumerate() {
        let parent = one.parent.as_deref().map(|parent| index.order(parent));
        if index.order(&one.id) != place || parent.is_some_and(|parent| parent >= place) {
            return Err(format!("type {} is out of order", one.id));
        }
    }
    let policy = EndpointPolicy::new(descriptor).map_err(|e| format!("it has no policy: {e}"))?;
    for endpoint in &descriptor.endpoints {
        let path = filled(&endpoint.path);
        if let Err(refusal) = policy.check(&endpoint.credential, &path) {
            return Err(format!("{path} is declared and refused: {refusal}"));
        }
    }
    let approved = ApprovedManifest::of(descriptor, &"0".repeat(64));
    let stored = serde_json::to_vec(&approved).map_err(|e| e.to_string())?;
    let again: ApprovedManifest = serde_json::from_slice(&stored).map_err(|e| e.to_string())?;
    if again != approved {
        return Err("what is approved reads otherwise".to_owned());
    }
    let exceeded = again.check(descriptor, &"0".repeat(64));
    exceeded.map_err(|beyond| format!("it exceeds itself: {beyond:?}"))
}

/// Returns a path of the template, with an id in each variable segment that is no other one's name.
fn filled(template: &str) -> String {
    let fill = |segment: &str| match segment.strip_prefix('{') {
        Some(_) => "0~id~0".to_owned(),
        None => segment.to_owned(),
    };
    let segments: Vec<String> = template.split('/').map(fill).collect();
    segments.join("/")
}

/// Returns a small manifest as JSON.
pub fn sample() -> Vec<u8> {
    br#"{"name":"made","version":"1.0.0",
"resource_types":[
{"id":"team","display_name":"Team","description":"","parent":null,"reference_only":false,"opt_in":false,"kind":"tenant","needs":null},
{"id":"user","display_name":"User","description":"","parent":"team","reference_only":false,"opt_in":true,"kind":"account","needs":"key"}],
"credentials":[{"name":"key","description":"","required":true,
"schemes":[{"name":"api-key","header":"X-API-Key","prefix":"Token ","description":""}]}],
"base_urls":[{"url":"https://provider.example","description":""}],
"endpoints":[{"path":"/teams/{id}/users","query":["cursor","filter[name]"],"credential":"key","rate":{"requests":60,"window_seconds":60},"purpose":""},
{"path":"/me","query":[],"credential":"key","rate":null,"purpose":""}]}"#
        .to_vec()
}
