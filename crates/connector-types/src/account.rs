//! Accounts as the rules across lists see them: which are disabled, and when each was last in use.

use super::{Resource, ResourceId, Status, fold};

/// The facts of one account that another list may state too.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccountRecord<'a> {
    /// The list that it is of.
    pub resource_type: &'a str,
    /// Its address.
    pub email: Option<&'a str>,
    /// True if its own record says that it is disabled.
    pub disabled: bool,
    /// The time of its last use in its own record, RFC 3339 in UTC.
    pub last_login: Option<&'a str>,
}

impl AccountRecord<'_> {
    /// Returns the address in the form in which addresses are compared; `None` without one.
    pub(crate) fn address(&self) -> Option<String> {
        self.email.filter(|email| !email.is_empty()).map(fold)
    }
}

/// Returns the accounts among the resources, with their ids in the same order.
pub(crate) fn account_records(
    resources: &[Resource],
) -> (Vec<&ResourceId>, Vec<AccountRecord<'_>>) {
    let users = resources.iter();
    let users = users.filter_map(|one| Some((one, one.details.user()?)));
    users
        .map(|(one, user)| {
            let record = AccountRecord {
                resource_type: &one.id.resource_type,
                email: user.email.as_deref(),
                disabled: one.status == Status::Disabled,
                last_login: user.last_login.as_deref(),
            };
            (&one.id, record)
        })
        .unzip()
}
