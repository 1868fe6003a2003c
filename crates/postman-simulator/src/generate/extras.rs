//! Collections, the keys to them, and the accounts of the single sign-on.

use super::super::chance::{Stream, TeamPart};
use super::super::options::{Options, TeamPlan};
use super::super::team::{
    AccessKey, Collection, CollectionRole, RolesAnswer, ScimAccount, TeamGroup, User, Workspace,
};
use super::super::words;
use super::people::{People, full_name};
use super::{maybe_missing, maybe_name, maybe_time, random_time, random_times, scim_id};

/// Draws the collections of a team and puts each into one workspace or more.
pub(super) fn generate_collections(
    options: &Options,
    people: &People,
    groups: &[TeamGroup],
    workspaces: &mut [Workspace],
    team: u64,
) -> Vec<Collection> {
    let mut stream = Stream::new(options.seed, TeamPart::Collections);
    let groups: Vec<u64> = groups.iter().map(|group| group.id).collect();
    let mut all = Vec::new();
    for workspace in workspaces.iter_mut() {
        let count = if stream.one_in(80) {
            130
        } else {
            stream.draw_below(5)
        };
        for _ in 0..count {
            workspace.collections.push(all.len());
            all.push(generate_collection(
                options,
                people,
                &groups,
                &mut stream,
                team,
            ));
        }
        if stream.one_in(8) && options.quirks.shared_collections && !all.is_empty() {
            let shared = stream.draw_below(all.len());
            if !workspace.collections.contains(&shared) {
                workspace.collections.push(shared);
            }
        }
    }
    all
}

fn generate_collection(
    options: &Options,
    people: &People,
    groups: &[u64],
    stream: &mut Stream,
    team: u64,
) -> Collection {
    let area = people.some_area(stream);
    let name = format!(
        "{} {}",
        people.area_name(area),
        stream.pick_word(words::COLLECTIONS)
    );
    let (created, updated) = random_times(stream);
    let owner = people.any_person(stream, area);
    let is_public = stream.one_in(10);
    let refused = stream.one_in(50) && options.quirks.refused_roles;
    let mut viewers = collection_role(people, groups, stream, area, "VIEWER");
    if stream.one_in(3) && !options.teamless {
        viewers.teams.push(team);
    }
    let mut roles = vec![
        viewers,
        collection_role(people, groups, stream, area, "EDITOR"),
    ];
    if stream.one_in(30) && options.quirks.unknown_workspace_roles {
        roles.push(collection_role(people, groups, stream, area, "FORK_ONLY"));
    }
    Collection {
        id: stream.draw_uuid(),
        owner,
        shows_owner: maybe_missing(options, stream, ()).is_some(),
        name: maybe_name(options, stream, name),
        created: maybe_time(options, stream, created),
        updated: maybe_time(options, stream, updated),
        is_public: maybe_missing(options, stream, is_public),
        roles,
        answer: if refused {
            RolesAnswer::NotFound
        } else {
            RolesAnswer::Given
        },
    }
}

fn collection_role(
    people: &People,
    groups: &[u64],
    stream: &mut Stream,
    area: usize,
    role: &'static str,
) -> CollectionRole {
    let count = stream.draw_below(4);
    CollectionRole {
        role,
        users: people.some_people(stream, area, count),
        groups: if stream.one_in(5) {
            stream.sample_ids(groups, 1)
        } else {
            Vec::new()
        },
        teams: Vec::new(),
    }
}

/// Draws the keys to collections.
pub(super) fn keys(
    options: &Options,
    people: &People,
    collections: &[Collection],
) -> Vec<AccessKey> {
    let mut stream = Stream::new(options.seed, TeamPart::Keys);
    let count = match collections.len() {
        0 => 0,
        some => (some / 8).clamp(2, 60),
    };
    (0..count)
        .map(|_| key(options, people, collections, &mut stream))
        .collect()
}

fn key(
    options: &Options,
    people: &People,
    collections: &[Collection],
    stream: &mut Stream,
) -> AccessKey {
    let odd = options.quirks.key_states;
    let (created, updated) = random_times(stream);
    let opens = stream.pick_item(collections).map(Collection::uid);
    let area = people.some_area(stream);
    let creator = people.any_person(stream, area);
    let status = match stream.draw_below(8) {
        0 if odd => "INACTIVE",
        1 if odd => "SUSPENDED",
        _ => "ACTIVE",
    };
    let never_used = stream.one_in(3) && odd;
    let deleted = (stream.one_in(7) && odd).then_some(updated);
    AccessKey {
        id: base64_like(&stream.draw_hex(2)),
        status: maybe_missing(options, stream, status),
        created_by: maybe_missing(options, stream, creator),
        opens,
        expires: maybe_time(options, stream, updated + 60 * 86_400),
        last_used: (!never_used).then_some(updated),
        created: maybe_time(options, stream, created),
        updated: maybe_time(options, stream, updated),
        deleted,
    }
}

/// Returns opaque text with the characters of base64, padded.
fn base64_like(hex: &str) -> String {
    let text: String = hex
        .chars()
        .map(|digit| if digit == '7' { '+' } else { digit })
        .collect();
    format!("Njg5{text}/A==")
}

/// Draws the accounts of the single sign-on: one for each user, and the switched-off ones of those who left.
pub(super) fn generate_scim(options: &Options, people: &People) -> Vec<ScimAccount> {
    if options.plan != TeamPlan::Enterprise || options.teamless {
        return Vec::new();
    }
    let mut stream = Stream::new(options.seed, TeamPart::Scim);
    let mut accounts = Vec::new();
    for user in &people.users {
        accounts.push(scim_account(options, &mut stream, user));
        if stream.one_in(40) && options.quirks.scim_conflicts {
            accounts.push(conflicting_account(options, &mut stream, user));
        }
    }
    accounts.extend(
        people
            .former
            .iter()
            .map(|id| departed_account(options, &mut stream, people.domain, *id)),
    );
    accounts
}

fn scim_account(options: &Options, stream: &mut Stream, user: &User) -> ScimAccount {
    let created = random_time(stream);
    let id = scim_id(options.seed, user.id);
    let user_name = user
        .email
        .clone()
        .unwrap_or_else(|| format!("sso-{}", user.id));
    let active = !(stream.one_in(30) && options.quirks.scim_conflicts);
    ScimAccount {
        user_name,
        given: maybe_missing(options, stream, user.given),
        family: maybe_missing(options, stream, user.family),
        external_id: maybe_missing(options, stream, format!("{}-{id:.6}", user.family.len())),
        active: active.then_some(true),
        created: maybe_time(options, stream, created),
        modified: maybe_time(options, stream, created + 86_400),
        id,
    }
}

/// Returns a second account with the same address in capitals, switched off.
fn conflicting_account(options: &Options, stream: &mut Stream, user: &User) -> ScimAccount {
    let first = scim_account(options, stream, user);
    ScimAccount {
        id: stream.draw_hex(3),
        user_name: first.user_name.to_uppercase(),
        active: Some(false),
        ..first
    }
}

fn departed_account(options: &Options, stream: &mut Stream, domain: &str, id: u64) -> ScimAccount {
    let ((given, given_login), (family, family_login)) = full_name(stream);
    let created = random_time(stream);
    ScimAccount {
        id: scim_id(options.seed, id),
        user_name: format!("{given_login}.{family_login}.{id}@{domain}.example"),
        given: Some(given),
        family: Some(family),
        external_id: None,
        active: Some(false),
        created: Some(created),
        modified: Some(created + 86_400),
    }
}
