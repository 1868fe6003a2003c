//! Users, those who are no longer listed, partners, and groups.

use super::super::chance::{RandomDraws, Stream, TeamPart};
use super::super::options::{Options, TeamPlan};
use super::super::team::{TeamGroup, User};
use super::super::words::{self, PersonName};
use super::{draw_unused, maybe_missing, maybe_name, maybe_time, random_time, random_times};
use std::collections::BTreeSet;

/// Users of one area of work, on average.
const AREA_SIZE: usize = 12;

/// Every principal of the company.
pub(super) struct People {
    /// The users in the list of users.
    pub(super) users: Vec<User>,
    /// Their ids.
    pub(super) ids: Vec<u64>,
    /// Areas of work of the company: each user works in one.
    pub(super) areas: &'static [&'static str],
    /// Domain of their addresses, without what follows the dot.
    pub(super) domain: &'static str,
    /// The users in no list any more; empty when that API quirk is off.
    pub(super) former: Vec<u64>,
    /// Ids from outside the team.
    pub(super) partners: Vec<u64>,
    /// A program's account.
    pub(super) service: u64,
}

impl People {
    /// Draws the people of a team.
    pub(super) fn new(options: &Options, domain: &'static str) -> Self {
        let mut stream = Stream::new(options.seed, TeamPart::People);
        let size = options.team_size();
        let former = if options.quirks.former_users {
            2 + size / 40
        } else {
            0
        };
        let partners = options.partners.unwrap_or(3 + options.workspaces / 5);
        let mut ids = generate_ids(&mut stream, size + former + partners + 1);
        let service = ids.pop().unwrap_or_default();
        let partners = ids.split_off(size + former);
        let former = ids.split_off(size);
        let areas = (size / AREA_SIZE).clamp(1, words::AREAS.len());
        let mut taken = BTreeSet::new();
        // The first of those who left had not left yet.
        let leaver = former.first().filter(|_| options.month_before);
        let users = ids
            .iter()
            .chain(leaver)
            .map(|id| generate_user(options, &mut stream, *id, domain, &mut taken));
        let mut users: Vec<User> = users.collect();
        for user in users.iter_mut().skip(1).rev().take(options.services) {
            user.is_service = options.plan == TeamPlan::Enterprise;
            user.username = user.username.take().filter(|_| !user.is_service);
            user.email = user.email.take().filter(|_| !user.is_service);
        }
        Self {
            users,
            ids,
            areas: words::AREAS.get(..areas).unwrap_or_default(),
            domain,
            former,
            partners,
            service,
        }
    }

    /// Returns a number that stands for one of the areas.
    pub(super) fn some_area(&self, stream: &mut Stream) -> usize {
        stream.draw_below(self.areas.len())
    }

    /// Returns the name of an area.
    pub(super) fn area_name(&self, area: usize) -> &'static str {
        self.areas.get(area).copied().unwrap_or_default()
    }

    /// Returns those ids of all users or all groups that are of one area.
    pub(super) fn of_area(&self, ids: &[u64], area: usize) -> Vec<u64> {
        let step = self.areas.len().max(1);
        ids.iter().skip(area).step_by(step).copied().collect()
    }

    /// Returns a listed user of an area, or now and then a former one.
    pub(super) fn any_person(&self, stream: &mut Stream, area: usize) -> u64 {
        let former = stream
            .one_in(30)
            .then(|| stream.pick_item(&self.former))
            .flatten();
        let colleagues = self.of_area(&self.ids, area);
        let listed = stream.pick_item(&colleagues);
        former.or(listed).copied().unwrap_or_default()
    }

    /// Returns at most `count` listed users, most of them of one area, and sometimes a former one.
    pub(super) fn some_people(&self, stream: &mut Stream, area: usize, count: usize) -> Vec<u64> {
        let colleagues = self.of_area(&self.ids, area);
        let mut chosen = stream.sample_ids(&colleagues, count - count / 4);
        let others = stream.sample_ids(&self.ids, count - chosen.len());
        let others = others.into_iter().filter(|id| !colleagues.contains(id));
        chosen.extend(others);
        if stream.one_in(12) {
            chosen.extend(stream.pick_item(&self.former));
        }
        chosen
    }
}

/// Returns different eight-digit ids in ascending order, with random gaps.
fn generate_ids(stream: &mut Stream, count: usize) -> Vec<u64> {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    let gap = (88_000_000 / count.max(1)).max(1);
    (0..count)
        .map(|at| 11_000_000 + at * gap + stream.below_u64(gap))
        .collect()
}

fn generate_user(
    options: &Options,
    stream: &mut Stream,
    id: u64,
    domain: &str,
    taken: &mut BTreeSet<String>,
) -> User {
    let suffix = format!("-{}", id % 100_000);
    let ((given, family), login) = draw_unused(taken, &suffix, || {
        let (given, family) = full_name(stream);
        ((given.0, family.0), format!("{}.{}", given.1, family.1))
    });
    let username = login.replace('.', "-");
    let email = format!("{login}@{domain}.example");
    let joined = random_time(stream);
    let is_service = options.quirks.listed_services
        && options.plan == TeamPlan::Enterprise
        && RandomDraws::new(options.seed, "service")
            .at_index(id)
            .draw_below("is", 25)
            == 0;
    let mut roles = team_roles(options, stream);
    roles.extend(high_role(options, id));
    let mut user = User {
        id,
        given,
        family,
        name: maybe_name(options, stream, format!("{given} {family}")),
        username: maybe_missing(options, stream, username).filter(|_| !is_service),
        email: maybe_missing(options, stream, email.clone()).filter(|_| !is_service),
        roles,
        joined: maybe_time(options, stream, joined),
        is_service,
    };
    // A person keeps a login or an address: without both it would be a program's account.
    if user.username.is_none() && !is_service {
        user.email = Some(email);
    }
    user
}

/// Returns for a few users a role that allows everything, which Enterprise teams have.
fn high_role(options: &Options, id: u64) -> Option<String> {
    let draws = RandomDraws::new(options.seed, "high role").at_index(id);
    let role = match draws.draw_below("role", 40) {
        0 => "super-admin",
        1 if options.quirks.organisation => "organization-manager",
        _ => return None,
    };
    (options.plan == TeamPlan::Enterprise).then(|| role.to_owned())
}

/// Returns a given name and a family name of the same language.
pub(super) fn full_name(stream: &mut Stream) -> (PersonName, PersonName) {
    let given = words::PEOPLE.iter().flat_map(|(given, family)| {
        let family = *family;
        given.iter().map(move |name| (*name, family))
    });
    let given: Vec<(PersonName, &[PersonName])> = given.collect();
    let (given, family) = stream.pick_item(&given).copied().unwrap_or_default();
    (given, stream.pick_item(family).copied().unwrap_or_default())
}

/// Returns team roles as Postman sends them: `user` is a Developer, and not always together with `admin`.
fn team_roles(options: &Options, stream: &mut Stream) -> Vec<String> {
    let known: &[&str] = match stream.draw_below(100) {
        0 => &["admin"],
        1 | 2 => &["admin", "user"],
        3 => &["admin", "billing", "user"],
        4 => &["billing"],
        5..=14 => &["user", "flow-editor"],
        15 | 16 => &["user", "flow-editor", "community-manager"],
        17 if options.quirks.null_fields => &[],
        _ => &["user"],
    };
    let mut roles: Vec<String> = known.iter().map(|role| (*role).to_owned()).collect();
    let unknown = stream.pick_word(&[
        "api-governance-manager",
        "partner-manager",
        "viewer",
        "member",
        "x_Beta:1",
    ]);
    if stream.one_in(20) && options.quirks.unknown_team_roles {
        roles.push(unknown.to_owned());
    }
    roles
}

/// Returns the groups of an Enterprise team; no other plan has any.
pub(super) fn generate_groups(options: &Options, people: &People) -> Vec<TeamGroup> {
    if options.plan != TeamPlan::Enterprise || options.teamless {
        return Vec::new();
    }
    let mut stream = Stream::new(options.seed, TeamPart::Groups);
    let count = options.groups.unwrap_or(1 + people.ids.len() / AREA_SIZE);
    let mut id = 3_000 + stream.below_u64(4_000);
    let mut taken = BTreeSet::new();
    let groups = (0..count).map(|at| {
        id += 1 + stream.below_u64(9);
        generate_group(options, &mut stream, people, (id, at), &mut taken)
    });
    groups.collect()
}

fn generate_group(
    options: &Options,
    stream: &mut Stream,
    people: &People,
    (id, at): (u64, usize),
    taken: &mut BTreeSet<String>,
) -> TeamGroup {
    let area = at % people.areas.len().max(1);
    let ((), name) = draw_unused(taken, &format!(" {at}"), || {
        let crew = stream.pick_word(words::CREWS);
        ((), format!("{} {crew}", people.area_name(area)))
    });
    let summary = format!("Everybody who works on {name}.");
    let (created, updated) = random_times(stream);
    let size = match stream.draw_below(10) {
        0 => 0,
        1 => 60,
        _ => 3 + stream.draw_below(14),
    };
    let members = people.some_people(stream, area, size);
    let count = stream.draw_below(3);
    let managers = stream.sample_ids(&members, count);
    let creator = people.any_person(stream, area);
    let roles: &[&str] = match stream.draw_below(4) {
        0 => &[],
        1 => &["user", "flow-editor"],
        2 if options.quirks.unknown_team_roles => &["user", "api-network-manager"],
        _ => &["user"],
    };
    let mut roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
    roles.extend(high_role(options, id));
    TeamGroup {
        id,
        name: maybe_name(options, stream, name),
        summary: (!stream.one_in(3)).then_some(summary),
        created_by: maybe_missing(options, stream, creator),
        created: maybe_time(options, stream, created),
        updated: maybe_time(options, stream, updated),
        members,
        managers,
        roles,
    }
}
