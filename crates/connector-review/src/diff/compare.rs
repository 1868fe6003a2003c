//! The two passes over two syncs: what only one of them has, and what differs in both.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::absence::Absence;
use super::change::{Change, ChangeSubject, ChangeVerdict, Diff, FieldChange};
use super::snapshot::{
    ENTITLEMENT_FIELDS, FIELDS, Number, ResourceFacts, Snapshot, SnapshotGrant, SnapshotResource,
    SnapshotTexts, named_in,
};
use crate::{MissingScope, ReviewError};
use connector_store::{RunId, Store};

/// The fields and records that a comparison leaves out.
#[derive(Clone, Debug, Default)]
pub struct DiffOptions {
    /// Fields of resources whose differences are not reported, such as `last_login`.
    pub ignore: BTreeSet<String>,
}

/// Compares two syncs of one tenant, of one store or of two.
///
/// # Errors
/// Returns an error if they are of different tenants or connectors, or cannot be read.
pub fn compare_runs(
    older: (&Store, RunId),
    newer: (&Store, RunId),
    options: &DiffOptions,
) -> Result<Diff, ReviewError> {
    let mut words = SnapshotTexts::default();
    let older = Snapshot::read(older.0, older.1, &mut words)?;
    let newer = Snapshot::read(newer.0, newer.1, &mut words)?;
    check_comparable(&older, &newer)?;
    let pair = GrantPair {
        older: &older,
        newer: &newer,
        words: &words,
        options,
    };
    let mut changes = Vec::new();
    pair.compare_resources(&mut changes);
    pair.grants_and_entitlements(&mut changes);
    changes.sort_by(|a, b| a.subject.cmp(&b.subject));
    Ok(Diff {
        older: older.sync,
        newer: newer.sync,
        changes,
    })
}

fn check_comparable(older: &Snapshot, newer: &Snapshot) -> Result<(), ReviewError> {
    let (a, b) = (&older.sync, &newer.sync);
    if a.connector != b.connector {
        let reason = format!(
            "the syncs are of different connectors, {} and {}: they have nothing in common to compare",
            a.connector, b.connector
        );
        return Err(ReviewError::Unfit(reason));
    }
    if a.tenant.id != b.tenant.id {
        let reason = format!(
            "the syncs are of different tenants, {} and {}: they have nothing in common to compare",
            a.tenant, b.tenant
        );
        return Err(ReviewError::Unfit(reason));
    }
    Ok(())
}

#[derive(Clone, Copy)]
struct GrantPair<'a> {
    older: &'a Snapshot,
    newer: &'a Snapshot,
    words: &'a SnapshotTexts,
    options: &'a DiffOptions,
}

/// In which of the two syncs something is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DiffSide {
    Older,
    Newer,
}

impl<'a> GrantPair<'a> {
    /// Returns the search for the reason why the other sync lacks a record of this one.
    fn absence_on(self, side: DiffSide) -> Absence<'a> {
        let (here, there) = match side {
            DiffSide::Older => (self.older, self.newer),
            DiffSide::Newer => (self.newer, self.older),
        };
        Absence {
            here,
            there,
            words: self.words,
        }
    }

    fn compare_resources(self, changes: &mut Vec<Change>) {
        let all = self.older.resources.keys();
        let all = all.chain(self.newer.resources.keys());
        for number in all.copied().collect::<BTreeSet<_>>() {
            let Some(id) = self.words.resources.value(number) else {
                continue;
            };
            let found = (
                self.older.resources.get(&number),
                self.newer.resources.get(&number),
            );
            if let Some((verdict, fields, because)) = self.compare_resource(number, found) {
                let name = named_in(id, self.newer, self.older, self.words);
                changes.push(Change {
                    verdict,
                    subject: ChangeSubject::Resource(name),
                    fields,
                    because,
                });
            }
        }
    }

    /// Returns the difference of a resource. A resource that is only referenced comes and goes with
    /// its references, and is no difference of its own.
    fn compare_resource(
        self,
        number: Number,
        found: (Option<&SnapshotResource>, Option<&SnapshotResource>),
    ) -> Option<VerdictParts> {
        let listed = |record: Option<&SnapshotResource>| record.is_some_and(|one| one.listed);
        let side = match (listed(found.0), listed(found.1)) {
            (true, false) => DiffSide::Older,
            (false, true) => DiffSide::Newer,
            (false, false) => return None,
            (true, true) => {
                let (old, new) = (found.0?, found.1?);
                let fields = self.compare_fields(old, new);
                return (!fields.is_empty()).then_some((ChangeVerdict::Changed, fields, None));
            }
        };
        let because = self.absence_on(side).of_resource(number);
        match (found, because) {
            ((Some(old), Some(new)), None) => {
                let word =
                    |one: &SnapshotResource| if one.listed { "listed" } else { "referenced" };
                let field = field_change("evidence", Some(word(old)), Some(word(new)));
                Some((ChangeVerdict::Changed, vec![field], None))
            }
            (_, because) => Some(state_absence(side, because)),
        }
    }

    fn compare_fields(self, old: &SnapshotResource, new: &SnapshotResource) -> Vec<FieldChange> {
        let mut fields = self.changed_fields(&FIELDS, &old.facts, &new.facts);
        if old.attributes != new.attributes {
            let text = |attributes| self.words.text_of(Some(attributes)).unwrap_or_default();
            fields.extend(attribute_changes(
                text(old.attributes),
                text(new.attributes),
            ));
        }
        fields.retain(|one| !self.options.ignore.contains(&one.field));
        fields.sort_by(|a, b| a.field.cmp(&b.field));
        fields
    }

    /// Returns the facts that differ. One text has one number.
    fn changed_fields(
        self,
        names: &[&str],
        old: &ResourceFacts,
        new: &ResourceFacts,
    ) -> Vec<FieldChange> {
        let pairs = names.iter().zip(old.iter().zip(new));
        let differing = pairs.filter(|(_, (old, new))| old != new);
        let text = |number: &Option<Number>| self.words.text_of(*number);
        differing
            .map(|(name, (old, new))| field_change(name, text(old), text(new)))
            .collect()
    }

    /// Compares both sorted lists of grants, then the entitlements by what the grants showed: one
    /// that only an unread scope states may still be there.
    fn grants_and_entitlements(self, changes: &mut Vec<Change>) {
        let mut unread = HashMap::new();
        let (mut old, mut new) = (
            self.older.grants.iter().peekable(),
            self.newer.grants.iter().peekable(),
        );
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(a), Some(b)) => a.identity.cmp(&b.identity),
            };
            let (a, b) = match order {
                Ordering::Less => (old.next(), None),
                Ordering::Greater => (None, new.next()),
                Ordering::Equal => (old.next(), new.next()),
            };
            changes.extend(self.compare_grant(a, b, &mut unread));
        }
        self.compare_entitlements(&unread, changes);
    }

    fn compare_grant(
        self,
        old: Option<&SnapshotGrant>,
        new: Option<&SnapshotGrant>,
        unread: &mut HashMap<Number, MissingScope>,
    ) -> Option<Change> {
        let (row, (verdict, fields, because)) = match (old, new) {
            (Some(old), Some(new)) => (new, self.grant_fields(old, new)?),
            (Some(old), None) => {
                let because = self.absence_on(DiffSide::Older).of_grant(old);
                (old, state_absence(DiffSide::Older, because))
            }
            (None, Some(new)) => {
                let because = self.absence_on(DiffSide::Newer).of_grant(new);
                (new, state_absence(DiffSide::Newer, because))
            }
            (None, None) => return None,
        };
        if let Some(because) = &because {
            let (_, entitlement, _) = row.identity;
            unread.entry(entitlement).or_insert_with(|| because.clone());
        }
        Some(Change {
            verdict,
            subject: self.grant_subject(row)?,
            fields,
            because,
        })
    }

    fn grant_fields(self, old: &SnapshotGrant, new: &SnapshotGrant) -> Option<VerdictParts> {
        let text = |word| self.words.text_of(word);
        let mut fields = Vec::new();
        if old.expands != new.expands {
            fields.push(field_change(
                "expands",
                text(old.expands),
                text(new.expands),
            ));
        }
        if old.implied_by != new.implied_by {
            let (old, new) = (text(old.implied_by), text(new.implied_by));
            fields.push(field_change("implied_by", old, new));
        }
        (!fields.is_empty()).then_some((ChangeVerdict::Changed, fields, None))
    }

    fn grant_subject(self, row: &SnapshotGrant) -> Option<ChangeSubject> {
        let (resource, entitlement, principal) = row.identity;
        let name = |number| {
            let id = self.words.resources.value(number)?;
            Some(named_in(id, self.newer, self.older, self.words))
        };
        let (_, slug) = self.words.entitlements.value(entitlement)?;
        Some(ChangeSubject::Grant {
            resource: name(resource)?,
            entitlement: slug.clone(),
            principal: name(principal)?,
        })
    }

    fn compare_entitlements(
        self,
        unread: &HashMap<Number, MissingScope>,
        changes: &mut Vec<Change>,
    ) {
        let all = self.older.entitlements.keys();
        let all = all.chain(self.newer.entitlements.keys());
        for number in all.copied().collect::<BTreeSet<_>>() {
            let Some((resource_type, slug)) = self.words.entitlements.value(number) else {
                continue;
            };
            let found = (
                self.older.entitlements.get(&number),
                self.newer.entitlements.get(&number),
            );
            let side = match found {
                (Some(_), None) => DiffSide::Older,
                (None, Some(_)) => DiffSide::Newer,
                _ => DiffSide::Newer,
            };
            let (verdict, fields, because) = match found {
                (Some(old), Some(new)) => {
                    let fields = self.changed_fields(&ENTITLEMENT_FIELDS, old, new);
                    (ChangeVerdict::Changed, fields, None)
                }
                _ => {
                    let asked = self.absence_on(side).of_entitlement(resource_type);
                    state_absence(side, asked.or_else(|| unread.get(&number).cloned()))
                }
            };
            if verdict == ChangeVerdict::Changed && fields.is_empty() {
                continue;
            }
            changes.push(Change {
                verdict,
                subject: ChangeSubject::Entitlement {
                    resource_type: resource_type.clone(),
                    slug: slug.clone(),
                },
                fields,
                because,
            });
        }
    }
}

/// A verdict, the fields that differ, and the scope that could not be read.
type VerdictParts = (ChangeVerdict, Vec<FieldChange>, Option<MissingScope>);

fn state_absence(side: DiffSide, because: Option<MissingScope>) -> VerdictParts {
    let verdict = match (side, &because) {
        (DiffSide::Older, None) => ChangeVerdict::Removed,
        (DiffSide::Older, Some(_)) => ChangeVerdict::NotReadable,
        (DiffSide::Newer, None) => ChangeVerdict::Added,
        (DiffSide::Newer, Some(_)) => ChangeVerdict::NewlyReadable,
    };
    (verdict, Vec::new(), because)
}

fn field_change(name: &str, old: Option<&str>, new: Option<&str>) -> FieldChange {
    FieldChange {
        field: name.to_owned(),
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
    }
}

/// Returns the attributes that differ between two records, by key.
fn attribute_changes(old: &str, new: &str) -> Vec<FieldChange> {
    let read =
        |text: &str| -> BTreeMap<String, String> { serde_json::from_str(text).unwrap_or_default() };
    let (old, new) = (read(old), read(new));
    let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    keys.into_iter()
        .filter(|key| old.get(*key) != new.get(*key))
        .map(|key| {
            let (old, new) = (old.get(key), new.get(key));
            field_change(
                &format!("attributes.{key}"),
                old.map(String::as_str),
                new.map(String::as_str),
            )
        })
        .collect()
}
