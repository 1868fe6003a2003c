//! The next steps for a stored sync: its page, and commands that query it.

use std::path::Path;

use super::output::print_note;
use super::{CliError, report, stored_sync};
use crate::report::{Destination, plain};
use connector_review::diff::latest_two;
use connector_review::{Named, ReviewError, find_highest_grants, find_principal, find_resource};
use connector_store::{RunId, Store};
use connector_types::ResourceId;

/// The number of resources examined to find one whose names can be typed.
const TRIED: u32 = 20;

/// Writes the page of the latest sync in `db`, and says what can be asked next. Standard output is the
/// sync's alone.
pub(super) fn print_next_steps(db: &Path, page: &Path) -> Result<(), CliError> {
    let store = Store::open_to_read(db)?;
    let run = stored_sync::select_run(&store, db, None)?;
    report::write(&store, run, &Destination::File(page.to_owned()), None)?;
    let [file, page] = [db, page].map(|path| path.display().to_string());
    let program = program_name();
    let mut text = format!(
        "\nStored in {}. Open {} in a browser. Try next:\n",
        plain(&file),
        plain(&page)
    );
    for command in example_commands(&store, run, &file)? {
        text.push_str(&format!("  {program} {command}\n"));
    }
    print_note(&text);
    Ok(())
}

/// This command, as it was called.
pub(super) fn program_name() -> String {
    let called = std::env::args().next().as_deref().and_then(shell_quoted);
    called.unwrap_or_else(|| "connector-host".to_owned())
}

/// Commands, with names of this sync where it has some that can be typed.
fn example_commands(store: &Store, run: RunId, file: &str) -> Result<Vec<String>, ReviewError> {
    let file = shell_quoted(file).unwrap_or_else(|| "FILE".to_owned());
    let mut commands = vec![format!("findings {file}")];
    if latest_two(store, None, Some(run)).is_ok() {
        commands.push(format!("diff {file}"));
    }
    commands.extend(match example_grant(store, run)? {
        Some([resource, entitlement, principal]) => [
            format!("access {file} --on {resource} --entitlement {entitlement}"),
            format!("explain {file} --grant {resource} {entitlement} {principal}"),
        ],
        None => [format!("resources {file}"), format!("grants {file}")],
    });
    Ok(commands)
}

/// Returns a resource, an entitlement slug and its principal, all of which can be typed: the
/// highest entitlement of a user.
fn example_grant(store: &Store, run: RunId) -> Result<Option<[String; 3]>, ReviewError> {
    let mut second = None;
    for grant in find_highest_grants(store, run, TRIED)? {
        let on = &grant.resource;
        let name = shortest_name(&on.display_name, &on.id, |text| {
            find_resource(store, run, text)
        })?;
        let email = grant.email.unwrap_or_default();
        let email = shortest_name(&email, &grant.principal, |text| {
            find_principal(store, run, text)
        })?;
        let (is_named, on) = (
            name.is_some(),
            name.or_else(|| shell_quoted(&on.id.to_string())),
        );
        let principal = email.or_else(|| shell_quoted(&grant.principal.to_string()));
        if let (Some(resource), Some(entitlement), Some(principal)) =
            (on, shell_quoted(&grant.entitlement), principal)
        {
            let found = [resource, entitlement, principal];
            if is_named {
                return Ok(Some(found));
            }
            second.get_or_insert(found);
        }
    }
    Ok(second)
}

/// Returns a name in a form for the command line, if it names only this resource.
fn shortest_name(
    name: &str,
    meant: &ResourceId,
    find: impl FnOnce(&str) -> Result<Named, ReviewError>,
) -> Result<Option<String>, ReviewError> {
    let Some(word) = shell_quoted(name) else {
        return Ok(None);
    };
    match find(name) {
        Ok(Named { id, .. }) => Ok((id == *meant).then_some(word)),
        Err(ReviewError::Unfit(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Returns an argument for a shell; `None` if it cannot be typed as it is.
fn shell_quoted(word: &str) -> Option<String> {
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
