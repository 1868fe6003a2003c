//! The lists of the laboratory, each of one page, and the duties at a bench.

use connector_sdk::connector::{ListScope, ResourceReader, refuse_page_token};
use connector_sdk::error::{Error, ErrorKind};
use connector_sdk::kind::Kind;
use connector_sdk::lenient::{LenientList, LenientObject};
use connector_sdk::model::{
    AccountType, Audience, CredentialState, CredentialStatus, Details, Entitlement,
    EntitlementList, GrantListing, Impact, LastUse, Page, Purpose, Reference, Resource, ResourceId,
    SecretDetails, Status, Tenant, UserDetails,
};
use connector_sdk::page::PageBuilder;
use connector_sdk::transport::Transport;
use connector_sdk::urls::path_segment;

use crate::LabKind;
use crate::provider::{CREDENTIAL, DUTIES, Duty, Item, PROVIDER, get, items, list_template};

/// Slug of belonging to the institute.
const STAFF: &str = "staff";
/// Slug of belonging to a crew.
const CREWMATE: &str = "crewmate";

/// Every duty: its kind of resource, slug, purpose, and rank among those that replace each other.
const ENTITLEMENTS: [(LabKind, &str, Purpose, Option<u32>); 7] = [
    (LabKind::Institute, STAFF, Purpose::Assignment, None),
    (LabKind::Institute, "director", Purpose::Ownership, None),
    (LabKind::Crew, CREWMATE, Purpose::Assignment, None),
    (LabKind::Bench, "onlooker", Purpose::Permission, Some(1)),
    (LabKind::Bench, "operator", Purpose::Permission, Some(2)),
    (LabKind::Bench, "steward", Purpose::Ownership, Some(3)),
    (LabKind::Bench, "awaited", Purpose::Other, None),
];

fn entitlements(kind: LabKind) -> EntitlementList {
    let all = ENTITLEMENTS.iter().filter(|(of, ..)| *of == kind);
    let all = all.map(|(of, slug, purpose, rank)| Entitlement {
        resource_type: of.name(),
        slug: (*slug).into(),
        display_name: (*slug).into(),
        description: "As its name says.".into(),
        purpose: *purpose,
        grantable_to: vec![LabKind::Scientist.name()],
        exclusion_group: rank.map(|_| "post"),
        rank: *rank,
    });
    EntitlementList::built_in(all.collect())
}

/// The reader of the institute, which has no parent.
pub struct Institutes;

/// The reader of benches, whose duties are read one by one.
pub struct Benches;

/// The reader of a list whose items have all that is known.
pub struct LabList(pub LabKind);

impl<T: Transport> ResourceReader<T> for Institutes {
    fn list_entitlements(&self, _transport: &T) -> Result<EntitlementList, Error> {
        Ok(entitlements(LabKind::Institute))
    }

    fn list_resources(&self, transport: &T, scope: ListScope<'_>) -> Result<Page, Error> {
        list(transport, LabKind::Institute, scope)
    }
}

impl<T: Transport> ResourceReader<T> for LabList {
    fn list_entitlements(&self, _transport: &T) -> Result<EntitlementList, Error> {
        Ok(entitlements(self.0))
    }

    fn list_resources(&self, transport: &T, scope: ListScope<'_>) -> Result<Page, Error> {
        list(transport, self.0, scope)
    }
}

impl<T: Transport> ResourceReader<T> for Benches {
    fn list_entitlements(&self, _transport: &T) -> Result<EntitlementList, Error> {
        Ok(entitlements(LabKind::Bench))
    }

    fn list_resources(&self, transport: &T, scope: ListScope<'_>) -> Result<Page, Error> {
        list(transport, LabKind::Bench, scope)
    }

    fn list_grants(
        &self,
        transport: &T,
        resource: &ResourceId,
        page_token: Option<&str>,
    ) -> Result<Page, Error> {
        refuse_page_token(page_token)?;
        let path = format!("/benches/{}/duties", path_segment(&resource.id));
        let body = get(transport, &DUTIES, path)?;
        let mut page = PageBuilder::new(PROVIDER);
        page.each_object("bench", items(&DUTIES, &body)?, |page, _, bench| {
            add_duties(page, resource, bench.duties);
        });
        Ok(page.finish(&body, None))
    }
}

fn list(transport: &impl Transport, kind: LabKind, scope: ListScope<'_>) -> Result<Page, Error> {
    refuse_page_token(scope.page_token)?;
    let endpoint = list_template(kind);
    let body = get(transport, endpoint, endpoint.path.to_owned())?;
    let mut page = PageBuilder::new(PROVIDER);
    page.each_object(kind.name(), items(endpoint, &body)?, |page, index, item| {
        add(page, kind, index, item);
    });
    Ok(page.finish(&body, None))
}

fn add(page: &mut PageBuilder, kind: LabKind, index: usize, item: Item<'_>) {
    let Some(id) = page.identity(kind, index, &item.code) else {
        return;
    };
    let name = page.text("title", &item.title, &id);
    let mut resource = Resource::listed(id.clone(), name.unwrap_or_else(|| id.id.clone()));
    if page.flag("locked", &item.locked, &id) == Some(true) {
        resource.status = Status::Disabled;
    }
    resource.created_at = page.moment("issued", &item.issued, &id);
    let seen = page.moment("seen", &item.seen, &id);
    resource.details = match kind {
        LabKind::Institute => Details::Tenant,
        LabKind::Crew => Details::Group,
        LabKind::Scientist | LabKind::Summons | LabKind::Logbook => Details::User(UserDetails {
            email: page.text("mail", &item.mail, &id),
            login: None,
            account_type: AccountType::Unknown,
            last_login: seen,
        }),
        LabKind::Badge => Details::Secret(SecretDetails {
            created_by: None,
            access_to: None,
            expires_at: page.moment("until", &item.until, &id),
            last_used: seen.map_or(LastUse::Never, LastUse::At),
        }),
        LabKind::Bench | LabKind::Visitor | LabKind::Passerby | LabKind::Lease => Details::Other,
    };
    let mut text = |field, value| page.text(field, value, &id);
    let attributes = [
        ("invited_by", text("sender", &item.sender)),
        (
            "seats_total",
            item.desks.count().map(|desks| desks.to_string()),
        ),
        (
            "seats_used",
            item.taken.count().map(|desks| desks.to_string()),
        ),
    ];
    let attributes = attributes.into_iter();
    resource.attributes = attributes
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    if kind == LabKind::Bench {
        resource.grants = GrantListing::ListGrantsRequired;
    }
    page.page.resources.push(resource);
    add_duties(page, &id, item.duties);
}

fn add_duties(
    page: &mut PageBuilder,
    on: &ResourceId,
    duties: LenientList<LenientObject<Duty<'_>>>,
) {
    let duties = page.entries("duties", duties, on, false);
    page.each_object("duty", duties, |page, index, duty| {
        add_duty(page, on, index, &duty);
    });
}

fn add_duty(page: &mut PageBuilder, on: &ResourceId, index: usize, duty: &Duty<'_>) {
    let mut known = ENTITLEMENTS.iter();
    let known = known
        .find(|(of, slug, ..)| of.name() == on.resource_type && duty.duty.words() == Some(slug));
    let kind = duty.kind.words().and_then(|kind| LabKind::parse(kind).ok());
    let (Some((_, slug, ..)), Some(kind)) = (known, kind) else {
        let message = format!("duty {index} is smudged");
        page.notice("smudged-duty", Some(on), Impact::AccessUnknown, message);
        return;
    };
    let Some(who) = page.identity(kind, index, &duty.code) else {
        return;
    };
    if let Some(details) = referenced_details(kind) {
        let reference = Reference::new(who.clone(), who.id.clone(), details);
        page.page.references.push(reference);
    }
    page.grant(on, *slug, &who, membership(kind), None);
}

/// Returns the details of a kind that no list has.
fn referenced_details(kind: LabKind) -> Option<Details> {
    match kind {
        LabKind::Visitor => Some(Details::User(UserDetails {
            email: None,
            login: None,
            account_type: AccountType::External,
            last_login: None,
        })),
        LabKind::Passerby => Some(Details::Audience(Audience::Anyone)),
        LabKind::Institute
        | LabKind::Scientist
        | LabKind::Crew
        | LabKind::Bench
        | LabKind::Badge
        | LabKind::Summons
        | LabKind::Logbook
        | LabKind::Lease => None,
    }
}

/// Returns the slug of belonging to a kind that passes its duties on.
fn membership(kind: LabKind) -> Option<&'static str> {
    match kind {
        LabKind::Institute => Some(STAFF),
        LabKind::Crew => Some(CREWMATE),
        LabKind::Scientist
        | LabKind::Bench
        | LabKind::Visitor
        | LabKind::Passerby
        | LabKind::Badge
        | LabKind::Summons
        | LabKind::Logbook
        | LabKind::Lease => None,
    }
}

/// Reads the institute; the first of its duties is that of the passkey's owner.
///
/// # Errors
/// Returns an error if the laboratory lets nobody in, or does not say who it is.
pub fn validate(transport: &impl Transport) -> Result<Tenant, Error> {
    let endpoint = list_template(LabKind::Institute);
    let body = get(transport, endpoint, endpoint.path.to_owned())?;
    let mut items = items(endpoint, &body)?.into_iter();
    let item = items.next().and_then(LenientObject::here);
    let item = item.unwrap_or_default();
    let id = item.code.id();
    let id = id.and_then(|id| ResourceId::parse(LabKind::Institute, id));
    let id = id.ok_or_else(|| {
        let kind = ErrorKind::UnexpectedResponse;
        Error::of_request(endpoint, kind, "The laboratory has no name.", "no `code`")
    })?;
    let title = item.title.words().unwrap_or(&id.id).to_owned();
    Ok(Tenant {
        credential_owner: id.clone(),
        credential_owner_name: title.clone(),
        display_name: title,
        id,
        notices: Vec::new(),
        credentials: vec![CredentialState {
            credential: CREDENTIAL,
            status: CredentialStatus::Accepted,
        }],
        rate_limit: None,
    })
}
