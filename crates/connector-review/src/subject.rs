//! The subjects of answers, and the scopes that they rest on.

use std::fmt;

use serde::Serialize;

use connector_store::{FormerNames, NamedRow};
use connector_types::ResourceId;

/// A resource with its name for people.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Named {
    /// Its identity.
    #[serde(flatten)]
    pub id: ResourceId,
    /// Its name, as the provider sent it: clean it before it is shown.
    pub display_name: String,
    /// The earlier run whose name this is, where the run does not list the resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_from_run: Option<i64>,
}

impl Named {
    /// Reads the columns `resource_type`, `id` and `display_name`.
    pub(crate) fn read(row: NamedRow<'_>) -> rusqlite::Result<Self> {
        Ok(Self::of_run(row.id()?, row.get("display_name")?))
    }

    /// Reads the tenant of a run from `tenant_type`, `tenant_id` and `tenant_name`.
    pub(crate) fn read_tenant(row: NamedRow<'_>) -> rusqlite::Result<Self> {
        let id = row.id_in("tenant_type", "tenant_id")?;
        Ok(Self::of_run(id, row.get("tenant_name")?))
    }

    /// Returns a resource with its name in the run that is asked about.
    fn of_run(id: ResourceId, display_name: String) -> Self {
        Self {
            id,
            display_name,
            name_from_run: None,
        }
    }

    /// Takes the name from the last run that listed the resource, where this one does not.
    #[must_use]
    pub(crate) fn with_former_name(self, names: &FormerNames) -> Self {
        match names.get(&self.id) {
            None => self,
            Some(former) => Self {
                display_name: former.display_name.clone(),
                name_from_run: Some(former.run.0),
                ..self
            },
        }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}", self.display_name, self.id)?;
        match self.name_from_run {
            None => write!(f, ")"),
            Some(run) => write!(f, ", {})", from_run(run)),
        }
    }
}

/// Returns the text for a name of an earlier run.
pub(crate) fn from_run(run: i64) -> String {
    format!("name from run {run}")
}

/// The identity of a scope in every sync of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ScopeName {
    /// The call, such as `list-resources`.
    pub call: String,
    /// The type that is listed, or the type of the resource whose grants are read.
    pub resource_type: String,
    /// The resource whose grants are read.
    pub id: Option<String>,
    /// The parent under which is listed.
    pub parent: Option<ResourceId>,
}

impl ScopeName {
    /// Reads the columns `call`, `resource_type`, `id`, `parent_type` and `parent_id`.
    pub(crate) fn read(row: NamedRow<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            call: row.get("call")?,
            resource_type: row.get("resource_type")?,
            id: row.get("id")?,
            parent: row.maybe_id("parent_type", "parent_id")?,
        })
    }

    /// Returns the list of a type, under a parent or without one.
    pub fn list_scope(resource_type: &str, parent: Option<ResourceId>) -> Self {
        Self {
            call: "list-resources".to_owned(),
            resource_type: resource_type.to_owned(),
            id: None,
            parent,
        }
    }

    /// Returns the entitlements on a type.
    pub fn entitlements_scope(resource_type: &str) -> Self {
        Self {
            call: "list-entitlements".to_owned(),
            ..Self::list_scope(resource_type, None)
        }
    }

    /// Returns the grants on one resource.
    pub fn grants_scope(resource: &ResourceId) -> Self {
        Self {
            call: "list-grants".to_owned(),
            id: Some(resource.id.to_string()),
            ..Self::list_scope(&resource.resource_type, None)
        }
    }

    /// Returns the resource that the scope is about: whose grants it reads, or under which it lists.
    pub fn at(&self) -> Option<ResourceId> {
        let of_grants = self
            .id
            .as_deref()
            .map(|id| ResourceId::new(&*self.resource_type, id));
        of_grants.or_else(|| self.parent.clone())
    }
}

impl fmt::Display for ScopeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.call, self.resource_type)?;
        if let Some(id) = &self.id {
            write!(f, " {id}")?;
        }
        match &self.parent {
            Some(parent) => write!(f, " under {parent}"),
            None => Ok(()),
        }
    }
}

/// The reason why nothing can be concluded: a scope that would show it, and the outcome of that
/// scope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct MissingScope {
    /// The scope.
    pub scope: ScopeName,
    /// Its outcome; `not-asked` if the sync has no such scope.
    pub outcome: String,
    /// The code of the notice that makes the scope prove nothing, if it ended `complete`.
    pub notice: Option<String>,
    /// The message for people, if the sync has one.
    pub message: Option<String>,
}

impl MissingScope {
    /// Groups on a resource that are too many within each other for one answer.
    pub(crate) fn unexpanded_scope(resource: &ResourceId) -> Self {
        let text = "its groups have too many groups within each other for one answer: ask for one \
            person or resource";
        Self {
            scope: ScopeName::grants_scope(resource),
            outcome: "not-expanded".to_owned(),
            notice: None,
            message: Some(text.to_owned()),
        }
    }
}

impl fmt::Display for MissingScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.notice.as_ref().unwrap_or(&self.outcome);
        write!(f, "{}: {word}", self.scope)
    }
}
