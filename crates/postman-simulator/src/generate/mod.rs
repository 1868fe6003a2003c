//! Makes a team from a seed and a size.

mod analytics;
mod broken;
mod extras;
mod month;
mod people;
mod workspaces;

use super::chance::{RandomDraws, Stream, TeamPart};
use super::options::{KeyOwner, Options, TeamPlan};
use super::team::{Analytics, EpochSeconds, MemberForm, Owner, SubTeam, Team, User};
use super::words;
use people::People;
use std::collections::BTreeSet;

/// Returns the team of these options. The same seed and sizes give the same team.
pub(super) fn generate_team(options: &Options) -> Team {
    let mut stream = Stream::new(options.seed, TeamPart::Team);
    let id = 100_000 + stream.below_u64(8_900_000);
    let (name, domain) = stream
        .pick_item(words::COMPANIES)
        .copied()
        .unwrap_or_default();
    let mut people = People::new(options, domain);
    let owner = choose_owner(options, &mut people);
    let sub_teams = sub_teams(options, &mut stream, &people.users, owner.id);
    let groups = people::generate_groups(options, &people);
    let mut workspaces = workspaces::generate_workspaces(options, &people, &groups, &owner);
    let collections = extras::generate_collections(options, &people, &groups, &mut workspaces, id);
    let keys = extras::keys(options, &people, &collections);
    let scim = extras::generate_scim(options, &people);
    let mut team = Team {
        id,
        name,
        domain,
        plan: options.plan,
        owner,
        groups,
        workspaces,
        collections,
        keys,
        scim,
        sub_teams,
        analytics: Analytics::default(),
        users: people.users,
    };
    broken::break_names(options, &mut team);
    if options.month_before {
        month::undo_month(&mut team);
    }
    team.analytics = analytics::analytics(options, &team.users, &people.partners);
    team
}

/// Makes the key's owner, and gives the first user the roles that fit.
fn choose_owner(options: &Options, people: &mut People) -> Owner {
    let roles: &[&str] = match options.owner {
        KeyOwner::SuperAdmin => &["super-admin", "user"],
        KeyOwner::Admin => &["admin", "user"],
        KeyOwner::Developer | KeyOwner::ServiceAccount => &["user"],
        KeyOwner::Partner => &["partner"],
    };
    let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
    let stranger = match options.owner {
        KeyOwner::Partner => people.partners.first().copied(),
        KeyOwner::ServiceAccount => Some(people.service),
        KeyOwner::SuperAdmin | KeyOwner::Admin | KeyOwner::Developer => None,
    };
    let mut owner = Owner {
        id: stranger.unwrap_or_default(),
        kind: options.owner,
        in_team: !options.teamless,
        name: "Inventory Reader".to_owned(),
        username: None,
        email: None,
        roles: roles.clone(),
    };
    if options.owner == KeyOwner::Partner {
        owner.username = Some("inventory-reader".to_owned());
        owner.email = Some("inventory.reader@partner.example.org".to_owned());
    }
    if let (None, Some(first)) = (stranger, people.users.first_mut()) {
        first.roles = roles;
        // A key of a service account is an option of its own.
        if std::mem::take(&mut first.is_service) {
            first.email = Some("key.owner@team.example".to_owned());
        }
        owner.id = first.id;
        owner.name = format!("{} {}", first.given, first.family);
        owner.username.clone_from(&first.username);
        owner.email.clone_from(&first.email);
    }
    owner
}

fn sub_teams(
    options: &Options,
    stream: &mut Stream,
    users: &[User],
    created_by: u64,
) -> Option<Vec<SubTeam>> {
    let organisation = options.quirks.organisation && options.plan == TeamPlan::Enterprise;
    (organisation && !options.teamless).then(|| {
        let areas = words::AREAS.iter().take(options.sub_teams).enumerate();
        let sub_teams = areas.map(|(at, area)| SubTeam {
            id: sub_team_id(at),
            name: (*area).to_owned(),
            handle: area.to_lowercase(),
            created_by,
            members: neighbor_ids(users, at, stream.draw_below(options.team_size()) + 1),
            created: random_time(stream),
            form: member_form(options, sub_team_id(at)),
        });
        sub_teams.collect()
    })
}

fn member_form(options: &Options, id: u64) -> MemberForm {
    let draws = RandomDraws::new(options.seed, "member form").at_index(id);
    match draws.draw_below("form", 7) {
        _ if !options.quirks.sub_team_forms => MemberForm::Objects,
        0 => MemberForm::Objects,
        1 => MemberForm::Ids,
        2 => MemberForm::Users,
        3 => MemberForm::ByKind,
        4 => MemberForm::ByRole,
        5 => MemberForm::CountAlone,
        _ => MemberForm::Refused,
    }
}

/// Ids of so many users from the sub-team's quarter of the list on, each once.
fn neighbor_ids(users: &[User], at: usize, count: usize) -> Vec<u64> {
    let first = at * users.len() / 4;
    let from_first = users.iter().cycle().skip(first);
    let ids = from_first.take(count.min(users.len()));
    ids.map(|user| user.id).collect()
}

/// Returns the id of a sub-team by its index.
fn sub_team_id(at: usize) -> u64 {
    57_000 + 17 * u64::try_from(at).unwrap_or_default()
}

/// Returns a random second of the years 2021 to 2024.
fn random_time(stream: &mut Stream) -> EpochSeconds {
    1_609_459_200 + i64::try_from(stream.below_u64(126_000_000)).unwrap_or_default()
}

/// Returns a creation and a later change.
fn random_times(stream: &mut Stream) -> (EpochSeconds, EpochSeconds) {
    let created = random_time(stream);
    let later = i64::try_from(stream.below_u64(20_000_000)).unwrap_or_default();
    (created, created + later)
}

/// Returns the value, or now and then none.
fn maybe_missing<T>(options: &Options, stream: &mut Stream, value: T) -> Option<T> {
    unless_missing(options.quirks.null_fields, stream, value)
}

/// Returns a name, or now and then none, which may be written as a name of control characters.
fn maybe_name(options: &Options, stream: &mut Stream, name: String) -> Option<String> {
    unless_missing(
        options.quirks.null_fields || options.quirks.odd_names,
        stream,
        name,
    )
}

/// Returns a time, or now and then none, which may be written as an unreadable one.
fn maybe_time(options: &Options, stream: &mut Stream, time: EpochSeconds) -> Option<EpochSeconds> {
    unless_missing(
        options.quirks.null_fields || options.quirks.odd_times,
        stream,
        time,
    )
}

/// Draws whether the value is missing even where it cannot be, so that a quirk changes nothing else.
fn unless_missing<T>(may_be_missing: bool, stream: &mut Stream, value: T) -> Option<T> {
    let missing = stream.one_in(25);
    (!(missing && may_be_missing)).then_some(value)
}

/// Returns the first of eight draws whose text is not taken, else the last one with a suffix; takes the text.
fn draw_unused<T>(
    taken: &mut BTreeSet<String>,
    suffix: &str,
    mut draw: impl FnMut() -> (T, String),
) -> (T, String) {
    let (mut drawn, mut text) = draw();
    for _ in 1..8 {
        if taken.insert(text.clone()) {
            return (drawn, text);
        }
        (drawn, text) = draw();
    }
    text.push_str(suffix);
    taken.insert(text.clone());
    (drawn, text)
}

/// Returns the SCIM id of a Postman id: 48 hexadecimal digits.
pub(super) fn scim_id(seed: u64, id: u64) -> String {
    let draws = RandomDraws::new(seed, "scim").at_index(id);
    ["a", "b", "c"]
        .map(|part| format!("{:016x}", draws.draw_below(part, u64::MAX)))
        .concat()
}

/// Longest name that is reported, in characters; what is written can be longer.
pub(super) const LONGEST_NAME: usize = 1024;
