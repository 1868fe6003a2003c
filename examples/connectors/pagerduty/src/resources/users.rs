//! Users and their base roles, from `/users` by offset.

use connector_sdk::connector::{ListScope, ResourceReader};
use connector_sdk::error::Error;
use connector_sdk::model::{AccountType, Details, Page, Resource, ResourceId, Status, UserDetails};
use connector_sdk::page::PageBuilder;
use connector_sdk::transport::Transport;

use crate::ResourceKind;
use crate::api::PROVIDER;
use crate::api::client::get;
use crate::api::endpoints::PagerDutyRequest;
use crate::api::wire::User;
use crate::resources::paging;
use crate::resources::roles::{ADMIN, BASE, OWNER, is_role};

/// The reader of users.
pub struct PagerDutyUsers;

impl<T: Transport> ResourceReader<T> for PagerDutyUsers {
    fn list_resources(&self, transport: &T, scope: ListScope<'_>) -> Result<Page, Error> {
        list(transport, scope.parent()?, scope.page_token)
    }
}

/// Reads one page of the users of an account.
fn list(
    transport: &impl Transport,
    account: &ResourceId,
    page_token: Option<&str>,
) -> Result<Page, Error> {
    let (place, offset) = paging::resume(ResourceKind::User.name(), account, page_token)?;
    let endpoint = PagerDutyRequest::Users { offset };
    let answer = get(transport, &endpoint)?;
    let mut page = PageBuilder::new(PROVIDER);
    let users = paging::items(&answer, &mut page, place)?;
    page.expect(users.len());
    page.each_object(ResourceKind::User.name(), users, |page, index, user| {
        add(page, account, index, &user);
    });
    Ok(answer.finish(page))
}

fn add(page: &mut PageBuilder, account: &ResourceId, index: usize, user: &User<'_>) {
    let Some(id) = page.identity(ResourceKind::User, index, &user.id) else {
        return;
    };
    BASE.grant(page, account, &user.role, &id);
    if is_role(&user.role, OWNER) {
        page.grant(account, ADMIN, &id, None, Some("owner-is-admin"));
    }
    let name = page.text("name", &user.name, &id);
    let email = page.text("email", &user.email, &id);
    let title = page.text("job_title", &user.job_title, &id);
    let invited = page.flag("invitation_sent", &user.invitation_sent, &id);
    let display_name = name.or_else(|| email.clone());
    let display_name = display_name.unwrap_or_else(|| id.id.clone());
    let mut resource = Resource::listed(id, display_name);
    resource.details = Details::User(UserDetails {
        login: email.clone(),
        email,
        account_type: AccountType::Unknown,
        last_login: None,
    });
    // A user who has not accepted the invitation cannot sign in, and is not disabled.
    if invited != Some(false) && !user.invitation_sent.is_blank() {
        resource.status = Status::Unknown;
    }
    let invited = invited.filter(|invited| *invited);
    resource.attributes = [
        ("invitation_sent", invited.map(|_| "true".to_owned())),
        ("job_title", title),
    ]
    .into_iter()
    .filter_map(|(name, fact)| Some((name, fact?)))
    .collect();
    page.page.resources.push(resource);
}
