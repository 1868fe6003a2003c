//! Postman's answers exactly as Postman sends them, every field free to be missing or of another type.

use super::{
    holders::Holders,
    lenient::{List, Object, Scalar},
};
use serde::Deserialize;

/// `GET /me`, as documented. (An [`Owner`] without the wrapper is read as well.)
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Me<'a> {
    /// The credential's owner.
    #[serde(borrow)]
    pub user: Object<Owner<'a>>,
    /// Use of the plan; not sent to guests and partners.
    #[serde(borrow)]
    pub operations: List<Object<Operation<'a>>>,
}

/// The user that a credential belongs to.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Owner<'a> {
    /// A number.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// Empty for a service account (seen live).
    #[serde(borrow)]
    pub username: Scalar<'a>,
    /// Empty for a service account (seen live).
    #[serde(borrow)]
    pub email: Scalar<'a>,
    /// Name for people to read.
    #[serde(borrow)]
    pub full_name: Scalar<'a>,
    /// A number, 0 without a team.
    #[serde(borrow)]
    pub team_id: Scalar<'a>,
    /// Absent without a team (seen live).
    #[serde(borrow)]
    pub team_name: Scalar<'a>,
    /// Empty without a team.
    #[serde(borrow)]
    pub team_domain: Scalar<'a>,
    /// Slugs of team roles.
    #[serde(borrow)]
    pub roles: List<Scalar<'a>>,
}

/// One figure of a plan's use.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Operation<'a> {
    /// Such as `api_usage`, the requests of this month.
    #[serde(borrow)]
    pub name: Scalar<'a>,
    /// How much there may be.
    #[serde(borrow)]
    pub limit: Scalar<'a>,
    /// How much there is; may have a fraction.
    #[serde(borrow)]
    pub usage: Scalar<'a>,
}

/// An answer whose list stands under `data`: `/users`, `/groups`, `/collection-access-keys`.
#[derive(Debug, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a, T: Deserialize<'de>"))]
pub struct Data<'a, T> {
    /// The items.
    pub data: List<Object<T>>,
    /// Where the list goes on: the documented place.
    #[serde(borrow)]
    pub meta: Object<Meta<'a>>,
    /// Where the list goes on: the place that teams use.
    #[serde(borrow)]
    pub metadata: Object<Meta<'a>>,
    /// Where the list goes on: the place that audit logs use (seen live).
    #[serde(borrow, rename = "nextCursor")]
    pub next_cursor: Scalar<'a>,
}

/// A list's own facts.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Meta<'a> {
    /// Where the list goes on: absent, null or empty at the end.
    #[serde(borrow)]
    pub next_cursor: Scalar<'a>,
    /// How many items the whole list has.
    #[serde(borrow)]
    pub total: Scalar<'a>,
}

impl<T> Default for Data<'_, T> {
    fn default() -> Self {
        Self {
            data: List::Absent,
            meta: Object::Absent,
            metadata: Object::Absent,
            next_cursor: Scalar::Absent,
        }
    }
}

/// One user of `GET /users`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct User<'a> {
    /// A number.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// Name for people to read.
    #[serde(borrow)]
    pub name: Scalar<'a>,
    /// Login name.
    #[serde(borrow)]
    pub username: Scalar<'a>,
    /// Address.
    #[serde(borrow)]
    pub email: Scalar<'a>,
    /// Slugs of team roles.
    #[serde(borrow)]
    pub roles: List<Scalar<'a>>,
    /// When the user joined the team.
    #[serde(borrow)]
    pub joined_at: Scalar<'a>,
}

/// One group of `GET /groups` or `GET /groups/{id}`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Group<'a> {
    /// A number.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// Name for people to read.
    #[serde(borrow)]
    pub name: Scalar<'a>,
    /// What it is for.
    #[serde(borrow)]
    pub summary: Scalar<'a>,
    /// The user who made it, a number.
    #[serde(borrow)]
    pub created_by: Scalar<'a>,
    /// When it was made.
    #[serde(borrow)]
    pub created_at: Scalar<'a>,
    /// When it last changed.
    #[serde(borrow)]
    pub updated_at: Scalar<'a>,
    /// Users, as numbers.
    #[serde(borrow)]
    pub members: List<Scalar<'a>>,
    /// Slugs of the team roles that every member has through the group.
    #[serde(borrow)]
    pub roles: List<Scalar<'a>>,
    /// Users, as numbers; only in the answer for one group.
    #[serde(borrow)]
    pub managers: List<Scalar<'a>>,
}

/// The answer for one group, were it wrapped as the list is. (It is documented as a bare [`Group`].)
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WrappedGroup<'a> {
    /// The group.
    #[serde(borrow)]
    pub data: Object<Group<'a>>,
}

/// `GET /workspaces`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Workspaces<'a> {
    /// The items.
    #[serde(borrow)]
    pub workspaces: List<Object<Workspace<'a>>>,
    /// Where the list goes on: the documented place.
    #[serde(borrow)]
    pub meta: Object<Meta<'a>>,
    /// Where the list goes on: the place that teams use.
    #[serde(borrow)]
    pub metadata: Object<Meta<'a>>,
    /// Where the list goes on: the place that audit logs use (seen live).
    #[serde(borrow, rename = "nextCursor")]
    pub next_cursor: Scalar<'a>,
}

/// One workspace of `GET /workspaces`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Workspace<'a> {
    /// A UUID.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// Name for people to read.
    #[serde(borrow)]
    pub name: Scalar<'a>,
    /// Who can see it. (`type` says `team` of most workspaces and is of no use.)
    #[serde(borrow)]
    pub visibility: Scalar<'a>,
    /// The user who made it, a number as text.
    #[serde(borrow)]
    pub created_by: Scalar<'a>,
    /// What it is for.
    #[serde(borrow)]
    pub about: Scalar<'a>,
    /// When it was made.
    #[serde(borrow)]
    pub created_at: Scalar<'a>,
    /// When it last changed.
    #[serde(borrow)]
    pub updated_at: Scalar<'a>,
}

/// `GET /workspaces/{id}/roles`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WorkspaceRoles<'a> {
    /// The roles that somebody holds.
    #[serde(borrow)]
    pub roles: List<Object<Holders<'a, Scalar<'a>>>>,
}

/// `GET /workspaces-roles`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RoleCatalogue<'a> {
    /// Roles by who can hold them.
    #[serde(borrow)]
    pub roles: Object<RolesByHolder<'a>>,
}

/// The catalogue's roles.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RolesByHolder<'a> {
    /// Roles of users.
    #[serde(borrow)]
    pub user: List<Object<RoleWords<'a>>>,
    /// Roles of groups.
    #[serde(borrow)]
    pub usergroup: List<Object<RoleWords<'a>>>,
    /// Roles of groups, were they named here as in a workspace's roles.
    #[serde(borrow)]
    pub group: List<Object<RoleWords<'a>>>,
    /// Roles of partners; absent in older descriptions.
    #[serde(borrow)]
    pub partner: List<Object<RoleWords<'a>>>,
}

/// Postman's words for one role.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RoleWords<'a> {
    /// A number as text.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// Name for people to read.
    #[serde(borrow)]
    pub display_name: Scalar<'a>,
    /// What it allows.
    #[serde(borrow)]
    pub description: Scalar<'a>,
}

/// `GET /collections`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Collections<'a> {
    /// The items.
    #[serde(borrow)]
    pub collections: List<Object<Collection<'a>>>,
    /// Where the list goes on: the documented place.
    #[serde(borrow)]
    pub meta: Object<Meta<'a>>,
    /// Where the list goes on: the place that teams use.
    #[serde(borrow)]
    pub metadata: Object<Meta<'a>>,
    /// Where the list goes on: the place that audit logs use (seen live).
    #[serde(borrow, rename = "nextCursor")]
    pub next_cursor: Scalar<'a>,
}

/// One collection of `GET /collections`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Collection<'a> {
    /// A UUID, unique for its owner only.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// `<owner>-<id>`, unique everywhere.
    #[serde(borrow)]
    pub uid: Scalar<'a>,
    /// The user who owns it, a number as text.
    #[serde(borrow)]
    pub owner: Scalar<'a>,
    /// Name for people to read.
    #[serde(borrow)]
    pub name: Scalar<'a>,
    /// When it was made.
    #[serde(borrow)]
    pub created_at: Scalar<'a>,
    /// When it last changed.
    #[serde(borrow)]
    pub updated_at: Scalar<'a>,
    /// Whether whoever has the address can read it.
    #[serde(borrow)]
    pub is_public: Scalar<'a>,
}

/// Who holds a role on a collection.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RoleHolder<'a> {
    /// A number.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// `VIEWER` or `EDITOR`.
    #[serde(borrow)]
    pub role: Scalar<'a>,
}

/// One key of `GET /collection-access-keys`. The token is not read, not even masked.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AccessKey<'a> {
    /// Opaque text.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// `ACTIVE` or `INACTIVE`.
    #[serde(borrow)]
    pub status: Scalar<'a>,
    /// The user who made it, a number.
    #[serde(borrow)]
    pub user_id: Scalar<'a>,
    /// The uid of the collection that it opens.
    #[serde(borrow)]
    pub collection_id: Scalar<'a>,
    /// When it stops working.
    #[serde(borrow)]
    pub expires_after: Scalar<'a>,
    /// Empty when it was never used.
    #[serde(borrow)]
    pub last_used_at: Scalar<'a>,
    /// When it was made.
    #[serde(borrow)]
    pub created_at: Scalar<'a>,
    /// When it last changed.
    #[serde(borrow)]
    pub updated_at: Scalar<'a>,
    /// When it was deleted; null while it was not.
    #[serde(borrow)]
    pub deleted_at: Scalar<'a>,
}

/// `GET /scim/v2/Users`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ScimUsers<'a> {
    /// The items.
    #[serde(rename = "Resources", borrow)]
    pub resources: List<Object<ScimUser<'a>>>,
    /// The list's length.
    #[serde(rename = "totalResults", borrow)]
    pub total_results: Scalar<'a>,
}

/// One SCIM account.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ScimUser<'a> {
    /// Hexadecimal text; no Postman id.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// The address.
    #[serde(borrow)]
    pub user_name: Scalar<'a>,
    /// The person's name.
    #[serde(borrow)]
    pub name: Object<ScimName<'a>>,
    /// The identity provider's own id.
    #[serde(borrow)]
    pub external_id: Scalar<'a>,
    /// Whether the account can sign in.
    #[serde(borrow)]
    pub active: Scalar<'a>,
    /// When it was made and changed.
    #[serde(borrow)]
    pub meta: Object<ScimMeta<'a>>,
}

/// A name in SCIM.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ScimName<'a> {
    /// Given name.
    #[serde(borrow)]
    pub given_name: Scalar<'a>,
    /// Family name.
    #[serde(borrow)]
    pub family_name: Scalar<'a>,
}

/// A SCIM account's own facts.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ScimMeta<'a> {
    /// When it was made.
    #[serde(borrow)]
    pub created: Scalar<'a>,
    /// When it last changed.
    #[serde(borrow)]
    pub last_modified: Scalar<'a>,
}
