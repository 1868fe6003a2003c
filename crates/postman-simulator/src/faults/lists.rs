//! Lists that lead their reader astray: cursors that repeat, run in circles, overlap or expire.

use super::fault::Fault;
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
