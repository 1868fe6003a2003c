//! A connector's description, for the operator who decides whether to give it a key.

use std::fmt::Write;

use super::table::Table;
use connector_types::plain;
use connector_types::{Credential, Descriptor, ResourceType};

/// What the connector reads, which secrets it wants, and every request that it can send.
/// `variable` names the environment variables of a credential's form.
pub fn describe(
    descriptor: &Descriptor,
    sha256: &str,
    variables: impl Fn(&Credential, usize) -> String,
) -> String {
    let (name, version) = (plain(&descriptor.name), plain(&descriptor.version));
    let mut text = format!("{name} {version}\n");
    let _ = writeln!(text, "component sha256 {sha256}");
    let _ = writeln!(text, "manifest  sha256 {}\n", descriptor.sha256());
    let _ = writeln!(text, "{}", types(descriptor));
    let _ = writeln!(text, "{}", credentials(descriptor, variables));
    let _ = writeln!(text, "{}", places(descriptor));
    let _ = write!(text, "{}", requests(descriptor));
    text
}

fn types(descriptor: &Descriptor) -> Table {
    let mut table = Table::new(["Reads", "under", "asked for", "what it is"]);
    for one in &descriptor.resource_types {
        let parent = one.parent.clone().unwrap_or_default();
        table.row([one.id.clone(), parent, asked(one), one.description.clone()]);
    }
    table
}

fn asked(one: &ResourceType) -> String {
    match (&one.needs, one.opt_in, one.reference_only) {
        (Some(needs), _, _) => format!("with the credential {needs}"),
        (None, true, _) => format!("with --include {}", one.id),
        (None, false, true) => "as others refer to it".to_owned(),
        (None, false, false) => "always".to_owned(),
    }
}

fn credentials(descriptor: &Descriptor, variables: impl Fn(&Credential, usize) -> String) -> Table {
    let mut table = Table::new(["Credential", "", "variable", "header", "what it is"]);
    for credential in &descriptor.credentials {
        let need = if credential.required {
            "required"
        } else {
            "optional"
        };
        for (place, form) in credential.schemes.iter().enumerate() {
            table.row([
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

fn places(descriptor: &Descriptor) -> Table {
    let mut table = Table::new(["Base URL", "who is served there"]);
    for place in &descriptor.base_urls {
        table.row([place.url.clone(), place.description.clone()]);
    }
    table
}

fn requests(descriptor: &Descriptor) -> Table {
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
        table.row([
            endpoint.path.clone(),
            endpoint.query.join(" "),
            endpoint.credential.clone(),
            rate.unwrap_or_default(),
            endpoint.purpose.clone(),
        ]);
    }
    table
}
