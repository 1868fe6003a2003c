//! Postman's answers exactly as Postman sends them, every field free to be missing or of another type.

mod audit;
mod continuation;

use crate::api::role_principals::{PrincipalId, RoleRow};
use crate::api::tree::JsonNode;
use connector_sdk::json::{JsonRecord, Slot};
use connector_sdk::lenient::{LenientList, LenientObject, Scalar};
use connector_sdk::record;

pub use audit::{AuditTrail, AuditTrails};
pub use continuation::{Continuation, ListAnswer};

record! {
    /// `GET /me`, as documented. (An [`Owner`] without the wrapper is read as well.)
    Me {
        /// The credential's owner.
        user: LenientObject<Owner<'a>> = "user",
        /// Use of the plan; not sent to guests and partners.
        operations: LenientList<LenientObject<Operation<'a>>> = "operations",
    }
}

record! {
    /// The user that a credential belongs to.
    Owner {
        /// A number.
        id: Scalar<'a> = "id",
        /// Empty for a service account (seen live).
        username: Scalar<'a> = "username",
        /// Empty for a service account (seen live).
        email: Scalar<'a> = "email",
        /// Name for people to read.
        full_name: Scalar<'a> = "fullName",
        /// A number, 0 without a team.
        team_id: Scalar<'a> = "teamId",
        /// Absent without a team (seen live).
        team_name: Scalar<'a> = "teamName",
        /// Empty without a team.
        team_domain: Scalar<'a> = "teamDomain",
        /// Slugs of team roles.
        roles: LenientList<Scalar<'a>> = "roles",
    }
}

record! {
    /// One figure of a plan's use.
    Operation {
        /// Such as `api_usage`, the requests of this month.
        name: Scalar<'a> = "name",
        /// The limit.
        limit: Scalar<'a> = "limit",
        /// The usage; may have a fraction.
        usage: Scalar<'a> = "usage",
    }
}

/// An answer whose list stands under `data`: `/users`, `/groups`, `/collection-access-keys`.
#[derive(Debug)]
pub struct Data<T> {
    /// The items.
    pub data: LenientList<LenientObject<T>>,
}

impl<T> Default for Data<T> {
    fn default() -> Self {
        Self {
            data: LenientList::Absent,
        }
    }
}

impl<'a, T: JsonRecord<'a> + Default> JsonRecord<'a> for Data<T> {
    fn field(&mut self, name: &str) -> Option<&mut dyn Slot<'a>> {
        match name {
            "data" => Some(&mut self.data),
            _ => None,
        }
    }
}

record! {
    /// One user of `GET /users`.
    User {
        /// A number.
        id: Scalar<'a> = "id",
        /// Name for people to read.
        name: Scalar<'a> = "name",
        /// Login name.
        username: Scalar<'a> = "username",
        /// Address.
        email: Scalar<'a> = "email",
        /// Slugs of team roles.
        roles: LenientList<Scalar<'a>> = "roles",
        /// Time at which the user joined the team.
        joined_at: Scalar<'a> = "joinedAt",
        /// The kind of account; not documented.
        kind: Scalar<'a> = "type",
        /// The same.
        account_type: Scalar<'a> = "accountType",
        /// The same.
        user_type: Scalar<'a> = "userType",
        /// True of a program's account; not documented.
        is_service: Scalar<'a> = "isServiceAccount",
        /// True of an account from outside the team; documented of activities.
        is_partner: Scalar<'a> = "isPartner",
        /// True of an account from outside the team; not documented.
        is_guest: Scalar<'a> = "isGuest",
    }
}

record! {
    /// One group of `GET /groups` or `GET /groups/{id}`.
    Group {
        /// A number.
        id: Scalar<'a> = "id",
        /// Name for people to read.
        name: Scalar<'a> = "name",
        /// Its purpose.
        summary: Scalar<'a> = "summary",
        /// The user who made it, a number.
        created_by: Scalar<'a> = "createdBy",
        /// Time of creation.
        created_at: Scalar<'a> = "createdAt",
        /// Time of the last change.
        updated_at: Scalar<'a> = "updatedAt",
        /// Users, as numbers.
        members: LenientList<PrincipalId<'a>> = "members",
        /// Slugs of the team roles that every member has through the group.
        roles: LenientList<Scalar<'a>> = "roles",
        /// Users, as numbers; only in the answer for one group.
        managers: LenientList<PrincipalId<'a>> = "managers",
    }
}

record! {
    /// The answer for one group, were it wrapped as the list is. (It is documented as a bare [`Group`].)
    WrappedGroup {
        /// The group.
        data: LenientObject<Group<'a>> = "data",
    }
}

record! {
    /// One team of `GET /teams`.
    SubTeam {
        /// A number.
        id: Scalar<'a> = "id",
        /// Name for people to read.
        name: Scalar<'a> = "name",
        /// Name in addresses.
        handle: Scalar<'a> = "handle",
        /// Its purpose.
        description: Scalar<'a> = "description",
        /// The user who made it: a number, or text.
        created_by: Scalar<'a> = "createdBy",
        /// Time of creation.
        created_at: Scalar<'a> = "createdAt",
        /// Time of the last change.
        updated_at: Scalar<'a> = "updatedAt",
        /// The number of its members.
        member_count: Scalar<'a> = "memberCount",
        /// True of a team in use.
        enabled: Scalar<'a> = "enabled",
    }
}

record! {
    /// One workspace of `GET /workspaces`.
    Workspace {
        /// A UUID.
        id: Scalar<'a> = "id",
        /// Name for people to read.
        name: Scalar<'a> = "name",
        /// The team of the organization that it belongs to: an id or an object. Documented for one workspace.
        team: JsonNode<'a> = "team",
        /// The same, as published examples call it.
        team_id: Scalar<'a> = "teamId",
        /// Its visibility. (`type` is `team` for most workspaces and is of no use.)
        visibility: Scalar<'a> = "visibility",
        /// The user who made it, a number as text.
        created_by: Scalar<'a> = "createdBy",
        /// Its purpose.
        about: Scalar<'a> = "about",
        /// Time of creation.
        created_at: Scalar<'a> = "createdAt",
        /// Time of the last change.
        updated_at: Scalar<'a> = "updatedAt",
    }
}

record! {
    /// `GET /workspaces/{id}/roles`.
    WorkspaceRoles {
        /// The roles of a member.
        roles: LenientList<LenientObject<RoleRow<'a>>> = "roles",
    }
}

record! {
    /// `GET /workspaces-roles`.
    RoleCatalogue {
        /// Roles by kind of principal.
        roles: LenientObject<RolesByPrincipal<'a>> = "roles",
    }
}

record! {
    /// The catalogue's roles.
    RolesByPrincipal {
        /// Roles of users.
        user: LenientList<LenientObject<RoleWords<'a>>> = "user",
        /// Roles of groups.
        usergroup: LenientList<LenientObject<RoleWords<'a>>> = "usergroup",
        /// Roles of groups, were they named here as in a workspace's roles.
        group: LenientList<LenientObject<RoleWords<'a>>> = "group",
        /// Roles of partners; absent in older descriptions.
        partner: LenientList<LenientObject<RoleWords<'a>>> = "partner",
    }
}

record! {
    /// Postman's texts for one role.
    RoleWords {
        /// A number as text.
        id: Scalar<'a> = "id",
        /// Name for people to read.
        display_name: Scalar<'a> = "displayName",
        /// The actions that it allows.
        description: Scalar<'a> = "description",
    }
}

record! {
    /// `GET /collections`.
    Collections {
        /// The items.
        collections: LenientList<LenientObject<Collection<'a>>> = "collections",
    }
}

record! {
    /// One collection of `GET /collections`.
    Collection {
        /// A UUID, unique for its owner only.
        id: Scalar<'a> = "id",
        /// `<owner>-<id>`, unique everywhere.
        uid: Scalar<'a> = "uid",
        /// The user who owns it, a number as text.
        owner: Scalar<'a> = "owner",
        /// Name for people to read.
        name: Scalar<'a> = "name",
        /// Time of creation.
        created_at: Scalar<'a> = "createdAt",
        /// Time of the last change.
        updated_at: Scalar<'a> = "updatedAt",
        /// True if anyone who has the address can read it.
        is_public: Scalar<'a> = "isPublic",
    }
}

record! {
    /// The principal of a role on a collection.
    CollectionPrincipal {
        /// A number.
        id: Scalar<'a> = "id",
        /// `VIEWER` or `EDITOR`.
        role: Scalar<'a> = "role",
    }
}

record! {
    /// One key of `GET /collection-access-keys`. The token is not read, not even masked.
    AccessKey {
        /// Opaque text.
        id: Scalar<'a> = "id",
        /// `ACTIVE` or `INACTIVE`.
        status: Scalar<'a> = "status",
        /// The user who made it, a number.
        user_id: Scalar<'a> = "userId",
        /// The uid of the collection that it opens.
        collection_id: Scalar<'a> = "collectionId",
        /// Time of its expiry.
        expires_after: Scalar<'a> = "expiresAfter",
        /// Empty when it was never used.
        last_used_at: Scalar<'a> = "lastUsedAt",
        /// Time of creation.
        created_at: Scalar<'a> = "createdAt",
        /// Time of the last change.
        updated_at: Scalar<'a> = "updatedAt",
        /// Time of deletion; null while it was not deleted.
        deleted_at: Scalar<'a> = "deletedAt",
    }
}

record! {
    /// `GET /scim/v2/Users` and `GET /scim/v2/Groups`.
    ScimList[T] {
        /// The items.
        resources: LenientList<LenientObject<T>> = "Resources",
        /// The list's length.
        total_results: Scalar<'a> = "totalResults",
    }
}

record! {
    /// One SCIM account.
    ScimUser {
        /// Hexadecimal text; no Postman id.
        id: Scalar<'a> = "id",
        /// The address.
        user_name: Scalar<'a> = "userName",
        /// The person's name.
        name: LenientObject<ScimName<'a>> = "name",
        /// The identity provider's own id.
        external_id: Scalar<'a> = "externalId",
        /// True if the account can sign in.
        active: Scalar<'a> = "active",
        /// Times of creation and change.
        meta: LenientObject<ScimMeta<'a>> = "meta",
    }
}

record! {
    /// A name in SCIM.
    ScimName {
        /// Given name.
        given_name: Scalar<'a> = "givenName",
        /// Family name.
        family_name: Scalar<'a> = "familyName",
    }
}

record! {
    /// A SCIM account's own facts.
    ScimMeta {
        /// Time of creation.
        created: Scalar<'a> = "created",
        /// Time of the last change.
        last_modified: Scalar<'a> = "lastModified",
    }
}

record! {
    /// One SCIM group.
    ScimGroup {
        /// Opaque text; no Postman id.
        id: Scalar<'a> = "id",
        /// Name for people to read.
        display_name: Scalar<'a> = "displayName",
        /// The accounts that belong to it.
        members: LenientList<LenientObject<ScimMember<'a>>> = "members",
        /// The identity provider's own id.
        external_id: Scalar<'a> = "externalId",
        /// Times of creation and change.
        meta: LenientObject<ScimMeta<'a>> = "meta",
    }
}

record! {
    /// A member of a SCIM group.
    ScimMember {
        /// The account's id; published examples have one of another length than that of accounts.
        value: Scalar<'a> = "value",
        /// Name for people to read.
        display: Scalar<'a> = "display",
        /// `User` or `Group` (RFC 7643, section 4.2); Postman's description has no such field.
        kind: Scalar<'a> = "type",
        /// The member's address, which ends with its kind and id (RFC 7643, section 4.2).
        reference: Scalar<'a> = "$ref",
    }
}
