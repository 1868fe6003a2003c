//! The sentence of a finding: the title of its rule, with its grants or its fact.

use std::collections::BTreeSet;

use super::{FindingEvidence, ReviewRule};
use crate::Named;
use connector_types::{ResourceId, counted};

/// The rule whose notes say why its grants do not count.
const NO_ADMIN: &str = "no-admin";
/// Entitlements that a summary names; more of them are counted.
const MOST_NAMED: usize = 3;

/// Returns the title of a rule with the grants of a finding, or with its first note if it has none.
pub(super) fn summarize_finding(
    rule: &ReviewRule,
    subject: &ResourceId,
    evidence: &[FindingEvidence],
) -> String {
    let title = rule.title;
    let notes: BTreeSet<_> = evidence
        .iter()
        .filter_map(|one| one.note.as_deref())
        .collect();
    let notes: Vec<_> = notes.into_iter().collect();
    match (describe_grants(subject, evidence), notes.as_slice()) {
        (Some(grants), [_, ..]) if rule.id == NO_ADMIN => {
            format!("{title}: {grants} ({})", notes.join("; "))
        }
        (Some(grants), _) => format!("{title}: {grants}"),
        (None, [note, ..]) => format!("{title}: {note}"),
        (None, []) => title.to_owned(),
    }
}

/// Returns the entitlements with the resource that they are on, or with the principal if they are
/// on the subject itself. Several of either are counted.
fn describe_grants(subject: &ResourceId, evidence: &[FindingEvidence]) -> Option<String> {
    let rows = evidence.iter().filter_map(|one| {
        let (resource, slug) = (one.resource.as_ref()?, one.entitlement.as_deref()?);
        Some((resource, slug, one.principal.as_ref()))
    });
    let grants: BTreeSet<(&Named, &str, Option<&Named>)> = rows.collect();
    let (mut resources, mut principals) = (BTreeSet::new(), BTreeSet::new());
    let mut slugs = BTreeSet::new();
    for (resource, slug, principal) in &grants {
        resources.insert(*resource);
        principals.extend(*principal);
        slugs.insert(*slug);
    }
    let slugs = slugs.into_iter().collect::<Vec<_>>();
    let slugs = match slugs.len() {
        0..=MOST_NAMED => slugs.join(", "),
        many => counted(many, "entitlement"),
    };
    let (resources, principals): (Vec<_>, Vec<_>) = (
        resources.into_iter().collect(),
        principals.into_iter().collect(),
    );
    match (resources.as_slice(), principals.as_slice()) {
        ([], _) => None,
        ([only], [principal]) if only.id == *subject => {
            Some(format!("{slugs} for {}", principal.display_name))
        }
        ([only], _) if only.id == *subject => Some(format!(
            "{slugs} for {}",
            counted(principals.len(), "principal")
        )),
        ([only], _) => Some(format!(
            "{slugs} on {} {}",
            only.id.resource_type, only.display_name
        )),
        (several, _) => Some(format!(
            "{} on {}",
            counted(grants.len(), "grant"),
            counted(several.len(), "resource")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::RULES;

    fn named(resource_type: &str, id: &str, name: &str) -> Named {
        Named {
            id: ResourceId {
                resource_type: resource_type.into(),
                id: id.into(),
            },
            display_name: name.to_owned(),
            name_from_run: None,
        }
    }

    fn grant(on: &Named, slug: &str, principal: &Named, note: Option<&str>) -> FindingEvidence {
        FindingEvidence {
            resource: Some(on.clone()),
            entitlement: Some(slug.to_owned()),
            principal: Some(principal.clone()),
            path: None,
            note: note.map(str::to_owned),
        }
    }

    fn summary(id: &str, subject: &Named, evidence: &[FindingEvidence]) -> String {
        let rule = RULES.iter().find(|rule| rule.id == id).unwrap();
        let whole = summarize_finding(rule, &subject.id, evidence);
        let prefix = format!("{}: ", rule.title);
        whole.strip_prefix(&prefix).unwrap().to_owned()
    }

    #[test]
    fn a_summary_names_the_entitlement_and_the_resource() {
        let (ann, bob) = (named("user", "1", "Ann"), named("user", "2", "Bob"));
        let design = named("workspace", "w1", "Design");
        let tests = named("workspace", "w2", "Tests");
        let on = |place, slug| grant(place, slug, &ann, Some("a rule"));
        let editor = [on(&design, "editor")];
        assert_eq!(
            summary("external-editor", &ann, &editor),
            "editor on workspace Design"
        );
        let both = [on(&design, "editor"), on(&design, "admin")];
        assert_eq!(
            summary("external-editor", &ann, &both),
            "admin, editor on workspace Design"
        );
        let several = [
            on(&design, "editor"),
            on(&design, "admin"),
            on(&tests, "admin"),
        ];
        assert_eq!(
            summary("external-editor", &ann, &several),
            "3 grants on 2 resources"
        );
        let admins = [ann, bob].map(|one| grant(&design, "admin", &one, Some("switched off")));
        assert_eq!(
            summary("single-admin", &design, &admins[..1]),
            "admin for Ann"
        );
        assert_eq!(
            summary("no-admin", &design, &admins),
            "admin for 2 principals (switched off)"
        );
    }
}
