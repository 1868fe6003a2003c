//! What a connector says of itself is hostile input too: a host follows it only where it is whole.

use std::collections::HashSet;

use egress_policy::{Template, is_host_header};

use connector_types::{Credential, Descriptor, Endpoint, ResourceType};

/// Checks that a description can be followed.
///
/// # Errors
/// What is wrong, naming the field.
pub fn check(descriptor: &Descriptor) -> Result<(), String> {
    name("name", &descriptor.name)?;
    let mut types = HashSet::new();
    for resource_type in &descriptor.resource_types {
        check_type(resource_type, descriptor, &types)?;
        if !types.insert(resource_type.id.as_str()) {
            return Err(format!("resource type {} is there twice", resource_type.id));
        }
    }
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

fn check_type(
    resource_type: &ResourceType,
    descriptor: &Descriptor,
    before: &HashSet<&str>,
) -> Result<(), String> {
    let id = &resource_type.id;
    name("resource type", id)?;
    if let Some(parent) = &resource_type.parent
        && !before.contains(parent.as_str())
    {
        return Err(format!(
            "resource type {id} comes before its parent {parent}"
        ));
    }
    let known = |name: &String| descriptor.credentials.iter().any(|one| one.name == *name);
    match &resource_type.needs {
        Some(needs) if !known(needs) => Err(format!(
            "resource type {id} needs an unknown credential {needs}"
        )),
        _ => Ok(()),
    }
}

fn check_credential(credential: &Credential) -> Result<(), String> {
    name("credential", &credential.name)?;
    if credential.forms.is_empty() {
        return Err(format!("credential {} has no form", credential.name));
    }
    for form in &credential.forms {
        name("credential form", &form.name)?;
        let header = http::header::HeaderName::from_bytes(form.header.as_bytes());
        let header = header.map_err(|_| format!("form {} has a bad header name", form.name))?;
        if is_host_header(header.as_str()) {
            return Err(format!("form {} would set the header {header}", form.name));
        }
        if form
            .prefix
            .bytes()
            .any(|byte| !(b' '..=b'~').contains(&byte))
        {
            return Err(format!(
                "form {} has a prefix that is not plain text",
                form.name
            ));
        }
    }
    Ok(())
}

fn check_endpoint(endpoint: &Endpoint) -> Result<(), String> {
    Template::parse(&endpoint.path)?;
    match endpoint.rate {
        Some((requests, seconds)) if requests == 0 || seconds == 0 || seconds > 3600 => Err(
            format!("endpoint {} has a rate that cannot be kept", endpoint.path),
        ),
        _ => Ok(()),
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
