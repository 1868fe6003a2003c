//! The team, from `/me`: as a resource, and as what a credential can see.

use crate::ResourceKind;
use crate::api::PROVIDER;
use crate::api::client::{AcceptedResponse, UNLIMITED, check_credential, get};
use crate::api::endpoints::{POSTMAN, PostmanRequest, SCIM};
use crate::api::wire::{Me, Operation, Owner};
use crate::resources::known_roles::{ADMIN, ORGANIZATION_MANAGER, SUPER_ADMIN};
use crate::resources::teams_position::{TeamsPosition, first_page};
use crate::resources::{known_roles, sub_teams, team_roles};
use connector_sdk::connector::{ListScope, ResourceReader};
use connector_sdk::error::{Error, ErrorKind};
use connector_sdk::lenient::{LenientList, LenientObject, Scalar};
use connector_sdk::model::{
    AccountType, CredentialState, CredentialStatus, Details, Page, RateLimit, Resource, ResourceId,
    Tenant, UserDetails,
};
use connector_sdk::model::{EntitlementList, Impact, Reference};
use connector_sdk::page::{PageBuilder, presentable};
use connector_sdk::page_token;
use connector_sdk::page_token::PagePosition;
use connector_sdk::transport::Transport;

/// The reader of the team.
pub struct Teams;

impl<T: Transport> ResourceReader<T> for Teams {
    fn list_entitlements(&self, _transport: &T) -> Result<EntitlementList, Error> {
        Ok(EntitlementList::built_in(team_roles::built_in()))
    }

    fn list_resources(&self, transport: &T, scope: ListScope<'_>) -> Result<Page, Error> {
        let place = page_token::resume(ResourceKind::Team.name(), None, scope.page_token)?;
        match TeamsPosition::parse(place.at()) {
            None => list(transport, place),
            Some(at) => sub_teams::list(transport, at, place),
        }
    }
}

/// The records that every sync lacks, with any key.
const NOT_IN_API: &str = "Postman's API shows neither roles on folders (Folder Manager), environments and API \
     networks (Network Manager), nor lists of guests and service accounts, nor the access of a team role to workspaces: what \
     follows from these is missing, but for Super Admins, who by Postman's documentation can do everything \
     in every workspace, and Partner Managers, who manage every Partner Workspace.";

/// Reads the team. The teams of the organization that it may be follow on pages of their own.
fn list(transport: &impl Transport, place: PagePosition) -> Result<Page, Error> {
    let answer = get(transport, &PostmanRequest::Me)?;
    let (owner, owner_id, _) = owner(&answer)?;
    let id = team_of(&answer, &owner)?;
    let mut page = PageBuilder::new(PROVIDER);
    let name = page.text("teamName", &owner.team_name, &id);
    let domain = page.text("teamDomain", &owner.team_domain, &id);
    let display_name = name.unwrap_or_else(|| format!("Team {}", id.id));
    let mut team = Resource::listed(id.clone(), display_name);
    team.details = Details::Tenant;
    team.attributes
        .extend(domain.map(|domain| ("team_domain", domain)));
    page.page.resources.push(team);
    if is_service(&owner) {
        add_service(&mut page, &id, owner, owner_id);
    }
    page.page.next_page_token = first_page(&id, place)?;
    Ok(answer.finish(page))
}

/// Returns true if the owner is a program: Postman sends neither a login nor an address of one.
fn is_service(owner: &Owner<'_>) -> bool {
    owner.username.is_blank() && owner.email.is_blank()
}

/// Adds the record of a service account, which no list has, and its team roles.
fn add_service(page: &mut PageBuilder, team: &ResourceId, owner: Owner<'_>, id: ResourceId) {
    let name = page.text("fullName", &owner.full_name, &id);
    let details = Details::User(UserDetails {
        email: None,
        login: None,
        account_type: AccountType::Service,
        last_login: None,
    });
    if let LenientList::Items(_) = owner.roles {
        team_roles::grant(page, team, &id, None, owner.roles);
    }
    let name = name.unwrap_or_else(|| service_name(&id));
    let account = Reference::new(id, name, details);
    page.page.references.push(account);
}

/// Returns what a service account without a name is called.
fn service_name(id: &ResourceId) -> String {
    format!("Service account {}", id.id)
}

/// Checks that the credential works and says what it can see, and what every sync will lack.
pub fn validate(transport: &impl Transport) -> Result<Tenant, Error> {
    let answer = get(transport, &PostmanRequest::Validate)?;
    let (owner, credential_owner, operations) = owner(&answer)?;
    let id = team_of(&answer, &owner)?;
    let mut page = PageBuilder::new(PROVIDER);
    let display_name = page.text("teamName", &owner.team_name, &id);
    let owner_name = [
        ("fullName", &owner.full_name),
        ("username", &owner.username),
        ("email", &owner.email),
    ]
    .into_iter()
    .find_map(|(field, value)| page.text(field, value, &credential_owner));
    say_what_owner_sees(&mut page, &owner, &credential_owner, &operations);
    page.note_lost_name(&answer.body);
    let wait = say_whether_groups(&mut page, transport);
    let stated = wait.map(|wait| used_up(POSTMAN, wait));
    let (scim, scim_wait) = check_scim(transport, wait.is_some());
    page.notice("not-in-api", None, Impact::None, NOT_IN_API.to_owned());
    let stated = stated.or(answer.rate_limit);
    let limits = with_month(&mut page, &credential_owner, stated, operations);
    let rate_limit = scim_wait.map(|wait| used_up(SCIM, wait)).or(limits);
    Ok(Tenant {
        display_name: display_name.unwrap_or_else(|| format!("Team {}", id.id)),
        id,
        credential_owner_name: owner_name.unwrap_or_else(|| {
            if is_service(&owner) {
                service_name(&credential_owner)
            } else {
                format!("User {}", credential_owner.id)
            }
        }),
        credential_owner,
        notices: page.page.notices,
        credentials: vec![
            CredentialState {
                credential: POSTMAN,
                status: CredentialStatus::Accepted,
            },
            CredentialState {
                credential: SCIM,
                status: scim,
            },
        ],
        rate_limit,
    })
}

/// Returns the state of the credential for SCIM, and the seconds to wait with it. An answer of `validate` has
/// room for one wait: where there is one already, SCIM is not asked.
fn check_scim(transport: &impl Transport, is_waiting: bool) -> (CredentialStatus, Option<u64>) {
    if is_waiting {
        return (CredentialStatus::NotChecked, None);
    }
    check_credential(transport, &PostmanRequest::ScimUsers { before: 0 })
}

/// Returns the limits of a credential that cannot be used before so many seconds are over.
fn used_up(credential: &'static str, seconds: u64) -> RateLimit {
    RateLimit {
        credential,
        remaining: Some(0),
        reset_after: Some(seconds),
        ..RateLimit::default()
    }
}

type Operations<'a> = LenientList<LenientObject<Operation<'a>>>;

/// Returns the owner, in either form, with their identity.
fn owner<'b>(
    answer: &'b AcceptedResponse<'_>,
) -> Result<(Owner<'b>, ResourceId, Operations<'b>), Error> {
    let me: Me<'b> = answer.read()?;
    let owner = match me.user {
        LenientObject::Here(owner) => owner,
        LenientObject::Absent => answer.read()?,
        LenientObject::Null | LenientObject::Other => Owner::default(),
    };
    let id = owner.id.id();
    let id = id.and_then(|id| ResourceId::parse(ResourceKind::User, id));
    let id = id.ok_or_else(|| answer.lacks("no `user` with an `id`"))?;
    Ok((owner, id, me.operations))
}

/// Returns the team's identity. A team is what everything else lies in: without one there is nothing to read.
fn team_of(answer: &AcceptedResponse<'_>, owner: &Owner<'_>) -> Result<ResourceId, Error> {
    let id = owner.team_id.id().filter(|id| id != "0");
    match id {
        Some(id) => ResourceId::parse(ResourceKind::Team, id)
            .ok_or_else(|| answer.lacks("no usable `teamId`")),
        None if matches!(
            owner.team_id,
            Scalar::Bool(_) | Scalar::Number(_) | Scalar::Composite { .. } | Scalar::Repaired(_)
        ) =>
        {
            Err(answer.lacks("no readable `teamId`"))
        }
        None => {
            let mut error = Error::new(
                ErrorKind::NotOffered,
                "The key's owner is in no Postman team: a Team plan or higher is needed to read the user list. \
                 Use a key of a member of the team, best of a Team Admin.",
                "GET /me: 200 without a team",
            );
            error.problem.credential = Some(POSTMAN);
            error.problem.status = Some(200);
            Err(error)
        }
    }
}

/// Returns the owner's team roles in lower case, and whether these are all.
fn roles(owner: &Owner<'_>) -> (Vec<String>, bool) {
    let LenientList::Items(sent) = &owner.roles else {
        return (Vec::new(), false);
    };
    let read = sent.iter().filter_map(Scalar::as_str);
    let read = read.filter_map(presentable);
    let read: Vec<String> = read.map(|role| role.to_ascii_lowercase()).collect();
    let all_known = read.len() == sent.len();
    (read, all_known)
}

/// Returns whether Postman answers as it does to an account from outside the team. A partner
/// manager belongs to it.
fn is_outsider(roles: &[String], operations: &Operations<'_>) -> bool {
    let is_outside = |role: &String| {
        (role.contains("guest") || role.contains("partner")) && !role.contains("manager")
    };
    roles.iter().any(is_outside) || matches!(operations, LenientList::Absent | LenientList::Null)
}

/// Returns the key's owner, if `/me` names a member of this team, one of its user list, and the
/// provider's limits.
pub fn member_with_key(
    transport: &impl Transport,
    team: &ResourceId,
) -> Result<(Option<ResourceId>, Option<RateLimit>), Error> {
    let answer = get(transport, &PostmanRequest::Me)?;
    let (owner, id, operations) = owner(&answer)?;
    let is_member = owner.team_id.id().as_deref() == Some(&team.id)
        && !is_outsider(&roles(&owner).0, &operations)
        && !is_service(&owner);
    Ok((is_member.then_some(id), answer.rate_limit))
}

fn say_what_owner_sees(
    page: &mut PageBuilder,
    owner: &Owner<'_>,
    id: &ResourceId,
    operations: &Operations<'_>,
) {
    let (roles, all_known) = roles(owner);
    let is = |slug: &str| {
        let mut known = roles.iter().filter_map(|role| known_roles::find(role));
        known.any(|known| known.slug == slug)
    };
    let is_super = is(SUPER_ADMIN) || is(ORGANIZATION_MANAGER);
    let about = Some(id);
    let mut say = |code, text: &str| page.notice(code, about, Impact::None, text.to_owned());
    if !roles.is_empty() {
        let names: Vec<String> = roles.iter().map(|role| team_roles::name(role)).collect();
        let message = format!(
            "The key's owner has these roles in the team: {}.",
            names.join(", ")
        );
        say("owner-roles", &message);
    }
    if !is_super && !all_known {
        say(
            "limited-view",
            "Postman does not say which roles the key's owner has in the team: unless it is a Super Admin, \
             private and personal workspaces of others are not visible and will be missing.",
        );
    } else if !is_super && is(ADMIN) {
        say(
            "limited-view",
            "The key's owner is a Team Admin: private and personal workspaces of others are not visible \
             and will be missing. A Super Admin's key sees them all (Enterprise).",
        );
    } else if !is_super {
        say(
            "limited-view",
            "The key's owner is not a Team Admin: only workspaces that this person can open will be read, \
             and their roles may be refused. A Team Admin's key sees more.",
        );
    }
    if is_outsider(&roles, operations) {
        say(
            "guest-or-partner",
            "Postman answers as it does to a guest or partner of the team: \
             such a key sees only what was shared with its owner.",
        );
    }
    if is_service(owner) {
        say(
            "service-account",
            "The key belongs to a service account: it is not in the user list, \
             and it sees only what was shared with it.",
        );
    }
}

/// Asks for the groups, since nothing else shows whether the plan has them. Returns the seconds
/// that Postman asks to wait, if it answers with that: the next request must wait.
fn say_whether_groups(page: &mut PageBuilder, transport: &impl Transport) -> Option<u64> {
    let error = get(transport, &PostmanRequest::Groups).err()?;
    if matches!(error.kind, ErrorKind::Forbidden | ErrorKind::NotOffered) {
        page.notice("no-groups", None, Impact::None, error.problem.message);
    }
    let is_wait = error.kind == ErrorKind::RateLimited;
    error.problem.retry_after.filter(|_| is_wait)
}

/// Returns the figure of this month's requests; a notice where something unreadable may have been it.
fn usage_of_month<'a>(
    page: &mut PageBuilder,
    owner: &ResourceId,
    operations: Operations<'a>,
) -> Option<Operation<'a>> {
    let is_usage = |operation: &Operation<'_>| matches!(&operation.name, Scalar::Text(name) if name == "api_usage");
    let (found, is_odd) = match operations {
        LenientList::Absent | LenientList::Null => return None,
        LenientList::Other => (None, true),
        LenientList::Items(items) => {
            let is_named = |operation: &Operation<'_>| operation.name.as_str().is_some();
            let is_odd = !items.iter().all(|item| item.get().is_some_and(is_named));
            let mut here = items.into_iter().filter_map(LenientObject::here);
            (here.find(is_usage), is_odd)
        }
    };
    let countable = |value: &Scalar<'_>| value.is_blank() || value.count().is_some();
    let is_read = found.as_ref().map_or(!is_odd, |usage| {
        countable(&usage.limit) && countable(&usage.usage)
    });
    if !is_read {
        page.unreadable("operations", Some(owner), Impact::AttributeUnknown);
    }
    found
}

/// Returns the limits, completed with the month's quota as `/me` states it.
fn with_month(
    page: &mut PageBuilder,
    owner: &ResourceId,
    stated: Option<RateLimit>,
    operations: Operations<'_>,
) -> Option<RateLimit> {
    let mut limit = stated.unwrap_or(RateLimit {
        credential: POSTMAN,
        ..RateLimit::default()
    });
    let usage = usage_of_month(page, owner, operations);
    if let Some(usage) = usage
        && let Some(month) = usage.limit.count().filter(|month| *month < UNLIMITED)
    {
        limit.monthly_limit = limit.monthly_limit.or(Some(month));
        let left = usage.usage.count().map(|used| month.saturating_sub(used));
        limit.monthly_remaining = limit.monthly_remaining.or(left);
    }
    if let (Some(month), Some(left)) = (limit.monthly_limit, limit.monthly_remaining) {
        let message = format!("{left} of the team's {month} requests of this month are left");
        page.notice("month-quota", None, Impact::None, message);
    }
    limit.stated()
}
