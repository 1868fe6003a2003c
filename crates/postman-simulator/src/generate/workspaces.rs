//! Workspaces and who holds which role in them.

use super::super::chance::{RandomDraws, Stream, TeamPart};
use super::super::options::{KeyOwner, Options, TeamPlan};
use super::super::team::{Owner, RolesAnswer, TeamGroup, Visibility, Workspace, WorkspaceRole};
use super::super::words;
use super::people::People;
use super::{
    LONGEST_NAME, draw_unused, maybe_missing, maybe_name, maybe_time, random_times, sub_team_id,
};
use std::collections::BTreeSet;

/// Draws the workspaces of a team.
pub(super) fn generate_workspaces(
    options: &Options,
    people: &People,
    groups: &[TeamGroup],
    owner: &Owner,
) -> Vec<Workspace> {
    let mut stream = Stream::new(options.seed, TeamPart::Workspaces);
    let groups: Vec<u64> = groups.iter().map(|group| group.id).collect();
    let mut place = WorkspaceNames {
        options,
        people,
        groups,
        owner,
        taken: BTreeSet::new(),
    };
    (0..options.workspaces)
        .map(|at| place.generate_workspace(&mut stream, at))
        .collect()
}

struct WorkspaceNames<'a> {
    options: &'a Options,
    people: &'a People,
    groups: Vec<u64>,
    owner: &'a Owner,
    taken: BTreeSet<String>,
}

impl WorkspaceNames<'_> {
    fn generate_workspace(&mut self, stream: &mut Stream, at: usize) -> Workspace {
        let options = self.options;
        let visibility = self.choose_visibility(stream);
        let area = self.people.some_area(stream);
        let creator = if at == 0 {
            self.owner.id
        } else {
            self.people.any_person(stream, area)
        };
        let name = match visibility {
            Some(Visibility::Personal) => self.personal_name(creator),
            _ => self.name(stream, area, at),
        };
        let about = format!(
            "{} for {}.",
            stream.pick_word(words::PURPOSES),
            self.people.area_name(area)
        );
        let (created, updated) = random_times(stream);
        let mut roles = match visibility {
            Some(Visibility::Personal) => Vec::new(),
            _ => self.generate_roles(stream, visibility, area, creator),
        };
        let answer = self.roles_answer(stream);
        let id = stream.draw_uuid();
        self.sub_team_groups(&id, &mut roles);
        Workspace {
            own_team: self.own_team(&id),
            id,
            name: maybe_name(options, stream, name),
            about: (!stream.one_in(3)).then_some(about),
            visibility,
            created_by: maybe_missing(options, stream, creator),
            created: maybe_time(options, stream, created),
            updated: maybe_time(options, stream, updated),
            roles,
            answer,
            collections: Vec::new(),
        }
    }

    /// Returns the sub-team that a workspace belongs to; some belong to none that is listed.
    fn own_team(&self, workspace: &str) -> Option<u64> {
        let quirks = &self.options.quirks;
        let draws = RandomDraws::new(self.options.seed, workspace);
        let at = usize::try_from(draws.draw_below("own team", 6)).ok();
        let is_shown = quirks.organisation && quirks.workspace_teams;
        at.map(sub_team_id)
            .filter(|_| is_shown && self.options.plan == TeamPlan::Enterprise)
    }

    /// Shares a workspace with a sub-team, which stands among the groups.
    fn sub_team_groups(&self, workspace: &str, roles: &mut [WorkspaceRole]) {
        let draws = RandomDraws::new(self.options.seed, workspace);
        let team = usize::try_from(draws.draw_below("sub-team", 6)).unwrap_or_default();
        let role = usize::try_from(draws.draw_below("sub-team role", 3)).unwrap_or_default();
        let is_shared = draws.draw_below("shared with a sub-team", 8) == 0;
        if let Some(role) = roles.get_mut(role)
            && is_shared
            && self.options.quirks.sub_team_groups
            && self.options.plan == TeamPlan::Enterprise
        {
            role.groups.push(sub_team_id(team));
        }
    }

    /// Returns the answer for the roles; a few are refusals.
    fn roles_answer(&self, stream: &mut Stream) -> RolesAnswer {
        let refused = stream.one_in(40) && self.options.quirks.refused_roles;
        match (refused, stream.one_in(2)) {
            (false, _) => RolesAnswer::Given,
            (true, true) => RolesAnswer::NotFound,
            (true, false) => RolesAnswer::Forbidden,
        }
    }

    fn choose_visibility(&self, stream: &mut Stream) -> Option<Visibility> {
        let roll = stream.draw_below(100);
        if !self.options.plan.has_members() {
            return Some(if roll < 70 {
                Visibility::Personal
            } else {
                Visibility::Public
            });
        }
        let unknown = self.options.quirks.unknown_visibility;
        match roll {
            0..30 => Some(Visibility::Personal),
            30..58 => Some(Visibility::Team),
            58..80 => Some(Visibility::Private),
            80..88 => Some(Visibility::Public),
            88 if unknown => Some(Visibility::Other("only-me")),
            89 if unknown => Some(Visibility::Other("organisation wide")),
            90 if unknown => None,
            _ => Some(Visibility::Partner),
        }
    }

    fn name(&mut self, stream: &mut Stream, area: usize, at: usize) -> String {
        let work = self.people.area_name(area);
        let ((), name) = draw_unused(&mut self.taken, &format!(" {at}"), || {
            ((), format!("{work} {}", stream.pick_word(words::PURPOSES)))
        });
        if stream.one_in(60) && self.options.quirks.odd_names {
            return name
                .replace(' ', "-")
                .chars()
                .cycle()
                .take(LONGEST_NAME)
                .collect();
        }
        name
    }

    /// Returns Postman's name for the workspace that every user begins with.
    fn personal_name(&self, creator: u64) -> String {
        let mut users = self.people.users.iter();
        match users.find(|user| user.id == creator) {
            Some(user) => format!("{} {}'s Workspace", user.given, user.family),
            None => "My Workspace".to_owned(),
        }
    }

    /// Returns roles: the creator is an admin, the others are random: few admins, more editors, most viewers.
    fn generate_roles(
        &self,
        stream: &mut Stream,
        visibility: Option<Visibility>,
        area: usize,
        creator: u64,
    ) -> Vec<WorkspaceRole> {
        let most = (self.people.ids.len() / 10).clamp(2, 84);
        let crowd = 1 + stream.draw_below(most);
        let mut rows = vec![
            self.role_row(stream, area, 1, crowd - crowd / 3),
            self.role_row(stream, area, 2, crowd / 3),
            self.role_row(stream, area, 3, stream_admins(crowd)),
        ];
        if let Some(admins) = rows.last_mut().filter(|row| !row.users.contains(&creator)) {
            admins.users.push(creator);
        }
        if visibility == Some(Visibility::Partner) {
            rows.extend(self.partner_rows(stream));
        }
        self.add_unusual_rows(stream, area, &mut rows);
        once_per_user(&mut rows, self.options.quirks.crossed_roles);
        rows.retain(|row| !row.is_empty());
        rows
    }

    /// Users and now and then groups, most of them of the area.
    fn role_row(&self, stream: &mut Stream, area: usize, role: u32, count: usize) -> WorkspaceRole {
        let near = if stream.one_in(8) {
            self.groups.clone()
        } else {
            self.people.of_area(&self.groups, area)
        };
        let groups = if stream.one_in(4) {
            1 + stream.draw_below(3)
        } else {
            0
        };
        WorkspaceRole {
            role,
            users: self.people.some_people(stream, area, count),
            groups: stream.sample_ids(&near, groups),
            ..WorkspaceRole::default()
        }
    }

    fn partner_rows(&self, stream: &mut Stream) -> Vec<WorkspaceRole> {
        let mut left = self.people.partners.clone();
        let rows = (4..=7).map(|role| {
            let count = stream.draw_below(4);
            let partners = stream.sample_ids(&left, count);
            left.retain(|partner| !partners.contains(partner));
            WorkspaceRole {
                role,
                partners,
                ..WorkspaceRole::default()
            }
        });
        let mut rows: Vec<_> = rows.collect();
        let reader = self.owner.kind == KeyOwner::Partner && left.contains(&self.owner.id);
        if let Some(row) = rows.first_mut().filter(|_| reader && stream.one_in(2)) {
            row.partners.push(self.owner.id);
        }
        rows
    }

    /// Rows that a reader of Postman's description would not expect.
    fn add_unusual_rows(&self, stream: &mut Stream, area: usize, rows: &mut Vec<WorkspaceRole>) {
        let quirks = &self.options.quirks;
        let role = 1 + u32::try_from(stream.draw_below(3)).unwrap_or_default();
        if stream.one_in(10) && quirks.crossed_roles {
            let partners = stream.sample_ids(&self.people.partners, 2);
            merge_row(
                rows,
                WorkspaceRole {
                    role,
                    partners,
                    ..WorkspaceRole::default()
                },
            );
            let users = self.people.some_people(stream, area, 2);
            merge_row(
                rows,
                WorkspaceRole {
                    role: role + 3,
                    users,
                    ..WorkspaceRole::default()
                },
            );
        }
        if stream.one_in(10) && quirks.sub_team_roles {
            let teams = vec![sub_team_id(stream.draw_below(6))];
            merge_row(
                rows,
                WorkspaceRole {
                    role,
                    teams,
                    ..WorkspaceRole::default()
                },
            );
        }
        if stream.one_in(12) && quirks.unknown_workspace_roles {
            let unknown = *stream.pick_item(&[8, 12, 40]).unwrap_or(&8);
            merge_row(rows, self.role_row(stream, area, unknown, 3));
        }
    }
}

fn stream_admins(crowd: usize) -> usize {
    1 + crowd / 20
}

/// Adds the principals of a row to the row of the same role, if there is one.
fn merge_row(rows: &mut Vec<WorkspaceRole>, more: WorkspaceRole) {
    match rows.iter_mut().find(|row| row.role == more.role) {
        Some(row) => {
            unite_ids(&mut row.users, more.users);
            unite_ids(&mut row.groups, more.groups);
            unite_ids(&mut row.partners, more.partners);
            unite_ids(&mut row.teams, more.teams);
        }
        None => rows.push(more),
    }
}

fn unite_ids(ids: &mut Vec<u64>, more: Vec<u64>) {
    for id in more {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
}

/// Leaves each user one role in a workspace, the highest, unless several are wanted.
fn once_per_user(rows: &mut [WorkspaceRole], several: bool) {
    let mut seen = BTreeSet::new();
    for row in rows.iter_mut().rev().filter(|_| !several) {
        row.users.retain(|user| seen.insert(*user));
    }
}
