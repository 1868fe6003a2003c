//! The actual team with its roles. Answers are written from it, and so is the expected state.

use super::options::{KeyOwner, Options, TeamPlan};
use std::collections::BTreeSet;

/// Seconds since the beginning of 1970.
pub(super) type EpochSeconds = i64;

/// A whole team. `None` stands for a value that Postman does not have, however it says so.
pub(super) struct Team {
    pub(super) id: u64,
    pub(super) name: &'static str,
    pub(super) domain: &'static str,
    pub(super) plan: TeamPlan,
    pub(super) owner: Owner,
    pub(super) users: Vec<User>,
    pub(super) groups: Vec<TeamGroup>,
    pub(super) workspaces: Vec<Workspace>,
    pub(super) collections: Vec<Collection>,
    pub(super) keys: Vec<AccessKey>,
    pub(super) scim: Vec<ScimAccount>,
    /// `None` where the team is no organisation.
    pub(super) sub_teams: Option<Vec<SubTeam>>,
    pub(super) analytics: Analytics,
}

/// Postman's figures of a team's use.
#[derive(Default)]
pub(super) struct Analytics {
    /// The form in which the whole of it is refused.
    pub(super) refusal: Option<u64>,
    pub(super) members: Vec<MemberUse>,
    /// Rows with addresses that no user has.
    pub(super) strangers: usize,
    pub(super) partners: Vec<PartnerUse>,
    pub(super) invitations: Vec<Invitation>,
    pub(super) seats: u64,
    pub(super) unused: u64,
}

/// The use of a member's account.
pub(super) struct MemberUse {
    pub(super) user: u64,
    pub(super) added: EpochSeconds,
    pub(super) active: Option<EpochSeconds>,
    pub(super) invited_by: Option<String>,
}

/// The times at which a partner came to each stage.
pub(super) struct PartnerUse {
    pub(super) id: u64,
    pub(super) times: Vec<EpochSeconds>,
}

/// An invitation that nobody has accepted.
pub(super) struct Invitation {
    pub(super) id: String,
    pub(super) email: String,
    pub(super) created: EpochSeconds,
    pub(super) sender: Option<String>,
}

/// The owner of the key.
pub(super) struct Owner {
    pub(super) id: u64,
    pub(super) kind: KeyOwner,
    /// `None` for an owner in no team.
    pub(super) in_team: bool,
    pub(super) name: String,
    pub(super) username: Option<String>,
    pub(super) email: Option<String>,
    pub(super) roles: Vec<String>,
}

/// A user in the list of users.
#[derive(Clone)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) given: &'static str,
    pub(super) family: &'static str,
    pub(super) name: Option<String>,
    pub(super) username: Option<String>,
    pub(super) email: Option<String>,
    pub(super) roles: Vec<String>,
    pub(super) joined: Option<EpochSeconds>,
    /// A program's account, which has neither login nor address.
    pub(super) is_service: bool,
}

/// A set of users.
pub(super) struct TeamGroup {
    pub(super) id: u64,
    pub(super) name: Option<String>,
    pub(super) summary: Option<String>,
    pub(super) created_by: Option<u64>,
    pub(super) created: Option<EpochSeconds>,
    pub(super) updated: Option<EpochSeconds>,
    pub(super) members: Vec<u64>,
    pub(super) managers: Vec<u64>,
    pub(super) roles: Vec<String>,
}

/// The visibility of a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visibility {
    Personal,
    Private,
    Team,
    Public,
    Partner,
    Other(&'static str),
}

impl Visibility {
    /// Returns the name in bodies.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::Private => "private",
            Self::Team => "team",
            Self::Public => "public",
            Self::Partner => "partner",
            Self::Other(text) => text,
        }
    }
}

/// The answer for the roles of a workspace or collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RolesAnswer {
    Given,
    NotFound,
    Forbidden,
}

/// A workspace.
pub(super) struct Workspace {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) about: Option<String>,
    pub(super) visibility: Option<Visibility>,
    pub(super) created_by: Option<u64>,
    pub(super) created: Option<EpochSeconds>,
    pub(super) updated: Option<EpochSeconds>,
    pub(super) roles: Vec<WorkspaceRole>,
    pub(super) answer: RolesAnswer,
    /// The team of the organisation that it belongs to, where the list of workspaces shows it.
    pub(super) own_team: Option<u64>,
    /// Indexes of the collections that it lists.
    pub(super) collections: Vec<usize>,
}

impl Workspace {
    pub(super) fn is_personal(&self) -> bool {
        self.visibility == Some(Visibility::Personal)
    }
}

/// The principals of one role in a workspace.
#[derive(Clone, Default)]
pub(super) struct WorkspaceRole {
    pub(super) role: u32,
    pub(super) users: Vec<u64>,
    pub(super) groups: Vec<u64>,
    pub(super) partners: Vec<u64>,
    pub(super) teams: Vec<u64>,
}

impl WorkspaceRole {
    pub(super) fn is_empty(&self) -> bool {
        self.users.is_empty()
            && self.groups.is_empty()
            && self.partners.is_empty()
            && self.teams.is_empty()
    }
}

/// A collection; its uid is `<owner>-<id>`.
pub(super) struct Collection {
    pub(super) id: String,
    pub(super) owner: u64,
    /// True if the list states the owner beside the uid.
    pub(super) shows_owner: bool,
    pub(super) name: Option<String>,
    pub(super) created: Option<EpochSeconds>,
    pub(super) updated: Option<EpochSeconds>,
    pub(super) is_public: Option<bool>,
    pub(super) roles: Vec<CollectionRole>,
    pub(super) answer: RolesAnswer,
}

impl Collection {
    pub(super) fn uid(&self) -> String {
        format!("{}-{}", self.owner, self.id)
    }
}

/// The principals of one role on a collection.
pub(super) struct CollectionRole {
    pub(super) role: &'static str,
    pub(super) users: Vec<u64>,
    pub(super) groups: Vec<u64>,
    pub(super) teams: Vec<u64>,
}

/// A key that gives anyone who has it access to one collection.
pub(super) struct AccessKey {
    pub(super) id: String,
    pub(super) status: Option<&'static str>,
    pub(super) created_by: Option<u64>,
    pub(super) opens: Option<String>,
    pub(super) expires: Option<EpochSeconds>,
    pub(super) last_used: Option<EpochSeconds>,
    pub(super) created: Option<EpochSeconds>,
    pub(super) updated: Option<EpochSeconds>,
    pub(super) deleted: Option<EpochSeconds>,
}

/// An account as the single sign-on knows it.
pub(super) struct ScimAccount {
    pub(super) id: String,
    pub(super) user_name: String,
    pub(super) given: Option<&'static str>,
    pub(super) family: Option<&'static str>,
    pub(super) external_id: Option<String>,
    pub(super) active: Option<bool>,
    pub(super) created: Option<EpochSeconds>,
    pub(super) modified: Option<EpochSeconds>,
}

/// A part of an organisation.
#[derive(Clone)]
pub(super) struct SubTeam {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) handle: String,
    pub(super) created_by: u64,
    pub(super) members: Vec<u64>,
    pub(super) created: EpochSeconds,
    pub(super) form: MemberForm,
}

/// The notation of a sub-team's members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MemberForm {
    Objects,
    Ids,
    Users,
    ByKind,
    ByRole,
    CountAlone,
    Refused,
}

impl SubTeam {
    /// Returns whether an answer lists its members.
    pub(super) fn shows_members(&self) -> bool {
        !matches!(self.form, MemberForm::CountAlone | MemberForm::Refused)
    }
}

/// The data that the key's owner may read at all, in any workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReadableData {
    pub(super) users: bool,
    pub(super) groups: bool,
    pub(super) roles: bool,
    pub(super) scim: bool,
    pub(super) analytics: bool,
    /// The seats that are billed, which a member without a say may not see (guessed).
    pub(super) seats: bool,
}

impl Team {
    /// Returns the data that this key may read.
    pub(super) fn readable_workspaces(&self) -> ReadableData {
        let inside = self.owner.in_team && self.owner.kind != KeyOwner::Partner;
        let enterprise = self.plan == TeamPlan::Enterprise;
        ReadableData {
            users: inside && self.plan.has_members(),
            groups: inside && enterprise,
            roles: self.owner.in_team && self.plan.has_members(),
            scim: self.owner.in_team && enterprise,
            analytics: inside && enterprise && self.analytics.refusal.is_none(),
            seats: inside && enterprise && self.owner.kind != KeyOwner::Developer,
        }
    }

    /// Returns whether the key's owner can see a workspace: others' private and personal ones are
    /// for a Super Admin alone, a partner sees those in which they have a role.
    pub(super) fn can_see(&self, workspace: &Workspace) -> bool {
        match self.owner.kind {
            KeyOwner::SuperAdmin | KeyOwner::ServiceAccount => true,
            KeyOwner::Partner => self.holds_role(workspace),
            KeyOwner::Admin | KeyOwner::Developer => match workspace.visibility {
                Some(Visibility::Personal) => workspace.created_by == Some(self.owner.id),
                Some(Visibility::Team | Visibility::Public) => true,
                _ => self.holds_role(workspace),
            },
        }
    }

    fn holds_role(&self, workspace: &Workspace) -> bool {
        let owner = &self.owner.id;
        workspace.roles.iter().any(|role| {
            role.users.contains(owner)
                || role.partners.contains(owner)
                || role
                    .groups
                    .iter()
                    .any(|group| self.is_member(*group, *owner))
        })
    }

    fn is_member(&self, group: u64, user: u64) -> bool {
        let mut groups = self.groups.iter().filter(|known| known.id == group);
        groups.any(|group| group.members.contains(&user))
    }

    /// Returns the workspaces that the key's owner can see, in Postman's order.
    pub(super) fn visible_workspaces(&self) -> impl Iterator<Item = &Workspace> {
        self.workspaces
            .iter()
            .filter(|workspace| self.can_see(workspace))
    }

    /// Indexes of the collections of the workspaces that can be seen.
    pub(super) fn visible_collections(&self) -> BTreeSet<usize> {
        self.visible_workspaces()
            .flat_map(|workspace| workspace.collections.iter().copied())
            .collect()
    }
}

impl Options {
    /// Users that the team really has.
    pub(super) fn team_size(&self) -> usize {
        if self.plan.has_members() && !self.teamless {
            self.users.max(1)
        } else {
            1
        }
    }
}
