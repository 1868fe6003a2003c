//! A page in the making: reads fields as the provider sent them, and keeps account of what it could not read.

use super::types::names;
use crate::{
    calendar,
    error::without_controls,
    model::{Grant, Notice, Page, RateLimit, Resource, ResourceId},
    postman::{
        endpoints::PathId,
        lenient::{List, Object, Scalar},
    },
};
use hashbrown::hash_table::{Entry, HashTable};
use rustc_hash::FxBuildHasher;
use std::hash::{BuildHasher, Hash};

/// The longest text that is handed on, in characters.
const MAX_TEXT: usize = 1024;

/// The longest identifier that never stands in a path, in bytes.
const MAX_OPAQUE: usize = 128;

/// A page in the making.
#[derive(Default)]
pub struct Draft {
    /// What is read so far.
    pub page: Page,
    /// What the page is a page of, where notices on single items would not tell it.
    within: Option<ResourceId>,
}

/// Whether `id` can be the identifier of a resource of this type. Keys and SCIM accounts have
/// opaque ones, which never stand in a path: they may be Base64 as well.
pub fn usable_id(resource_type: &str, id: &str) -> bool {
    match resource_type {
        names::COLLECTION_ACCESS_KEY | names::SCIM_ACCOUNT => {
            (1..=MAX_OPAQUE).contains(&id.len())
                && id
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"_.:@-=+/".contains(&b))
                && id.bytes().any(|b| b != b'.')
        }
        _ => PathId::fits(id),
    }
}

impl Draft {
    /// A page of what lies in `resource`: one of many such pages, so that notices have to name it.
    pub fn within(resource: &ResourceId) -> Self {
        Self {
            within: Some(resource.clone()),
            ..Self::default()
        }
    }

    /// Adds a notice on an item that is left out.
    fn left_out(&mut self, code: &'static str, message: String) {
        let within = self.within.clone();
        self.notice(code, within.as_ref(), true, message);
    }

    /// Adds a notice.
    pub fn notice(
        &mut self,
        code: &'static str,
        about: Option<&ResourceId>,
        omits: bool,
        message: String,
    ) {
        self.page.notices.push(Notice {
            code,
            about: about.cloned(),
            omits,
            message,
        });
    }

    /// Notes a field that has another type than it should. It `omits` where access may be lost with it.
    pub fn unreadable(&mut self, field: &str, about: Option<&ResourceId>, omits: bool) {
        let message =
            format!("`{field}` is not of the form that Postman describes and is left out");
        self.notice("unreadable-field", about, omits, message);
    }

    /// Notes a field with facts in it that is no object, and not blank either.
    pub fn note_other<T>(&mut self, field: &str, value: &Object<T>, about: &ResourceId) {
        if matches!(value, Object::Other) {
            self.unreadable(field, Some(about), false);
        }
    }

    /// The object at `index` of a list; a notice where it is none.
    pub fn object<T>(&mut self, what: &str, index: usize, item: Object<T>) -> Option<T> {
        let here = item.here();
        if here.is_none() {
            let message = format!("item {index} of the page is no {what} and is left out");
            self.left_out("unreadable-item", message);
        }
        here
    }

    /// The identity of the item at `index` of a list; a notice where it has no usable one.
    pub fn identity(
        &mut self,
        resource_type: &'static str,
        index: usize,
        id: &Scalar<'_>,
    ) -> Option<ResourceId> {
        let (code, why) = match id.id() {
            Some(id) if usable_id(resource_type, &id) => {
                return Some(ResourceId::new(resource_type, id));
            }
            Some(_) => ("unusable-id", "an id that cannot be asked for"),
            None => ("no-id", "no readable id"),
        };
        let message = format!("{resource_type} {index} of the page has {why} and is left out");
        self.left_out(code, message);
        None
    }

    /// The resource that `field` of `about` refers to. Blank is none; unusable is none with a notice.
    pub fn reference(
        &mut self,
        resource_type: &'static str,
        field: &str,
        id: &Scalar<'_>,
        about: &ResourceId,
        omits: bool,
    ) -> Option<ResourceId> {
        if id.is_blank() {
            return None;
        }
        let found = id
            .id()
            .filter(|id| usable_id(resource_type, id))
            .map(|id| ResourceId::new(resource_type, id));
        if found.is_none() {
            self.unreadable(field, Some(about), omits);
        }
        found
    }

    /// The entries of a list in `field` of `about`. A missing list is empty, with a notice where it is `expected`.
    pub fn entries<T>(
        &mut self,
        field: &str,
        list: List<T>,
        about: &ResourceId,
        expected: bool,
    ) -> Vec<T> {
        match list {
            List::Items(items) => items,
            List::Other => {
                self.unreadable(field, Some(about), true);
                Vec::new()
            }
            List::Absent | List::Null => {
                if expected {
                    let message = format!("Postman sent no `{field}` and it is taken to be empty");
                    self.notice("missing-field", Some(about), false, message);
                }
                Vec::new()
            }
        }
    }

    /// The resources that a list in `field` of `about` refers to; an unusable entry costs itself.
    pub fn references(
        &mut self,
        resource_type: &'static str,
        field: &str,
        list: List<Scalar<'_>>,
        about: &ResourceId,
        expected: bool,
    ) -> Vec<ResourceId> {
        let entries = self.entries(field, list, about, expected);
        let mut found = Vec::with_capacity(entries.len());
        for entry in entries {
            match entry.id().filter(|id| usable_id(resource_type, id)) {
                Some(id) => found.push(ResourceId::new(resource_type, id)),
                None => self.unreadable(field, Some(about), true),
            }
        }
        found
    }

    /// Text for people: no control characters, at most 1,024 characters, none where blank.
    pub fn text(&mut self, field: &str, value: &Scalar<'_>, about: &ResourceId) -> Option<String> {
        match value {
            Scalar::Absent | Scalar::Null => None,
            Scalar::Text(text) => {
                if text.len() > MAX_TEXT && text.chars().nth(MAX_TEXT).is_some() {
                    let message = format!("`{field}` is cut to {MAX_TEXT} characters");
                    self.notice("shortened-text", Some(about), false, message);
                }
                presentable(text)
            }
            _ => {
                self.unreadable(field, Some(about), false);
                None
            }
        }
    }

    /// A moment in normal form; a notice where there is something else.
    pub fn moment(
        &mut self,
        field: &str,
        value: &Scalar<'_>,
        about: &ResourceId,
    ) -> Option<String> {
        if value.is_blank() {
            return None;
        }
        let moment = match value {
            Scalar::Text(text) => calendar::utc(text),
            _ => None,
        };
        if moment.is_none() {
            self.unreadable(field, Some(about), false);
        }
        moment
    }

    /// Makes room for so many more, where that is known.
    pub fn expect(&mut self, resources: usize, grants: usize) {
        self.page.resources.reserve(resources);
        self.page.grants.reserve(grants);
    }

    /// Adds a grant.
    pub fn grant(
        &mut self,
        resource: &ResourceId,
        entitlement: impl Into<crate::model::Text>,
        principal: &ResourceId,
        expands: Option<&'static str>,
        implied_by: Option<&'static str>,
    ) {
        self.page.grants.push(Grant {
            resource: resource.clone(),
            entitlement: entitlement.into(),
            principal: principal.clone(),
            implied_by,
            expands,
        });
    }

    /// Whether the page has words for the right of this slug.
    pub fn has_entitlement(&self, slug: &str) -> bool {
        let mut known = self.page.entitlements.iter();
        known.any(|known| known.slug == slug)
    }

    /// The page, each resource and each grant once.
    pub fn finish(mut self, rate_limit: Option<RateLimit>) -> Page {
        keep_first(&mut self.page.resources);
        keep_first(&mut self.page.grants);
        self.page.rate_limit = rate_limit;
        self.page
    }
}

/// Something that is reported once.
trait Identified {
    /// What differs between most that differ.
    fn sign(&self) -> impl Hash;

    /// Whether both are one.
    fn is(&self, other: &Self) -> bool;
}

impl Identified for Resource {
    fn sign(&self) -> impl Hash {
        &self.id.id
    }

    fn is(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Identified for Grant {
    fn sign(&self) -> impl Hash {
        (&self.principal.id, &self.entitlement, &self.resource.id)
    }

    fn is(&self, other: &Self) -> bool {
        self.principal == other.principal
            && self.entitlement == other.entitlement
            && self.resource == other.resource
    }
}

/// Keeps places, not what is compared, in its table: a page may have very many grants.
fn keep_first<T: Identified>(items: &mut Vec<T>) {
    let mut seen = HashTable::with_capacity(items.len());
    let mut again = Vec::new();
    let hash = |item: &T| FxBuildHasher.hash_one(item.sign());
    for (place, item) in items.iter().enumerate() {
        let same = |other: &usize| items.get(*other).is_some_and(|other| other.is(item));
        let hash_at = |other: &usize| items.get(*other).map_or(0, hash);
        match seen.entry(hash(item), same, hash_at) {
            Entry::Occupied(_) => again.push(place),
            Entry::Vacant(free) => drop(free.insert(place)),
        }
    }
    drop(seen);
    leave_out(items, &again);
}

/// Leaves out what is at these `places`, which are in ascending order.
fn leave_out<T>(items: &mut Vec<T>, places: &[usize]) {
    if places.is_empty() {
        return;
    }
    let mut place = 0..;
    let mut out = places.iter().copied().peekable();
    items.retain(|_| {
        let here = place.next();
        out.next_if(|next| Some(*next) == here).is_none()
    });
}

/// Text without control characters (each a space), without blanks at its ends, at most 1,024
/// characters. None where nothing is left.
pub fn presentable(text: &str) -> Option<String> {
    if is_presentable(text.as_bytes()) {
        return Some(text.to_owned());
    }
    let clean = without_controls(text.to_owned());
    let clean = clean.trim();
    let end = clean
        .char_indices()
        .nth(MAX_TEXT)
        .map_or(clean.len(), |(end, _)| end);
    let cut = clean.get(..end)?.trim_end();
    (!cut.is_empty()).then(|| cut.to_owned())
}

/// Whether it is seen at once that nothing is to do: most texts are short and ASCII.
fn is_presentable(text: &[u8]) -> bool {
    let ([b'!'..=b'~', .., b'!'..=b'~'] | [b'!'..=b'~']) = text else {
        return false;
    };
    text.len() <= MAX_TEXT && text.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_presentable_stays_as_it_is_and_all_else_becomes_so() {
        for text in ["a", "ab", "a b", "!~", &"x".repeat(MAX_TEXT), "\u{e9}"] {
            assert_eq!(presentable(text).as_deref(), Some(text));
        }
        for (text, wanted) in [
            ("", None),
            (" ", None),
            ("\t\n", None),
            (" a", Some("a")),
            ("a ", Some("a")),
            ("a\tb", Some("a b")),
            ("a\u{7f}b", Some("a b")),
            ("\u{a0}a", Some("a")),
            (&"x".repeat(MAX_TEXT + 1), Some(&*"x".repeat(MAX_TEXT))),
        ] {
            assert_eq!(presentable(text).as_deref(), wanted, "{text:?}");
        }
    }

    #[test]
    fn the_first_of_those_that_are_one_is_kept() {
        let id = |id: &str| ResourceId::new(names::USER, id);
        let mut draft = Draft::default();
        for (principal, slug) in [("1", "a"), ("2", "a"), ("1", "a"), ("1", "b"), ("2", "a")] {
            draft.grant(&id("0"), slug, &id(principal), None, None);
        }
        for (n, name) in ["first", "second", "again"].into_iter().enumerate() {
            let one = Resource::listed(id(if n == 1 { "2" } else { "1" }), None, name.to_owned());
            draft.page.resources.push(one);
        }
        let page = draft.finish(None);
        let grants = page
            .grants
            .iter()
            .map(|one| (&*one.principal.id, &*one.entitlement));
        assert_eq!(
            grants.collect::<Vec<_>>(),
            [("1", "a"), ("2", "a"), ("1", "b")]
        );
        let resources = page.resources.iter().map(|one| &*one.display_name);
        assert_eq!(resources.collect::<Vec<_>>(), ["first", "second"]);
    }
}
