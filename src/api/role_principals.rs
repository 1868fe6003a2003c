//! The principals of a role: an object with a list for each kind of principal, the kinds being
//! open.

use crate::api::wire::CollectionPrincipal;
use connector_sdk::json::{Items, JsonRecord, Slot};
use connector_sdk::lenient::{LenientList, LenientObject, Scalar};

/// One role of a workspace and its principals (`T` an id), or a collection's roles (`T` a principal
/// with its role). Every field but the two that are texts is read as a list, so that no
/// undocumented kind of principal goes unseen.
#[derive(Debug)]
pub struct RolePrincipals<'a, T> {
    /// The role's id: a number as text.
    pub id: Scalar<'a>,
    /// Name for people to read; two roles share one.
    pub display_name: Scalar<'a>,
    /// All other fields in their order. `user`, `group` (or `usergroup`), `partner` and `team` are known.
    pub lists: Vec<(String, LenientList<T>)>,
}

/// The id of a principal: as it is, which is what Postman documents, or in an object on the principal.
#[derive(Debug, Default)]
pub struct PrincipalId<'a>(Scalar<'a>);

/// `GET /collections/{id}/roles`: who holds which role.
pub type CollectionRoles<'a> = RolePrincipals<'a, LenientObject<CollectionPrincipal<'a>>>;
/// One role of `GET /workspaces/{id}/roles`.
pub type RoleRow<'a> = RolePrincipals<'a, PrincipalId<'a>>;

/// Fields that describe a role and name nobody.
const ROLE_TEXTS: [&str; 5] = ["name", "description", "type", "createdAt", "updatedAt"];

impl<T> RolePrincipals<'_, T> {
    /// Takes a list of one kind of principal out, whose field may have another spelling; `None` if there is none
    /// left.
    pub fn take(&mut self, kind: &str) -> Option<LenientList<T>> {
        let mut lists = self.lists.iter();
        let index = lists.position(|(field, _)| is_spelled(field, kind))?;
        Some(self.lists.remove(index).1)
    }

    /// Returns a field that may name a principal in a form that is no list.
    pub fn unread_field(&self) -> Option<&str> {
        let names_one = |(field, list): &&(String, LenientList<T>)| {
            matches!(list, LenientList::Other) && !ROLE_TEXTS.contains(&field.as_str())
        };
        let mut lists = self.lists.iter();
        lists.find(names_one).map(|(field, _)| field.as_str())
    }
}

/// Returns true if a field is that of a kind of principal: in any case, with separators, or as a plural, such as
/// `userGroups` and `user_ids`.
fn is_spelled(field: &str, kind: &str) -> bool {
    if field == kind {
        return true;
    }
    let letters = field.chars().filter(char::is_ascii_alphabetic);
    let letters: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    ["", "s", "ids"].contains(&letters.strip_prefix(kind).unwrap_or("-"))
}

/// Returns a list of principals as a list of their ids.
pub fn ids<'a>(list: LenientList<PrincipalId<'a>>) -> LenientList<Scalar<'a>> {
    match list {
        LenientList::Items(items) => {
            LenientList::Items(items.into_iter().map(|item| item.0).collect())
        }
        LenientList::Absent => LenientList::Absent,
        LenientList::Null => LenientList::Null,
        LenientList::Other => LenientList::Other,
    }
}

impl<'a> Slot<'a> for PrincipalId<'a> {
    fn scalar(&mut self, value: Scalar<'a>) {
        self.0 = value;
    }

    fn list(&mut self) -> Option<&mut dyn Items<'a>> {
        None
    }

    fn object(&mut self) -> Option<&mut dyn JsonRecord<'a>> {
        self.0 = Scalar::Composite { empty: false };
        Some(self)
    }

    fn passed_over(&mut self, empty: bool) {
        self.0 = Scalar::Composite { empty };
    }
}

impl<'a> JsonRecord<'a> for PrincipalId<'a> {
    fn field(&mut self, name: &str) -> Option<&mut dyn Slot<'a>> {
        match name {
            // Beside the user's own id, `id` is that of the membership.
            "id" if matches!(self.0, Scalar::Composite { .. }) => Some(&mut self.0),
            "userId" | "user" => Some(self),
            _ => None,
        }
    }
}

impl<T> Default for RolePrincipals<'_, T> {
    fn default() -> Self {
        Self {
            id: Scalar::Absent,
            display_name: Scalar::Absent,
            lists: Vec::new(),
        }
    }
}

impl<'a, T: Slot<'a> + Default> JsonRecord<'a> for RolePrincipals<'a, T> {
    fn field(&mut self, name: &str) -> Option<&mut dyn Slot<'a>> {
        match name {
            "id" => return Some(&mut self.id),
            "displayName" => return Some(&mut self.display_name),
            _ => {}
        }
        self.lists.retain(|(field, _)| field != name);
        self.lists.push((name.to_owned(), LenientList::Absent));
        self.lists
            .last_mut()
            .map(|(_, list)| list as &mut dyn Slot<'a>)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_sdk::json::read;

    fn ids_of(text: &str) -> Vec<Option<String>> {
        let mut list: LenientList<PrincipalId<'_>> = LenientList::Absent;
        read(text.as_bytes(), &mut list).unwrap();
        let LenientList::Items(items) = ids(list) else {
            panic!("no list");
        };
        items.iter().map(|id| id.id().map(Into::into)).collect()
    }

    #[test]
    fn a_principal_is_an_id_or_an_object_with_one() {
        let found = ids_of(
            r#"[1,"2",{"id":"3","name":"N"},{"userId":4},{"id":9,"userId":5},{"userId":6,"id":9},
                {"id":9,"user":{"id":7}},{"user":{"id":8},"id":9}]"#,
        );
        let wanted = ["1", "2", "3", "4", "5", "6", "7", "8"].map(|id| Some(id.to_owned()));
        assert_eq!(found, wanted);
        for text in [
            "[null]",
            "[[]]",
            "[{}]",
            r#"[{"name":"N"}]"#,
            r#"[{"id":{}}]"#,
        ] {
            assert_eq!(ids_of(text), [None], "{text}");
        }
    }

    #[test]
    fn a_kind_of_principal_has_several_spellings() {
        for field in ["usergroup", "userGroup", "user_groups", "usergroupIds"] {
            assert!(is_spelled(field, "usergroup"), "{field}");
        }
        for field in ["", "user", "group", "usergroupCount", "usergroupss"] {
            assert!(!is_spelled(field, "usergroup"), "{field}");
        }
    }
}
