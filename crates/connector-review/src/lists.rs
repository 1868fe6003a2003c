//! Resources and grants as they were read.

use std::collections::BTreeSet;
use std::rc::Rc;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use serde::Serialize;

use super::account::{Subjects, serialize_shared};
use super::{
    AccessMark, AnswerSubject, MissingScope, Named, NamedResource, ReviewError, unread_scopes,
};
use connector_store::{RunId, Store, StoreError, collect_named, each_row};
use connector_types::{ResourceId, fold};

/// Which resources. What is absent does not limit.
#[derive(Clone, Debug, Default)]
pub struct ResourceFilter {
    /// Of this type.
    pub resource_type: Option<String>,
    /// Selects names that contain this text, in any case.
    pub name: Option<String>,
    /// Of this status: `enabled`, `disabled` or `unknown`.
    pub status: Option<String>,
    /// In this resource.
    pub parent: Option<Named>,
}

/// A resource in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceRow {
    /// The resource.
    #[serde(flatten, serialize_with = "serialize_shared")]
    pub subject: Rc<NamedResource>,
    /// Its status, in every list: `enabled`, `disabled` or `unknown`.
    pub status: String,
    /// Its evidence: `listed` or `referenced`.
    pub evidence: String,
    /// The resource it lives in.
    pub parent: Option<Named>,
    /// Time of creation, RFC 3339 in UTC.
    pub created_at: Option<String>,
}

/// Which grants. What is absent does not limit.
#[derive(Clone, Debug, Default)]
pub struct GrantFilter {
    /// On resources of this type.
    pub resource_type: Option<String>,
    /// On this resource.
    pub on: Option<Named>,
    /// To this principal.
    pub to: Option<Named>,
    /// Of the entitlement of this slug.
    pub entitlement: Option<String>,
}

/// A grant in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GrantRow {
    /// On what.
    #[serde(serialize_with = "serialize_shared")]
    pub resource: Rc<NamedResource>,
    /// Slug of the entitlement.
    pub entitlement: String,
    /// The principal.
    #[serde(serialize_with = "serialize_shared")]
    pub principal: Rc<NamedResource>,
    /// The provider's rule that the grant follows from, where no list shows it.
    pub implied_by: Option<String>,
    /// Slug of the entitlement on the principal that passes this grant on.
    pub expands: Option<String>,
}

/// Conditions of a query, all of which have to hold.
#[derive(Default)]
struct Conditions {
    sql: String,
    values: Vec<Value>,
}

impl Conditions {
    fn where_equal(&mut self, column: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.sql.push_str(&format!(" AND {column} = ?"));
            self.values.push(Value::Text(value.to_owned()));
        }
    }

    fn where_named(&mut self, table: &str, prefix: &str, named: Option<&Named>) {
        let id = named.map(|one| &one.id);
        let column = |end: &str| format!("{table}.{prefix}{end}");
        let type_column = match prefix {
            "" => column("resource_type"),
            _ => column("type"),
        };
        self.where_equal(&type_column, id.map(|id| &*id.resource_type));
        self.where_equal(&column("id"), id.map(|id| &*id.id));
    }
}

/// Resources by type, then name, and the scopes that the list lacks.
///
/// # Errors
/// Returns an error if the store cannot be read.
pub fn list_resources(
    store: &Store,
    run: RunId,
    filter: &ResourceFilter,
) -> Result<(Vec<ResourceRow>, Vec<MissingScope>), ReviewError> {
    let connection = store.connection();
    let subjects = Subjects::read(store, run)?;
    let mut only = Conditions::default();
    only.values.push(Value::Integer(run.0));
    only.where_equal("r.resource_type", filter.resource_type.as_deref());
    only.where_named("r", "parent_", filter.parent.as_ref());
    let mut found = read_resources(connection, &subjects, only)?;
    if let Some(status) = &filter.status {
        found.retain(|one| one.status == *status);
    }
    if let Some(name) = &filter.name {
        let name = fold(name);
        found.retain(|one| fold(&one.subject.display_name).contains(&name));
    }
    found.sort_by(|a, b| subject_order(&a.subject).cmp(&subject_order(&b.subject)));
    let mut bearing = AnswerSubject::default();
    bearing.types.extend(filter.resource_type.clone());
    let mut lacking = unread_scopes(store, run, &bearing)?;
    // Only lists of resources show resources, and of those in a parent, the lists of that parent.
    let parent = filter.parent.as_ref().map(|one| &one.id);
    lacking.retain(|one| {
        let elsewhere = parent.is_some() && one.scope.parent.is_some();
        one.scope.call == "list-resources" && !(elsewhere && one.scope.parent.as_ref() != parent)
    });
    Ok((found, lacking))
}

fn read_resources(
    connection: &Connection,
    subjects: &Subjects,
    only: Conditions,
) -> Result<Vec<ResourceRow>, ReviewError> {
    let sql = format!(
        "SELECT r.resource AS resource, r.status AS status, r.evidence AS evidence, (
             SELECT p.resource FROM resources p
             WHERE p.run = r.run AND p.resource_type = r.parent_type AND p.id = r.parent_id) AS parent,
           r.created_at AS created_at FROM resources r
         WHERE r.run = ?{}",
        only.sql
    );
    let mut found = Vec::new();
    each_row::<ReviewError>(connection, &sql, params_from_iter(only.values), |row| {
        let parent = match row.get::<Option<i64>>("parent")? {
            Some(parent) => Some(subjects.get(parent)?.subject.named()),
            None => None,
        };
        let subject = Rc::clone(&subjects.get(row.get("resource")?)?.subject);
        found.push(ResourceRow {
            status: if subject.marks.contains(&AccessMark::SwitchedOff) {
                "disabled".to_owned()
            } else {
                row.get("status")?
            },
            subject,
            evidence: row.get("evidence")?,
            parent,
            created_at: row.get("created_at")?,
        });
        Ok(())
    })?;
    Ok(found)
}

/// Grants by resource, then entitlement, then principal, and the scopes that the list lacks.
///
/// # Errors
/// Returns an error if the store cannot be read.
pub fn list_grants(
    store: &Store,
    run: RunId,
    filter: &GrantFilter,
) -> Result<(Vec<GrantRow>, Vec<MissingScope>), ReviewError> {
    let subjects = Subjects::read(store, run)?;
    let mut only = Conditions::default();
    only.values.push(Value::Integer(run.0));
    only.where_equal("r.resource_type", filter.resource_type.as_deref());
    only.where_named("r", "", filter.on.as_ref());
    only.where_named("p", "", filter.to.as_ref());
    only.where_equal("e.slug", filter.entitlement.as_deref());
    let mut found = read_grants(store.connection(), &subjects, only)?;
    found.sort_by(|a, b| grant_order(a).cmp(&grant_order(b)));
    let bearing = AnswerSubject {
        on: filter.on.as_ref().map(|one| one.id.clone()),
        types: filter
            .resource_type
            .iter()
            .cloned()
            .collect::<BTreeSet<_>>(),
        include_principals: false,
    };
    Ok((found, unread_scopes(store, run, &bearing)?))
}

fn read_grants(
    connection: &Connection,
    subjects: &Subjects,
    only: Conditions,
) -> Result<Vec<GrantRow>, ReviewError> {
    let sql = format!(
        "SELECT g.resource AS resource, e.slug AS entitlement, g.principal AS principal,
           g.implied_by AS implied_by, g.expands AS expands FROM grant_facts g
         JOIN resources r ON r.run = g.run AND r.resource = g.resource
         JOIN entitlements e ON e.run = g.run AND e.entitlement = g.entitlement
         JOIN resources p ON p.run = g.run AND p.resource = g.principal
         WHERE g.run = ?{}",
        only.sql
    );
    let mut found = Vec::new();
    each_row::<ReviewError>(connection, &sql, params_from_iter(only.values), |row| {
        found.push(GrantRow {
            resource: Rc::clone(&subjects.get(row.get("resource")?)?.subject),
            entitlement: row.get("entitlement")?,
            principal: Rc::clone(&subjects.get(row.get("principal")?)?.subject),
            implied_by: row.get("implied_by")?,
            expands: row.get("expands")?,
        });
        Ok(())
    })?;
    Ok(found)
}

/// A direct grant to a user, with the resource that it is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HighestGrant {
    /// The resource.
    pub resource: Named,
    /// The entitlement's slug.
    pub entitlement: String,
    /// The user.
    pub principal: ResourceId,
    /// The user's email address.
    pub email: Option<String>,
}

/// Returns of each resource the grant of the highest entitlement to a user, the highest of all first.
///
/// # Errors
/// Returns an error if the store cannot be read.
pub fn find_highest_grants(
    store: &Store,
    run: RunId,
    most: u32,
) -> Result<Vec<HighestGrant>, ReviewError> {
    let sql = "SELECT r.resource_type AS resource_type, r.id AS id, r.display_name AS display_name,
            e.slug AS slug, p.resource_type AS principal_type, p.id AS principal_id,
            p.email AS email, max(e.rank) AS highest
        FROM grant_facts g JOIN entitlements e ON e.run = g.run AND e.entitlement = g.entitlement
        JOIN resources r ON r.run = g.run AND r.resource = g.resource
        JOIN resources p ON p.run = g.run AND p.resource = g.principal
        WHERE g.run = ?1 AND e.rank IS NOT NULL AND r.kind = 'other' AND r.evidence = 'listed'
            AND p.kind = 'user' AND p.evidence = 'listed' AND g.implied_by IS NULL
        GROUP BY r.resource ORDER BY highest DESC, r.display_name LIMIT ?2";
    let found = collect_named(store.connection(), sql, (run.0, most), |row| {
        Ok::<_, StoreError>(HighestGrant {
            resource: Named::read(row)?,
            entitlement: row.get("slug")?,
            principal: row.id_in("principal_type", "principal_id")?,
            email: row.get("email")?,
        })
    });
    Ok(found?)
}

fn subject_order(one: &NamedResource) -> impl Ord + '_ {
    (&one.id.resource_type, &one.display_name, &one.id.id)
}

fn grant_order(one: &GrantRow) -> impl Ord + '_ {
    (
        subject_order(&one.resource),
        &one.entitlement,
        subject_order(&one.principal),
    )
}
