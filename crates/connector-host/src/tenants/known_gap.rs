//! Scopes that an operator expects to be missing.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::document::KnownGapFields;
use connector_types::{Operation, Scope};

const FORM: &str = "scope is CALL TYPE, CALL TYPE:ID or CALL TYPE in TYPE:ID, as the gaps of sync --format json name it; CALL is list-entitlements, list-resources or list-grants";

/// A scope that is expected to be missing until a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownGap {
    /// The scope, or all scopes of a type.
    pub scope: String,
    /// The reason of the operator.
    pub reason: String,
    /// The last day, in UTC.
    pub until: Date,
}

impl KnownGap {
    pub(super) fn new(fields: &KnownGapFields) -> Result<Self, &'static str> {
        let calls = [
            Operation::ListEntitlements,
            Operation::ListResources,
            Operation::ListGrants,
        ];
        let scope = fields.scope.trim();
        let is_call = |call: &Operation| {
            let rest = scope.strip_prefix(call.name());
            let rest = rest.and_then(|rest| rest.strip_prefix(' '));
            rest.is_some_and(|rest| !rest.trim().is_empty())
        };
        if !calls.iter().any(is_call) {
            return Err(FORM);
        }
        if fields.reason.trim().is_empty() {
            return Err("reason is empty: say why the scope is expected to be missing");
        }
        let until = fields.until.parse();
        Ok(Self {
            scope: scope.to_owned(),
            reason: fields.reason.clone(),
            until: until.map_err(|_| "until is the last day, such as \"2027-03-31\"")?,
        })
    }

    /// Reports whether a scope is this one at a time. `CALL TYPE` alone is every scope of that type.
    pub fn covers_scope(&self, scope: &Scope, now: Timestamp) -> bool {
        let of_type = format!("{} {}", scope.call.name(), scope.resource_type);
        let is_named = self.scope == of_type || self.scope == scope_name(scope);
        is_named && !self.has_expired(now)
    }

    /// Returns whether its last day is over at a time.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        now.to_zoned(TimeZone::UTC).date() > self.until
    }
}

/// Returns the name of a scope in `known-gaps` and in output: `CALL TYPE`, with `:ID` where grants of
/// one resource are read, and with `in TYPE:ID` where it has a parent.
pub fn scope_name(scope: &Scope) -> String {
    let mut name = format!("{} {}", scope.call.name(), scope.resource_type);
    if let Some(id) = &scope.id {
        name.push(':');
        name.push_str(id);
    }
    if let Some(parent) = &scope.parent {
        name.push_str(&format!(" in {}:{}", parent.resource_type, parent.id));
    }
    name
}
