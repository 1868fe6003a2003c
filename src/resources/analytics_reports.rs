//! The analytics report of the team: its seats, from the analytics and `/accounts`, and its partners.
//!
//! The first request decides whether the team has analytics: a team without them has no report, so that
//! nothing is asked that lies under one.

use std::collections::BTreeMap;

use crate::ResourceKind;
use crate::api::PROVIDER;
use crate::api::analytics::Metric;
use crate::api::client::{AcceptedResponse, get, get_page};
use crate::api::endpoints::PostmanRequest;
use crate::api::tree::{Fields, JsonNode};
use crate::resources::analytics_tables::{
    AnalyticsTable, all_rows, moment, next_page, read_tables,
};
use crate::resources::{paging, workspace_roles};
use connector_sdk::connector::{ListScope, ResourceReader};
use connector_sdk::error::{Error, ErrorKind};
use connector_sdk::lenient::Scalar;
use connector_sdk::model::{Impact, Page, Resource, ResourceId};
use connector_sdk::page::PageBuilder;
use connector_sdk::page_token;
use connector_sdk::page_token::PagePosition;
use connector_sdk::transport::Transport;

/// The reader of analytics reports.
pub struct AnalyticsReports;

impl<T: Transport> ResourceReader<T> for AnalyticsReports {
    fn list_resources(&self, transport: &T, scope: ListScope<'_>) -> Result<Page, Error> {
        list(transport, scope.parent()?, scope.page_token)
    }
}

/// Figures of the report by the names that they have there, sorted.
type Figures = BTreeMap<&'static str, u64>;

/// Names that the contract has for the seats that are paid for, and those that are filled.
const SEATS_TOTAL: &str = "seats_total";
const SEATS_USED: &str = "seats_used";

/// Reads the report and its first partners, or a page of further partners.
fn list(
    transport: &impl Transport,
    team: &ResourceId,
    page_token: Option<&str>,
) -> Result<Page, Error> {
    let kind = ResourceKind::AnalyticsReport;
    let place = page_token::resume(kind.name(), team, page_token)?;
    let mut page = PageBuilder::new(PROVIDER);
    let report = ResourceId::parse(kind, team.id.as_str());
    let report = report.ok_or_else(|| Error::invalid_argument("parent: its id is none"))?;
    if place.at().is_empty() {
        add_report(transport, &mut page, &report)?;
    }
    add_partners(transport, page, &report, place)
}

fn add_report(
    transport: &impl Transport,
    page: &mut PageBuilder,
    id: &ResourceId,
) -> Result<(), Error> {
    let mut figures = Figures::new();
    match read_licenses(transport, page, id, &mut figures) {
        // The team has analytics, of another kind than this one knows.
        Err(error) if error.kind == ErrorKind::UnexpectedResponse => note(page, id, &error),
        read => read?,
    }
    match read_seats(transport, page, id, &mut figures) {
        Err(error) if error.kind.is_lasting() => note(page, id, &error),
        read => read?,
    }
    if let (Some(members), Some(unused)) =
        (figures.get("team_members"), figures.get("unused_licenses"))
        && !figures.contains_key(SEATS_TOTAL)
    {
        let (members, total) = (*members, members.saturating_add(*unused));
        figures.extend([(SEATS_TOTAL, total), (SEATS_USED, members)]);
    }
    let mut report = Resource::listed(id.clone(), "Analytics report".to_owned());
    let figures = figures.into_iter();
    report.attributes = figures
        .map(|(name, figure)| (name, figure.to_string()))
        .collect();
    page.page.resources.push(report);
    Ok(())
}

/// Notes what the report lacks.
fn note(page: &mut PageBuilder, id: &ResourceId, error: &Error) {
    let message = error.problem.message.clone();
    page.notice("no-figures", Some(id), Impact::AttributeUnknown, message);
}

/// Notes that partners were not read: a team to which Postman offers none lacks nobody.
fn note_partners(page: &mut PageBuilder, id: &ResourceId, error: &Error) {
    let has_none = matches!(error.kind, ErrorKind::NotOffered | ErrorKind::NotFound);
    let impact = if has_none {
        Impact::AttributeUnknown
    } else {
        Impact::ItemOmitted
    };
    let message = error.problem.message.clone();
    page.notice("no-partners", Some(id), impact, message);
}

/// Reads the figures of the latest date.
fn read_licenses(
    transport: &impl Transport,
    page: &mut PageBuilder,
    id: &ResourceId,
    figures: &mut Figures,
) -> Result<(), Error> {
    let endpoint = PostmanRequest::Analytics {
        metric: Metric::Licenses,
        offset: 0,
    };
    let answer = get_page(transport, &endpoint, endpoint.page_size())?;
    let body: Fields<'_> = answer.read()?;
    let tables = read_tables(page, id, &answer, &body)?;
    let date = |(table, row): &(&AnalyticsTable<'_, '_>, &JsonNode<'_>)| {
        let date = table.cell(row, &["date", "timestamp"]);
        date.words().map(str::to_owned)
    };
    let Some((table, row)) = all_rows(&tables).max_by_key(date) else {
        return Ok(());
    };
    for name in [
        "active_postman_users",
        "guests",
        "partners",
        "team_members",
        "unused_licenses",
    ] {
        let figure = table.cell(row, &[name]);
        add_figure(page, id, figures, (name, name, figure));
    }
    Ok(())
}

fn add_figure(
    page: &mut PageBuilder,
    id: &ResourceId,
    figures: &mut Figures,
    (name, field, figure): (&'static str, &str, &Scalar<'_>),
) {
    match figure.count() {
        Some(figure) => drop(figures.insert(name, figure)),
        None if figure.is_blank() => {}
        None => page.unreadable(field, Some(id), Impact::AttributeUnknown),
    }
}

/// Reads the seats that are billed.
fn read_seats(
    transport: &impl Transport,
    page: &mut PageBuilder,
    id: &ResourceId,
    figures: &mut Figures,
) -> Result<(), Error> {
    let answer = get(transport, &PostmanRequest::Accounts)?;
    let body: Fields<'_> = answer.read()?;
    let slots = find_slots(&body, 3).ok_or_else(|| answer.lacks("no `slots`"))?;
    for (name, field) in [
        (SEATS_TOTAL, "total"),
        (SEATS_USED, "consumed"),
        ("seats_unbilled", "unbilled"),
    ] {
        match slots.first(&[field]) {
            Some(JsonNode::Value(figure)) => add_figure(page, id, figures, (name, field, figure)),
            Some(JsonNode::List(_) | JsonNode::Object(_)) => {
                page.unreadable(field, Some(id), Impact::AttributeUnknown);
            }
            Some(JsonNode::Absent) | None => {}
        }
    }
    Ok(())
}

/// Returns the slots of the account, within as many wrappers at most.
fn find_slots<'n, 'a>(fields: &'n Fields<'a>, wrappers: u32) -> Option<&'n Fields<'a>> {
    let inner = |(_, node): (&str, &'n JsonNode<'a>)| match node {
        JsonNode::Object(fields) => find_slots(fields, wrappers - 1),
        JsonNode::List(items) => items.iter().find_map(|item| match item {
            JsonNode::Object(fields) => find_slots(fields, wrappers - 1),
            JsonNode::Absent | JsonNode::Value(_) | JsonNode::List(_) => None,
        }),
        JsonNode::Absent | JsonNode::Value(_) => None,
    };
    let found = fields.object(&["slots"]);
    found.or_else(|| (wrappers > 0).then(|| fields.entries().find_map(inner))?)
}

/// Adds a page of partners, which no list of Postman's has.
fn add_partners(
    transport: &impl Transport,
    mut page: PageBuilder,
    report: &ResourceId,
    mut place: PagePosition,
) -> Result<Page, Error> {
    let endpoint = PostmanRequest::Analytics {
        metric: Metric::Partners,
        offset: paging::before(&place),
    };
    let is_first = place.at().is_empty();
    let read = paging::get(transport, &endpoint, &mut place)
        .and_then(|answer| read_partners(&mut page, report, place, &answer).map(|()| answer));
    match read {
        Ok(answer) => Ok(answer.finish(page)),
        Err(error) if is_first && error.kind.is_lasting() => {
            note_partners(&mut page, report, &error);
            Ok(page.into_page(error.rate_limit.as_deref().copied()))
        }
        Err(error) => Err(error),
    }
}

fn read_partners(
    page: &mut PageBuilder,
    report: &ResourceId,
    place: PagePosition,
    answer: &AcceptedResponse<'_>,
) -> Result<(), Error> {
    let body: Fields<'_> = answer.read()?;
    let tables = read_tables(page, report, answer, &body)?;
    let mut partners: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (table, row) in all_rows(&tables) {
        let id = table.cell(row, &["user_id", "partner_id", "id"]).id();
        let id = id.and_then(|id| ResourceId::parse(ResourceKind::Partner, id));
        let Some(id) = id else {
            page.unreadable("user_id", Some(report), Impact::ItemOmitted);
            continue;
        };
        let time = table.cell(row, &["timestamp", "last_active_ts"]);
        let time = moment(page, "timestamp", time, &id);
        let last = partners.entry(id.id).or_default();
        *last = time.max(last.take());
    }
    for (id, last) in partners {
        if let Some(id) = ResourceId::parse(ResourceKind::Partner, id) {
            page.page
                .references
                .push(workspace_roles::partner(id, last));
        }
    }
    page.page.next_page_token = next_page(page, answer, place, &tables)?;
    Ok(())
}
