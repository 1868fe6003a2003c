//! The result of a comparison of two syncs.

use serde::Serialize;

use crate::{MissingScope, Named};
use connector_types::ResourceId;

/// Everything that differs, in the order of [`ChangeSubject`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// The sync that is compared with.
    pub older: SyncRef,
    /// The sync that is looked at.
    pub newer: SyncRef,
    /// The differences. Empty if both syncs are equal.
    pub changes: Vec<Change>,
}

/// One of the two syncs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SyncRef {
    /// Its number in its file.
    pub run: i64,
    /// The tenant.
    pub tenant: Named,
    /// The connector that read it.
    pub connector: String,
    /// Start of the sync, RFC 3339 in UTC.
    pub started_at: String,
    /// True if every scope was read.
    pub complete: bool,
}

/// The certainty of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeVerdict {
    /// In the newer sync alone, and the older one would have shown it.
    Added,
    /// In the older sync alone, and the newer one would have shown it.
    Removed,
    /// In both, with other facts.
    Changed,
    /// In the newer sync alone; the older one could not read it.
    NewlyReadable,
    /// In the older sync alone; the newer one could not read it, and it may still be there.
    NotReadable,
}

impl ChangeVerdict {
    /// Every verdict, the one that matters most first.
    pub const ALL: [Self; 5] = [
        Self::Added,
        Self::Removed,
        Self::Changed,
        Self::NewlyReadable,
        Self::NotReadable,
    ];

    /// Returns the name of the verdict.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::NewlyReadable => "newly-readable",
            Self::NotReadable => "not-readable",
        }
    }
}

/// The record that differs. Sorts resources, entitlements, grants, each by identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeSubject {
    /// A resource.
    Resource(Named),
    /// An entitlement.
    Entitlement {
        /// The type of resource that it is on.
        resource_type: String,
        /// Its name within that type.
        slug: String,
    },
    /// A grant.
    Grant {
        /// The resource it is on.
        resource: Named,
        /// Slug of the entitlement.
        entitlement: String,
        /// The principal.
        principal: Named,
    },
}

impl ChangeSubject {
    /// Returns the kind of record: `resource`, `entitlement` or `grant`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Resource(_) => "resource",
            Self::Entitlement { .. } => "entitlement",
            Self::Grant { .. } => "grant",
        }
    }

    /// Returns the resource that it is or is on; `None` for an entitlement.
    pub fn resource(&self) -> Option<&ResourceId> {
        match self {
            Self::Resource(named)
            | Self::Grant {
                resource: named, ..
            } => Some(&named.id),
            Self::Entitlement { .. } => None,
        }
    }
}

/// One fact that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The field, such as `display_name` or `attributes.visibility`.
    pub field: String,
    /// The older value; `None` where it was absent.
    pub old: Option<String>,
    /// The newer value; `None` where it is absent.
    pub new: Option<String>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The certainty of the difference.
    pub verdict: ChangeVerdict,
    /// The record that differs.
    pub subject: ChangeSubject,
    /// The fields that differ, by name; empty except for [`ChangeVerdict::Changed`].
    pub fields: Vec<FieldChange>,
    /// Which scope of the other sync could not be read, where that is why it is not there.
    pub because: Option<MissingScope>,
}
