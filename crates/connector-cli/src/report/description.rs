//! A connector's description, for the operator who decides whether to give it a key.

use std::fmt::Write;

use super::table::Table;
use connector_types::plain;
use connector_types::{Credential, Descriptor, ResourceType};

/// Returns the resource types that the connector reads, the secrets that it needs, and every
/// request that it can send. `variable` names the environment variables of a credential scheme.
pub fn describe(
    descriptor: &Descriptor,
    sha256: &str,
    variables: impl Fn(&Credential, usize) -> String,
) -> String {
    let (name, version) = (plain(&descriptor.name), plain(&descriptor.version));
    let mut text = format!("{name} {version}\n");
    let _ = writeln!(text, "component sha256 {sha256}");
    let _ = writeln!(text, "manifest  sha256 {}\n", descriptor.sha256());
    let _ = writeln!(text, "{}", type_table(descriptor));
    let _ = writeln!(text, "{}", credential_table(descriptor, variables));
    let _ = writeln!(text, "{}", address_table(descriptor));
    let _ = write!(text, "{}", request_table(descriptor));
    text
}

fn type_table(descriptor: &Descriptor) -> Table {
    let mut table = Table::new(["Reads", "under", "asked for", "what it is"]);
    for one in &descriptor.resource_types {
        let parent = one.parent.clone().unwrap_or_default();
        table.add_row([
            one.id.clone(),
            parent,
            asked_by_default(one),
            one.description.clone(),
        ]);
    }
    table
}

fn asked_by_default(one: &ResourceType) -> String {
    match (&one.needs, one.opt_in, one.reference_only) {
        (Some(needs), _, _) => format!("with the credential {needs}"),
        (None, true, _) => format!("with --include {}", one.id),
        (None, false, true) => "as others refer to it".to_owned(),
        (None, false, false) => "always".to_owned(),
    }
}

fn credential_table(
    descriptor: &Descriptor,
    variables: impl Fn(&Credential, usize) -> String,
) -> Table {
    let mut table = Table::new(["Credential", "", "variable", "header", "what it is"]);
    for credential in &descriptor.credentials {
        let need = if credential.required {
            "required"
        } else {
            "optional"
        };
        for (place, form) in credential.schemes.iter().enumerate() {
            table.add_row([
                credential.name.clone(),
                need.to_owned(),
                variables(credential, place),
                format!("{}: {}…", form.header, form.prefix),
                form.description.clone(),
            ]);
        }
    }
    table
}

fn address_table(descriptor: &Descriptor) -> Table {
    let mut table = Table::new(["Base URL", "who is served there"]);
    for place in &descriptor.base_urls {
        table.add_row([place.url.clone(), place.description.clone()]);
    }
    table
}

fn request_table(descriptor: &Descriptor) -> Table {
    let mut table = Table::new([
        "GET (nothing else)",
        "query",
        "credential",
        "rate",
        "what for",
    ]);
    for endpoint in &descriptor.endpoints {
        let rate = endpoint.rate;
        let rate = rate.map(|rate| format!("{} in {} s", rate.requests, rate.window_seconds));
        table.add_row([
            endpoint.path.clone(),
            endpoint.query.join(" "),
            endpoint.credential.clone(),
            rate.unwrap_or_default(),
            endpoint.purpose.clone(),
        ]);
    }
    table
}
