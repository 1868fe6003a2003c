//! What answers are about, and the scopes that they rest on.

use std::fmt;

use serde::Serialize;

use connector_types::ResourceId;

/// A resource with its name for people.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Named {
    /// Its identity.
    #[serde(flatten)]
    pub id: ResourceId,
    /// Its name, as the provider sent it: clean it before it is shown.
    pub display_name: String,
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.display_name, self.id)
    }
}

/// What names a scope in every sync of a tenant.
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
    /// The list of a type, under a parent or without one.
    pub fn list(resource_type: &str, parent: Option<ResourceId>) -> Self {
        Self {
            call: "list-resources".to_owned(),
            resource_type: resource_type.to_owned(),
            id: None,
            parent,
        }
    }

    /// The rights on a type.
    pub fn entitlements(resource_type: &str) -> Self {
        Self {
            call: "list-entitlements".to_owned(),
            ..Self::list(resource_type, None)
        }
    }

    /// The grants on one resource.
    pub fn grants(resource: &ResourceId) -> Self {
        Self {
            call: "list-grants".to_owned(),
            id: Some(resource.id.to_string()),
            ..Self::list(&resource.resource_type, None)
        }
    }

    /// The resource that the scope is about: whose grants it reads, or under which it lists.
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

/// Why something cannot be concluded: a scope that would show it, and how that scope ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unread {
    /// The scope.
    pub scope: ScopeName,
    /// How it ended; `not-asked` where the sync has no such scope.
    pub outcome: String,
    /// The code of the notice that takes the scope's word away, where it ended `complete`.
    pub notice: Option<String>,
    /// What to tell people, where the sync has words for it.
    pub message: Option<String>,
}

impl Unread {
    /// Groups on a resource that are too many within each other for one answer.
    pub(crate) fn unexpanded(resource: &ResourceId) -> Self {
        let text = "its groups have too many groups within each other for one answer: ask for one \
            person or resource";
        Self {
            scope: ScopeName::grants(resource),
            outcome: "not-expanded".to_owned(),
            notice: None,
            message: Some(text.to_owned()),
        }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.notice.as_ref().unwrap_or(&self.outcome);
        write!(f, "{}: {word}", self.scope)
    }
}
