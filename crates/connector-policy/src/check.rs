//! Validation of a connector's description, which is hostile input too: a host follows it only if
//! it is complete and consistent.

use std::collections::{HashMap, HashSet};

use egress_policy::{Template, is_host_header};

use super::size;
use connector_types::{ChangeLog, Credential, Descriptor, Endpoint, Rate, ResourceType};

/// The most types that one type may lie under: for each level, a sync searches the resources that
/// it has read.
const MAX_DEPTH: usize = 16;

/// Checks that a description can be followed.
///
/// # Errors
/// Returns an error that names the field.
pub fn check(descriptor: &Descriptor) -> Result<(), String> {
    size::check(descriptor)?;
    name("name", &descriptor.name)?;
    version(&descriptor.version)?;
    let mut types = HashMap::new();
    for resource_type in &descriptor.resource_types {
        let depth = check_type(resource_type, descriptor, &types)?;
        if types.insert(resource_type.id.as_str(), depth).is_some() {
            return Err(format!("resource type {} is there twice", resource_type.id));
        }
    }
    let change_log = descriptor.change_log.as_ref();
    change_log.map_or(Ok(()), |log| check_change_log(log, &types))?;
    let mut credentials = HashSet::new();
    for credential in &descriptor.credentials {
        check_credential(credential)?;
        if !credentials.insert(credential.name.as_str()) {
            return Err(format!("credential {} is there twice", credential.name));
        }
    }
    let known = |endpoint: &&Endpoint| !credentials.contains(endpoint.credential.as_str());
    if let Some(endpoint) = descriptor.endpoints.iter().find(known) {
        let Endpoint {
            path, credential, ..
        } = endpoint;
        return Err(format!(
            "endpoint {path} has an unknown credential {credential}"
        ));
    }
    descriptor.endpoints.iter().try_for_each(check_endpoint)
}

/// Returns how many types the type lies under.
fn check_type(
    resource_type: &ResourceType,
    descriptor: &Descriptor,
    before: &HashMap<&str, usize>,
) -> Result<usize, String> {
    let id = &resource_type.id;
    name("resource type", id)?;
    let depth = match &resource_type.parent {
        None => 0,
        Some(parent) => before
            .get(parent.as_str())
            .map(|depth| depth + 1)
            .ok_or_else(|| format!("resource type {id} comes before its parent {parent}"))?,
    };
    if depth > MAX_DEPTH {
        return Err(format!(
            "resource type {id} lies under more than {MAX_DEPTH} others"
        ));
    }
    let known = |name: &String| descriptor.credentials.iter().any(|one| one.name == *name);
    match &resource_type.needs {
        Some(needs) if !known(needs) => Err(format!(
            "resource type {id} needs an unknown credential {needs}"
        )),
        _ => Ok(depth),
    }
}

/// Checks that the name of a log is no resource type, and that it covers existing types.
fn check_change_log(log: &ChangeLog, types: &HashMap<&str, usize>) -> Result<(), String> {
    let id = &log.name;
    name("change log", id)?;
    if types.contains_key(id.as_str()) {
        return Err(format!("change log {id} has the name of a resource type"));
    }
    let unknown = log
        .covers
        .iter()
        .find(|one| !types.contains_key(one.as_str()));
    match unknown {
        None => Ok(()),
        Some(unknown) => Err(format!(
            "change log {id} covers an unknown resource type {unknown}"
        )),
    }
}

fn check_credential(credential: &Credential) -> Result<(), String> {
    name("credential", &credential.name)?;
    if credential.schemes.is_empty() {
        return Err(format!("credential {} has no scheme", credential.name));
    }
    for scheme in &credential.schemes {
        name("credential scheme", &scheme.name)?;
        let header = http::header::HeaderName::from_bytes(scheme.header.as_bytes());
        let header = header.map_err(|_| format!("scheme {} has a bad header name", scheme.name))?;
        if is_host_header(header.as_str()) {
            return Err(format!(
                "scheme {} would set the header {header}",
                scheme.name
            ));
        }
        if scheme
            .prefix
            .bytes()
            .any(|byte| !(b' '..=b'~').contains(&byte))
        {
            return Err(format!(
                "scheme {} has a prefix that is not plain text",
                scheme.name
            ));
        }
    }
    Ok(())
}

fn check_endpoint(endpoint: &Endpoint) -> Result<(), String> {
    Template::parse(&endpoint.path)?;
    let is_out_of_range =
        |rate: Rate| rate.requests == 0 || rate.window_seconds == 0 || rate.window_seconds > 3600;
    if endpoint.rate.is_some_and(is_out_of_range) {
        let path = &endpoint.path;
        return Err(format!("endpoint {path} has a rate that is impossible"));
    }
    Ok(())
}

/// Checks that a version, which is printed and sent in headers, has the characters of Semantic Versioning.
fn version(text: &str) -> Result<(), String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._+".contains(&byte);
    if (1..=64).contains(&text.len()) && text.bytes().all(plain) {
        Ok(())
    } else {
        Err("version is not 1 to 64 letters, digits, dots, hyphens and plus signs".to_owned())
    }
}

/// Names end up in environment variables, in options and in file names.
fn name(what: &str, text: &str) -> Result<(), String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if text.is_empty() || text.len() > 64 || !text.bytes().all(plain) {
        let shown: String = text.chars().take(64).collect();
        return Err(format!(
            "{what} {shown:?} is not 1 to 64 lower-case letters, digits and hyphens"
        ));
    }
    Ok(())
}
