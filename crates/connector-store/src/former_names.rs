//! Names of resources that a run refers to without listing them: people who left keep theirs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use rusqlite::Connection;

use super::{NamedRow, RunId, Store, StoreError, collect_named};
use connector_types::{AccountType, Details, Resource, ResourceId, UserDetails, lock};

/// The name of a resource in the last run that listed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerName {
    /// Its name.
    pub display_name: String,
    /// The address of an account.
    pub email: Option<String>,
    /// The login of an account.
    pub login: Option<String>,
    /// The run that listed it.
    pub run: RunId,
}

/// The former names of the resources that a run only refers to, by identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormerNames(HashMap<ResourceId, FormerName>);

/// The versions that list what a run only refers to, with the last run before it that has each. SQLite
/// takes the other columns from the row that has the greatest run.
const SQL: &str = "WITH epochs AS MATERIALIZED (
        SELECT DISTINCT o.epoch FROM runs now JOIN runs o ON o.run < now.run AND o.state = 'ended'
            AND o.tenant_type = now.tenant_type AND o.tenant_id = now.tenant_id
        WHERE now.run = ?1)
    SELECT q.resource_type, q.id, v.display_name, v.email, v.login, max((
        SELECT max(o.run) FROM runs o WHERE o.epoch = v.epoch
            AND o.run BETWEEN v.first AND min(ifnull(v.last, ?1 - 1), ?1 - 1))) AS run
    FROM resources q CROSS JOIN epochs e CROSS JOIN resource_versions v
    WHERE q.run = ?1 AND q.evidence = 'referenced' AND v.epoch = e.epoch
        AND v.resource = q.resource AND v.evidence = 'listed' AND v.first < ?1
    GROUP BY q.resource HAVING run IS NOT NULL";

/// The former names that were read last: one answer asks for them several times. Those of a run come from
/// runs before it, so that no later run changes them.
pub(super) type KnownNames = Mutex<Option<(RunId, Arc<FormerNames>)>>;

impl Store {
    /// Returns the former names of what a run only refers to.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read.
    pub fn former_names(&self, run: RunId) -> Result<Arc<FormerNames>, StoreError> {
        let mut known = lock(&self.former_names);
        match &*known {
            Some((of, names)) if *of == run => Ok(Arc::clone(names)),
            _ => {
                let names = Arc::new(FormerNames::read(&self.connection, run)?);
                *known = Some((run, Arc::clone(&names)));
                Ok(names)
            }
        }
    }

    /// Forgets the former names, after runs that they may come from have gone.
    pub(super) fn forget_former_names(&mut self) {
        *lock(&self.former_names) = None;
    }
}

impl FormerNames {
    fn read(connection: &Connection, run: RunId) -> Result<Self, StoreError> {
        let rows = collect_named(connection, SQL, [run.0], |row| {
            Ok::<_, StoreError>((row.id()?, former_name(row)?))
        })?;
        Ok(Self(rows.into_iter().collect()))
    }

    /// Returns the former name of a resource, where the run does not list it and one before it did.
    pub fn get(&self, id: &ResourceId) -> Option<&FormerName> {
        self.0.get(id)
    }

    /// Gives resources that the run only refers to the name and address from the run that listed them.
    pub fn apply(&self, resources: &mut [Resource]) {
        if self.0.is_empty() {
            return;
        }
        for resource in resources {
            let Some(former) = self.get(&resource.id) else {
                continue;
            };
            resource.display_name.clone_from(&former.display_name);
            if let Some(user) = former.account(&resource.details) {
                resource.details = Details::User(user);
            }
        }
    }
}

impl FormerName {
    /// Returns the details of an account with its former address and login; `None` for what is none.
    fn account(&self, details: &Details) -> Option<UserDetails> {
        let known = match details {
            Details::User(user) => user.clone(),
            Details::Other if self.email.is_some() || self.login.is_some() => UserDetails {
                email: None,
                login: None,
                account_type: AccountType::Unknown,
                last_login: None,
            },
            Details::Other
            | Details::Group
            | Details::Tenant
            | Details::Audience(_)
            | Details::Secret(_)
            | Details::Change(_) => return None,
        };
        Some(UserDetails {
            email: known.email.or_else(|| self.email.clone()),
            login: known.login.or_else(|| self.login.clone()),
            ..known
        })
    }
}

fn former_name(row: NamedRow<'_>) -> rusqlite::Result<FormerName> {
    Ok(FormerName {
        display_name: row.get("display_name")?,
        email: row.get("email")?,
        login: row.get("login")?,
        run: RunId(row.get("run")?),
    })
}
