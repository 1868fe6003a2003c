//! Names that somebody cut in the middle of a character, or wrote in another encoding: U+FFFD stands for
//! what cannot be read of them, and is what a sync has to report.

use super::super::chance::Dice;
use super::super::options::Options;
use super::super::team::Team;

/// Breaks some names of each kind. Dice of their own decide, so that all else stays as it was.
pub(super) fn break_names(options: &Options, team: &mut Team) {
    if !options.traps.broken_texts {
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
    let is_broken = Dice::new(options.seed, id).roll("broken name", 10) == 0;
    if let Some(name) = name.as_mut().filter(|_| is_broken) {
        name.pop();
        name.push(char::REPLACEMENT_CHARACTER);
    }
}
