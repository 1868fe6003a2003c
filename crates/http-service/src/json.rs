//! The contract's records as JSON, in the form of the host's NDJSON: `snake_case` fields, the
//! contract's own case names, `null` for what is absent.

use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};

use crate::bindings::description::{
    BaseUrl, ChangeLog, Credential, CredentialScheme, Descriptor, Endpoint, Rate, ResourceType,
    TypeKind,
};
use crate::bindings::inventory::{CredentialState, CredentialStatus, EntitlementList, Tenant};
use crate::bindings::types::{
    AccountType, Audience, ChangeExtent, Details, Entitlement, GrantListing, GrantSet, Impact,
    LastUse, Notice, Problem, Purpose, RateLimit, ResourceId, SecretDetails, Status, UserDetails,
};

/// Writes a record field by field. A field that is not named here does not compile.
macro_rules! record {
    ($record:ident { $($field:ident $(as $form:ident)?),+ $(,)? }) => {
        impl Serialize for $record {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let Self { $($field),+ } = self;
                let fields = [$(stringify!($field)),+].len();
                let mut record = serializer.serialize_struct(stringify!($record), fields)?;
                $(record.serialize_field(stringify!($field), &record!(@ $field $($form)?))?;)+
                record.end()
            }
        }
    };
    (@ $field:ident) => { $field };
    (@ $field:ident $form:ident) => { $form($field) };
}

/// Writes a case as its name.
macro_rules! words {
    ($word:ident { $($case:ident = $name:literal),+ $(,)? }) => {
        impl Serialize for $word {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(match self { $(Self::$case => $name),+ })
            }
        }
    };
}

/// Names and values as one object, in their order.
pub(crate) struct JsonFields<'a>(pub(crate) &'a [(String, String)]);

impl Serialize for JsonFields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Serialize for Details {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::User(user) => serializer.serialize_newtype_variant("details", 0, "user", user),
            Self::Group => serializer.serialize_str("group"),
            Self::Tenant => serializer.serialize_str("tenant"),
            Self::Audience(audience) => {
                serializer.serialize_newtype_variant("details", 3, "audience", audience)
            }
            Self::Secret(secret) => {
                serializer.serialize_newtype_variant("details", 4, "secret", secret)
            }
            Self::Other => serializer.serialize_str("other"),
            Self::Change(extent) => {
                serializer.serialize_newtype_variant("details", 6, "change", extent)
            }
        }
    }
}

impl Serialize for ChangeExtent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_str("none"),
            Self::Resources(ids) => {
                serializer.serialize_newtype_variant("extent", 1, "resources", ids)
            }
            Self::Unknown => serializer.serialize_str("unknown"),
        }
    }
}

impl Serialize for LastUse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::NotStated => serializer.serialize_str("not-stated"),
            Self::Never => serializer.serialize_str("never"),
            Self::At(time) => serializer.serialize_newtype_variant("last-use", 2, "at", time),
        }
    }
}

impl Serialize for CredentialStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Accepted => serializer.serialize_str("accepted"),
            Self::Rejected(problem) => {
                serializer.serialize_newtype_variant("status", 1, "rejected", problem)
            }
            Self::NotConfigured => serializer.serialize_str("not-configured"),
            Self::NotChecked => serializer.serialize_str("not-checked"),
        }
    }
}

words!(Status { Enabled = "enabled", Disabled = "disabled", Unknown = "unknown" });
words!(AccountType {
    Human = "human",
    Service = "service",
    External = "external",
    Unknown = "unknown",
});
words!(GrantListing {
    Complete = "complete",
    ListGrantsRequired = "list-grants-required",
    ListGrantsOptional = "list-grants-optional",
});
words!(Audience { Anyone = "anyone", Organization = "organization" });
words!(Impact {
    None = "none",
    ItemOmitted = "item-omitted",
    AccessUnknown = "access-unknown",
    AttributeUnknown = "attribute-unknown",
});
words!(TypeKind {
    Other = "other",
    Tenant = "tenant",
    Account = "account",
    Group = "group",
    Audience = "audience",
    Container = "container",
    Credential = "credential",
    Invitation = "invitation",
    Usage = "usage",
    Subscription = "subscription",
});
words!(Purpose {
    Assignment = "assignment",
    Permission = "permission",
    Ownership = "ownership",
    Other = "other",
});

record!(ResourceId { resource_type, id });
record!(UserDetails {
    email,
    login,
    account_type,
    last_login
});
record!(SecretDetails {
    created_by,
    access_to,
    expires_at,
    last_used
});
record!(Entitlement {
    resource_type,
    slug,
    display_name,
    description,
    purpose,
    grantable_to,
    exclusion_group,
    rank,
});
record!(GrantSet {
    resource,
    entitlements,
    principal_type,
    principal_ids,
    implied_by,
    expands
});
record!(Notice {
    code,
    about,
    impact,
    message
});
record!(RateLimit {
    credential,
    limit,
    remaining,
    window,
    reset_after,
    monthly_limit,
    monthly_remaining
});
record!(Rate {
    requests,
    window_seconds
});
record!(CredentialState { credential, status });
record!(Problem {
    message,
    detail,
    credential,
    status,
    retry_after
});
record!(Tenant {
    id,
    display_name,
    credential_owner,
    credential_owner_name,
    notices,
    credentials,
    rate_limit,
});
record!(EntitlementList {
    entitlements,
    notices,
    rate_limit
});
record!(ResourceType {
    id,
    display_name,
    description,
    parent,
    reference_only,
    opt_in,
    kind,
    needs,
});
record!(CredentialScheme {
    name,
    header,
    prefix,
    description
});
record!(Credential {
    name,
    description,
    required,
    schemes
});
record!(BaseUrl { url, description });
record!(Endpoint {
    path,
    query,
    credential,
    rate,
    purpose
});
record!(ChangeLog {
    name,
    description,
    covers
});
record!(Descriptor {
    name,
    version,
    resource_types,
    credentials,
    base_urls,
    endpoints,
    change_log,
});
