//! An access path in one text: the groups between a resource and a person. The ids in it are the
//! provider's, and one that looks like two steps stays one step.

use connector_types::ResourceId;

/// The text between two steps.
const SEPARATOR: &str = " > ";
/// The character before one that would be read differently.
const ESCAPE: char = '\\';

/// Returns the text of a path: each step as `type id`, outermost first. A backslash or `>` within a
/// step, and a space within its type, have a backslash before them.
pub(super) fn join_path(steps: &[&ResourceId]) -> String {
    let steps: Vec<String> = steps.iter().map(|step| step_text(step)).collect();
    steps.join(SEPARATOR)
}

fn step_text(step: &ResourceId) -> String {
    let resource_type = escaped(&step.resource_type, |c| c == ' ');
    let id = escaped(&step.id, |_| false);
    format!("{resource_type} {id}")
}

fn escaped(text: &str, also: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == ESCAPE || c == '>' || also(c) {
            out.push(ESCAPE);
        }
        out.push(c);
    }
    out
}

/// Returns the steps of a path in the evidence of a finding; none where it is `direct`.
pub fn split_path(path: &str) -> Vec<ResourceId> {
    let mut steps = Vec::new();
    let mut rest = path;
    while let Some((resource_type, after)) = take_until(rest, " ") {
        let (id, after) = take_until(after, SEPARATOR).unwrap_or_else(|| (unescaped(after), ""));
        steps.push(ResourceId::new(resource_type, id));
        rest = after;
    }
    steps
}

/// Splits at the first `end` that has no backslash before it.
fn take_until<'a>(text: &'a str, end: &str) -> Option<(String, &'a str)> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            ESCAPE => is_escaped = true,
            _ => {
                if let Some(after) = text.get(at..).and_then(|rest| rest.strip_prefix(end)) {
                    return Some((unescaped(text.get(..at)?), after));
                }
            }
        }
    }
    None
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ESCAPE => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_plain_path_reads_as_people_write_it() {
        let (outer, inner) = (ResourceId::new("group", "g1"), ResourceId::new("team", "7"));
        let path = join_path(&[&outer, &inner]);
        assert_eq!(path, "group g1 > team 7");
        assert_eq!(split_path(&path), [outer, inner]);
        assert_eq!(split_path("direct"), []);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

        /// Whatever ids a provider gives out.
        #[test]
        fn every_path_reads_back_as_its_steps(
            steps in prop::collection::vec(("[a >\\\\]{1,6}", "[a >\\\\é]{1,9}"), 1..5)
        ) {
            let steps: Vec<_> = steps.iter().map(|(of, id)| ResourceId::new(&**of, &**id)).collect();
            let path = join_path(&steps.iter().collect::<Vec<_>>());
            prop_assert_eq!(split_path(&path), steps, "{}", path);
        }
    }
}
