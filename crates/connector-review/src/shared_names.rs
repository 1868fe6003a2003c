//! Names that several resources share: an answer that shows a name has to show which one is meant.

use std::collections::{HashMap, HashSet};

use super::subject::from_run;
use super::{Named, ReviewError};
use connector_store::{RunId, Store, each_row};
use connector_types::ResourceId;
use connector_types::plain;

/// The names that several resources of one type have in a sync.
#[derive(Clone, Debug, Default)]
pub struct SharedNames(HashSet<(String, String)>);

impl SharedNames {
    /// Reads the names of a sync.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read.
    pub fn read(store: &Store, run: RunId) -> Result<Self, ReviewError> {
        let sql = "SELECT resource_type, display_name FROM resources WHERE run = ?";
        let mut counts: HashMap<(String, String), usize> = HashMap::new();
        each_row::<ReviewError>(store.connection(), sql, [run.0], |row| {
            let name = visible_name(row.text("display_name")?.unwrap_or_default());
            *counts.entry((row.get("resource_type")?, name)).or_default() += 1;
            Ok(())
        })?;
        let shared = counts.into_iter().filter(|(_, count)| *count > 1);
        Ok(Self(shared.map(|(name, _)| name).collect()))
    }

    /// Returns the name of a resource as [`label`](Self::unique_label) does, with the earlier run that it is from.
    pub fn label_with_run(&self, one: &Named) -> String {
        let label = self.unique_label(&one.id, &one.display_name);
        match one.name_from_run {
            None => label,
            Some(run) => format!("{label}, {}", from_run(run)),
        }
    }

    /// Returns the name of a resource for people: with its id where another resource of its type
    /// looks the same, and the id alone where there is no name to be seen.
    pub fn unique_label(&self, id: &ResourceId, display_name: &str) -> String {
        // An answer may have millions of names, most of them plain and of one resource.
        let is_plain = display_name.starts_with(|c: char| c.is_ascii_alphanumeric());
        if is_plain && self.0.is_empty() {
            return display_name.to_owned();
        }
        let name = visible_name(display_name);
        if name.is_empty() {
            return id.id.to_string();
        }
        if self.0.contains(&(id.resource_type.to_string(), name)) {
            format!("{display_name} ({})", id.id)
        } else {
            display_name.to_owned()
        }
    }
}

/// Returns a name as a reader distinguishes it: without case, spaces and invisible characters.
fn visible_name(name: &str) -> String {
    let shown = plain(name).to_lowercase();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}
