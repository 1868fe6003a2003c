//! Lists that lead their reader astray: cursors that repeat, run in circles, overlap or expire, pages that
//! are too large by now, users who are left out.

use super::fault::Fault;
use super::world::plain_text;
use crate::answer::SimulatedResponse;
use crate::endpoints;
use crate::problem;
use crate::request::SimulatedRequest;
use crate::service::SimulatorService;
use serde_json::Value;
use std::collections::HashMap;

/// The requests and pages of one reader of a rule's lists.
#[derive(Default)]
pub(super) struct ReaderHistory {
    /// The cursors that it has sent, in order.
    sent: Vec<String>,
    /// The pages that are shown again, by list.
    shown: HashMap<String, RepeatedPages>,
}

/// Pages of one list that are shown again, and how many answers showed one.
#[derive(Default)]
struct RepeatedPages {
    pages: Vec<SimulatedResponse>,
    turns: usize,
}

/// Returns the answer with another cursor; `None` where this fault cannot show in it.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`spoil_answer` names the faults that come here"
)]
pub(super) fn lead_astray(
    fault: &Fault,
    service: &SimulatorService,
    request: &SimulatedRequest,
    answer: &SimulatedResponse,
    walked: &mut ReaderHistory,
) -> Option<SimulatedResponse> {
    let sent = request
        .query_value("cursor")
        .filter(|sent| !sent.is_empty());
    if answer.status != 200 {
        return None;
    }
    match fault {
        Fault::ExpiredCursor => sent.map(|_| problem::bad_cursor()),
        Fault::PageLimit(most) => too_many(request, *most),
        Fault::NoUsers => users_without(request, answer, |_| true),
        Fault::OwnerUnlisted => {
            let owner = &service.team.owner;
            // Without both, an owner is taken for a service account, which no list has.
            owner.username.as_ref().or(owner.email.as_ref())?;
            let id = owner.id.to_string();
            users_without(request, answer, |user| {
                plain_text(user).as_ref() == Some(&id)
            })
        }
        Fault::SameCursor => {
            let sent = sent?;
            next(answer).filter(|next| next != sent)?;
            with_next(answer, sent)
        }
        Fault::Circle(length) => {
            let sent = sent?;
            let walked = &mut walked.sent;
            if !walked.iter().any(|known| known == sent) && walked.len() < *length {
                walked.push(sent.to_owned());
            }
            let is_last = walked.len() == *length && walked.last().is_some_and(|it| it == sent);
            let first = walked.first().filter(|_| is_last)?;
            with_next(answer, first)
        }
        Fault::SamePages(count) => {
            // A rule may be for every path, and a list of one workspace is another one than that of the
            // next.
            let workspace = request.query_value("workspace").unwrap_or_default();
            let list = format!("{} {workspace}", request.path);
            let shown = walked.shown.entry(list).or_default();
            shown.repeat_page(service, *count, answer)
        }
        Fault::Overlap(items) => {
            let next = next(answer)?;
            let earlier = endpoints::earlier_cursor(service, sent, &next, *items)?;
            with_next(answer, &earlier)
        }
        _ => None,
    }
}

/// Returns the refusal of a page that is larger than this, with the text of its endpoint.
fn too_many(request: &SimulatedRequest, most: usize) -> Option<SimulatedResponse> {
    let size = ["limit", "count"]
        .iter()
        .find_map(|it| request.query_value(it))?;
    let is_too_many = size.parse::<usize>().is_ok_and(|size| size > most);
    is_too_many.then(|| match request.path.as_str() {
        "/collections" => {
            let wanted = format!("positive integer smaller than {}", most + 1);
            problem::invalid_parameter("limit", &wanted)
        }
        path if path.starts_with("/scim") => {
            problem::scim_error(400, &format!("count must be at most {most}."))
        }
        _ => problem::limit_too_high(most),
    })
}

/// Returns the list of users without those whose ids are left out; `None` if none of them is in the
/// list.
fn users_without(
    request: &SimulatedRequest,
    answer: &SimulatedResponse,
    is_left_out: impl Fn(&Value) -> bool,
) -> Option<SimulatedResponse> {
    let mut body: Value = serde_json::from_str(&answer.body).ok()?;
    let users = body.get_mut("data").filter(|_| request.path == "/users")?;
    let users = users.as_array_mut()?;
    let before = users.len();
    users.retain(|user| !is_left_out(user.get("id").unwrap_or(&Value::Null)));
    let is_changed = users.len() < before;
    is_changed.then(|| answer.with_body(body.to_string()))
}

impl RepeatedPages {
    /// Returns the page whose turn it is, with a token for a next page.
    fn repeat_page(
        &mut self,
        service: &SimulatorService,
        count: usize,
        answer: &SimulatedResponse,
    ) -> Option<SimulatedResponse> {
        let next = next(answer).filter(|_| self.turns + 1 < count);
        let next = endpoints::new_cursor(service, next.as_deref(), self.turns)?;
        let page = match self.pages.get(self.turns % count) {
            Some(shown) => shown.clone(),
            None => answer.clone(),
        };
        let page = with_next(&page, &next).or_else(|| with_total(&page))?;
        if self.pages.len() < count {
            self.pages.push(answer.clone());
        }
        self.turns += 1;
        Some(page)
    }
}

/// Returns the page with a total of very many items, if its list is paginated by offset.
fn with_total(answer: &SimulatedResponse) -> Option<SimulatedResponse> {
    let mut body: Value = serde_json::from_str(&answer.body).ok()?;
    let pointers = ["/totalResults", "/meta/total", "/metadata/total"];
    let pointer_to_total = pointers.into_iter().find(|it| body.pointer(it).is_some())?;
    *body.pointer_mut(pointer_to_total)? = 1_000_000.into();
    Some(answer.with_body(body.to_string()))
}

/// Returns the cursor that a page gives out.
fn next(answer: &SimulatedResponse) -> Option<String> {
    let body: Value = serde_json::from_str(&answer.body).ok()?;
    let mut metas = ["meta", "metadata"].iter().filter_map(|key| body.get(key));
    let next = metas.find_map(|meta| meta.get("nextCursor")?.as_str());
    next.filter(|next| !next.is_empty()).map(str::to_owned)
}

fn with_next(answer: &SimulatedResponse, next: &str) -> Option<SimulatedResponse> {
    let mut body: Value = serde_json::from_str(&answer.body).ok()?;
    let is_walked_by_cursors = |meta: &Value| meta.is_object() && meta.get("total").is_none();
    let key = ["meta", "metadata"]
        .into_iter()
        .find(|key| body.get(key).is_some_and(is_walked_by_cursors))?;
    body.get_mut(key)?
        .as_object_mut()?
        .insert("nextCursor".to_owned(), next.into());
    Some(answer.with_body(body.to_string()))
}
