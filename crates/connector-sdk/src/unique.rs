//! Everything on a page once.

use crate::model::{Reference, Resource};
use hashbrown::hash_table::{Entry, HashTable};
use rustc_hash::FxBuildHasher;
use std::hash::{BuildHasher, Hash};

/// Something that is reported once.
pub trait UniqueItem {
    /// Returns a key that most different items differ in.
    fn sign(&self) -> impl Hash;

    /// Returns whether both are the same item.
    fn is(&self, other: &Self) -> bool;
}

impl UniqueItem for Resource {
    fn sign(&self) -> impl Hash {
        &self.id.id
    }

    fn is(&self, other: &Self) -> bool {
        is_same_text(&self.id.id, &other.id.id)
            && is_same_text(self.id.resource_type, other.id.resource_type)
    }
}

impl UniqueItem for Reference {
    fn sign(&self) -> impl Hash {
        self.resource.sign()
    }

    fn is(&self, other: &Self) -> bool {
        self.resource.is(&other.resource)
    }
}

impl UniqueItem for String {
    fn sign(&self) -> impl Hash {
        self
    }

    fn is(&self, other: &Self) -> bool {
        is_same_text(self, other)
    }
}

/// Compares two texts by words: WebAssembly has no instruction for it, and the standard comparison takes bytes.
pub fn is_same_text(one: &str, other: &str) -> bool {
    if std::ptr::eq(one, other) {
        return true;
    }
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let is_same =
        |(one, other): (&[u8; 8], &[u8; 8])| u64::from_ne_bytes(*one) == u64::from_ne_bytes(*other);
    one.len() == other.len()
        && match (one.last_chunk(), other.last_chunk()) {
            // Ids mostly differ at their ends.
            (Some(end), Some(other_end)) => {
                let words = one.as_chunks().0.iter().zip(other.as_chunks().0);
                is_same((end, other_end)) && words.into_iter().all(is_same)
            }
            _ => one.iter().zip(other).all(|(one, other)| one == other),
        }
}

/// Returns true if there is no text, or twice the same.
pub fn is_same_option(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => is_same_text(one, other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// Finds the items that equal an earlier one: the index of the first, and their own, in ascending
/// order of the latter. The table contains indexes instead of items: a set may have very many
/// principals.
pub fn repeated<T: UniqueItem>(items: &[T]) -> Vec<(usize, usize)> {
    let mut seen = HashTable::with_capacity(items.len());
    let mut again = Vec::new();
    let hash = |item: &T| FxBuildHasher.hash_one(item.sign());
    for (place, item) in items.iter().enumerate() {
        let same = |other: &usize| items.get(*other).is_some_and(|other| other.is(item));
        let hash_at = |other: &usize| items.get(*other).map_or(0, hash);
        match seen.entry(hash(item), same, hash_at) {
            Entry::Occupied(first) => again.push((*first.get(), place)),
            Entry::Vacant(free) => {
                free.insert(place);
            }
        }
    }
    again
}

/// Leaves out what is one with something before it.
pub fn keep_first<T: UniqueItem>(items: &mut Vec<T>) {
    if items.len() > 1 {
        let again = repeated(items);
        remove_repeated(items, &again);
    }
}

/// Leaves out those that are [`repeated`].
pub fn remove_repeated<T>(items: &mut Vec<T>, again: &[(usize, usize)]) {
    if again.is_empty() {
        return;
    }
    let mut place = 0..;
    let mut out = again.iter().map(|(_, place)| *place).peekable();
    items.retain(|_| {
        let here = place.next();
        out.next_if(|next| Some(*next) == here).is_none()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::tests::AnyKind;
    use crate::model::ResourceId;
    use crate::page::PageBuilder;

    #[test]
    fn the_first_of_equal_items_stays() {
        let id = |id: &str| ResourceId::parse(AnyKind, id).unwrap();
        let mut builder = PageBuilder::new("P");
        for (principal, slug) in [("1", "a"), ("2", "a"), ("1", "a"), ("1", "b"), ("2", "a")] {
            builder.grant(&id("0"), slug, &id(principal), None, None);
        }
        for (n, name) in ["first", "second", "again"].into_iter().enumerate() {
            let one = Resource::listed(id(if n == 1 { "2" } else { "1" }), name.to_owned());
            builder.page.resources.push(one);
        }
        let page = builder.into_page(None);
        let sets = page.grants.iter();
        let sets = sets.map(|set| (&*set.entitlements[0], set.principal_ids.join(" ")));
        assert_eq!(
            sets.collect::<Vec<_>>(),
            [("a", "1 2".to_owned()), ("b", "1".to_owned())]
        );
        let resources = page.resources.iter().map(|one| &*one.display_name);
        assert_eq!(resources.collect::<Vec<_>>(), ["first", "second"]);
    }
}
