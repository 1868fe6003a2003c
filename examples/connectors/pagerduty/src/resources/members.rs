//! The members of a team with their team roles, from `/teams/{id}/members` by offset.

use connector_sdk::error::Error;
use connector_sdk::model::{Page, ResourceId};
use connector_sdk::page::PageBuilder;
use connector_sdk::transport::Transport;

use crate::ResourceKind;
use crate::api::PROVIDER;
use crate::api::client::get;
use crate::api::endpoints::PagerDutyRequest;
use crate::api::wire::Member;
use crate::resources::paging;
use crate::resources::roles::TEAM;

/// Name of the list, which has no type of resource of its own.
const LIST: &str = "member";

/// Returns one page of the members of a team.
///
/// # Errors
/// Returns an error if the token is not of this list, or PagerDuty does not give the page.
pub fn list(
    transport: &impl Transport,
    team: &ResourceId,
    page_token: Option<&str>,
) -> Result<Page, Error> {
    let (place, offset) = paging::resume(LIST, team, page_token)?;
    let endpoint = PagerDutyRequest::Members { team, offset };
    let answer = get(transport, &endpoint)?;
    let mut page = PageBuilder::new(PROVIDER).within(team);
    let members = paging::items(&answer, &mut page, place)?;
    page.each_object(LIST, members, |page, index, member| {
        add(page, team, index, member);
    });
    Ok(answer.finish(page))
}

fn add(page: &mut PageBuilder, team: &ResourceId, index: usize, member: Member<'_>) {
    let user = member.user.here().unwrap_or_default();
    if let Some(id) = page.identity(ResourceKind::User, index, &user.id) {
        TEAM.grant(page, team, &member.role, &id);
    }
}
