//! Accounts of different types that belong to one person: joined by address, ignoring case.

use std::collections::{BTreeMap, BTreeSet};

use connector_types::{Descriptor, ResourceId, TypeIndex, fold};

/// The accounts of one address, by type.
type AccountsByAddress<'a> = BTreeMap<&'a str, Vec<&'a ResourceId>>;

/// The matches between the accounts of two types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// The types, in the order of the description.
    pub types: (String, String),
    /// Addresses with one account of each.
    pub matched: usize,
    /// Addresses with an account of the first type alone, and of the second alone.
    pub alone: (usize, usize),
    /// Addresses of both types with several accounts of one type, and these accounts: it is unknown
    /// which of them belong to one person.
    pub conflicts: Vec<(String, Vec<ResourceId>)>,
}

/// The most types whose accounts are joined: each goes together with each other one.
const MAX_TYPES: usize = 8;

/// Joins the accounts of every two types that have addresses, the first types of the description.
pub fn join_accounts(accounts: &[(ResourceId, String)], descriptor: &Descriptor) -> Vec<Join> {
    let by_address = by_address(accounts);
    let index = TypeIndex::new(descriptor);
    let types: BTreeSet<(usize, &str)> = by_address
        .values()
        .flat_map(BTreeMap::keys)
        .map(|name| (index.order(name), *name))
        .collect();
    let types: BTreeSet<_> = types.into_iter().take(MAX_TYPES).collect();
    let mut joins = Vec::new();
    for (order, first) in &types {
        for (_, second) in types.range((order + 1, "")..) {
            joins.push(join(&by_address, first, second));
        }
    }
    joins
}

fn by_address(accounts: &[(ResourceId, String)]) -> BTreeMap<String, AccountsByAddress<'_>> {
    let mut found: BTreeMap<String, AccountsByAddress<'_>> = BTreeMap::new();
    for (id, address) in accounts {
        let accounts = found.entry(fold(address)).or_default();
        accounts.entry(&id.resource_type).or_default().push(id);
    }
    found
}

fn join(by_address: &BTreeMap<String, AccountsByAddress<'_>>, first: &str, second: &str) -> Join {
    let mut join = Join {
        types: (first.to_owned(), second.to_owned()),
        matched: 0,
        alone: (0, 0),
        conflicts: Vec::new(),
    };
    for (address, accounts) in by_address {
        match (accounts.get(first), accounts.get(second)) {
            (Some(one), Some(other)) if one.len() == 1 && other.len() == 1 => join.matched += 1,
            (Some(one), Some(other)) => {
                let all = one.iter().chain(other).map(|id| (*id).clone()).collect();
                join.conflicts.push((address.clone(), all));
            }
            (Some(_), None) => join.alone.0 += 1,
            (None, Some(_)) => join.alone.1 += 1,
            (None, None) => {}
        }
    }
    join
}
