//! Who holds a role: an object with a list for each kind of holder, the kinds being open.

use super::lenient::{List, Object, Scalar};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use std::{fmt, marker::PhantomData};

/// One role of a workspace and who holds it (`T` an id), or a collection's roles (`T` a holder with
/// its role). Every field but the two that are words is kept as a list, so that a kind of holder
/// that nobody described does not go unseen.
#[derive(Debug)]
pub struct Holders<'a, T> {
    /// The role's id: a number as text.
    pub id: Scalar<'a>,
    /// Name for people to read; two roles share one.
    pub display_name: Scalar<'a>,
    /// All other fields in their order. `user`, `group` (or `usergroup`), `partner` and `team` are known.
    pub lists: Vec<(String, List<T>)>,
}

impl<T> Holders<'_, T> {
    /// Takes the list of one kind of holder out; absent where there is none.
    pub fn take(&mut self, kind: &str) -> List<T> {
        match self.lists.iter().position(|(field, _)| field == kind) {
            Some(index) => self.lists.swap_remove(index).1,
            None => List::Absent,
        }
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Holders<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HoldersVisitor(PhantomData))
    }
}

struct HoldersVisitor<'a, T>(PhantomData<(&'a (), T)>);

impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for HoldersVisitor<'a, T> {
    type Value = Holders<'a, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut holders = Holders {
            id: Scalar::Absent,
            display_name: Scalar::Absent,
            lists: Vec::new(),
        };
        while let Some(field) = map.next_key::<String>()? {
            match field.as_str() {
                "id" => holders.id = map.next_value()?,
                "displayName" => holders.display_name = map.next_value()?,
                _ => holders.lists.push((field, map.next_value()?)),
            }
        }
        Ok(holders)
    }
}

/// `GET /collections/{id}/roles`: who holds which role.
pub type CollectionRoles<'a> = Holders<'a, Object<super::wire::RoleHolder<'a>>>;
/// One role of `GET /workspaces/{id}/roles`.
pub type RoleRow<'a> = Holders<'a, Scalar<'a>>;
