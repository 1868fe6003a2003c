//! A page being made: each record once, and a notice for each that cannot be read.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::bindings::governance::connector::types::{
    Details, Evidence, Grant, GrantsSource, Notice, Page, Resource, ResourceId, Status,
};
use crate::{client::is_id, roles};

/// The longest name or description that is handed out, in bytes.
const MAX_TEXT: usize = 1024;

/// See the file's words.
pub struct Draft(pub Page);

impl Draft {
    /// A page without anything.
    pub fn new() -> Self {
        Self(Page {
            resources: Vec::new(),
            entitlements: Vec::new(),
            grants: Vec::new(),
            notices: Vec::new(),
            next: None,
            rate_limit: None,
        })
    }

    /// Reads an item; where it is odd, says so and what it was to be.
    pub fn item<T: DeserializeOwned>(
        &mut self,
        item: Value,
        what: &str,
        id: fn(&T) -> &str,
    ) -> Option<T> {
        let read = serde_json::from_value(item).ok();
        let read = read.filter(|item| is_id(id(item)));
        if read.is_none() {
            let message = format!("an item of the list of {what}s cannot be read, or has no id");
            self.notice("unreadable-item", None, true, message);
        }
        read
    }

    /// Adds a resource, unless the page has it.
    pub fn resource(&mut self, resource: Resource) {
        if self
            .0
            .resources
            .iter()
            .all(|one| one.id.id != resource.id.id)
        {
            self.0.resources.push(resource);
        }
    }

    /// Adds a grant, unless the page has it.
    pub fn grant(&mut self, grant: Grant) {
        let same = |one: &Grant| {
            one.resource.id == grant.resource.id
                && one.entitlement == grant.entitlement
                && one.principal.id == grant.principal.id
        };
        if !self.0.grants.iter().any(same) {
            self.0.grants.push(grant);
        }
    }

    /// Adds the grant of a role as PagerDuty names it. One that is not known becomes a right of its own.
    pub fn role(&mut self, on: &ResourceId, role: Option<&str>, holder: &ResourceId) {
        let of = on.resource_type.as_str();
        let Some(role) = role.filter(|role| is_slug(role)) else {
            let message = format!("{}: no role that can be read on the {of}", holder.id);
            return self.notice("unreadable-role", Some(holder.clone()), true, message);
        };
        let mut known = roles::on(of)
            .iter()
            .map(|(slug, ..)| *slug)
            .chain(self.0.entitlements.iter().map(|one| one.slug.as_str()));
        if !known.any(|slug| slug == role) {
            self.0.entitlements.push(roles::unknown(of, role));
            let message = format!("the role {role} is not in PagerDuty's documentation");
            self.notice("unknown-role", None, false, message);
        }
        self.grant(held(on, role, holder));
    }

    /// Adds a notice.
    pub fn notice(&mut self, code: &str, about: Option<ResourceId>, omits: bool, message: String) {
        self.0.notices.push(Notice {
            code: code.to_owned(),
            about,
            omits,
            message,
        });
    }
}

impl Default for Draft {
    fn default() -> Self {
        Self::new()
    }
}

/// The identity of a resource.
pub fn id(resource_type: &str, id: &str) -> ResourceId {
    ResourceId {
        resource_type: resource_type.to_owned(),
        id: id.to_owned(),
    }
}

/// A resource that PagerDuty lists, with nothing but its identity. Its name is the first that says anything.
pub fn listed(
    own: ResourceId,
    parent: Option<&ResourceId>,
    names: [Option<&str>; 2],
    details: Details,
) -> Resource {
    let named = names.into_iter().flatten().find_map(text);
    Resource {
        display_name: named.unwrap_or_else(|| own.id.clone()),
        id: own,
        parent: parent.cloned(),
        description: None,
        evidence: Evidence::Listed,
        status: Status::Enabled,
        created_at: None,
        updated_at: None,
        details,
        profile: Vec::new(),
        grants: GrantsSource::Lists,
    }
}

/// A grant that PagerDuty lists.
pub fn held(on: &ResourceId, entitlement: &str, holder: &ResourceId) -> Grant {
    Grant {
        resource: on.clone(),
        entitlement: entitlement.to_owned(),
        principal: holder.clone(),
        implied_by: None,
        expands: None,
    }
}

/// Text for people: without control characters, cut at a character's edge; `None` where nothing is left.
pub fn text(given: &str) -> Option<String> {
    let text = given.replace(char::is_control, " ");
    let text = text.trim();
    let cut = text.get(..text.floor_char_boundary(MAX_TEXT))?;
    (!cut.is_empty()).then(|| cut.to_owned())
}

fn is_slug(text: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    !text.is_empty() && text.len() <= 64 && text.bytes().all(plain)
}
