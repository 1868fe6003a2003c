//! The members of the groups that rules expand.

use rusqlite::Connection;
use serde_json::json;

use super::path_text::join_path;
use crate::ReviewError;
use crate::expansion::{Expander, MOST_PATHS, PathKeys};
use connector_store::{AUDIENCE_KINDS, GroupGraph, RunId, StoreError, each_row_of_named, id_of};
use connector_types::ResourceId;

/// The end of a path that has more groups than are listed.
const MORE_GROUPS: &str = " > …";

/// The members of sets as the rules' queries read them.
#[derive(Debug, Default)]
pub(super) struct RuleMembers {
    /// Group, slug, principal and index of the path, as JSON.
    pub(super) rows: String,
    paths: Vec<PathKeys>,
    /// Sets with too many groups within each other.
    pub(super) unexpanded: Vec<ResourceId>,
}

/// A path of one row.
#[derive(Debug)]
pub(super) struct RulePath {
    /// The key of its first group; `None` if the grant is direct.
    pub(super) outermost: Option<i64>,
    /// The path as text.
    pub(super) text: String,
}

impl RuleMembers {
    /// Expands the sets that hold entitlements which rules look at.
    pub(super) fn read(
        connection: &Connection,
        run: RunId,
        words: &str,
    ) -> Result<Self, ReviewError> {
        let groups = GroupGraph::read(connection, run)?;
        let mut expander = Expander::new(&groups);
        let mut found = Self::default();
        let mut rows = Vec::new();
        for (group, slug) in expanded_groups(connection, run, words)? {
            let Some(set) = groups.find(group, slug.clone()) else {
                continue;
            };
            let Some(members) = expander.group_members(set) else {
                found.unexpanded.push(id_of(connection, group)?);
                continue;
            };
            for (principal, membership) in &members.people {
                for path in membership.paths.iter().take(MOST_PATHS) {
                    let index = found.path_index(path);
                    rows.push(json!([group, slug, principal, index]));
                }
            }
        }
        found.rows = serde_json::to_string(&rows).map_err(StoreError::from)?;
        Ok(found)
    }

    /// Paths of one set follow each other, so that the same one is most often the last.
    fn path_index(&mut self, path: &PathKeys) -> usize {
        if self.paths.last() != Some(path) {
            self.paths.push(path.clone());
        }
        self.paths.len()
    }

    /// Returns the path at an index; `None` for the index of no path.
    pub(super) fn path(
        &self,
        connection: &Connection,
        index: Option<i64>,
    ) -> Result<Option<RulePath>, ReviewError> {
        let Some(index) = index else { return Ok(None) };
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let path = index.checked_sub(1).and_then(|at| self.paths.get(at));
        let Some(path) = path else {
            return Ok(Some(RulePath {
                outermost: None,
                text: "direct".to_owned(),
            }));
        };
        let steps = path.steps.iter().map(|key| id_of(connection, *key));
        let steps = steps.collect::<Result<Vec<_>, _>>()?;
        let mut text = join_path(&steps.iter().collect::<Vec<_>>());
        if path.len > steps.len() {
            text.push_str(MORE_GROUPS);
        }
        Ok(Some(RulePath {
            outermost: path.steps.first().copied(),
            text,
        }))
    }
}

/// Returns the groups that have entitlements to administer or change, or any on a resource of that
/// kind.
fn expanded_groups(
    connection: &Connection,
    run: RunId,
    words: &str,
) -> Result<Vec<(i64, String)>, ReviewError> {
    let sql = format!(
        "{words} SELECT DISTINCT g.principal AS principal, ifnull(g.expands, '') AS slug
        FROM resources r CROSS JOIN grant_facts g ON g.resource = r.resource
        JOIN resources p ON p.resource = g.principal
        WHERE r.run = :run AND (g.expands IS NOT NULL OR p.kind IN {AUDIENCE_KINDS})
            AND (r.resource IN (SELECT resource FROM containers)
                OR g.entitlement IN (SELECT entitlement FROM admin_entitlements)
                OR g.entitlement IN (SELECT e.entitlement FROM edit_entitlements d JOIN entitlements e
                    ON e.run = :run AND e.resource_type = d.resource_type AND e.slug = d.slug))"
    );
    let mut found = Vec::new();
    each_row_of_named::<ReviewError>(connection, &sql, &[(":run", &run.0)], |row| {
        found.push((row.get("principal")?, row.get("slug")?));
        Ok(())
    })?;
    Ok(found)
}
