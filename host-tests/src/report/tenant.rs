//! What a credential can see, for people.

use std::fmt::Write;

use anstyle::Style;

use super::terminal::{plain, styled};
use crate::records::{RateLimit, Tenant};

/// The tenant, the credential's owner, what every sync will lack, and the provider's limits.
pub fn describe_tenant(tenant: &Tenant) -> String {
    let bold = Style::new().bold();
    let mut text = String::new();
    let name = styled(bold, &plain(&tenant.display_name));
    let owner = plain(&tenant.credential_owner_name);
    let (id, owner_id) = (id(&tenant.id), id(&tenant.credential_owner));
    let _ = writeln!(
        text,
        "{name} ({id}), read with the credential of {owner} ({owner_id})"
    );
    for notice in &tenant.notices {
        let _ = writeln!(text, "  - {}", plain(&notice.message));
    }
    if let Some(limits) = tenant.rate_limit.as_ref().and_then(limits) {
        let _ = writeln!(text, "  - {limits}");
    }
    text
}

fn id(id: &crate::records::ResourceId) -> String {
    plain(&id.to_string())
}

fn limits(said: &RateLimit) -> Option<String> {
    let window = match (said.limit, said.window) {
        (Some(limit), Some(window)) => Some(format!("{limit} requests in {window} s")),
        _ => None,
    };
    let month = said.month_remaining.map(|left| match said.month_limit {
        Some(limit) => format!("{left} of {limit} requests left this month"),
        None => format!("{left} requests left this month"),
    });
    let parts: Vec<_> = window.into_iter().chain(month).collect();
    (!parts.is_empty()).then(|| format!("The provider allows {}.", parts.join("; ")))
}
