//! The team, its people, its keys and accounts, as a sync has to report them.

use super::super::generate::scim_id;
use super::super::listing::ListEntry;
use super::super::service::SimulatorService;
use super::super::team::{AccessKey, ScimAccount, Team, TeamGroup, User};
use super::builder::ExpectedStateBuilder;
use super::record::{
    ExpectedDetails, ExpectedLastUse, ExpectedResource, Id, format_time, id, sort_attributes,
};
use super::{ExpectedScope, ExpectedState};

const ORGANIZATION_RULE: &str =
    "team role Organization Manager: its members are Super Admins of the organization";

/// One reading of the whole team.
pub(super) struct TeamReading<'a> {
    pub(super) service: &'a SimulatorService,
    pub(super) scope: &'a ExpectedScope,
    pub(super) expected: ExpectedStateBuilder,
}

impl<'a> TeamReading<'a> {
    pub(super) fn new(service: &'a SimulatorService, scope: &'a ExpectedScope) -> Self {
        Self {
            service,
            scope,
            expected: ExpectedStateBuilder::default(),
        }
    }

    pub(super) fn whole_team(&self) -> &'a Team {
        &self.service.team
    }

    pub(super) fn team_id(&self) -> Id {
        id("team", self.whole_team().id)
    }

    /// Reads everything that the scope and the key allow. An owner in no team can read nothing.
    pub(super) fn finish(mut self) -> ExpectedState {
        let readable = self.whole_team().readable_workspaces();
        if self.whole_team().owner.in_team && self.asks_for("team") {
            self.the_team();
            self.sub_teams();
            if readable.users && self.asks_for("user") {
                self.read_users();
            }
            if readable.groups && self.asks_for("group") {
                self.read_groups();
            }
            if readable.analytics && self.scope.analytics && self.asks_for("analytics-report") {
                self.analytics();
            }
            if self.asks_for("workspace") {
                self.read_workspaces();
            }
            if self.asks_for("collection-access-key") {
                self.keys();
            }
            let has_key = self.scope.scim && self.service.options.scim_key.is_some();
            if readable.scim && has_key && self.asks_for("scim-account") {
                self.read_accounts();
            }
            if readable.scim && has_key && self.asks_for("scim-group") {
                self.scim_groups();
            }
            self.service_account();
        }
        self.expected.build()
    }

    pub(super) fn asks_for(&self, resource_type: &str) -> bool {
        !self.scope.exclude.contains(resource_type)
    }

    pub(super) fn omit_entries(&mut self, list: &str, entries: &[ListEntry]) {
        for entry in entries {
            let what = match entry {
                ListEntry::Item(_) => continue,
                ListEntry::Changed(_) => "another record of one id",
                ListEntry::Junk(junk) => &junk.what,
            };
            self.expected.omitted.insert(format!("{list}: {what}"));
        }
    }

    fn the_team(&mut self) {
        let team = self.whole_team();
        let attributes = sort_attributes([("team_domain", Some(team.domain.to_owned()))]);
        let record = ExpectedResource::listed_resource(self.team_id(), None, team.name.to_owned());
        self.expected.add_resource(ExpectedResource {
            details: ExpectedDetails::Tenant,
            attributes,
            ..record
        });
    }

    /// Adds the program that owns the key, which is in no list. A person has an address or a login.
    fn service_account(&mut self) {
        let (team, owner) = (self.team_id(), &self.whole_team().owner);
        if owner.username.is_some() || owner.email.is_some() {
            return;
        }
        let account = id("user", owner.id);
        self.team_roles(&team, &owner.roles, &account);
        let details = ExpectedDetails::User {
            email: None,
            login: None,
            account_type: "service",
            last_login: None,
        };
        let record = ExpectedResource::referenced_resource(account, owner.name.clone(), details);
        self.expected.add_resource(record);
    }

    /// Adds team roles. A manager of an organization is its Super Admin too.
    fn team_roles(&mut self, team: &Id, roles: &[String], principal: &Id) {
        for role in roles {
            self.expected
                .has_grant(team, team_role(role), principal.clone());
            if role == "organization-manager" {
                let rule = Some(ORGANIZATION_RULE);
                self.expected
                    .add_grant(team, "super-admin", principal.clone(), rule);
            }
        }
    }

    fn read_users(&mut self) {
        let team = self.team_id();
        self.omit_entries("users", &self.service.lists.users);
        for user in &self.whole_team().users {
            let principal = id("user", user.id);
            self.expected.has_grant(&team, "member", principal.clone());
            self.team_roles(&team, &user.roles, &principal);
            self.expected.add_resource(user_record(user, team.clone()));
        }
    }

    fn read_groups(&mut self) {
        let team = self.team_id();
        self.omit_entries("groups", &self.service.lists.groups);
        for group in &self.whole_team().groups {
            let this = id("group", group.id);
            self.team_roles(&team, &group.roles, &this);
            for member in &group.members {
                self.expected.has_grant(&this, "member", id("user", member));
            }
            for manager in group.managers.iter().filter(|_| self.scope.group_managers) {
                self.expected
                    .has_grant(&this, "manager", id("user", manager));
            }
            self.expected
                .add_resource(group_record(group, team.clone()));
        }
    }

    fn keys(&mut self) {
        self.omit_entries("keys", &self.service.lists.keys);
        for key in self
            .whole_team()
            .keys
            .iter()
            .filter(|key| key.deleted.is_none())
        {
            self.expected.add_resource(key_record(key, self.team_id()));
        }
    }

    /// Adds the groups of the team again, by their ids under SCIM.
    fn scim_groups(&mut self) {
        let seed = self.service.options.seed;
        for group in &self.whole_team().groups {
            let this = id("scim-group", scim_id(seed, group.id));
            let name = group.name.clone();
            let name = name.unwrap_or_else(|| format!("SCIM group {}", this.id));
            for member in &group.members {
                let account = id("scim-account", scim_id(seed, *member));
                self.expected.has_grant(&this, "member", account.clone());
                let name = format!("SCIM account {}", account.id);
                let details = ExpectedDetails::User {
                    email: None,
                    login: None,
                    account_type: "human",
                    last_login: None,
                };
                self.expected
                    .add_resource(ExpectedResource::referenced_resource(
                        account, name, details,
                    ));
            }
            self.expected.add_resource(ExpectedResource {
                details: ExpectedDetails::Group,
                ..ExpectedResource::listed_resource(this, Some(self.team_id()), name)
            });
        }
    }

    fn read_accounts(&mut self) {
        self.omit_entries("scim", &self.service.lists.scim);
        for account in &self.whole_team().scim {
            self.expected
                .add_resource(account_record(account, self.team_id()));
        }
    }
}

/// Returns the slug of a team role. A role with the name of every member's entitlement gets another one.
fn team_role(role: &str) -> &str {
    if role == "member" {
        "role-member"
    } else {
        role
    }
}

fn user_record(user: &User, team: Id) -> ExpectedResource {
    let known = user
        .name
        .as_ref()
        .or(user.username.as_ref())
        .or(user.email.as_ref());
    let name = known
        .cloned()
        .unwrap_or_else(|| format!("User {}", user.id));
    ExpectedResource {
        details: ExpectedDetails::User {
            email: user.email.clone(),
            login: user.username.clone(),
            account_type: if user.is_service {
                "service"
            } else {
                "unknown"
            },
            last_login: None,
        },
        attributes: sort_attributes([("joined_at", format_time(user.joined))]),
        ..ExpectedResource::listed_resource(id("user", user.id), Some(team), name)
    }
}

fn group_record(group: &TeamGroup, team: Id) -> ExpectedResource {
    let name = group
        .name
        .clone()
        .unwrap_or_else(|| format!("Group {}", group.id));
    ExpectedResource {
        description: group.summary.clone(),
        created_at: format_time(group.created),
        updated_at: format_time(group.updated),
        details: ExpectedDetails::Group,
        attributes: sort_attributes([("created_by", group.created_by.map(|id| id.to_string()))]),
        grants: "list-grants-optional",
        ..ExpectedResource::listed_resource(id("group", group.id), Some(team), name)
    }
}

fn key_record(key: &AccessKey, team: Id) -> ExpectedResource {
    let name = format!("Collection access key {}", key.id);
    ExpectedResource {
        status: match key.status {
            Some("ACTIVE") => "enabled",
            Some("INACTIVE") => "disabled",
            _ => "unknown",
        },
        created_at: format_time(key.created),
        updated_at: format_time(key.updated),
        details: ExpectedDetails::Secret {
            created_by: key.created_by.map(|user| id("user", user)),
            access_to: key.opens.as_ref().map(|uid| id("collection", uid)),
            expires_at: format_time(key.expires),
            last_used: ExpectedLastUse::from_time(key.last_used),
        },
        ..ExpectedResource::listed_resource(id("collection-access-key", &key.id), Some(team), name)
    }
}

fn account_record(account: &ScimAccount, team: Id) -> ExpectedResource {
    let names: Vec<&str> = account.given.into_iter().chain(account.family).collect();
    let name = if names.is_empty() {
        account.user_name.clone()
    } else {
        names.join(" ")
    };
    ExpectedResource {
        status: match account.active {
            Some(true) => "enabled",
            Some(false) => "disabled",
            None => "unknown",
        },
        created_at: format_time(account.created),
        updated_at: format_time(account.modified),
        details: ExpectedDetails::User {
            email: Some(account.user_name.clone()).filter(|name| name.contains('@')),
            login: Some(account.user_name.clone()),
            account_type: "unknown",
            last_login: None,
        },
        attributes: sort_attributes([("external_id", account.external_id.clone())]),
        ..ExpectedResource::listed_resource(id("scim-account", &account.id), Some(team), name)
    }
}
