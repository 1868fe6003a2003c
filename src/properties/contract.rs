//! The contract's rules for every page and every error, stated a second time.

use crate::ResourceKind;
use crate::properties::calls::{ConnectorQuery, TestedCall};
use crate::properties::{Verdict, ensure};
use crate::resources::audit_events;
use connector_sdk::error::{Error, ErrorKind};
use connector_sdk::kind::Kind;
use connector_sdk::model::{
    Details, Entitlement, EventExtent, GrantSet, LastUse, Notice, Page, Resource, ResourceId,
};
use connector_sdk::timestamps;
use std::{collections::HashSet, fmt::Debug, hash::Hash};

/// The entitlements that need no record in a page, since `list-entitlements` returns them: type, slugs.
const FORETOLD: [(&str, &str); 5] = [
    (
        "team",
        "member admin user billing flow-editor community-manager super-admin partner-manager \
         api-network-manager api-governance-manager viewer guest partner organization-manager \
         organization-member organization-collaborator team-manager team-developer \
         team-community-manager team-partner-manager team-partner-lead team-partner team-guest \
         team-guest-developer team-guest-viewer",
    ),
    ("group", "member manager"),
    ("scim-group", "member"),
    (
        "workspace",
        "member access manage viewer editor admin partner-viewer partner-editor partner-viewer-lead partner-editor-lead",
    ),
    ("collection", "viewer editor"),
];

/// Checks the rules for every page.
pub fn page(call: &TestedCall, page: &Page) -> Verdict {
    once(page.resources.iter().map(|resource| &resource.id))?;
    once(page.references.iter().map(|one| &one.resource.id))?;
    once(
        page.entitlements
            .iter()
            .map(|known| (known.resource_type, &known.slug)),
    )?;
    let references = page.references.iter();
    let parents = references.clone().filter_map(|one| one.parent.as_ref());
    parents.into_iter().try_for_each(id)?;
    let references = references.map(|one| &one.resource);
    let resources = page.resources.iter().chain(references);
    resources.into_iter().try_for_each(resource)?;
    page.entitlements.iter().try_for_each(entitlement)?;
    page.grants
        .iter()
        .try_for_each(|set| grant_set(call, page, set))?;
    page.notices.iter().try_for_each(notice)?;
    ensure(
        page.next_page_token
            .as_ref()
            .is_none_or(|next| next.len() <= 2048),
        || "a cursor longer than 2 KiB".to_owned(),
    )
}

/// Checks the rules for every error. An answer of the provider never makes the call invalid.
pub fn error(status: u16, error: &Error) -> Verdict {
    for text in [&error.problem.message, &error.problem.detail] {
        ensure(
            !text.is_empty() && text.len() <= 1024 && is_one_line(text),
            || format!("{text:?} is no text for people"),
        )?;
    }
    let is_odd = matches!(error.kind, ErrorKind::InvalidArgument | ErrorKind::Other);
    ensure(!is_odd && error.problem.status == Some(status), || {
        format!("{error:?} after a {status}")
    })?;
    let waits = matches!(error.kind, ErrorKind::RateLimited | ErrorKind::Unavailable);
    ensure(waits || error.problem.retry_after.is_none(), || {
        format!("a wait that helps nobody: {error:?}")
    })
}

fn once<T: Eq + Hash + Debug>(items: impl Iterator<Item = T>) -> Verdict {
    let mut seen = HashSet::new();
    for item in items {
        let text = format!("{item:?}");
        ensure(seen.insert(item), || format!("{text} is on_page twice"))?;
    }
    Ok(())
}

fn resource(resource: &Resource) -> Verdict {
    id(&resource.id)?;
    name(&resource.display_name)?;
    resource
        .description
        .iter()
        .try_for_each(|text| name(text))?;
    let moments = [&resource.created_at, &resource.updated_at];
    moments
        .into_iter()
        .flatten()
        .try_for_each(|text| moment(text))?;
    for (_, fact) in &resource.attributes {
        name(fact)?;
    }
    ensure(
        resource
            .attributes
            .is_sorted_by(|one, other| one.0 < other.0),
        || format!("{:?} is not sorted", resource.attributes),
    )?;
    match &resource.details {
        Details::User(user) => {
            let facts = [&user.email, &user.login];
            facts.into_iter().flatten().try_for_each(|text| name(text))
        }
        Details::Secret(secret) => {
            let ends = [&secret.created_by, &secret.access_to];
            ends.into_iter().flatten().try_for_each(id)?;
            let last_used = match &secret.last_used {
                LastUse::At(time) => Some(time),
                LastUse::Never | LastUse::NotStated => None,
            };
            let moments = secret.expires_at.iter().chain(last_used);
            moments.into_iter().try_for_each(|text| moment(text))
        }
        Details::Group | Details::Tenant | Details::Audience(_) | Details::Other => Ok(()),
        Details::Change(extent) => match extent {
            EventExtent::None | EventExtent::Unknown => Ok(()),
            EventExtent::Resources(ids) => {
                ensure(!ids.is_empty(), || {
                    "an extent without a resource".to_owned()
                })?;
                ids.iter().try_for_each(id)
            }
        },
    }
}

fn entitlement(entitlement: &Entitlement) -> Verdict {
    slug(&entitlement.slug)?;
    name(&entitlement.display_name)?;
    let what = &entitlement.description;
    ensure(what.is_empty() || name(what).is_ok(), || {
        format!("{what:?} is not clean")
    })
}

/// Checks that a grant set is within the call, its entitlements are known, and each principal is there once.
fn grant_set(call: &TestedCall, page: &Page, set: &GrantSet) -> Verdict {
    id(&set.resource)?;
    for principal in &set.principal_ids {
        let id_of_principal = ResourceId::parse(kind_of(set.principal_type)?, principal.as_str());
        ensure(id_of_principal.is_some(), || {
            format!("{principal:?} is no id")
        })?;
    }
    once(set.principal_ids.iter())?;
    once(set.entitlements.iter())?;
    ensure(
        !set.principal_ids.is_empty() && !set.entitlements.is_empty(),
        || format!("{set:?} is empty"),
    )?;
    if let ConnectorQuery::Grants(on) = call.ask {
        let asked = (set.resource.resource_type, set.resource.id.as_str());
        ensure(asked == (call.of, on), || {
            format!("{set:?} is on something else")
        })?;
    }
    let of = set.resource.resource_type;
    set.entitlements
        .iter()
        .try_for_each(|slug| entitlement_is_known(page, of, slug))
}

fn kind_of(resource_type: &str) -> Result<ResourceKind, String> {
    ResourceKind::parse(resource_type).map_err(|error| error.to_string())
}

fn entitlement_is_known(page: &Page, of: &str, wanted: &str) -> Verdict {
    slug(wanted)?;
    let foretold = FORETOLD
        .iter()
        .any(|(known, slugs)| *known == of && slugs.split(' ').any(|slug| slug == wanted));
    let on_page = page
        .entitlements
        .iter()
        .any(|known| known.resource_type == of && known.slug == wanted);
    ensure(foretold || on_page, || {
        format!("no record describes the entitlement {wanted} on a {of}")
    })
}

fn notice(notice: &Notice) -> Verdict {
    notice.about.iter().try_for_each(id)?;
    let message = &notice.message;
    ensure(!message.is_empty() && is_one_line(message), || {
        format!("{message:?} is not clean")
    })
}

/// Checks that a host may store, print and return an identifier.
fn id(id: &ResourceId) -> Verdict {
    let opaque = matches!(
        id.resource_type,
        "collection-access-key" | "scim-account" | "scim-group" | "invitation"
    );
    let plain =
        |c: char| c.is_ascii_alphanumeric() || "_.:@-".contains(c) || opaque && "=+/".contains(c);
    let known = ResourceKind::ALL.iter().map(|known| known.name());
    let mut known = known.chain([audit_events::LOG.name]);
    let known = known.any(|known| known == id.resource_type);
    let fits = !id.id.is_empty() && id.id.len() <= 128 && id.id.chars().all(plain);
    ensure(known && fits && id.id.chars().any(|c| c != '.'), || {
        format!("{id:?} is no id")
    })
}

fn name(text: &str) -> Verdict {
    let fits = !text.is_empty() && text.chars().count() <= 1024 && text.trim() == text;
    ensure(fits && is_one_line(text), || {
        format!("{text:?} is not clean")
    })
}

fn slug(text: &str) -> Verdict {
    ensure(
        !text.trim().is_empty() && text.len() <= 1024 && is_one_line(text),
        || format!("{text:?} is no slug"),
    )
}

fn moment(text: &str) -> Verdict {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    let fits = shape == "0000-00-00T00:00:00Z" && timestamps::utc(text).as_deref() == Some(text);
    ensure(fits, || format!("{text:?} is no moment in normal form"))
}

fn is_one_line(text: &str) -> bool {
    !text.chars().any(char::is_control)
}
