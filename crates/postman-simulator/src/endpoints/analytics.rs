//! `/analytics` and `/accounts`: what Postman counts of the team.

use super::super::answer::{PROBLEM, SimulatedResponse};
use super::super::json::{IdType, JsonObject, json_array, json_text};
use super::super::problem;
use super::super::request::SimulatedRequest;
use super::super::service::SimulatorService;
use super::super::team::{Analytics, EpochSeconds};
use super::paging::{integer_parameter, page_limit};
use jiff::Timestamp;

/// Most rows of one page, and the largest offset.
const MOST: usize = 10_000;

/// Stages of the funnel of partners, the first one first.
const STAGES: [&str; 5] = [
    "all_partners",
    "workspace_visited",
    "viewed_collection",
    "request_sent",
    "successful_requests_200OK",
];

/// A table: names and types of its columns, and its rows as JSON values.
struct MetricTable {
    columns: Vec<(&'static str, &'static str)>,
    rows: Vec<Vec<String>>,
}

/// Returns one metric.
pub(in super::super) fn metric(
    service: &SimulatorService,
    request: &SimulatedRequest,
) -> SimulatedResponse {
    if let Some(refusal) = refusal(service) {
        return refusal;
    }
    let (offset, limit) = match window(service, request) {
        Ok(window) => window,
        Err(refusal) => return refusal,
    };
    let analytics = &service.team.analytics;
    let asked = |name| request.query_value(name).unwrap_or_default();
    let filters: &[&str] = match (asked("resource"), asked("metrics")) {
        ("team", "license_consumption") => &["workspaceType", "duration"],
        ("team", "partner_engagement_funnel") => &["duration"],
        _ => &[],
    };
    if let Some(missing) = filters
        .iter()
        .find(|name| request.query_value(name).is_none())
    {
        return malformed(&format!("{missing} is required"));
    }
    let table = match (asked("resource"), asked("metrics")) {
        ("team", "license_consumption") => licenses(analytics),
        ("team", "members") => members(service),
        ("workspace", "pending_invites") => invitations(service),
        ("team", "partner_engagement_funnel") => {
            return SimulatedResponse::json_answer(invitation_counts(
                service,
                analytics,
                (offset, limit),
            ));
        }
        (resource, metric) => {
            let detail = format!("metric='{metric}' is not supported for resource '{resource}'.");
            return malformed(&detail);
        }
    };
    let table = table.write(form(service), (offset, limit));
    let data = match form(service) {
        1 => format!(r#"{{"detailed":{table}}}"#),
        2 => table,
        _ => format!(r#"{{"summary":{table}}}"#),
    };
    SimulatedResponse::json_answer(format!(r#"{{"data":{data}}}"#))
}

/// Returns the seats that the team pays for.
pub(in super::super) fn accounts(service: &SimulatorService) -> SimulatedResponse {
    let team = &service.team;
    if !team.readable_workspaces().seats {
        return problem::forbidden_answer(service.item_draws("/accounts"));
    }
    let Analytics { seats, unused, .. } = team.analytics;
    let mut body = JsonObject::new(service.item_style("accounts"));
    body.text_field("billingEmail", "billing@team.example");
    body.id("id", 372_691, IdType::Number)
        .text_field("salesChannel", "SALES_SERVE");
    let used = seats.saturating_sub(unused);
    let slots =
        format!(r#"{{"available":{unused},"consumed":{used},"total":{seats},"unbilled":0}}"#);
    body.raw_field("slots", &slots).text_field("state", "PAID");
    SimulatedResponse::json_answer(body.id("teamId", team.id, IdType::Number).close())
}

fn refusal(service: &SimulatorService) -> Option<SimulatedResponse> {
    if !service.team.readable_workspaces().analytics && service.team.analytics.refusal.is_none() {
        return Some(about_the_key());
    }
    let refusal = match service.team.analytics.refusal? {
        0 => about_the_key(),
        1 => problem::problem_answer(401, "unauthorized", "Unauthorized", "Unauthorized"),
        2 => problem::not_found(service.item_draws("/analytics")),
        3 => problem::no_organisation("Analytics feature is not available for your team."),
        _ => SimulatedResponse::json_answer(
            r#"{"error":{"name":"forbiddenError","message":"You do not have enough permissions to perform this action."}}"#,
        ),
    };
    Some(refusal)
}

/// Returns the published 403, which speaks of the key.
fn about_the_key() -> SimulatedResponse {
    let body = r#"{"type":"https://api.postman.com/problems/forbidden","title":"AuthenticationError","detail":"Invalid API Key. Every request requires a valid API Key to be sent.","status":403,"instance":"/analytics"}"#;
    SimulatedResponse::new(403, PROBLEM, body)
}

fn malformed(detail: &str) -> SimulatedResponse {
    problem::problem_answer(400, "bad-request", "Malformed request", detail)
}

/// Returns offset and number of the requested rows.
fn window(
    service: &SimulatorService,
    request: &SimulatedRequest,
) -> Result<(usize, usize), SimulatedResponse> {
    let limit = integer_parameter(request, "limit", 1)?.unwrap_or(100);
    let offset = integer_parameter(request, "offset", 0)?.unwrap_or(0);
    if limit > MOST || offset > MOST {
        return Err(problem::limit_too_high(MOST));
    }
    let most = match page_limit(service) {
        100.. => MOST,
        small => small,
    };
    Ok((offset, limit.min(most)))
}

/// Returns the form of tables: as published, or as guessed.
fn form(service: &SimulatorService) -> u64 {
    if service.options.quirks.analytics_forms {
        service.item_draws("analytics").draw_below("form", 5)
    } else {
        0
    }
}

fn licenses(analytics: &Analytics) -> MetricTable {
    let partners = u64::try_from(analytics.partners.len()).unwrap_or_default();
    let row = |date: &str, seats: u64| {
        let members = seats - analytics.unused;
        let figures = [members, seats / 2, partners, 0, analytics.unused];
        let figures = figures.iter().map(u64::to_string);
        std::iter::once(json_text(date)).chain(figures).collect()
    };
    MetricTable {
        columns: vec![
            ("date", "DATE"),
            ("team_members", "INTEGER"),
            ("active_postman_users", "INTEGER"),
            ("partners", "INTEGER"),
            ("guests", "INTEGER"),
            ("unused_licenses", "INTEGER"),
        ],
        rows: vec![
            row("2026-11-01", analytics.seats),
            row("2026-10-01", analytics.seats + 7),
        ],
    }
}

fn members(service: &SimulatorService) -> MetricTable {
    let users = &service.team.users;
    let rows = service.team.analytics.members.iter().filter_map(|member| {
        let user = users.iter().find(|user| user.id == member.user)?;
        let name = format!("{} {}", user.given, user.family);
        Some(vec![
            json_text(&name),
            json_text(user.email.as_deref()?),
            json_text(&date(member.added)),
            json_text(&member.active.map(date).unwrap_or_default()),
            json_text(&user.roles.join(",")),
            json_text(member.invited_by.as_deref().unwrap_or_default()),
            json_text("email"),
        ])
    });
    let strangers = (0..service.team.analytics.strangers).map(|at| {
        let email = format!("stranger.{at}@nowhere.example");
        ["Stranger", email.as_str(), "2024-01-01", "", "", "", ""]
            .map(json_text)
            .into()
    });
    MetricTable {
        columns: vec![
            ("user_name", "STRING"),
            ("email", "STRING"),
            ("added_in_team", "DATE"),
            ("last_active", "DATE"),
            ("user_role", "STRING"),
            ("invited_by", "STRING"),
            ("invite_type", "STRING"),
        ],
        rows: rows.chain(strangers).collect(),
    }
}

fn invitations(service: &SimulatorService) -> MetricTable {
    let mut columns = vec![
        ("email_id", "STRING"),
        ("invite_id", "STRING"),
        ("timestamp", "TIMESTAMP"),
    ];
    let shows_sender = service.options.quirks.invitation_senders;
    columns.extend(shows_sender.then_some(("invited_by", "STRING")));
    let rows = service.team.analytics.invitations.iter().map(|one| {
        let sender = one.sender.as_deref().unwrap_or_default();
        let mut row = vec![
            json_text(&one.email),
            json_text(&one.id),
            json_text(&time(one.created)),
        ];
        row.extend(shows_sender.then(|| json_text(sender)));
        row
    });
    MetricTable {
        rows: rows.collect(),
        columns,
    }
}

/// Returns the partners of each stage, those who went furthest first.
fn invitation_counts(
    service: &SimulatorService,
    analytics: &Analytics,
    window: (usize, usize),
) -> String {
    let mut partners: Vec<_> = analytics.partners.iter().collect();
    partners.sort_by_key(|partner| (std::cmp::Reverse(partner.times.len()), partner.id));
    let stages = STAGES.iter().enumerate().map(|(stage, name)| {
        let rows = partners.iter().filter_map(|partner| {
            let at = partner.times.get(stage)?;
            Some(vec![
                json_text(&partner.id.to_string()),
                json_text(&time(*at)),
            ])
        });
        let table = MetricTable {
            columns: vec![("user_id", "STRING"), ("timestamp", "TIMESTAMP")],
            rows: rows.collect(),
        };
        format!("{}:{}", json_text(name), table.write(form(service), window))
    });
    format!(r#"{{"data":{{{}}}}}"#, stages.collect::<Vec<_>>().join(","))
}

impl MetricTable {
    /// Returns the rows of a window, with what says how they go on.
    fn write(&self, form: u64, (offset, limit): (usize, usize)) -> String {
        let total = self.rows.len();
        let rows = self.rows.iter().skip(offset).take(limit);
        let columns = self.columns.iter().map(|(name, kind)| match form {
            3 => json_text(name),
            _ => format!(r#"{{"name":"{name}","type":"{kind}"}}"#),
        });
        let columns = json_array(columns);
        let rows = rows.map(|row| match form {
            4 => self.object(row),
            _ => json_array(row.iter().cloned()),
        });
        let rows = json_array(rows);
        let has_more = offset + limit < total;
        format!(
            r#"{{"schema":{{"columns":{columns}}},"rows":{rows},"pagination":{{"total":{total},"limit":{limit},"offset":{offset},"has_more":{has_more}}}}}"#
        )
    }

    /// Returns a row by the names of its columns in camel case.
    fn object(&self, row: &[String]) -> String {
        let fields = self.columns.iter().zip(row).map(|((name, _), value)| {
            let mut words = name.split('_');
            let first = words.next().unwrap_or_default().to_owned();
            let name = words.fold(first, |name, word| {
                let (head, tail) = word.split_at(1);
                format!("{name}{}{tail}", head.to_uppercase())
            });
            format!(r#""{name}":{value}"#)
        });
        format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
    }
}

fn time(time: EpochSeconds) -> String {
    Timestamp::from_second(time)
        .map(|time| time.to_string())
        .unwrap_or_default()
}

fn date(day: EpochSeconds) -> String {
    time(day).chars().take(10).collect()
}
