//! The team, its people, its keys and accounts, as a sync has to report them.

use super::super::generate::scim_id;
use super::super::listing::ListEntry;
use super::super::service::SimulatorService;
use super::super::team::{AccessKey, ScimAccount, Team, TeamGroup, User};
use super::book::ExpectedState;
use super::record::{ExpectedDetails, ExpectedLastUse, ExpectedResource, Id, attributes, id, time};
use super::{ExpectedScope, Truth};

const ORGANIZATION_RULE: &str =
    "team role Organization Manager: its holders are Super Admins of the organization";

/// One reading of the whole team.
pub(super) struct TeamReading<'a> {
    pub(super) service: &'a SimulatorService,
    pub(super) scope: &'a ExpectedScope,
    pub(super) book: ExpectedState,
}

impl<'a> TeamReading<'a> {
    pub(super) fn new(service: &'a SimulatorService, scope: &'a ExpectedScope) -> Self {
        Self {
            service,
            scope,
            book: ExpectedState::default(),
        }
    }

    pub(super) fn team(&self) -> &'a Team {
        &self.service.team
    }

    pub(super) fn team_id(&self) -> Id {
        id("team", self.team().id)
    }

    /// Reads everything that the scope and the key allow. Somebody in no team can read nothing.
    pub(super) fn finish(mut self) -> Truth {
        let readable = self.team().readable();
        if self.team().owner.in_team && self.asks("team") {
            self.the_team();
            self.sub_teams();
            if readable.users && self.asks("user") {
                self.users();
            }
            if readable.groups && self.asks("group") {
                self.groups();
            }
            if self.asks("workspace") {
                self.workspaces();
            }
            if self.asks("collection-access-key") {
                self.keys();
            }
            let has_key = self.scope.scim && self.service.options.scim_key.is_some();
            if readable.scim && has_key && self.asks("scim-account") {
                self.accounts();
            }
            if readable.scim && has_key && self.asks("scim-group") {
                self.scim_groups();
            }
            self.service_account();
        }
        self.book.close()
    }

    pub(super) fn asks(&self, resource_type: &str) -> bool {
        !self.scope.exclude.contains(resource_type)
    }

    pub(super) fn omit(&mut self, list: &str, entries: &[ListEntry]) {
        for entry in entries {
            let what = match entry {
                ListEntry::Item(_) => continue,
                ListEntry::Changed(_) => "another record of one id",
                ListEntry::Junk(junk) => &junk.what,
            };
            self.book.omitted.insert(format!("{list}: {what}"));
        }
    }

    fn the_team(&mut self) {
        let team = self.team();
        let attributes = attributes([("team_domain", Some(team.domain.to_owned()))]);
        let record = ExpectedResource::listed(self.team_id(), None, team.name.to_owned());
        self.book.resource(ExpectedResource {
            details: ExpectedDetails::Tenant,
            attributes,
            ..record
        });
    }

    /// A program whose key is used is in no list: a person has an address or a login.
    fn service_account(&mut self) {
        let (team, owner) = (self.team_id(), &self.team().owner);
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
        let record = ExpectedResource::referenced(account, owner.name.clone(), details);
        self.book.resource(record);
    }

    /// Team roles; who manages an organisation is its Super Admin too.
    fn team_roles(&mut self, team: &Id, roles: &[String], holder: &Id) {
        for role in roles {
            self.book.holds(team, team_role(role), holder.clone());
            if role == "organization-manager" {
                let rule = Some(ORGANIZATION_RULE);
                self.book.grant(team, "super-admin", holder.clone(), rule);
            }
        }
    }

    fn users(&mut self) {
        let team = self.team_id();
        self.omit("users", &self.service.lists.users);
        for user in &self.team().users {
            let principal = id("user", user.id);
            self.book.holds(&team, "member", principal.clone());
            self.team_roles(&team, &user.roles, &principal);
            self.book.resource(user_record(user, team.clone()));
        }
    }

    fn groups(&mut self) {
        let team = self.team_id();
        self.omit("groups", &self.service.lists.groups);
        for group in &self.team().groups {
            let this = id("group", group.id);
            self.team_roles(&team, &group.roles, &this);
            for member in &group.members {
                self.book.holds(&this, "member", id("user", member));
            }
            for manager in group.managers.iter().filter(|_| self.scope.group_managers) {
                self.book.holds(&this, "manager", id("user", manager));
            }
            self.book.resource(group_record(group, team.clone()));
        }
    }

    fn keys(&mut self) {
        self.omit("keys", &self.service.lists.keys);
        for key in self.team().keys.iter().filter(|key| key.deleted.is_none()) {
            self.book.resource(key_record(key, self.team_id()));
        }
    }

    /// The groups of the team once more, by their ids under SCIM.
    fn scim_groups(&mut self) {
        let seed = self.service.options.seed;
        for group in &self.team().groups {
            let this = id("scim-group", scim_id(seed, group.id));
            let name = group.name.clone();
            let name = name.unwrap_or_else(|| format!("SCIM group {}", this.id));
            for member in &group.members {
                let account = id("scim-account", scim_id(seed, *member));
                self.book.holds(&this, "member", account.clone());
                let name = format!("SCIM account {}", account.id);
                let details = ExpectedDetails::User {
                    email: None,
                    login: None,
                    account_type: "human",
                    last_login: None,
                };
                self.book
                    .resource(ExpectedResource::referenced(account, name, details));
            }
            self.book.resource(ExpectedResource {
                details: ExpectedDetails::Group,
                ..ExpectedResource::listed(this, Some(self.team_id()), name)
            });
        }
    }

    fn accounts(&mut self) {
        self.omit("scim", &self.service.lists.scim);
        for account in &self.team().scim {
            self.book.resource(account_record(account, self.team_id()));
        }
    }
}

/// A role that is called like the right that every member holds gets another name.
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
        attributes: attributes([("joined_at", time(user.joined))]),
        ..ExpectedResource::listed(id("user", user.id), Some(team), name)
    }
}

fn group_record(group: &TeamGroup, team: Id) -> ExpectedResource {
    let name = group
        .name
        .clone()
        .unwrap_or_else(|| format!("Group {}", group.id));
    ExpectedResource {
        description: group.summary.clone(),
        created_at: time(group.created),
        updated_at: time(group.updated),
        details: ExpectedDetails::Group,
        attributes: attributes([("created_by", group.created_by.map(|id| id.to_string()))]),
        grants: "list-grants-optional",
        ..ExpectedResource::listed(id("group", group.id), Some(team), name)
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
        created_at: time(key.created),
        updated_at: time(key.updated),
        details: ExpectedDetails::Secret {
            created_by: key.created_by.map(|user| id("user", user)),
            access_to: key.opens.as_ref().map(|uid| id("collection", uid)),
            expires_at: time(key.expires),
            last_used: ExpectedLastUse::of(key.last_used),
        },
        ..ExpectedResource::listed(id("collection-access-key", &key.id), Some(team), name)
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
        created_at: time(account.created),
        updated_at: time(account.modified),
        details: ExpectedDetails::User {
            email: Some(account.user_name.clone()).filter(|name| name.contains('@')),
            login: Some(account.user_name.clone()),
            account_type: "unknown",
            last_login: None,
        },
        attributes: attributes([("external_id", account.external_id.clone())]),
        ..ExpectedResource::listed(id("scim-account", &account.id), Some(team), name)
    }
}
