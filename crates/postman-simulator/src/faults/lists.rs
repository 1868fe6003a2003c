//! Lists that lead their reader astray: cursors that repeat, run in circles, overlap or expire, pages that
//! are too large by now, users who are left out.

use super::fault::Fault;
use super::world::plain;
use crate::answer::Answer;
use crate::endpoints;
use crate::problem;
use crate::request::Request;
use crate::service::Service;
use serde_json::Value;

/// The cursors that a reader of one list has sent, in order.
pub(super) type Walked = Vec<String>;

/// The answer with another cursor; `None` where this fault cannot show in it.
pub(super) fn astray(
    fault: &Fault,
    service: &Service,
    request: &Request,
    answer: &Answer,
    walked: &mut Walked,
) -> Option<Answer> {
    let sent = request.query("cursor").filter(|sent| !sent.is_empty());
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
            users_without(request, answer, |user| plain(user).as_ref() == Some(&id))
        }
        Fault::SameCursor => {
            let sent = sent?;
            next(answer).filter(|next| next != sent)?;
            with_next(answer, sent)
        }
        Fault::Circle(length) => {
            let sent = sent?;
            if !walked.iter().any(|known| known == sent) && walked.len() < *length {
                walked.push(sent.to_owned());
            }
            let is_last = walked.len() == *length && walked.last().is_some_and(|it| it == sent);
            let first = walked.first().filter(|_| is_last)?;
            with_next(answer, first)
        }
        Fault::Overlap(items) => {
            let next = next(answer)?;
            let earlier = endpoints::earlier_cursor(service, sent, &next, *items)?;
            with_next(answer, &earlier)
        }
        _ => None,
    }
}

/// The refusal of a page that is larger than this, in the words of its endpoint.
fn too_many(request: &Request, most: usize) -> Option<Answer> {
    let size = ["limit", "count"].iter().find_map(|it| request.query(it))?;
    let is_too_many = size.parse::<usize>().is_ok_and(|size| size > most);
    is_too_many.then(|| match request.path.as_str() {
        "/collections" => {
            let wanted = format!("positive integer smaller than {}", most + 1);
            problem::invalid_parameter("limit", &wanted)
        }
        path if path.starts_with("/scim") => {
            problem::scim(400, &format!("count must be at most {most}."))
        }
        _ => problem::limit_too_high(most),
    })
}

/// The list of users without those whose ids are left out; `None` where nobody is.
fn users_without(
    request: &Request,
    answer: &Answer,
    is_left_out: impl Fn(&Value) -> bool,
) -> Option<Answer> {
    let mut body: Value = serde_json::from_str(&answer.body).ok()?;
    let users = body.get_mut("data").filter(|_| request.path == "/users")?;
    let users = users.as_array_mut()?;
    let before = users.len();
    users.retain(|user| !is_left_out(user.get("id").unwrap_or(&Value::Null)));
    let is_changed = users.len() < before;
    is_changed.then(|| answer.with_body(body.to_string()))
}

/// The cursor that a page gives out.
fn next(answer: &Answer) -> Option<String> {
    let body: Value = serde_json::from_str(&answer.body).ok()?;
    let mut metas = ["meta", "metadata"].iter().filter_map(|key| body.get(key));
    let next = metas.find_map(|meta| meta.get("nextCursor")?.as_str());
    next.filter(|next| !next.is_empty()).map(str::to_owned)
}

fn with_next(answer: &Answer, next: &str) -> Option<Answer> {
    let mut body: Value = serde_json::from_str(&answer.body).ok()?;
    let key = ["meta", "metadata"]
        .into_iter()
        .find(|key| body.get(key).is_some_and(Value::is_object))?;
    body.get_mut(key)?
        .as_object_mut()?
        .insert("nextCursor".to_owned(), next.into());
    Some(answer.with_body(body.to_string()))
}
