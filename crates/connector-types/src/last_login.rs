//! Last use of accounts: the one rule of every answer, report and export.

use std::collections::{BTreeMap, HashMap};

use super::account::account_records;
use super::{AccountRecord, Resource, ResourceId};

/// The time of the one account of an address in a list; `None` where there are several.
type SingleLogin<'a> = Option<Option<&'a str>>;

/// Returns for each account, in the given order, the latest time that its own record has or that of its
/// address in another list. If one list has several accounts of one address, it is unknown which of them
/// the other list means: each goes by its own record.
pub fn find_last_logins<'a>(accounts: &[AccountRecord<'a>]) -> Vec<Option<&'a str>> {
    let addresses: Vec<Option<String>> = accounts.iter().map(AccountRecord::address).collect();
    let mut lists: HashMap<&str, BTreeMap<&str, SingleLogin<'a>>> = HashMap::new();
    for (one, address) in accounts.iter().zip(&addresses) {
        if let Some(address) = address {
            let times = lists.entry(address).or_default().entry(one.resource_type);
            times
                .and_modify(|only| *only = None)
                .or_insert(Some(one.last_login));
        }
    }
    let elsewhere = |one: &AccountRecord<'a>, address: &String| {
        let times = lists.get(&**address)?;
        let is_alone = times.get(one.resource_type).is_some_and(Option::is_some);
        let others = times.values().copied().flatten().flatten();
        others.max().filter(|_| is_alone)
    };
    let accounts = accounts.iter().zip(&addresses);
    let latest = accounts.map(|(one, address)| {
        let elsewhere = address.as_ref().and_then(|address| elsewhere(one, address));
        one.last_login.max(elsewhere)
    });
    latest.collect()
}

/// The times at which the accounts of a sync were last in use, by [`find_last_logins`].
#[derive(Debug)]
pub struct LastLogins<'a>(HashMap<&'a ResourceId, &'a str>);

impl<'a> LastLogins<'a> {
    /// Finds them.
    pub fn of(resources: &'a [Resource]) -> Self {
        let (ids, records) = account_records(resources);
        let found = ids.into_iter().zip(find_last_logins(&records));
        Self(found.filter_map(|(id, time)| Some((id, time?))).collect())
    }

    /// Returns when an account was last in use, by this rule.
    pub fn get(&self, id: &ResourceId) -> Option<&'a str> {
        self.0.get(id).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Accounts as `type address time`, `-` for none.
    fn found<'a>(accounts: &[&'a str]) -> Vec<Option<&'a str>> {
        let uses: Vec<_> = accounts
            .iter()
            .map(|text| {
                let mut words = text.split(' ');
                AccountRecord {
                    resource_type: words.next().unwrap_or_default(),
                    email: words.next().filter(|word| *word != "-"),
                    last_login: words.next(),
                    ..AccountRecord::default()
                }
            })
            .collect();
        find_last_logins(&uses)
    }

    #[test]
    fn the_latest_time_of_an_address_counts() {
        let accounts = [
            "user a@x 2025",
            "activity A@X 2026",
            "user b@x 2026",
            "activity b@x 2025",
        ];
        assert_eq!(found(&accounts), [Some("2026"); 4]);
        assert_eq!(found(&["user a@x", "activity a@x 2026"]), [Some("2026"); 2]);
        assert_eq!(found(&["user -", "activity - 2026"]), [None, Some("2026")]);
    }

    #[test]
    fn of_two_accounts_in_one_list_each_counts_by_itself() {
        let accounts = ["user a@x", "user A@x 2024", "activity a@x 2026"];
        assert_eq!(found(&accounts), [None, Some("2024"), Some("2026")]);
        let accounts = ["user a@x", "activity a@x 2025", "activity a@x 2026"];
        assert_eq!(found(&accounts), [None, Some("2025"), Some("2026")]);
    }
}
