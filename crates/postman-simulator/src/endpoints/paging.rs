//! Parameters and ends of lists that come in pages.

use super::super::answer::SimulatedResponse;
use super::super::json::{JsonObject, json_text};
use super::super::problem;
use super::super::request::SimulatedRequest;
use super::super::service::SimulatorService;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Most items of one page.
const MOST: usize = 100;

/// Returns the whole number of a query parameter, if it is there and not below `least`.
pub(super) fn integer_parameter(
    request: &SimulatedRequest,
    parameter: &str,
    least: i64,
) -> Result<Option<usize>, SimulatedResponse> {
    let Some(text) = request.query_value(parameter) else {
        return Ok(None);
    };
    match text.parse::<i64>() {
        Err(_) => Err(problem::not_an_integer(parameter)),
        Ok(number) if number < least => Err(problem::too_small(parameter, least)),
        Ok(number) => Ok(usize::try_from(number).ok()),
    }
}

/// Returns the `limit` of a request: 1 to 100.
pub(super) fn limit_parameter(
    request: &SimulatedRequest,
) -> Result<Option<usize>, SimulatedResponse> {
    match integer_parameter(request, "limit", 1)? {
        Some(limit) if limit > MOST => Err(problem::limit_too_high(MOST)),
        limit => Ok(limit),
    }
}

/// Returns the most items that this simulator puts on one page, at least 1.
pub(super) fn page_limit(service: &SimulatorService) -> usize {
    service.options.page.max(1)
}

/// One page of a list that is paginated by cursors.
pub(super) struct ListPage<'a, T> {
    pub(super) entries: Vec<T>,
    sent: Option<&'a str>,
    next: Option<usize>,
}

/// Returns the page that a request asks for.
pub(super) fn page_of<'a, T: Clone>(
    service: &SimulatorService,
    request: &'a SimulatedRequest,
    all: &[T],
    limit: Option<usize>,
) -> Result<ListPage<'a, T>, SimulatedResponse> {
    let sent = request
        .query_value("cursor")
        .filter(|cursor| !cursor.is_empty());
    let start = match sent {
        None => 0,
        Some(cursor) => cursor_position(service, cursor).ok_or_else(problem::bad_cursor)?,
    };
    let all = service.faults.reorder_list(all);
    let rest = all.get(start..).ok_or_else(problem::bad_cursor)?;
    // Without a limit a list comes whole.
    let limit = limit.map_or(rest.len(), |limit| limit.min(page_limit(service)));
    let entries = rest.get(..limit).unwrap_or(rest);
    let end = start + entries.len();
    Ok(ListPage {
        entries: entries.to_vec(),
        sent,
        next: (end < all.len()).then_some(end),
    })
}

impl<T> ListPage<'_, T> {
    /// Adds the paging object to the body; `usual` is its published name.
    pub(super) fn close(
        &self,
        service: &SimulatorService,
        list: &str,
        usual: &'static str,
        body: &mut JsonObject<'_>,
    ) {
        let draws = service.item_draws(list);
        let quirks = &service.options.quirks;
        let name = match (
            usual,
            quirks.metadata_key && draws.draw_below("meta", 3) == 0,
        ) {
            ("meta", true) => "metadata",
            ("metadata", true) => "meta",
            (usual, _) => usual,
        };
        let mut meta = JsonObject::new(service.item_style(list));
        match (self.next, self.sent, quirks.last_cursor) {
            (Some(next), _, _) => meta.text_field("nextCursor", &make_cursor(service, next)),
            (None, _, false) => meta.raw_field("nextCursor", "null"),
            (None, sent, true) => match (draws.draw_below("last cursor", 4), sent) {
                (0, _) => &mut meta,
                (1, _) => meta.raw_field("nextCursor", "\"\""),
                (2, Some(sent)) => meta.raw_field("nextCursor", &json_text(sent)),
                _ => meta.raw_field("nextCursor", "null"),
            },
        };
        body.raw_field(name, &meta.close());
    }
}

/// Returns the cursor of a position: opaque text, now and then with the padding of base64.
fn make_cursor(service: &SimulatorService, position: usize) -> String {
    STANDARD.encode((cursor_salt(service) + position).to_string())
}

/// Returns the cursor of so many items before `next`; `None` where the list would not get ahead of the page
/// that was asked for with `sent`.
pub(in super::super) fn earlier_cursor(
    service: &SimulatorService,
    sent: Option<&str>,
    next: &str,
    items: usize,
) -> Option<String> {
    let start = sent
        .and_then(|sent| cursor_position(service, sent))
        .unwrap_or(0);
    let earlier = cursor_position(service, next)?.checked_sub(items)?;
    (earlier > start).then(|| make_cursor(service, earlier))
}

/// Returns a cursor not issued before, for the position that `next` leads to, else for the start of
/// the list.
pub(in super::super) fn renewed_cursor(
    service: &SimulatorService,
    next: Option<&str>,
    turn: usize,
) -> Option<String> {
    let place = match next {
        Some(next) => cursor_position(service, next)?,
        None => 0,
    };
    let zeros = "0".repeat(turn % 1_000 + 1);
    Some(STANDARD.encode(format!("{zeros}{}", cursor_salt(service) + place)))
}

fn cursor_position(service: &SimulatorService, cursor: &str) -> Option<usize> {
    let text = String::from_utf8(STANDARD.decode(cursor).ok()?).ok()?;
    text.parse::<usize>()
        .ok()?
        .checked_sub(cursor_salt(service))
}

fn cursor_salt(service: &SimulatorService) -> usize {
    usize::try_from(400_000 + service.item_draws("cursor").draw_below("salt", 90_000))
        .unwrap_or_default()
}
