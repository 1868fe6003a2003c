//! Names that were cut in the middle of a character, or written in another encoding: U+FFFD
//! replaces the unreadable parts, and a sync has to report it.

use super::super::chance::RandomDraws;
use super::super::options::Options;
use super::super::team::Team;

/// Corrupts some names of each kind. It uses random draws of its own, so that everything else stays
/// unchanged.
pub(super) fn break_names(options: &Options, team: &mut Team) {
    if !options.quirks.broken_texts {
        return;
    }
    for user in &mut team.users {
        break_name(options, &user.id.to_string(), &mut user.name);
    }
    for group in &mut team.groups {
        break_name(options, &group.id.to_string(), &mut group.name);
    }
    for workspace in &mut team.workspaces {
        break_name(options, &workspace.id, &mut workspace.name);
    }
    for collection in &mut team.collections {
        break_name(options, &collection.id, &mut collection.name);
    }
}

fn break_name(options: &Options, id: &str, name: &mut Option<String>) {
    let is_broken = RandomDraws::new(options.seed, id).draw_below("broken name", 10) == 0;
    if let Some(name) = name.as_mut().filter(|_| is_broken) {
        name.pop();
        name.push(char::REPLACEMENT_CHARACTER);
    }
}
