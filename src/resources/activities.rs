//! Last activity and inviter of members, from the analytics' `members` by offset.
//!
//! Its rows have addresses and no ids: the user list shows the account of an address.

use std::collections::BTreeMap;

use crate::ResourceKind;
use crate::api::PROVIDER;
use crate::api::analytics::Metric;
use crate::api::client::get;
use crate::api::endpoints::PostmanRequest;
use crate::api::tree::{Fields, JsonNode};
use crate::api::wire::{Data, User};
use crate::resources::analytics_tables::{AnalyticsTable, moment, next_page, read_tables};
use crate::resources::paging;
use connector_sdk::connector::{ListScope, ResourceReader};
use connector_sdk::error::Error;
use connector_sdk::lenient::{LenientList, LenientObject, Scalar};
use connector_sdk::model::{
    AccountType, Details, Impact, Page, Resource, ResourceId, Status, UserDetails,
};
use connector_sdk::page::PageBuilder;
use connector_sdk::page_token;
use connector_sdk::transport::Transport;

/// The reader of activities.
pub struct Activities;

impl<T: Transport> ResourceReader<T> for Activities {
    fn list_resources(&self, transport: &T, scope: ListScope<'_>) -> Result<Page, Error> {
        list(transport, scope.parent()?, scope.page_token)
    }
}

/// Names of the column that has the last activity.
const ACTIVE: [&str; 3] = ["last_active", "last_active_ts", "last_active_date"];

/// Ids of users by address; none for an address that several have.
type UsersByAddress = BTreeMap<String, Option<String>>;

/// Reads one page of activities.
fn list(
    transport: &impl Transport,
    report: &ResourceId,
    page_token: Option<&str>,
) -> Result<Page, Error> {
    let kind = ResourceKind::Activity.name();
    let mut place = page_token::resume(kind, report, page_token)?;
    let endpoint = PostmanRequest::Analytics {
        metric: Metric::Members,
        offset: paging::before(&place),
    };
    let answer = paging::get(transport, &endpoint, &mut place)?;
    let body: Fields<'_> = answer.read()?;
    let mut page = PageBuilder::new(PROVIDER);
    let tables = read_tables(&mut page, report, &answer, &body)?;
    let users = if tables.iter().all(|table| table.rows.is_empty()) {
        UsersByAddress::new()
    } else {
        users_by_address(transport)?
    };
    for table in &tables {
        page.expect(table.rows.len());
        table.expect_column(&mut page, report, &ACTIVE);
        for (index, row) in table.rows.iter().enumerate() {
            add(&mut page, report, &users, (index, table, row));
        }
    }
    page.page.next_page_token = next_page(&mut page, &answer, place, &tables)?;
    Ok(answer.finish(page))
}

fn users_by_address(transport: &impl Transport) -> Result<UsersByAddress, Error> {
    let answer = get(transport, &PostmanRequest::Users)?;
    let users: Data<User<'_>> = answer.read()?;
    let LenientList::Items(users) = users.data else {
        return Err(answer.lacks("no list in `data`"));
    };
    let mut found = UsersByAddress::new();
    for user in users.into_iter().filter_map(LenientObject::here) {
        let (Some(address), Some(id)) = (address(&user.email), user.id.id()) else {
            continue;
        };
        let known = found
            .entry(address)
            .or_insert_with(|| Some(id.clone().into()));
        known.take_if(|known| *known != id);
    }
    Ok(found)
}

fn address(email: &Scalar<'_>) -> Option<String> {
    let email = email.words()?.trim();
    (!email.is_empty()).then(|| email.to_lowercase())
}

fn add(
    page: &mut PageBuilder,
    report: &ResourceId,
    users: &UsersByAddress,
    (index, table, row): (usize, &AnalyticsTable<'_, '_>, &JsonNode<'_>),
) {
    let email = table.cell(row, &["email", "email_id"]);
    let stated = table.cell(row, &["user_id", "id"]).id().map(Into::into);
    let id = stated.or_else(|| users.get(&address(email)?)?.clone());
    let Some(id) = id.and_then(|id| ResourceId::parse(ResourceKind::Activity, id)) else {
        let message = format!(
            "row {index} of the page has an address that no user has alone: the activity is left out"
        );
        page.notice(
            "unknown-account",
            Some(report),
            Impact::ItemOmitted,
            message,
        );
        return;
    };
    let mut text = |field, names: &[&str]| page.text(field, table.cell(row, names), &id);
    let name = text("user_name", &["user_name", "name"]);
    let email = text("email", &["email", "email_id"]);
    let attributes = [
        ("invite_type", text("invite_type", &["invite_type"])),
        ("invited_by", text("invited_by", &["invited_by"])),
        ("user_role", text("user_role", &["user_role"])),
    ];
    let joined = ["added_in_team", "joined_date", "team_joining_date"];
    let last_login = moment(page, "last_active", table.cell(row, &ACTIVE), &id);
    let created_at = moment(page, "added_in_team", table.cell(row, &joined), &id);
    let name = name.or_else(|| email.clone());
    let name = name.unwrap_or_else(|| format!("Activity {}", id.id));
    let mut activity = Resource::listed(id, name);
    activity.status = Status::Unknown;
    activity.created_at = created_at;
    activity.details = Details::User(UserDetails {
        email,
        login: None,
        account_type: AccountType::Unknown,
        last_login,
    });
    let attributes = attributes.into_iter();
    let attributes = attributes.filter_map(|(name, value)| Some((name, value?)));
    activity.attributes = attributes.collect();
    page.page.resources.push(activity);
}
