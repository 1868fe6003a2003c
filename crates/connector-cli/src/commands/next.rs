//! What there is to do with a sync that was kept: its page, and commands that answer from it.

use std::path::Path;

use super::output::tell;
use super::{CliError, kept, report};
use crate::report::{Destination, plain};
use connector_review::diff::latest_two;
use connector_review::{Named, ReviewError, find_highest_rights, find_holder, find_resource};
use connector_store::{RunId, Store};
use connector_types::ResourceId;

/// So many places are looked at for one whose names can be typed.
const TRIED: u32 = 20;

/// Writes the page of the latest sync in `db`, and says what can be asked next. Standard output is the
/// sync's alone.
pub(super) fn after(db: &Path, page: &Path) -> Result<(), CliError> {
    let store = Store::open_to_read(db)?;
    let run = kept::pick(&store, db, None)?;
    report::write(&store, run, &Destination::File(page.to_owned()), None)?;
    let [file, page] = [db, page].map(|path| path.display().to_string());
    let program = program();
    let mut text = format!(
        "\nKept in {}. Open {} in a browser. Try next:\n",
        plain(&file),
        plain(&page)
    );
    for command in commands(&store, run, &file)? {
        text.push_str(&format!("  {program} {command}\n"));
    }
    tell(&text);
    Ok(())
}

/// This command, as it was called.
pub(super) fn program() -> String {
    let called = std::env::args().next().as_deref().and_then(quoted);
    called.unwrap_or_else(|| "connector-host".to_owned())
}

/// Commands, with names of this sync where it has some that can be typed.
fn commands(store: &Store, run: RunId, file: &str) -> Result<Vec<String>, ReviewError> {
    let file = quoted(file).unwrap_or_else(|| "FILE".to_owned());
    let mut commands = vec![format!("findings {file}")];
    if latest_two(store, None, Some(run)).is_ok() {
        commands.push(format!("diff {file}"));
    }
    commands.extend(match example(store, run)? {
        Some([on, right, who]) => [
            format!("access {file} --on {on} --entitlement {right}"),
            format!("explain {file} --grant {on} {right} {who}"),
        ],
        None => [format!("resources {file}"), format!("grants {file}")],
    });
    Ok(commands)
}

/// What a right is on, its slug and its holder, as they can be typed: the highest right of a person.
fn example(store: &Store, run: RunId) -> Result<Option<[String; 3]>, ReviewError> {
    let mut second = None;
    for held in find_highest_rights(store, run, TRIED)? {
        let name = typed(&held.on.display_name, &held.on.id, |text| {
            find_resource(store, run, text)
        })?;
        let email = held.email.unwrap_or_default();
        let email = typed(&email, &held.person, |text| find_holder(store, run, text))?;
        let (is_named, on) = (
            name.is_some(),
            name.or_else(|| quoted(&identity(&held.on.id))),
        );
        let who = email.or_else(|| quoted(&identity(&held.person)));
        if let (Some(on), Some(right), Some(who)) = (on, quoted(&held.entitlement), who) {
            let found = [on, right, who];
            if is_named {
                return Ok(Some(found));
            }
            second.get_or_insert(found);
        }
    }
    Ok(second)
}

/// A name as it can be typed, where it names this one alone.
fn typed(
    name: &str,
    meant: &ResourceId,
    find: impl FnOnce(&str) -> Result<Named, ReviewError>,
) -> Result<Option<String>, ReviewError> {
    let Some(word) = quoted(name) else {
        return Ok(None);
    };
    match find(name) {
        Ok(Named { id, .. }) => Ok((id == *meant).then_some(word)),
        Err(ReviewError::Unfit(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// A resource by its type and id, as commands take it.
fn identity(id: &ResourceId) -> String {
    format!("{}:{}", id.resource_type, id.id)
}

/// A word for a shell; `None` for what cannot be typed as it is.
fn quoted(word: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-:/@+".contains(c);
    match word {
        "" => None,
        _ if word.starts_with('-') => None,
        _ if word.chars().all(is_plain) => Some(word.to_owned()),
        // Between these marks a shell leaves everything as it is.
        _ if !word.contains('\'') && plain(word) == word => Some(format!("'{word}'")),
        _ => None,
    }
}
