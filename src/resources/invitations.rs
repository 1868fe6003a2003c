//! Pending invitations, from the analytics' `pending_invites` by offset.

use crate::ResourceKind;
use crate::api::PROVIDER;
use crate::api::analytics::Metric;
use crate::api::endpoints::PostmanRequest;
use crate::api::tree::{Fields, JsonNode};
use crate::resources::analytics_tables::{AnalyticsTable, moment, next_page, read_tables};
use crate::resources::paging;
use connector_sdk::connector::{ListScope, ResourceReader};
use connector_sdk::error::Error;
use connector_sdk::model::{
    AccountType, Details, Entitlement, Impact, Page, Purpose, Resource, ResourceId, Status,
    UserDetails,
};
use connector_sdk::page::PageBuilder;
use connector_sdk::page_token;
use connector_sdk::transport::Transport;

/// The reader of invitations.
pub struct Invitations;

impl<T: Transport> ResourceReader<T> for Invitations {
    fn list_resources(&self, transport: &T, scope: ListScope<'_>) -> Result<Page, Error> {
        list(transport, scope.parent()?, scope.page_token)
    }
}

/// Slug of having an invitation.
const INVITED: &str = "invited";
/// Names of the column that has the time of an invitation.
const TIMES: [&str; 4] = ["timestamp", "invited_at", "created_at", "sent_at"];

/// Reads one page of invitations.
fn list(
    transport: &impl Transport,
    report: &ResourceId,
    page_token: Option<&str>,
) -> Result<Page, Error> {
    let kind = ResourceKind::Invitation.name();
    let mut place = page_token::resume(kind, report, page_token)?;
    let endpoint = PostmanRequest::Analytics {
        metric: Metric::Invitations,
        offset: paging::before(&place),
    };
    let answer = paging::get(transport, &endpoint, &mut place)?;
    let body: Fields<'_> = answer.read()?;
    let mut page = PageBuilder::new(PROVIDER);
    let tables = read_tables(&mut page, report, &answer, &body)?;
    for table in &tables {
        table.expect_column(&mut page, report, &TIMES);
        for (index, row) in table.rows.iter().enumerate() {
            add(&mut page, report, (index, table, row));
        }
    }
    page.page.next_page_token = next_page(&mut page, &answer, place, &tables)?;
    Ok(answer.finish(page))
}

fn add(
    page: &mut PageBuilder,
    report: &ResourceId,
    (index, table, row): (usize, &AnalyticsTable<'_, '_>, &JsonNode<'_>),
) {
    let id = table.cell(row, &["invite_id", "invitation_id", "id"]);
    let Some(id) = page.identity(ResourceKind::Invitation, index, id) else {
        return;
    };
    let mut text = |field, names: &[&str]| page.text(field, table.cell(row, names), &id);
    let email = text(
        "email_id",
        &["email_id", "email", "invitee_email", "invitee"],
    );
    let inviter = ["invited_by", "inviter", "inviter_email", "created_by"];
    let attributes = [
        ("invite_type", text("invite_type", &["invite_type", "type"])),
        ("invited_by", text("invited_by", &inviter)),
        ("role", text("role", &["role", "user_role"])),
    ];
    let created_at = moment(page, "timestamp", table.cell(row, &TIMES), &id);
    let name = email.clone();
    let name = name.unwrap_or_else(|| format!("Invitation {}", id.id));
    let mut invitation = Resource::listed(id.clone(), name);
    invitation.status = Status::Unknown;
    invitation.created_at = created_at;
    invitation.details = Details::User(UserDetails {
        email: email.filter(|email| email.contains('@')),
        login: None,
        account_type: AccountType::Unknown,
        last_login: None,
    });
    let attributes = attributes.into_iter();
    let attributes = attributes.filter_map(|(name, value)| Some((name, value?)));
    invitation.attributes = attributes.collect();
    page.page.resources.push(invitation);
    let workspace = table.cell(row, &["workspace_id", "workspace"]);
    let workspace = page.reference(
        ResourceKind::Workspace,
        "workspace_id",
        workspace,
        &id,
        Impact::AttributeUnknown,
    );
    // The report has the id of its team.
    let place = workspace.or_else(|| ResourceId::parse(ResourceKind::Team, report.id.as_str()));
    if let Some(place) = place {
        describe(page, place.resource_type);
        page.grant(&place, INVITED, &id, None, None);
    }
}

fn describe(page: &mut PageBuilder, resource_type: &'static str) {
    let mut known = page.page.entitlements.iter();
    if known.any(|known| known.resource_type == resource_type) {
        return;
    }
    page.page.entitlements.push(Entitlement {
        resource_type,
        slug: INVITED.into(),
        display_name: "Invited".into(),
        description: "Has an invitation that nobody has accepted.".into(),
        purpose: Purpose::Other,
        grantable_to: vec![ResourceKind::Invitation.name()],
        exclusion_group: None,
        rank: None,
    });
}
