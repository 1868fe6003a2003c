//! Checks of fields of a tenants file that have an effect only with another field.

use toml::Spanned;

use super::document::{ConfigFileError, Defaults, TenantFields};
use super::file::TenantsReader;

impl TenantsReader<'_> {
    /// Refuses fields that have no effect, because the operator expects one.
    pub(super) fn check_effects(
        &self,
        tenant: &TenantFields,
        defaults: &Defaults,
    ) -> Result<(), ConfigFileError> {
        let without_db = tenant.db.is_none();
        let keep = tenant.keep.as_ref().map(Spanned::span);
        let report = tenant.report.as_ref().map(Spanned::span);
        let accept = tenant.accept.as_ref().map(Spanned::span);
        for (field, span) in [("keep", keep), ("report", report), ("accept", accept)] {
            if let Some(span) = span.filter(|_| without_db) {
                let reason = "it has no effect without db: add db, or leave it out";
                return Err(self.field_error(&span, field, reason));
            }
        }
        let carries = tenant.since_last.as_ref();
        let never_carries = without_db || carries.is_some_and(|carries| !carries.get_ref());
        if let Some(number) = tenant.full_every.as_ref().filter(|_| never_carries) {
            let reason = "it has no effect without db and since-last: add them, or leave it out";
            return Err(self.field_error(&number.span(), "full-every", reason));
        }
        let tenant_trust = (&tenant.trust_base_url, &tenant.base_url);
        let default_trust = (&defaults.trust_base_url, &defaults.base_url);
        for pair in [tenant_trust, default_trust] {
            if let (Some(trust), None) = pair {
                let reason =
                    "it has no effect without base-url beside it: add base-url, or leave it out";
                return Err(self.field_error(&trust.span(), "trust-base-url", reason));
            }
        }
        Ok(())
    }

    /// Returns the switch of a tenant. A tenant that sets it itself needs a database, and has no
    /// recordings, because these contain everything.
    pub(super) fn read_since_last(
        &self,
        tenant: &TenantFields,
        defaults: &Defaults,
    ) -> Result<Option<bool>, ConfigFileError> {
        let own = tenant.since_last.as_ref();
        let Some(carries) = own.filter(|carries| *carries.get_ref()) else {
            let given = own.or(defaults.since_last.as_ref());
            return Ok(given.map(|carries| *carries.get_ref()));
        };
        let fault = |reason: &str| Err(self.field_error(&carries.span(), "since-last", reason));
        if tenant.db.is_none() {
            return fault("carries over from a sync in a database: name one with db");
        }
        if tenant
            .record
            .as_ref()
            .or(defaults.record.as_ref())
            .is_some()
        {
            return fault("a recording has everything: leave out since-last or record");
        }
        Ok(Some(true))
    }
}
