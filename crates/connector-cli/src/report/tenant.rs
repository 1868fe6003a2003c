//! The data that a credential can see, for people.

use std::fmt::Write;

use anstyle::Style;

use super::terminal::styled_text;
use connector_types::plain;
use connector_types::{RateLimit, Tenant, counted};

/// Returns the tenant, the credential's owner, what every sync will lack, and the provider's limits.
pub fn describe_tenant(tenant: &Tenant) -> String {
    let bold = Style::new().bold();
    let mut text = String::new();
    let name = styled_text(bold, &plain(&tenant.display_name));
    let owner = plain(&tenant.credential_owner_name);
    let (id, owner_id) = (id(&tenant.id), id(&tenant.credential_owner));
    let _ = writeln!(
        text,
        "{name} ({id}), read with the credential of {owner} ({owner_id})"
    );
    for notice in &tenant.notices {
        let _ = writeln!(text, "  - {}", plain(&notice.message));
    }
    if let Some(limits) = tenant.rate_limit.as_ref().and_then(limits_text) {
        let _ = writeln!(text, "  - {limits}");
    }
    text
}

fn id(id: &connector_types::ResourceId) -> String {
    plain(&id.to_string())
}

/// Returns the limits without the monthly quota, which the connector reports in a notice.
fn limits_text(said: &RateLimit) -> Option<String> {
    let (limit, window) = (said.limit?, said.window?);
    Some(format!(
        "The provider allows {} in {window} s.",
        counted(limit, "request")
    ))
}
