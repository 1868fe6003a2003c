//! Who can do what in the end: rights with every path that gives them.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use serde::{Serialize, Serializer};

use super::account::{Subjects, shared};
use super::{Bearing, Named, ReviewError, Subject, Unread, find_rights, unread};
use connector_store::{RunId, Store, collect_rows, split_path};
use connector_types::EVERYONE;
use connector_types::ResourceId;

/// What is asked. What is absent is not asked about: all of it counts.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// The person.
    pub person: Option<Named>,
    /// The resource.
    pub on: Option<Named>,
    /// The right, by slug or name.
    pub who_can: Option<String>,
    /// Whether rights of the same exclusion group with a higher rank count too.
    pub at_least: bool,
}

/// What is held on what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Right {
    /// Its name within the resource's type.
    pub slug: String,
    /// Name for people to read.
    pub display_name: String,
    /// Place within its exclusion group; a higher rank allows more.
    pub rank: Option<u32>,
    #[serde(skip)]
    resource_type: String,
    #[serde(skip)]
    group: Option<String>,
}

/// One way to a right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Path {
    /// The sets between, nearest to the resource first; none where the right is held directly.
    pub via: Vec<Named>,
    /// The provider's rule that the right follows from, where no list shows it.
    pub implied_by: Option<String>,
}

/// One right of one person on one resource, with all of its paths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Access {
    /// Who.
    #[serde(serialize_with = "shared")]
    pub person: Rc<Subject>,
    /// On what.
    #[serde(serialize_with = "shared")]
    pub resource: Rc<Subject>,
    /// What.
    #[serde(serialize_with = "shared")]
    pub entitlement: Rc<Right>,
    /// How: at least one path.
    #[serde(serialize_with = "all_shared")]
    pub paths: Vec<Rc<Path>>,
}

fn all_shared<S: Serializer>(paths: &[Rc<Path>], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(paths.iter().map(|path| &**path))
}

/// A path in few bytes: there are many more rights than different paths.
type Way = (Rc<str>, Option<Rc<str>>);
/// Resource, entitlement and person by their keys.
type Triple = (i64, i64, i64);
/// The rights of a run by their keys.
type Rights = HashMap<i64, Rc<Right>>;

/// The answer, sorted by resource, the highest right first, then by person, and the scopes that
/// it lacks.
///
/// # Errors
/// No right has that name, or none of them is ordered; the store cannot be read.
pub fn access(
    store: &Store,
    run: RunId,
    question: &Question,
) -> Result<(Vec<Access>, Vec<Unread>), ReviewError> {
    let connection = store.connection();
    let rights = rights(connection, run)?;
    let asked = asked(store, run, question, &rights)?;
    let subjects = Subjects::read(connection, run)?;
    let facts = facts(connection, run, question, asked.as_ref())?;
    let facts = sorted(facts, &subjects, &rights)?;
    let answer = spelled(&facts, &subjects, &rights)?;
    let bearing = Bearing {
        on: question.on.as_ref().map(|one| one.id.clone()),
        types: types(asked.as_ref(), &rights),
        holders: true,
    };
    Ok((answer, unread(store, run, &bearing)?))
}

fn rights(connection: &Connection, run: RunId) -> Result<Rights, ReviewError> {
    let sql = "SELECT entitlement, resource_type, slug, display_name, rank, exclusion_group
        FROM entitlements WHERE run = ?";
    let mut query = connection.prepare_cached(sql)?;
    let rows = query.query_map([run.0], |row| {
        let right = Right {
            resource_type: row.get(1)?,
            slug: row.get(2)?,
            display_name: row.get(3)?,
            rank: row.get(4)?,
            group: row.get(5)?,
        };
        Ok((row.get(0)?, Rc::new(right)))
    })?;
    Ok(collect_rows(connection, rows)?.into_iter().collect())
}

/// The keys of the rights that are asked about; `None` for all of them.
fn asked(
    store: &Store,
    run: RunId,
    question: &Question,
    rights: &Rights,
) -> Result<Option<BTreeSet<i64>>, ReviewError> {
    let Some(text) = &question.who_can else {
        return Ok(None);
    };
    let on = question.on.as_ref().map(|one| &*one.id.resource_type);
    let mut keys: BTreeSet<i64> = find_rights(store, run, on, text)?.into_iter().collect();
    if question.at_least {
        let least: Vec<_> = keys.iter().filter_map(|key| rights.get(key)).collect();
        if least.iter().all(|one| one.rank.is_none()) {
            return Err(ReviewError::Unfit(format!(
                "`{text}` has no rank among others: leave out --at-least"
            )));
        }
        let more = rights.iter();
        let more = more.filter(|(_, one)| least.iter().any(|least| one.is_at_least(least)));
        let more: BTreeSet<i64> = more.map(|(key, _)| *key).collect();
        keys.extend(more);
    }
    Ok(Some(keys))
}

impl Right {
    fn is_at_least(&self, least: &Self) -> bool {
        self.resource_type == least.resource_type
            && self.group.is_some()
            && self.group == least.group
            && least.rank.is_some()
            && self.rank >= least.rank
    }
}

fn types(asked: Option<&BTreeSet<i64>>, rights: &Rights) -> BTreeSet<String> {
    let asked = asked.into_iter().flatten();
    let rights = asked.filter_map(|key| rights.get(key));
    rights.map(|one| one.resource_type.clone()).collect()
}

/// Every way to every right that is asked about. Whoever has the address of what is public is not
/// among the people behind `everyone`, so that it is kept beside them.
fn facts(
    connection: &Connection,
    run: RunId,
    question: &Question,
    asked: Option<&BTreeSet<i64>>,
) -> Result<Vec<(Triple, Way)>, ReviewError> {
    let mut limits = String::new();
    let mut values = vec![Value::Integer(run.0), Value::Text(EVERYONE.to_owned())];
    let mut limit = |column: &str, id: &ResourceId| {
        let at = values.len() + 1;
        limits.push_str(&format!(
            " AND {column} = (SELECT resource FROM resources WHERE run = ?1
                AND resource_type = ?{at} AND id = ?{})",
            at + 1
        ));
        values.push(Value::Text(id.resource_type.to_string()));
        values.push(Value::Text(id.id.to_string()));
    };
    if let Some(person) = &question.person {
        limit("person", &person.id);
    }
    match &question.on {
        Some(on) => limit("resource", &on.id),
        None => limits
            .push_str(" AND entitlement IN (SELECT entitlement FROM entitlements WHERE run = ?1)"),
    }
    if let Some(asked) = asked {
        let keys: Vec<String> = asked.iter().map(i64::to_string).collect();
        limits.push_str(&format!(" AND entitlement IN ({})", keys.join(", ")));
    }
    let sql = format!(
        "SELECT resource, entitlement, person, path, implied_by FROM effective_facts
            WHERE true{limits}
        UNION ALL SELECT resource, entitlement, person, 'direct', implied_by FROM (
            SELECT resource, entitlement, principal AS person, implied_by FROM grant_facts
            WHERE principal IN (SELECT resource FROM resources WHERE run = ?1 AND resource_type = ?2)
            AND EXISTS (SELECT 1 FROM expansions WHERE set_of = principal AND slug = ''))
            WHERE true{limits}"
    );
    let mut query = connection.prepare(&sql)?;
    let mut rows = query.query(params_from_iter(values))?;
    let mut words = Words::default();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let triple = (row.get(0)?, row.get(1)?, row.get(2)?);
        let path = words.one(row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?);
        let rule = row
            .get_ref(4)?
            .as_str_or_null()
            .map_err(rusqlite::Error::from)?;
        found.push((triple, (path, rule.map(|rule| words.one(rule)))));
    }
    Ok(found)
}

/// Each text once.
#[derive(Default)]
struct Words(HashSet<Rc<str>>);

impl Words {
    fn one(&mut self, text: &str) -> Rc<str> {
        if let Some(known) = self.0.get(text) {
            return Rc::clone(known);
        }
        let new: Rc<str> = text.into();
        self.0.insert(Rc::clone(&new));
        new
    }
}

/// Facts of one triple beside each other, in the order of an answer.
fn sorted(
    facts: Vec<(Triple, Way)>,
    subjects: &Subjects,
    rights: &Rights,
) -> Result<Vec<(Triple, Way)>, ReviewError> {
    let ranks: BTreeSet<_> = rights.iter().map(|(key, one)| (rank(one), *key)).collect();
    let ranks = ranks.into_iter().enumerate();
    let ranks: HashMap<i64, usize> = ranks.map(|(place, (_, key))| (key, place)).collect();
    let mut placed = Vec::with_capacity(facts.len());
    for ((resource, entitlement, person), way) in facts {
        let place = (
            subjects.get(resource)?.by_type,
            ranks.get(&entitlement).copied().unwrap_or(usize::MAX),
            subjects.get(person)?.by_name,
        );
        placed.push((place, way, (resource, entitlement, person)));
    }
    placed.sort_unstable();
    let placed = placed.into_iter();
    Ok(placed.map(|(_, way, triple)| (triple, way)).collect())
}

/// The highest right first; those without a rank after them, by slug.
fn rank(right: &Right) -> (Reverse<Option<u32>>, &str) {
    (Reverse(right.rank), &right.slug)
}

/// One row for each triple, with everything in words.
fn spelled(
    facts: &[(Triple, Way)],
    subjects: &Subjects,
    rights: &Rights,
) -> Result<Vec<Access>, ReviewError> {
    let by_id = subjects.by_id();
    let mut paths: HashMap<&Way, Rc<Path>> = HashMap::new();
    let mut answer = Vec::new();
    for same in facts.chunk_by(|a, b| a.0 == b.0) {
        let Some(((resource, entitlement, person), _)) = same.first() else {
            continue;
        };
        let Some(right) = rights.get(entitlement) else {
            continue; // A right of another run, which the query leaves out.
        };
        let ways = same.iter().map(|(_, way)| {
            let known = paths.entry(way);
            Rc::clone(known.or_insert_with(|| Rc::new(path(way, &by_id))))
        });
        answer.push(Access {
            paths: ways.collect(),
            person: Rc::clone(&subjects.get(*person)?.holder),
            resource: Rc::clone(&subjects.get(*resource)?.subject),
            entitlement: Rc::clone(right),
        });
    }
    Ok(answer)
}

fn path((path, rule): &Way, by_id: &HashMap<&ResourceId, &Subject>) -> Path {
    let sets = split_path(path).into_iter();
    Path {
        via: sets.map(|set| named(set, by_id)).collect(),
        implied_by: rule.as_deref().map(str::to_owned),
    }
}

fn named(set: ResourceId, by_id: &HashMap<&ResourceId, &Subject>) -> Named {
    match by_id.get(&set) {
        Some(known) => known.named(),
        None => Named {
            display_name: set.id.to_string(),
            id: set,
        },
    }
}
