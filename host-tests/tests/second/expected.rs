//! The expected records of an account: computed from the account, without the connector.

use std::collections::BTreeSet;

use connector_host::records::{Evidence, Grant, Resource, ResourceId, Status, Text};

use crate::account::{Account, SUBDOMAIN, User};

/// A resource by what is known of it: identity, parent, name, evidence, status, e-mail.
pub type Thing = (
    ResourceId,
    Option<ResourceId>,
    String,
    Evidence,
    String,
    Option<String>,
);

/// A grant: resource, entitlement, principal, implying rule, expanded entitlement.
pub type GrantTuple = (
    ResourceId,
    String,
    ResourceId,
    Option<String>,
    Option<String>,
);

/// Effective access: resource, entitlement, principal.
pub type Access = (ResourceId, String, ResourceId);

pub fn id(resource_type: &str, id: &str) -> ResourceId {
    ResourceId::new(resource_type, id)
}

pub fn account() -> ResourceId {
    id("account", SUBDOMAIN)
}

pub fn thing(resource: &Resource) -> Thing {
    let email = resource.details.user().and_then(|user| user.email.clone());
    let Resource {
        id,
        parent,
        display_name,
        evidence,
        status,
        ..
    } = resource.clone();
    (
        id,
        parent,
        display_name,
        evidence,
        format!("{status:?}"),
        email,
    )
}

pub fn grant_tuple(grant: &Grant) -> GrantTuple {
    let Grant {
        resource,
        entitlement,
        principal,
        implied_by,
        expands,
    } = grant.clone();
    let word = |text: Option<Text>| text.map(|it| it.to_string());
    (
        resource,
        entitlement.to_string(),
        principal,
        word(implied_by),
        word(expands),
    )
}

pub fn things(of: &Account) -> BTreeSet<Thing> {
    let listed = |own: ResourceId, name: &str, status: Status, email: Option<&str>| {
        let parent = (own != account()).then(account);
        let status = format!("{status:?}");
        (
            own,
            parent,
            name.to_owned(),
            Evidence::Listed,
            status,
            email.map(str::to_owned),
        )
    };
    let mut all = BTreeSet::from([listed(account(), SUBDOMAIN, Status::Enabled, None)]);
    for user in &of.users {
        let status = if user.invited {
            Status::Unknown
        } else {
            Status::Enabled
        };
        all.insert(listed(
            id("user", &user.id),
            &user.shown,
            status,
            Some(&user.email),
        ));
    }
    for team in &of.teams {
        all.insert(listed(
            id("team", &team.id),
            &team.name,
            Status::Enabled,
            None,
        ));
        for (member, _) in &team.members {
            if !of.users.iter().any(|user| user.id == *member) {
                let own = id("user", member);
                let status = format!("{:?}", Status::Unknown);
                all.insert((
                    own,
                    None,
                    member.clone(),
                    Evidence::Referenced,
                    status,
                    None,
                ));
            }
        }
    }
    all
}

pub fn expected_grants(of: &Account) -> BTreeSet<GrantTuple> {
    let mut all = BTreeSet::new();
    for user in &of.users {
        let own = id("user", &user.id);
        all.insert((account(), user.role.to_owned(), own.clone(), None, None));
        if user.role == "owner" {
            let rule = Some("owner-is-admin".to_owned());
            all.insert((account(), "admin".to_owned(), own, rule, None));
        }
    }
    for team in &of.teams {
        let on = id("team", &team.id);
        let rule = Some("admins-manage-every-team".to_owned());
        let expands = Some("admin".to_owned());
        all.insert((on.clone(), "manager".to_owned(), account(), rule, expands));
        for (member, role) in &team.members {
            all.insert((
                on.clone(),
                (*role).to_owned(),
                id("user", member),
                None,
                None,
            ));
        }
    }
    all
}

/// Team by team and person by person, with nothing expanded.
pub fn access(of: &Account) -> BTreeSet<Access> {
    let mut all = BTreeSet::new();
    let is_admin = |user: &&User| matches!(user.role, "owner" | "admin");
    for user in &of.users {
        all.insert((account(), user.role.to_owned(), id("user", &user.id)));
    }
    for admin in of.users.iter().filter(is_admin) {
        all.insert((account(), "admin".to_owned(), id("user", &admin.id)));
        for team in &of.teams {
            all.insert((
                id("team", &team.id),
                "manager".to_owned(),
                id("user", &admin.id),
            ));
        }
    }
    for team in &of.teams {
        for (member, role) in &team.members {
            all.insert((id("team", &team.id), (*role).to_owned(), id("user", member)));
        }
    }
    all
}
