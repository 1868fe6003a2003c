//! The statements that carry scopes over. `temp.carried` has the scopes: refusals remove some of
//! them, copies give the others to the running sync.

use super::StoredBasis;
use crate::RunId;
use crate::history::resource_facts;
use crate::rows::{ENTITLEMENT, RESOURCE};

/// Selects the records `v` of the scopes. The order of joins is fixed, as there are no statistics.
const OWN: &str = "CROSS JOIN temp.carried c ON c.scope = v.scope";

/// The statements for one running sync and the run that it carries scopes over from.
pub(super) struct CarryStatements<'a> {
    basis: &'a StoredBasis,
    run: i64,
}

impl<'a> CarryStatements<'a> {
    pub(super) fn new(basis: &'a StoredBasis, run: RunId) -> Self {
        Self { basis, run: run.0 }
    }

    /// Returns the condition that a version is valid in the former run.
    fn is_in_basis(&self, version: &str) -> String {
        let StoredBasis { run, epoch, .. } = self.basis;
        format!(
            "{version}.epoch = {epoch} AND {version}.first <= {run}
            AND ifnull({version}.last, {run}) >= {run}"
        )
    }

    /// Returns the statements that remove the scopes which have to be read.
    pub(super) fn refusals(&self) -> [String; 5] {
        [
            self.refuse_unread(),
            self.refuse_changed(),
            self.refuse_other_grants(),
            self.refuse_unlisted(),
            self.refuse_known(),
        ]
    }

    /// Removes scopes that the former run did not read completely, or shares with another scope.
    fn refuse_unread(&self) -> String {
        format!(
            "DELETE FROM temp.carried AS c WHERE NOT EXISTS (
                SELECT 1 FROM scope_versions v JOIN page_versions p ON p.scope = v.scope AND {page}
                WHERE v.scope = c.scope AND {in_basis} AND v.outcome = 'complete' AND v.shared = 0)",
            page = self.is_in_basis("p"),
            in_basis = self.is_in_basis("v"),
        )
    }

    /// Removes scopes whose resource has changed.
    fn refuse_changed(&self) -> String {
        let facts = resource_facts().iter().chain(&["grants"]);
        let same: Vec<_> = facts.map(|fact| format!("n.{fact} IS v.{fact}")).collect();
        format!(
            "DELETE FROM temp.carried AS c WHERE NOT EXISTS (
                SELECT 1 FROM resource_versions v
                JOIN resource_versions n ON n.epoch = {run} AND n.resource = v.resource
                WHERE v.resource = c.resource AND {in_basis} AND {same})
            OR EXISTS (SELECT 1 FROM duplicate_records d
                WHERE d.run = {run} AND d.kind = 'resource' AND d.key = c.resource)",
            run = self.run,
            in_basis = self.is_in_basis("v"),
            same = same.join(" AND "),
        )
    }

    /// Removes scopes on whose resource another scope no longer has a grant: they may have the same
    /// grant.
    fn refuse_other_grants(&self) -> String {
        format!(
            "DELETE FROM temp.carried AS c WHERE c.is_list = 0 AND EXISTS (
                SELECT 1 FROM grant_versions v
                WHERE v.resource = c.resource AND {in_basis} AND v.scope IS NOT c.scope AND NOT EXISTS (
                    SELECT 1 FROM grant_versions n
                    WHERE n.epoch = {run} AND n.resource = v.resource
                        AND n.entitlement = v.entitlement AND n.principal = v.principal
                        AND n.implied_by IS v.implied_by AND n.expands IS v.expands))",
            run = self.run,
            in_basis = self.is_in_basis("v"),
        )
    }

    /// Removes scopes with a grant of a principal that was listed, and no longer is.
    fn refuse_unlisted(&self) -> String {
        format!(
            "DELETE FROM temp.carried WHERE scope IN (
                SELECT v.scope FROM grant_versions v
                JOIN resource_versions p ON p.resource = v.principal AND {principal}
                    AND p.evidence = 'listed'
                WHERE {in_basis} AND NOT EXISTS (
                    SELECT 1 FROM resource_versions n
                    WHERE n.epoch = {run} AND n.resource = v.principal AND n.evidence = 'listed')
                AND NOT EXISTS (
                    SELECT 1 FROM duplicate_records d
                    WHERE d.run = {run} AND d.kind = 'resource' AND d.key = v.principal
                        AND json_extract(d.record, '$.evidence') = 'listed'))",
            run = self.run,
            principal = self.is_in_basis("p"),
            in_basis = self.is_in_basis("v"),
        )
    }

    /// Removes lists of a resource that this run has a record of.
    fn refuse_known(&self) -> String {
        format!(
            "DELETE FROM temp.carried AS c WHERE c.is_list = 1 AND EXISTS (
                SELECT 1 FROM resource_versions v
                JOIN resource_versions n ON n.epoch = {run} AND n.resource = v.resource
                    AND n.scope IS NOT NULL
                WHERE v.scope = c.scope AND {in_basis} AND v.evidence = 'listed')",
            run = self.run,
            in_basis = self.is_in_basis("v"),
        )
    }

    /// Returns the statements that copy the records of the scopes. Scopes come last: this run has
    /// read every scope that has ended.
    pub(super) fn copies(&self) -> [String; 9] {
        [
            self.copy_duplicate_grants(),
            self.copy_grants(),
            self.copy_own_resources(),
            self.copy_principals(),
            self.copy_own_entitlements(),
            self.copy_entitlements(),
            self.copy_notices(),
            self.copy_pages(),
            self.copy_scopes(),
        ]
    }

    fn copy_duplicate_grants(&self) -> String {
        format!(
            "INSERT INTO duplicate_grants (run, resource, entitlement, principal, implied_by, expands,
                scope, page)
            SELECT {run}, v.resource, v.entitlement, v.principal, v.implied_by, v.expands, v.scope, v.page
            FROM grant_versions v CROSS JOIN temp.carried c ON c.scope = v.scope
            WHERE {in_basis} AND EXISTS (SELECT 1 FROM grant_versions n
                WHERE n.epoch = {run} AND n.resource = v.resource AND n.entitlement = v.entitlement
                    AND n.principal = v.principal)",
            run = self.run,
            in_basis = self.is_in_basis("v"),
        )
    }

    fn copy_grants(&self) -> String {
        format!(
            "INSERT INTO grant_versions (epoch, first, resource, entitlement, principal, implied_by,
                expands, scope, page)
            SELECT {run}, {run}, v.resource, v.entitlement, v.principal, v.implied_by, v.expands,
                v.scope, v.page
            FROM grant_versions v CROSS JOIN temp.carried c ON c.scope = v.scope
            WHERE {in_basis} ON CONFLICT DO NOTHING",
            run = self.run,
            in_basis = self.is_in_basis("v"),
        )
    }

    fn copy_own_resources(&self) -> String {
        self.copy_records("resource_versions", RESOURCE, OWN, "v.scope, v.page")
    }

    /// Copies records of principals that the former run has from another scope, which this run has
    /// not read yet.
    fn copy_principals(&self) -> String {
        let from = format!(
            "JOIN (SELECT g.principal, min(g.scope) AS scope, g.page FROM grant_versions g
                CROSS JOIN temp.carried c ON c.scope = g.scope WHERE {in_basis} GROUP BY g.principal) u
                ON u.principal = v.resource AND v.evidence = 'referenced' AND {unread}",
            in_basis = self.is_in_basis("g"),
            unread = self.is_unread(),
        );
        self.copy_records("resource_versions", RESOURCE, &from, "u.scope, u.page")
    }

    fn copy_own_entitlements(&self) -> String {
        self.copy_records("entitlement_versions", ENTITLEMENT, OWN, "v.scope")
    }

    /// Copies records of entitlements, as of principals.
    fn copy_entitlements(&self) -> String {
        let from = format!(
            "JOIN (SELECT g.entitlement, min(g.scope) AS scope FROM grant_versions g
                CROSS JOIN temp.carried c ON c.scope = g.scope WHERE {in_basis} GROUP BY g.entitlement) u
                ON u.entitlement = v.entitlement AND {unread}",
            in_basis = self.is_in_basis("g"),
            unread = self.is_unread(),
        );
        self.copy_records("entitlement_versions", ENTITLEMENT, &from, "u.scope")
    }

    /// Returns the condition that the scope of a record of the former run has not ended in this one.
    fn is_unread(&self) -> String {
        format!(
            "v.scope IS NOT NULL AND NOT EXISTS (SELECT 1 FROM scope_versions n
                WHERE n.epoch = {} AND n.scope = v.scope AND n.outcome IS NOT NULL)",
            self.run
        )
    }

    /// Copies records of a table, with these values for the last columns, the place of their reading.
    /// An existing record of this run stays.
    fn copy_records(&self, table: &str, columns: &str, from: &str, place: &str) -> String {
        let names: Vec<_> = columns.split(',').map(str::trim).collect();
        let key_columns = place.split(',').count();
        let facts = names.len().saturating_sub(key_columns);
        let facts: Vec<_> = names
            .iter()
            .take(facts)
            .skip(2)
            .map(|name| format!("v.{name}"))
            .collect();
        format!(
            "INSERT INTO {table} ({columns}) SELECT {run}, {run}, {facts}, {place}
            FROM {table} v {from} WHERE {in_basis}
            ON CONFLICT DO NOTHING",
            run = self.run,
            facts = facts.join(", "),
            in_basis = self.is_in_basis("v"),
        )
    }

    fn copy_notices(&self) -> String {
        format!(
            "INSERT INTO notice_versions (epoch, first, notice, scope)
            SELECT {run}, {run}, v.notice, v.scope
            FROM notice_versions v CROSS JOIN temp.carried c ON c.scope = v.scope
            WHERE {in_basis} ON CONFLICT DO NOTHING",
            run = self.run,
            in_basis = self.is_in_basis("v"),
        )
    }

    fn copy_pages(&self) -> String {
        format!(
            "INSERT INTO page_versions (epoch, first, scope, page, requests)
            SELECT {run}, {run}, v.scope, v.page, v.requests
            FROM page_versions v CROSS JOIN temp.carried c ON c.scope = v.scope WHERE {in_basis}",
            run = self.run,
            in_basis = self.is_in_basis("v"),
        )
    }

    /// Copies the pages, without requests: this run sent none for them.
    fn copy_scopes(&self) -> String {
        format!(
            "INSERT INTO scope_versions (epoch, first, scope, outcome, pages, restarts, type_order, read_at)
            SELECT {run}, {run}, v.scope, v.outcome, v.pages, v.restarts, v.type_order, v.read_at
            FROM scope_versions v CROSS JOIN temp.carried c ON c.scope = v.scope WHERE {in_basis}",
            run = self.run,
            in_basis = self.is_in_basis("v"),
        )
    }
}
