//! The principals of a role: an object with a list for each kind of principal, the kinds being
//! open.

use crate::api::wire::RoleHolder;
use connector_sdk::json::{JsonRecord, Slot};
use connector_sdk::lenient::{LenientList, LenientObject, Scalar};

/// One role of a workspace and its principals (`T` an id), or a collection's roles (`T` a principal
/// with its role). Every field but the two that are texts is read as a list, so that no
/// undocumented kind of principal goes unseen.
#[derive(Debug)]
pub struct RoleHolders<'a, T> {
    /// The role's id: a number as text.
    pub id: Scalar<'a>,
    /// Name for people to read; two roles share one.
    pub display_name: Scalar<'a>,
    /// All other fields in their order. `user`, `group` (or `usergroup`), `partner` and `team` are known.
    pub lists: Vec<(String, LenientList<T>)>,
}

/// `GET /collections/{id}/roles`: who holds which role.
pub type CollectionRoles<'a> = RoleHolders<'a, LenientObject<RoleHolder<'a>>>;
/// One role of `GET /workspaces/{id}/roles`.
pub type RoleRow<'a> = RoleHolders<'a, Scalar<'a>>;

impl<T> RoleHolders<'_, T> {
    /// Takes the list of one kind of principal out; absent if there is none.
    pub fn take(&mut self, kind: &str) -> LenientList<T> {
        match self.lists.iter().position(|(field, _)| field == kind) {
            Some(index) => self.lists.remove(index).1,
            None => LenientList::Absent,
        }
    }
}

impl<T> Default for RoleHolders<'_, T> {
    fn default() -> Self {
        Self {
            id: Scalar::Absent,
            display_name: Scalar::Absent,
            lists: Vec::new(),
        }
    }
}

impl<'a, T: Slot<'a> + Default> JsonRecord<'a> for RoleHolders<'a, T> {
    fn field(&mut self, name: &str) -> Option<&mut dyn Slot<'a>> {
        match name {
            "id" => return Some(&mut self.id),
            "displayName" => return Some(&mut self.display_name),
            _ => {}
        }
        self.take(name);
        self.lists.push((name.to_owned(), LenientList::Absent));
        self.lists
            .last_mut()
            .map(|(_, list)| list as &mut dyn Slot<'a>)
    }
}
