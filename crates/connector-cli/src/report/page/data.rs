//! A sync as the page's scripts read it: every resource once, everything else by its index in that
//! list.
//!
//! Group-like resources (groups, the tenant, everyone) are not expanded here: the browser expands
//! those that it shows.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io;

use serde::Serialize;

use connector_store::FormerNames;
use connector_sync::SyncInventory;
use connector_types::{
    Attributes, Details, DisabledResources, Entitlement, Evidence, Grant, LastLogins, Notice,
    Operation, Outcome, Resource, ResourceId, Run, Scope, Status, Summary, UserDetails,
};

/// Everything that the page shows of one sync.
#[derive(Serialize)]
pub(super) struct Data<'a> {
    run: &'a Run,
    summary: &'a Summary,
    types: Vec<&'a str>,
    resources: Vec<PageResource<'a>>,
    entitlements: &'a [Entitlement],
    /// The values that `GrantRow` names by index: rules of the provider, and slugs of group-like
    /// resources.
    rules: Vec<&'a str>,
    slugs: Vec<&'a str>,
    grants: Vec<PageGrants>,
    gaps: Vec<PageGap<'a>>,
    notices: Vec<NoticeRow<'a>>,
}

/// A resource; what is usual is left out.
#[derive(Serialize)]
struct PageResource<'a> {
    /// Index of its type.
    #[serde(rename = "type")]
    resource_type: usize,
    id: &'a str,
    name: &'a str,
    /// The earlier run that name and address are from.
    #[serde(skip_serializing_if = "Option::is_none")]
    name_from_run: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "is_listed")]
    evidence: Evidence,
    #[serde(skip_serializing_if = "is_enabled")]
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Cow<'a, UserDetails>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<SecretRow<'a>>,
    #[serde(skip_serializing_if = "is_empty")]
    attributes: &'a Attributes,
}

#[derive(Serialize)]
struct SecretRow<'a> {
    created_by: Option<usize>,
    access_to: Option<usize>,
    expires_at: Option<&'a str>,
    last_used: Option<&'a str>,
}

/// Grants that differ in their principals alone: resource, entitlement, rule, slug, principals.
#[derive(Serialize)]
struct PageGrants(usize, usize, Option<usize>, Option<usize>, Vec<usize>);

/// The fields that the grants of one row share, in the order of [`PageGrants`].
type SharedGrantFields = (usize, usize, Option<usize>, Option<usize>);

/// Scopes with the same outcome and the same message; successful ones are left out.
#[derive(Serialize)]
struct PageGap<'a> {
    outcome: &'static str,
    /// True if a sync with this gap can be complete.
    harmless: bool,
    call: Operation,
    resource_type: &'a str,
    message: Option<&'a str>,
    detail: Option<&'a str>,
    scopes: usize,
    /// The resources whose grants could not be read, or under which could not be listed.
    places: Vec<usize>,
}

#[derive(Serialize)]
struct NoticeRow<'a> {
    code: &'a str,
    partial: bool,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<usize>,
}

fn is_listed(evidence: &Evidence) -> bool {
    *evidence == Evidence::Listed
}

fn is_enabled(status: &Status) -> bool {
    *status == Status::Enabled
}

fn is_empty(attributes: &&Attributes) -> bool {
    attributes.0.is_empty()
}

/// Assigns an index to each text, in the order of first use.
#[derive(Default)]
struct TextIndex<'a> {
    of: HashMap<&'a str, usize>,
    all: Vec<&'a str>,
}

impl<'a> TextIndex<'a> {
    fn text_place(&mut self, text: &'a str) -> usize {
        *self.of.entry(text).or_insert_with(|| {
            self.all.push(text);
            self.all.len() - 1
        })
    }
}

/// The index of each resource of the sync in the list.
pub(super) struct Index<'a>(HashMap<&'a ResourceId, usize>);

impl<'a> Index<'a> {
    pub(super) fn new(synced: &'a SyncInventory) -> Self {
        let ids = synced.resources.iter().map(|resource| &resource.id);
        Self(ids.enumerate().map(|(at, id)| (id, at)).collect())
    }

    pub(super) fn find(&self, id: &ResourceId) -> Option<usize> {
        self.0.get(id).copied()
    }

    fn required_index(&self, id: &ResourceId) -> io::Result<usize> {
        let missing = || io::Error::other(format!("a grant names {id}, which has no record"));
        self.find(id).ok_or_else(missing)
    }
}

impl<'a> Data<'a> {
    /// Returns the sync in the page's form.
    ///
    /// # Errors
    /// Returns an error if a grant names an id without a record: the sync was altered.
    pub(super) fn new(
        (synced, former): (&'a SyncInventory, &FormerNames),
        index: &Index<'a>,
    ) -> io::Result<Self> {
        let mut types = TextIndex::default();
        let resources = synced.resources.iter();
        let disabled = DisabledResources::of(&synced.resources);
        let last_logins = LastLogins::of(&synced.resources);
        let resources = resources.map(|one| {
            let status = disabled.status(one);
            let mut row = resource_row(one, status, index, &mut types);
            if let (Some(user), Some(time)) = (&mut row.user, last_logins.get(&one.id))
                && user.last_login.as_deref() != Some(time)
            {
                user.to_mut().last_login = Some(time.to_owned());
            }
            PageResource {
                name_from_run: former.get(&one.id).map(|former| former.run.0),
                ..row
            }
        });
        let resources = resources.collect();
        let (mut rules, mut slugs) = (TextIndex::default(), TextIndex::default());
        let grants = grant_rows(synced, index, &mut rules, &mut slugs)?;
        Ok(Self {
            run: &synced.run,
            summary: &synced.summary,
            resources,
            types: types.all,
            entitlements: &synced.entitlements,
            grants,
            rules: rules.all,
            slugs: slugs.all,
            gaps: page_gaps(&synced.scopes, index),
            notices: notice_rows(&synced.notices, index),
        })
    }
}

fn resource_row<'a>(
    one: &'a Resource,
    status: Status,
    index: &Index<'a>,
    types: &mut TextIndex<'a>,
) -> PageResource<'a> {
    let find = |id: &Option<ResourceId>| id.as_ref().and_then(|id| index.find(id));
    let kind = (one.details != Details::Other).then(|| one.details.kind());
    let (user, secret) = match &one.details {
        Details::User(user) => (Some(Cow::Borrowed(user)), None),
        Details::Secret(secret) => {
            let row = SecretRow {
                created_by: find(&secret.created_by),
                access_to: find(&secret.access_to),
                expires_at: secret.expires_at.as_deref(),
                last_used: secret.last_used.text(),
            };
            (None, Some(row))
        }
        Details::Group
        | Details::Tenant
        | Details::Audience(_)
        | Details::Other
        | Details::Change(_) => (None, None),
    };
    PageResource {
        resource_type: types.text_place(&one.id.resource_type),
        id: &one.id.id,
        name: &one.display_name,
        name_from_run: None,
        kind,
        evidence: one.evidence,
        status,
        parent: find(&one.parent),
        description: one.description.as_deref(),
        created_at: one.created_at.as_deref(),
        updated_at: one.updated_at.as_deref(),
        user,
        secret,
        attributes: &one.attributes,
    }
}

fn grant_rows<'a>(
    synced: &'a SyncInventory,
    index: &Index<'a>,
    rules: &mut TextIndex<'a>,
    slugs: &mut TextIndex<'a>,
) -> io::Result<Vec<PageGrants>> {
    let entitlements = synced.entitlements.iter().enumerate();
    let entitlements: HashMap<(&str, &str), usize> = entitlements
        .map(|(at, entitlement)| ((&*entitlement.resource_type, &*entitlement.slug), at))
        .collect();
    let mut found: BTreeMap<SharedGrantFields, Vec<usize>> = BTreeMap::new();
    for grant in &synced.grants {
        let entitlement = (&*grant.resource.resource_type, &*grant.entitlement);
        let entitlement = entitlements
            .get(&entitlement)
            .ok_or_else(|| undescribed_error(grant))?;
        let rule = grant
            .implied_by
            .as_deref()
            .map(|rule| rules.text_place(rule));
        let slug = grant.expands.as_deref().map(|slug| slugs.text_place(slug));
        let key = (
            index.required_index(&grant.resource)?,
            *entitlement,
            rule,
            slug,
        );
        let principal = index.required_index(&grant.principal)?;
        found.entry(key).or_default().push(principal);
    }
    let rows = found.into_iter();
    Ok(rows
        .map(|((a, b, c, d), principal)| PageGrants(a, b, c, d, principal))
        .collect())
}

fn undescribed_error(grant: &Grant) -> io::Error {
    let (entitlement, on) = (&grant.entitlement, &grant.resource);
    io::Error::other(format!(
        "a grant names {entitlement} on {on}, which has no record"
    ))
}

fn page_gaps<'a>(scopes: &'a [Scope], index: &Index<'a>) -> Vec<PageGap<'a>> {
    let mut found: BTreeMap<_, PageGap<'_>> = BTreeMap::new();
    for scope in scopes {
        if scope.outcome == Outcome::Complete {
            continue;
        }
        let message = scope.problem.as_ref().map(|problem| &*problem.message);
        let detail = scope.problem.as_ref().map(|problem| &*problem.detail);
        let harmless = scope.outcome.lets_run_be_complete();
        let key = (
            harmless,
            scope.call,
            &*scope.resource_type,
            scope.outcome,
            message,
        );
        let gap = found.entry(key).or_insert_with(|| PageGap {
            outcome: scope.outcome.name(),
            harmless,
            call: scope.call,
            resource_type: &scope.resource_type,
            message,
            detail,
            scopes: 0,
            places: Vec::new(),
        });
        gap.scopes += 1;
        gap.places.extend(place(scope, index));
    }
    found.into_values().collect()
}

fn place(scope: &Scope, index: &Index<'_>) -> Option<usize> {
    match &scope.id {
        Some(id) => index.find(&ResourceId::new(&*scope.resource_type, &**id)),
        None => scope.parent.as_ref().and_then(|parent| index.find(parent)),
    }
}

fn notice_rows<'a>(notices: &'a [Notice], index: &Index<'a>) -> Vec<NoticeRow<'a>> {
    let rows = notices.iter().map(|notice| NoticeRow {
        code: &notice.code,
        partial: notice.is_partial(),
        message: &notice.message,
        about: notice.about.as_ref().and_then(|id| index.find(id)),
    });
    rows.collect()
}
