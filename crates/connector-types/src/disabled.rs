//! Which accounts are disabled: the one rule of every answer, report and export.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::account::account_records;
use super::{AccountRecord, Resource, ResourceId, Status};

/// The number of accounts of one address in a list.
#[derive(Default)]
struct Count {
    all: usize,
    disabled: usize,
}

/// Returns for each account, in the given order, true if it is disabled: by its own record, or by
/// another list in which every account of its address is. If one list has several accounts of one
/// address, it is unknown which of them the other list means: each goes by its own record.
pub fn find_disabled(accounts: &[AccountRecord<'_>]) -> Vec<bool> {
    let addresses: Vec<Option<String>> = accounts.iter().map(AccountRecord::address).collect();
    let mut lists: HashMap<&str, BTreeMap<&str, Count>> = HashMap::new();
    for (one, address) in accounts.iter().zip(&addresses) {
        if let Some(address) = address {
            let count = lists.entry(address).or_default();
            let count = count.entry(one.resource_type).or_default();
            count.all += 1;
            count.disabled += usize::from(one.disabled);
        }
    }
    let elsewhere = |one: &AccountRecord<'_>, address: &String| {
        let counts = lists.get(&**address).into_iter().flatten();
        let (own, other): (Vec<_>, Vec<_>) =
            counts.partition(|(resource_type, _)| **resource_type == one.resource_type);
        own.iter().all(|(_, count)| count.all == 1)
            && other.iter().any(|(_, count)| count.all == count.disabled)
    };
    let accounts = accounts.iter().zip(&addresses);
    accounts
        .map(|(one, address)| {
            one.disabled
                || address
                    .as_ref()
                    .is_some_and(|address| elsewhere(one, address))
        })
        .collect()
}

/// The disabled resources of a sync: accounts by [`find_disabled`], all else by its own record.
#[derive(Debug)]
pub struct DisabledResources<'a>(HashSet<&'a ResourceId>);

impl<'a> DisabledResources<'a> {
    /// Finds them.
    pub fn of(resources: &'a [Resource]) -> Self {
        let (ids, records) = account_records(resources);
        let found = ids.into_iter().zip(find_disabled(&records));
        let found = found.filter_map(|(id, is_disabled)| is_disabled.then_some(id));
        let own = resources.iter();
        let own = own.filter(|one| one.status == Status::Disabled);
        Self(found.chain(own.map(|one| &one.id)).collect())
    }

    /// Returns the status of a resource, by this rule.
    pub fn status(&self, one: &Resource) -> Status {
        if self.0.contains(&one.id) {
            Status::Disabled
        } else {
            one.status
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Accounts as `type address` or `type address off`.
    fn found(accounts: &[&str]) -> Vec<bool> {
        let states: Vec<_> = accounts
            .iter()
            .map(|text| {
                let mut words = text.split(' ');
                AccountRecord {
                    resource_type: words.next().unwrap_or_default(),
                    email: words.next(),
                    disabled: words.next().is_some(),
                    ..AccountRecord::default()
                }
            })
            .collect();
        find_disabled(&states)
    }

    #[test]
    fn an_account_is_disabled_where_its_list_says_so() {
        assert_eq!(found(&["user a@x off", "user b@x"]), [true, false]);
        assert_eq!(found(&["user", "scim"]), [false, false]);
    }

    #[test]
    fn a_disabled_namesake_elsewhere_disables_an_account() {
        assert_eq!(found(&["user a@x", "scim A@X off"]), [true, true]);
        assert_eq!(
            found(&["user a@x", "scim A@x off", "scim a@X off"]),
            [true, true, true]
        );
        assert_eq!(found(&["user jürgen@x", "scim JÜRGEN@x off"]), [true, true]);
        assert_eq!(found(&["user a@x", "scim b@x off"]), [false, true]);
    }

    #[test]
    fn an_enabled_account_of_the_address_keeps_it_enabled() {
        let ana = ["user ana@x", "scim Ana@X off", "scim ana@x"];
        assert_eq!(found(&ana), [false, true, false]);
    }

    #[test]
    fn of_two_accounts_in_one_list_each_counts_by_itself() {
        let two = ["user a@x", "user A@x", "scim a@x off"];
        assert_eq!(found(&two), [false, false, true]);
    }
}
