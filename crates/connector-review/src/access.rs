//! Effective access: entitlements with every access path that gives them.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use rusqlite::Connection;
use serde::{Serialize, Serializer};

use super::account::{Subjects, serialize_shared};
use super::expansion::MOST_PATHS;
use super::facts::{GrantKey, PathIndex, find_facts};
use super::{
    AnswerSubject, MissingScope, Named, NamedResource, ReviewError, find_entitlements,
    unread_scopes,
};
use connector_store::{RunId, Store, StoreError, collect_named};
use connector_types::ResourceId;

/// The filters of a question about access. An absent filter selects everything.
#[derive(Clone, Debug, Default)]
pub struct AccessFilters {
    /// The principal.
    pub principal: Option<Named>,
    /// The resource.
    pub on: Option<Named>,
    /// The entitlement, by slug or name.
    pub who_can: Option<String>,
    /// Selects also the entitlements of the same exclusion group with a higher rank.
    pub at_least: bool,
}

/// An entitlement on a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamedEntitlement {
    /// Its name within the resource's type.
    pub slug: String,
    /// Name for people to read.
    pub display_name: String,
    /// Rank within its exclusion group; a higher rank allows more.
    pub rank: Option<u32>,
    #[serde(skip)]
    resource_type: String,
    #[serde(skip)]
    group: Option<String>,
}

/// An access path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Path {
    /// The groups between, nearest to the resource first; empty if the grant is direct.
    #[serde(serialize_with = "all_shared")]
    pub via: Vec<Rc<Named>>,
    /// The number of sets after those in `via`, of a path that has very many.
    #[serde(skip_serializing_if = "is_zero")]
    pub more_groups: usize,
    /// The provider's rule that the entitlement follows from, where no list shows it.
    pub implied_by: Option<String>,
}

/// One entitlement of one principal on one resource, with all of its paths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EffectiveAccess {
    /// The principal.
    #[serde(serialize_with = "serialize_shared")]
    pub principal: Rc<NamedResource>,
    /// On what.
    #[serde(serialize_with = "serialize_shared")]
    pub resource: Rc<NamedResource>,
    /// The entitlement and the resource.
    #[serde(serialize_with = "serialize_shared")]
    pub entitlement: Rc<NamedEntitlement>,
    /// The access paths: at least one, and at most the 16 shortest ones.
    #[serde(serialize_with = "all_shared")]
    pub paths: Vec<Rc<Path>>,
    /// The paths beyond those listed, which are the shortest ones.
    #[serde(skip_serializing_if = "MorePaths::is_none")]
    pub more_paths: MorePaths,
}

/// Paths that an answer leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MorePaths {
    /// As many.
    Counted(usize),
    /// Some: counting them would take too long.
    Some,
}

impl Default for MorePaths {
    fn default() -> Self {
        Self::Counted(0)
    }
}

impl MorePaths {
    pub(super) fn and_filter(self, other: Self) -> Self {
        match (self, other) {
            (Self::Counted(one), Self::Counted(more)) => Self::Counted(one.saturating_add(more)),
            (Self::Some, _) | (_, Self::Some) => Self::Some,
        }
    }

    /// Returns whether every path is listed.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

fn all_shared<T: Serialize, S: Serializer>(all: &[Rc<T>], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(all.iter().map(|one| &**one))
}

pub(super) fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// The entitlements of a run by their keys.
type EntitlementsByKey = HashMap<i64, Rc<NamedEntitlement>>;

/// Returns the answer, sorted by resource, the highest entitlement first, then by principal, and the scopes
/// that it lacks.
///
/// # Errors
/// Returns an error if no entitlement has that name, if none of them is ordered, or if the store cannot be read.
pub fn effective_access(
    store: &Store,
    run: RunId,
    question: &AccessFilters,
) -> Result<(Vec<EffectiveAccess>, Vec<MissingScope>), ReviewError> {
    let connection = store.connection();
    let entitlements = read_entitlements(connection, run)?;
    let asked = asked_principals(store, run, question, &entitlements)?;
    let subjects = Subjects::read(store, run)?;
    let mut facts = find_facts(connection, run, question, asked.as_ref())?;
    let rows = std::mem::take(&mut facts.rows);
    let rows = sort_access(rows, &subjects, &entitlements)?;
    let answer = spell_paths(&rows, &facts.more, &subjects, &entitlements)?;
    let bearing = AnswerSubject {
        on: question.on.as_ref().map(|one| one.id.clone()),
        types: grouped_types(asked.as_ref(), &entitlements),
        include_principals: true,
    };
    let mut lacking = unread_scopes(store, run, &bearing)?;
    for resource in &facts.unexpanded {
        lacking.push(MissingScope::unexpanded_scope(
            &subjects.get(*resource)?.subject.id,
        ));
    }
    Ok((answer, lacking))
}

fn read_entitlements(
    connection: &Connection,
    run: RunId,
) -> Result<EntitlementsByKey, ReviewError> {
    let sql = "SELECT entitlement, resource_type, slug, display_name, rank, exclusion_group
        FROM entitlements WHERE run = ?";
    let rows = collect_named(connection, sql, [run.0], |row| {
        let entitlement = NamedEntitlement {
            resource_type: row.get("resource_type")?,
            slug: row.get("slug")?,
            display_name: row.get("display_name")?,
            rank: row.get("rank")?,
            group: row.get("exclusion_group")?,
        };
        Ok::<_, StoreError>((row.get("entitlement")?, Rc::new(entitlement)))
    })?;
    Ok(rows.into_iter().collect())
}

/// Returns the keys of the entitlements that are asked about; `None` for all of them.
fn asked_principals(
    store: &Store,
    run: RunId,
    question: &AccessFilters,
    entitlements: &EntitlementsByKey,
) -> Result<Option<BTreeSet<i64>>, ReviewError> {
    let Some(text) = &question.who_can else {
        return Ok(None);
    };
    let on = question.on.as_ref().map(|one| &*one.id.resource_type);
    let mut keys: BTreeSet<i64> = find_entitlements(store, run, on, text)?
        .into_iter()
        .collect();
    if question.at_least {
        let least: Vec<_> = keys
            .iter()
            .filter_map(|key| entitlements.get(key))
            .collect();
        if least.iter().all(|one| one.rank.is_none()) {
            return Err(ReviewError::Unfit(format!(
                "`{text}` has no rank among others: leave out --at-least"
            )));
        }
        let more = entitlements.iter();
        let more = more.filter(|(_, one)| least.iter().any(|least| one.is_at_least(least)));
        let more: BTreeSet<i64> = more.map(|(key, _)| *key).collect();
        keys.extend(more);
    }
    Ok(Some(keys))
}

impl NamedEntitlement {
    fn is_at_least(&self, least: &Self) -> bool {
        self.resource_type == least.resource_type
            && self.group.is_some()
            && self.group == least.group
            && least.rank.is_some()
            && self.rank >= least.rank
    }
}

fn grouped_types(
    asked: Option<&BTreeSet<i64>>,
    entitlements: &EntitlementsByKey,
) -> BTreeSet<String> {
    let asked = asked.into_iter().flatten();
    let entitlements = asked.filter_map(|key| entitlements.get(key));
    entitlements.map(|one| one.resource_type.clone()).collect()
}

/// Returns the facts sorted as an answer has them, those of one grant beside each other.
fn sort_access(
    facts: Vec<(GrantKey, PathIndex)>,
    subjects: &Subjects,
    entitlements: &EntitlementsByKey,
) -> Result<Vec<(GrantKey, PathIndex)>, ReviewError> {
    let ranks: BTreeSet<_> = entitlements
        .iter()
        .map(|(key, one)| (entitlement_rank(one), *key))
        .collect();
    let ranks = ranks.into_iter().enumerate();
    let ranks: HashMap<i64, usize> = ranks.map(|(place, (_, key))| (key, place)).collect();
    let mut placed = Vec::with_capacity(facts.len());
    for ((resource, entitlement, principal), path) in facts {
        let place = (
            subjects.get(resource)?.by_type,
            ranks.get(&entitlement).copied().unwrap_or(usize::MAX),
            subjects.get(principal)?.by_name,
        );
        placed.push((place, path, (resource, entitlement, principal)));
    }
    placed.sort_unstable();
    placed.dedup();
    let placed = placed.into_iter();
    Ok(placed.map(|(_, path, key)| (key, path)).collect())
}

/// Returns the sort key of an entitlement: the highest first, those without a rank last, by slug.
fn entitlement_rank(entitlement: &NamedEntitlement) -> (Reverse<Option<u32>>, &str) {
    (Reverse(entitlement.rank), &entitlement.slug)
}

/// Returns one row for each grant, with texts for its keys.
fn spell_paths(
    facts: &[(GrantKey, PathIndex)],
    more: &HashMap<GrantKey, MorePaths>,
    subjects: &Subjects,
    entitlements: &EntitlementsByKey,
) -> Result<Vec<EffectiveAccess>, ReviewError> {
    let mut names = HashMap::new();
    let mut paths: HashMap<&PathIndex, Rc<Path>> = HashMap::new();
    let mut answer = Vec::new();
    for same in facts.chunk_by(|a, b| a.0 == b.0) {
        let Some((key @ (resource, entitlement, principal), _)) = same.first() else {
            continue;
        };
        let Some(entitlement) = entitlements.get(entitlement) else {
            continue; // An entitlement of another run, which the query leaves out.
        };
        let mut shown = Vec::new();
        for (_, path_index) in same.iter().take(MOST_PATHS) {
            if !paths.contains_key(path_index) {
                paths.insert(path_index, Rc::new(path(path_index, subjects, &mut names)?));
            }
            shown.extend(paths.get(path_index).map(Rc::clone));
        }
        shown.sort_by(|a, b| path_order(a).cmp(&path_order(b)));
        let left = same.len().saturating_sub(MOST_PATHS);
        let known = more.get(key).copied();
        let all = known
            .unwrap_or_default()
            .and_filter(MorePaths::Counted(left));
        answer.push(EffectiveAccess {
            paths: shown,
            more_paths: all,
            principal: Rc::clone(&subjects.get(*principal)?.principal),
            resource: Rc::clone(&subjects.get(*resource)?.subject),
            entitlement: Rc::clone(entitlement),
        });
    }
    Ok(answer)
}

/// Returns the order of the paths that were chosen: by their groups, then by rule.
fn path_order(path: &Path) -> (Vec<&ResourceId>, &Option<String>) {
    let via = path.via.iter().map(|set| &set.id);
    (via.collect(), &path.implied_by)
}

fn path(
    (path, rule): &PathIndex,
    subjects: &Subjects,
    names: &mut HashMap<i64, Rc<Named>>,
) -> Result<Path, ReviewError> {
    let mut via = Vec::with_capacity(path.steps.len());
    for key in &*path.steps {
        let named = match names.get(key) {
            Some(known) => Rc::clone(known),
            None => Rc::new(subjects.get(*key)?.subject.named()),
        };
        names.insert(*key, Rc::clone(&named));
        via.push(named);
    }
    Ok(Path {
        more_groups: path.len.saturating_sub(via.len()),
        via,
        implied_by: rule.as_deref().map(str::to_owned),
    })
}
