//! Workspaces and collections, and who reaches them, as a sync has to report them.

use super::super::endpoints::{collections, roles};
use super::super::team::{
    Collection, CollectionRole, RolesAnswer, Visibility, Workspace, WorkspaceRole,
};
use super::reading::TeamReading;
use super::record::{ExpectedDetails, ExpectedResource, Id, format_time, id, sort_attributes};

/// Postman's rules from which implied grants follow, in the contract's terms.
const TEAM_RULE: &str = "visibility team: every member of the team can open the workspace";
const SUPER_RULE: &str =
    "team role Super Admin: its members can view and manage everything in every workspace";
const OWN_TEAM_RULE: &str =
    "visibility team: every member of the workspace's own team can open the workspace";
const PARTNER_RULE: &str = "team role Partner Manager: its members manage every Partner Workspace";
const PUBLIC_RULE: &str = "visibility public: anyone who has the address can open the workspace";
const PERSONAL_RULE: &str = "visibility personal: the creator is taken for the owner, which is wrong if ownership has moved";

impl TeamReading<'_> {
    /// Workspaces in the order of their ids: the first that lists a collection is its parent.
    pub(super) fn read_workspaces(&mut self) {
        self.omit_entries("workspaces", &self.service.lists.workspaces);
        let team = self.whole_team();
        let mut visible: Vec<&Workspace> = team.visible_workspaces().collect();
        visible.sort_by(|one, other| one.id.cmp(&other.id));
        for workspace in visible {
            self.expected
                .add_resource(workspace_record(workspace, self.team_id()));
            self.add_implied(workspace);
            self.read_roles(workspace);
            if self.scope.collections && self.asks_for("collection") {
                self.read_collections(workspace);
            }
        }
    }

    fn add_implied(&mut self, workspace: &Workspace) {
        let this = id("workspace", &workspace.id);
        let super_admins = (self.team_id(), Some("super-admin"));
        self.expected
            .pass_grant(&this, "admin", super_admins, Some(SUPER_RULE));
        match (workspace.visibility, workspace.created_by) {
            (Some(Visibility::Team), _) if self.whole_team().sub_teams.is_some() => {
                if let Some(own) = workspace.own_team {
                    let own = id("team", own);
                    self.note_list_members(&own);
                    self.expected
                        .add_grant(&this, "access", own, Some(OWN_TEAM_RULE));
                    return;
                }
                let place = format!("workspace {}", workspace.id);
                self.expected.unknown_access.insert(place);
            }
            (Some(Visibility::Team), _) => {
                self.expected
                    .add_grant(&this, "access", self.team_id(), Some(TEAM_RULE))
            }
            (Some(Visibility::Partner), _) => {
                let managers = (self.team_id(), Some("partner-manager"));
                self.expected
                    .pass_grant(&this, "manage", managers, Some(PARTNER_RULE));
            }
            (Some(Visibility::Public), _) => {
                self.expected.add_grant(
                    &this,
                    "access",
                    id("everyone", "everyone"),
                    Some(PUBLIC_RULE),
                );
                self.expected.add_resource(public_audience());
            }
            (Some(Visibility::Personal), Some(creator)) => {
                for entitlement in ["admin", "member"] {
                    self.expected.add_grant(
                        &this,
                        entitlement,
                        id("user", creator),
                        Some(PERSONAL_RULE),
                    );
                }
            }
            _ => (),
        }
    }

    /// Adds the roles of a workspace, if they are given; those of a personal one are never
    /// requested.
    fn read_roles(&mut self, workspace: &Workspace) {
        if workspace.is_personal() {
            return;
        }
        if workspace.answer != RolesAnswer::Given || !self.whole_team().readable_workspaces().roles
        {
            self.expected
                .refused
                .insert(format!("workspace {}", workspace.id));
            return;
        }
        let odd = roles::Odd::for_workspace(self.service, workspace);
        for what in odd.principal.iter().chain(&odd.row) {
            self.expected
                .omitted
                .insert(format!("roles of {}: {what}", workspace.id));
        }
        let this = id("workspace", &workspace.id);
        for role in &workspace.roles {
            for principal in role_principals(role) {
                self.note_members(&this, &principal);
                self.expected
                    .has_grant(&this, &role_slug(role.role), principal.clone());
                self.expected.has_grant(&this, "member", principal);
            }
            for partner in &role.partners {
                self.expected.add_resource(partner_record(*partner));
            }
        }
    }

    /// Takes note of a set that is not among those whose members are known.
    fn note_members(&mut self, place: &Id, set: &Id) {
        let team = self.whole_team();
        let is_unknown = match set.resource_type {
            "team" => *set != self.team_id() && !self.shows_members_of(set),
            "group" => {
                let is_read = team.readable_workspaces().groups && self.asks_for("group");
                let mut groups = team.groups.iter();
                let is_listed = groups.any(|group| id("group", group.id) == *set);
                is_read && !is_listed && !self.shows_members_of(set)
            }
            _ => false,
        };
        if is_unknown {
            let place = format!("{} {}", place.resource_type, place.id);
            self.expected.unknown_members.insert(place);
        }
    }

    fn read_collections(&mut self, workspace: &Workspace) {
        let list = format!("collections of {}", workspace.id);
        self.omit_entries(&list, &collections::of_workspace(self.service, workspace));
        for at in &workspace.collections {
            if let Some(collection) = self.whole_team().collections.get(*at) {
                let parent = id("workspace", &workspace.id);
                if !self
                    .expected
                    .add_resource(collection_record(collection, parent))
                {
                    let what = format!("{list}: a second place of one collection");
                    self.expected.omitted.insert(what);
                }
                self.collection_roles(collection);
            }
        }
    }

    fn collection_roles(&mut self, collection: &Collection) {
        let this = id("collection", collection.uid());
        if collection.answer != RolesAnswer::Given || !self.whole_team().readable_workspaces().roles
        {
            self.expected
                .refused
                .insert(format!("collection {}", this.id));
            return;
        }
        for role in &collection.roles {
            for principal in collection_principals(role) {
                self.note_members(&this, &principal);
                self.expected
                    .has_grant(&this, collection_slug(role.role), principal);
            }
        }
    }
}

fn role_principals(role: &WorkspaceRole) -> impl Iterator<Item = Id> {
    let users = role.users.iter().map(|user| id("user", user));
    let groups = role.groups.iter().map(|group| id("group", group));
    let partners = role.partners.iter().map(|partner| id("partner", partner));
    let teams = role.teams.iter().map(|team| id("team", team));
    users.chain(groups).chain(partners).chain(teams)
}

fn collection_principals(role: &CollectionRole) -> impl Iterator<Item = Id> {
    let users = role.users.iter().map(|user| id("user", user));
    let groups = role.groups.iter().map(|group| id("group", group));
    users
        .chain(groups)
        .chain(role.teams.iter().map(|team| id("team", team)))
}

fn role_slug(role: u32) -> String {
    let known = match role {
        1 => "viewer",
        2 => "editor",
        3 => "admin",
        4 => "partner-viewer",
        5 => "partner-editor",
        6 => "partner-viewer-lead",
        7 => "partner-editor-lead",
        unknown => return format!("role-{unknown}"),
    };
    known.to_owned()
}

/// Returns the slugs of the roles that the generator makes, one by one.
fn collection_slug(role: &str) -> &str {
    match role {
        "VIEWER" => "viewer",
        "EDITOR" => "editor",
        "FORK_ONLY" => "fork-only",
        other => other,
    }
}

fn workspace_record(workspace: &Workspace, team: Id) -> ExpectedResource {
    let name = workspace
        .name
        .clone()
        .unwrap_or_else(|| format!("Workspace {}", workspace.id));
    ExpectedResource {
        description: workspace.about.clone(),
        created_at: format_time(workspace.created),
        updated_at: format_time(workspace.updated),
        attributes: sort_attributes([
            ("created_by", workspace.created_by.map(|id| id.to_string())),
            ("team", workspace.own_team.map(|id| id.to_string())),
            (
                "visibility",
                workspace
                    .visibility
                    .map(|visibility| visibility.text().to_owned()),
            ),
        ]),
        grants: if workspace.is_personal() {
            "complete"
        } else {
            "list-grants-required"
        },
        ..ExpectedResource::listed_resource(id("workspace", &workspace.id), Some(team), name)
    }
}

fn collection_record(collection: &Collection, workspace: Id) -> ExpectedResource {
    let uid = collection.uid();
    let name = collection
        .name
        .clone()
        .unwrap_or_else(|| format!("Collection {uid}"));
    ExpectedResource {
        created_at: format_time(collection.created),
        updated_at: format_time(collection.updated),
        attributes: sort_attributes([
            ("api_path", Some(format!("/collections/{uid}"))),
            (
                "is_public",
                collection.is_public.map(|public| public.to_string()),
            ),
            (
                "owner",
                collection.shows_owner.then(|| collection.owner.to_string()),
            ),
        ]),
        grants: "list-grants-required",
        ..ExpectedResource::listed_resource(id("collection", uid), Some(workspace), name)
    }
}

fn partner_record(partner: u64) -> ExpectedResource {
    let details = ExpectedDetails::User {
        email: None,
        login: None,
        account_type: "external",
        last_login: None,
    };
    ExpectedResource::referenced_resource(
        id("partner", partner),
        format!("Partner {partner}"),
        details,
    )
}

fn public_audience() -> ExpectedResource {
    let record = ExpectedResource::referenced_resource(
        id("everyone", "everyone"),
        "Everyone".to_owned(),
        ExpectedDetails::Audience("anyone"),
    );
    ExpectedResource {
        description: Some("Anyone who has the address of a public resource.".to_owned()),
        ..record
    }
}
