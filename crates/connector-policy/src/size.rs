//! The size limits of a description: the host searches it for every request and every record.

use connector_types::Descriptor;

/// The most of each list. Five times what the largest known API has.
const MAX_RESOURCE_TYPES: usize = 1_000;
const MAX_CREDENTIALS: usize = 50;
const MAX_SCHEMES: usize = 20;
const MAX_BASE_URLS: usize = 100;
const MAX_ENDPOINTS: usize = 2_000;
const MAX_COVERED_TYPES: usize = MAX_RESOURCE_TYPES;
const MAX_QUERY_KEYS: usize = 100;
/// The longest text, and all texts together, in bytes.
const MAX_TEXT: usize = 8 << 10;
const MAX_TEXTS: usize = 1 << 20;

/// Checks that a description is no larger than any provider needs.
///
/// # Errors
/// Returns an error that names the list or text which is too large, and the most that it may have.
pub(super) fn check(descriptor: &Descriptor) -> Result<(), String> {
    let Descriptor {
        name: _,
        version: _,
        resource_types,
        credentials,
        base_urls,
        endpoints,
        change_log,
    } = descriptor;
    count("resource types", resource_types.len(), MAX_RESOURCE_TYPES)?;
    count("credentials", credentials.len(), MAX_CREDENTIALS)?;
    count("base URLs", base_urls.len(), MAX_BASE_URLS)?;
    count("endpoints", endpoints.len(), MAX_ENDPOINTS)?;
    let covered = change_log.as_ref().map_or(0, |log| log.covers.len());
    count("covered types", covered, MAX_COVERED_TYPES)?;
    for credential in credentials {
        count(
            "schemes of a credential",
            credential.schemes.len(),
            MAX_SCHEMES,
        )?;
    }
    for endpoint in endpoints {
        count(
            "query keys of an endpoint",
            endpoint.query.len(),
            MAX_QUERY_KEYS,
        )?;
    }
    let mut sum = 0_usize;
    for text in texts(descriptor) {
        count("bytes in a text", text.len(), MAX_TEXT)?;
        sum = sum.saturating_add(text.len());
    }
    count("bytes in its texts", sum, MAX_TEXTS)
}

fn count(what: &str, count: usize, most: usize) -> Result<(), String> {
    if count > most {
        Err(format!(
            "it has {count} {what}, and at most {most} are read"
        ))
    } else {
        Ok(())
    }
}

fn texts(descriptor: &Descriptor) -> impl Iterator<Item = &String> {
    let own = [&descriptor.name, &descriptor.version];
    let types = descriptor.resource_types.iter().flat_map(|one| {
        let always = [&one.id, &one.display_name, &one.description];
        always.into_iter().chain(&one.parent).chain(&one.needs)
    });
    let credentials = descriptor.credentials.iter().flat_map(|one| {
        let schemes = one.schemes.iter();
        let schemes = schemes.flat_map(|scheme| {
            [
                &scheme.name,
                &scheme.header,
                &scheme.prefix,
                &scheme.description,
            ]
        });
        [&one.name, &one.description].into_iter().chain(schemes)
    });
    let base_urls = descriptor.base_urls.iter();
    let base_urls = base_urls.flat_map(|one| [&one.url, &one.description]);
    let endpoints = descriptor.endpoints.iter().flat_map(|one| {
        let always = [&one.path, &one.credential, &one.purpose];
        always.into_iter().chain(&one.query)
    });
    let of_lists = types.chain(credentials).chain(base_urls);
    let logs = descriptor.change_log.iter().flat_map(|one| {
        let always = [&one.name, &one.description];
        always.into_iter().chain(&one.covers)
    });
    own.into_iter().chain(of_lists).chain(endpoints).chain(logs)
}
