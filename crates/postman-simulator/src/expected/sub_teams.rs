//! The teams of an organisation and their members, as a sync has to report them.

use super::super::team::{MemberForm, SubTeam};
use super::reading::TeamReading;
use super::record::{ExpectedDetails, ExpectedResource, Id, format_time, id, sort_attributes};

const GROUP_RULE: &str = "sub-team of the organization: roles name it among groups, by the same id";

impl TeamReading<'_> {
    /// Adds each team, its members, and the group by which roles name it.
    pub(super) fn sub_teams(&mut self) {
        let root = self.team_id();
        for team in self.whole_team().sub_teams.iter().flatten() {
            let this = id("team", team.id);
            let group = id("group", team.id);
            self.expected
                .add_resource(sub_team_record(team, root.clone()));
            self.expected
                .add_resource(ExpectedResource::referenced_resource(
                    group.clone(),
                    team.name.clone(),
                    ExpectedDetails::Group,
                ));
            if team.shows_members() {
                for member in &team.members {
                    self.expected.has_grant(&this, "member", id("user", member));
                    if team.form == MemberForm::ByRole {
                        self.expected
                            .has_grant(&this, "team-developer", id("user", member));
                    }
                }
                self.expected
                    .add_grant(&group, "member", this.clone(), Some(GROUP_RULE));
            }
        }
    }

    /// Returns whether the members of a team, or of the group of its id, are shown.
    pub(super) fn shows_members_of(&self, set: &Id) -> bool {
        let mut teams = self.whole_team().sub_teams.iter().flatten();
        teams.any(|team| team.id.to_string() == set.id && team.shows_members())
    }

    /// Takes note that the list of workspaces names a team whose members are not shown.
    pub(super) fn note_list_members(&mut self, set: &Id) {
        if !self.shows_members_of(set) {
            let list = "list workspace".to_owned();
            self.expected.unknown_members.insert(list);
        }
    }
}

fn sub_team_record(team: &SubTeam, root: Id) -> ExpectedResource {
    ExpectedResource {
        parent: Some(root),
        status: "enabled",
        created_at: format_time(Some(team.created)),
        updated_at: format_time(Some(team.created)),
        attributes: sort_attributes([
            ("created_by", Some(team.created_by.to_string())),
            ("handle", Some(team.handle.clone())),
            ("member_count", Some(team.members.len().to_string())),
        ]),
        ..ExpectedResource::referenced_resource(
            id("team", team.id),
            team.name.clone(),
            ExpectedDetails::Group,
        )
    }
}
