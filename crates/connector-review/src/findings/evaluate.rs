//! Evaluates rules on a sync.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, ToSql};

use super::members::RuleMembers;
use super::needs::MissingInputs;
use super::summary::summarize_finding;
use super::{
    Finding, FindingEvidence, FindingId, Findings, NotEvaluated, ReviewRule, RuleInput, RuleLimits,
};
use crate::account::RunAccounts;
use crate::origin::{self, SoughtScope};
use crate::{EvidenceOrigin, MissingScope, Named, ReviewError, SILENT};
use connector_store::{
    FormerNames, NamedRow, RunId, Store, StoreError, each_row_of_named, find_row,
};
use connector_types::ResourceId;

/// The views of one run.
const RUN_VIEWS: &str = include_str!("sql/run.sql");
/// The common table expressions of the rules: entitlements, workspaces and the like, accounts and
/// keys.
const TABLES: &str = include_str!("sql/common_tables.sql");

/// Evaluates rules on one sync.
///
/// # Errors
/// Returns an error if the sync is not there or cannot be read.
pub fn evaluate_rules(
    store: &Store,
    run: RunId,
    rules: &[&'static ReviewRule],
    limits: &RuleLimits,
) -> Result<Findings, ReviewError> {
    let connection = store.connection();
    let mut found = begin_findings(connection, run)?;
    let tables = format!("WITH RECURSIVE {RUN_VIEWS},\nsilent AS ({SILENT}),\n{TABLES}");
    let accounts = RunAccounts::read(connection, run)?;
    let off = serde_json::to_string(&accounts.disabled_keys()).map_err(StoreError::from)?;
    let logins = serde_json::to_string(&accounts.last_logins()).map_err(StoreError::from)?;
    let known: [(&str, &dyn ToSql); 3] = [(":run", &run.0), (":off", &off), (":logins", &logins)];
    let needs = MissingInputs::read(connection, (&tables, &known))?;
    let bench = RuleEvaluation {
        connection,
        run,
        off,
        logins,
        now: found.started_at.clone(),
        tenant: found.tenant.id.clone(),
        limits,
        members: RuleMembers::read(connection, run, &tables)?,
        names: store.former_names(run)?,
        tables,
    };
    for rule in rules {
        found.rules.push(rule.id);
        found.findings.extend(bench.rule_findings(rule)?);
        found.not_evaluated.extend(needs.unmet_needs(rule));
        found.not_evaluated.extend(bench.not_expanded(rule));
    }
    Ok(found)
}

fn begin_findings(connection: &Connection, run: RunId) -> Result<Findings, ReviewError> {
    let sql = "SELECT run, started_at, tenant_type, tenant_id, tenant_name FROM runs
        WHERE run = ? AND state = 'ended'";
    let found = find_row(connection, sql, [run.0], |row| {
        let tenant = Named::read_tenant(row)?;
        Ok::<_, StoreError>((row.get("run")?, row.get("started_at")?, tenant))
    })?;
    let missing = || ReviewError::Unfit(format!("there is no sync {} that has ended", run.0));
    let (run, started_at, tenant) = found.ok_or_else(missing)?;
    Ok(Findings {
        run,
        tenant,
        started_at,
        new_since: None,
        rules: Vec::new(),
        findings: Vec::new(),
        not_evaluated: Vec::new(),
    })
}

struct RuleEvaluation<'a> {
    connection: &'a Connection,
    run: RunId,
    /// The keys of the disabled accounts, as JSON.
    off: String,
    /// The keys of accounts with the times of their last use, as JSON.
    logins: String,
    now: String,
    tenant: ResourceId,
    limits: &'a RuleLimits,
    members: RuleMembers,
    names: Arc<FormerNames>,
    tables: String,
}

/// The rows of one finding, as they are read.
struct FindingDraft {
    subject: Named,
    evidence: Vec<FindingEvidence>,
    origins: Vec<EvidenceOrigin>,
}

/// The keys of one row of a rule's query.
struct RuleRowKeys {
    subject: i64,
    resource: Option<i64>,
    principal: Option<i64>,
}

impl RuleEvaluation<'_> {
    fn rule_findings(&self, rule: &'static ReviewRule) -> Result<Vec<Finding>, ReviewError> {
        let sql = format!(
            "{}, rows AS ({})
            SELECT subject, resource, principal, entitlement, path, note FROM rows",
            self.tables, rule.sql
        );
        let values: [(&str, &dyn ToSql); 10] = [
            (":run", &self.run.0),
            (":members", &self.members.rows),
            (":off", &self.off),
            (":now", &self.now),
            (":unused_days", &self.limits.unused_days),
            (":expiry_days", &self.limits.expiry_days),
            (":tenant_admins", &self.limits.tenant_admins),
            (":logins", &self.logins),
            (":dormant_days", &self.limits.dormant_days),
            (":invitation_days", &self.limits.invitation_days),
        ];
        let mut found: BTreeMap<ResourceId, FindingDraft> = BTreeMap::new();
        each_row_of_named::<ReviewError>(self.connection, &sql, &values, |row| {
            let subject = self.named_resource(row.get("subject")?)?;
            let draft = found.entry(subject.id.clone());
            let draft = draft.or_insert_with(|| FindingDraft {
                subject,
                evidence: Vec::new(),
                origins: Vec::new(),
            });
            self.add(draft, row)
        })?;
        let findings = found.into_values();
        let findings = findings.map(|draft| draft.finish(rule, &self.tenant));
        Ok(findings.collect())
    }

    fn add(&self, draft: &mut FindingDraft, row: NamedRow<'_>) -> Result<(), ReviewError> {
        let keys = RuleRowKeys {
            subject: row.get("subject")?,
            resource: row.get("resource")?,
            principal: row.get("principal")?,
        };
        let path = self.members.path(self.connection, row.get("path")?)?;
        let outermost = path.as_ref().map(|path| path.outermost);
        let evidence = FindingEvidence {
            resource: keys
                .resource
                .map(|key| self.named_resource(key))
                .transpose()?,
            entitlement: row.get("entitlement")?,
            principal: keys
                .principal
                .map(|key| self.named_resource(key))
                .transpose()?,
            path: path.map(|path| path.text),
            note: row.get("note")?,
        };
        let stated_principal = outermost.and_then(|group| group.or(keys.principal));
        let entitlement = evidence.entitlement.as_deref();
        let origin = self.grant_origin(&keys, entitlement, stated_principal)?;
        draft.origins.extend(origin);
        if evidence.resource.is_some() || evidence.note.is_some() {
            draft.evidence.push(evidence);
        }
        Ok(())
    }

    /// Returns the identity and the name of a resource.
    fn named_resource(&self, key: i64) -> Result<Named, ReviewError> {
        let sql = "SELECT resource_type, id, display_name FROM resources
            WHERE run = ? AND resource = ?";
        let found = find_row(self.connection, sql, (self.run.0, key), Named::read)?;
        let found = found.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        Ok(found.with_former_name(&self.names))
    }

    /// Returns the rules that are not evaluated because too many groups contain each other.
    fn not_expanded(&self, rule: &'static ReviewRule) -> Vec<NotEvaluated> {
        let sets = self.members.unexpanded.iter();
        let sets = sets.filter(|_| rule.needs.contains(&RuleInput::Groups));
        let not_evaluated = sets.map(|set| NotEvaluated {
            rule: rule.id,
            subject: Some(set.clone()),
            because: MissingScope::unexpanded_scope(set),
        });
        not_evaluated.collect()
    }

    /// Returns the page that a row was read from: that of the grant to its principal, else that of
    /// its subject.
    fn grant_origin(
        &self,
        keys: &RuleRowKeys,
        entitlement: Option<&str>,
        stated_principal: Option<i64>,
    ) -> Result<Option<EvidenceOrigin>, ReviewError> {
        let of_grant = "SELECT g.scope AS scope, g.page AS page, g.principal AS principal,
                g.implied_by IS NOT NULL AS is_implied
            FROM entitlements e
            JOIN grant_facts g ON g.run = e.run AND g.resource = ?1
                AND g.entitlement = e.entitlement AND g.principal = ?3
            WHERE e.run = ?4 AND e.slug = ?2 AND e.resource_type = (
                SELECT resource_type FROM resources WHERE run = ?4 AND resource = ?1)";
        let of_subject = "SELECT scope, page FROM resources WHERE run = ? AND resource = ?";
        let connection = self.connection;
        let (scope, page, sought) = match keys.resource {
            Some(resource) => {
                let values = (resource, entitlement, stated_principal, self.run.0);
                let mut query = connection.prepare_cached(of_grant)?;
                let found = query.query_row(values, |row| {
                    let sought = if row.get("is_implied")? {
                        SoughtScope::Implied(resource)
                    } else {
                        SoughtScope::Grant(resource, row.get("principal")?)
                    };
                    Ok((row.get("scope")?, row.get("page")?, sought))
                });
                let none = (None, None, SoughtScope::Resource(resource));
                found.optional()?.unwrap_or(none)
            }
            None => {
                let mut query = connection.prepare_cached(of_subject)?;
                query.query_row((self.run.0, keys.subject), |row| {
                    let sought = SoughtScope::Resource(keys.subject);
                    Ok((row.get("scope")?, row.get("page")?, sought))
                })?
            }
        };
        match scope {
            Some(scope) => origin::stored_origin(connection, self.run, (scope, page)),
            None => origin::derived_origin(connection, self.run, sought),
        }
    }
}

impl FindingDraft {
    /// Sorts the evidence, each row once, and summarizes it.
    fn finish(mut self, rule: &'static ReviewRule, tenant: &ResourceId) -> Finding {
        self.evidence.sort();
        self.evidence.dedup();
        self.origins.sort();
        self.origins.dedup();
        Finding {
            id: FindingId::new(tenant, rule, &self.subject.id, &self.evidence),
            rule: rule.id,
            severity: rule.severity,
            summary: summarize_finding(rule, &self.subject.id, &self.evidence),
            subject: self.subject,
            evidence: self.evidence,
            origins: self.origins,
            accepted: Vec::new(),
            novelty: None,
        }
    }
}
