//! The members of a sub-team, from an answer whose shape Postman publishes nowhere.
//!
//! Read is every shape that one would expect: ids, objects with an id or a user, lists by kind of member
//! or by role, with and without wrappers.

use crate::ResourceKind;
use crate::api::tree::{Fields, JsonNode};
use crate::resources::known_roles;

/// Names of the field that has the members, the likeliest first.
const LISTS: [&str; 7] = [
    "members",
    "users",
    "memberIds",
    "userIds",
    "teamMembers",
    "member",
    "userRoles",
];
/// Names of the field that has the id, where what the member is says nothing else.
const IDS: [&str; 6] = ["userId", "user_id", "id", "memberId", "principalId", "uid"];
/// Names of the field that says what the member is.
const KINDS: [&str; 6] = [
    "type",
    "kind",
    "memberType",
    "principalType",
    "entityType",
    "userType",
];

/// One member of a sub-team.
#[derive(Debug, PartialEq, Eq)]
pub struct TeamMember {
    /// Its kind of resource.
    pub kind: ResourceKind,
    /// Postman's id of it.
    pub id: String,
    /// Slugs of its roles in the sub-team.
    pub roles: Vec<String>,
}

/// The members that an answer shows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct TeamMembers {
    /// Those that can be read.
    pub found: Vec<TeamMember>,
    /// The number of those that cannot be read.
    pub unreadable: usize,
}

/// Returns the object of the team that an answer is about, with or without a wrapper.
pub fn team_of<'n, 'a>(answer: &'n Fields<'a>) -> &'n Fields<'a> {
    answer.object(&["team", "data", "squad"]).unwrap_or(answer)
}

/// Returns the members that an answer shows; none where it shows no list of them.
pub fn members(answer: &Fields<'_>) -> Option<TeamMembers> {
    let bare = match answer.first(&["data"]) {
        Some(list @ JsonNode::List(_)) => Some(list),
        _ => None,
    };
    let list = team_of(answer)
        .first(&LISTS)
        .or(answer.first(&LISTS))
        .or(bare)?;
    let mut members = TeamMembers::default();
    match list {
        JsonNode::List(items) => members.add_all(items, ResourceKind::User, None),
        JsonNode::Object(lists) => members.add_lists(lists),
        JsonNode::Absent | JsonNode::Value(_) => return None,
    }
    Some(members)
}

impl TeamMembers {
    fn add_all(&mut self, items: &[JsonNode<'_>], kind: ResourceKind, role: Option<&str>) {
        for item in items {
            match read(item, kind, role) {
                Some(member) => self.found.push(member),
                None => self.unreadable += 1,
            }
        }
    }

    /// Lists by kind of member or by role; or a role for each id.
    fn add_lists(&mut self, lists: &Fields<'_>) {
        for (name, node) in lists.entries() {
            let role = known_roles::find(name).map(|_| name);
            let kind = match role {
                Some(_) => ResourceKind::User,
                None => kind_in(name).unwrap_or(ResourceKind::User),
            };
            match node {
                JsonNode::List(items) => self.add_all(items, kind, role),
                JsonNode::Object(nested) => match nested.first(&["data", "items", "list"]) {
                    Some(JsonNode::List(items)) => self.add_all(items, kind, role),
                    _ => self.unreadable += usize::from(!is_paging(name)),
                },
                JsonNode::Value(value) if is_number(name) => self.found.push(TeamMember {
                    kind: ResourceKind::User,
                    id: name.to_owned(),
                    roles: value.words().map(str::to_owned).into_iter().collect(),
                }),
                JsonNode::Value(_) | JsonNode::Absent => {}
            }
        }
    }
}

fn is_paging(name: &str) -> bool {
    matches!(name, "meta" | "metadata" | "pagination")
}

fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}

fn read(item: &JsonNode<'_>, kind: ResourceKind, role: Option<&str>) -> Option<TeamMember> {
    let mut roles: Vec<String> = role.map(str::to_owned).into_iter().collect();
    let (kind, id) = match item {
        JsonNode::Value(_) => (kind, item.id()?),
        JsonNode::Object(fields) => {
            roles.extend(roles_of(fields));
            identity(fields, kind)?
        }
        JsonNode::List(_) | JsonNode::Absent => return None,
    };
    Some(TeamMember { kind, id, roles })
}

/// Returns a member's kind and its id: as its type says, else as the field says that names it.
fn identity(fields: &Fields<'_>, kind: ResourceKind) -> Option<(ResourceKind, String)> {
    let stated = fields.text(&KINDS).and_then(kind_in);
    let id = fields.first(&IDS).and_then(JsonNode::id);
    let inner = |(name, node): (&str, &JsonNode<'_>)| Some((kind_in(name)?, node.id_in(&IDS)?));
    match (stated, id) {
        (Some(stated), Some(id)) => Some((stated, id)),
        (None, Some(id)) => Some((kind, id)),
        (stated, None) => {
            let (kind, id) = fields.entries().find_map(inner)?;
            Some((stated.unwrap_or(kind), id))
        }
    }
}

/// Returns the kind of member that a text names.
fn kind_in(word: &str) -> Option<ResourceKind> {
    let word = word.to_ascii_lowercase();
    let speaks = |of: &[&str]| of.iter().any(|part| word.contains(part));
    if speaks(&["role", "count"]) {
        None
    } else if speaks(&["group"]) {
        Some(ResourceKind::Group)
    } else if speaks(&["partner"]) {
        Some(ResourceKind::Partner)
    } else if speaks(&["user", "member", "guest", "human", "person", "service"]) {
        Some(ResourceKind::User)
    } else if speaks(&["team", "squad", "organi"]) {
        Some(ResourceKind::Team)
    } else {
        None
    }
}

fn roles_of(fields: &Fields<'_>) -> Vec<String> {
    let name = |node: &JsonNode<'_>| node.text_in(&["role", "slug", "name"]).map(str::to_owned);
    match fields.first(&["roles", "role", "teamRoles", "teamRole", "userRoles"]) {
        Some(JsonNode::List(roles)) => roles.iter().filter_map(name).collect(),
        Some(role) => name(role).into_iter().collect(),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_sdk::json::read as parse;

    fn shown(json: &str) -> Option<(Vec<String>, usize)> {
        let mut node = JsonNode::Absent;
        parse(json.as_bytes(), &mut node).unwrap();
        let JsonNode::Object(fields) = node else {
            panic!("no object");
        };
        let members = members(&fields)?;
        let words = members.found.iter().map(|one| {
            let mut words = vec![format!("{}:{}", one.kind.name(), one.id)];
            words.extend(one.roles.clone());
            words.join(" ")
        });
        Some((words.collect(), members.unreadable))
    }

    #[test]
    fn every_likely_shape_of_members_is_read() {
        for (json, wanted) in [
            (r#"{"team":{"id":5,"members":[1,"2"]}}"#, "user:1 user:2"),
            (
                r#"{"team":{"members":[{"id":1},{"id":"2","name":"B"}]}}"#,
                "user:1 user:2",
            ),
            (
                r#"{"team":{"id":5,"members":[{"userId":1,"id":"row-7"}]}}"#,
                "user:1",
            ),
            (
                r#"{"team":{"members":[{"user":{"id":1}},{"user":2}]}}"#,
                "user:1 user:2",
            ),
            (r#"{"data":{"id":5,"members":[{"user_id":"1"}]}}"#, "user:1"),
            (r#"{"id":5,"members":[1]}"#, "user:1"),
            (r#"{"team":{"id":5},"members":[1]}"#, "user:1"),
            (r#"{"data":[{"id":1}]}"#, "user:1"),
            (r#"{"team":{"memberIds":[1]}}"#, "user:1"),
            (
                r#"{"team":{"members":{"users":[1],"groups":[7],"teams":[8]}}}"#,
                "user:1 group:7 team:8",
            ),
            (
                r#"{"team":{"members":{"data":[{"id":1}],"meta":{"nextCursor":null}}}}"#,
                "user:1",
            ),
            (
                r#"{"team":{"members":{"users":{"data":[{"id":1}]},"count":1}}}"#,
                "user:1",
            ),
            (
                r#"{"team":{"members":[{"type":"group","id":7},{"type":"USER","id":1}]}}"#,
                "group:7 user:1",
            ),
            (
                r#"{"team":{"members":[{"groupId":7},{"group":{"id":8}}]}}"#,
                "group:7 group:8",
            ),
            (
                r#"{"team":{"members":[{"type":"partner","id":9},{"type":"organization","id":3}]}}"#,
                "partner:9 team:3",
            ),
            (
                r#"{"team":{"members":[{"id":1,"role":"TEAM_MANAGER"}]}}"#,
                "user:1 TEAM_MANAGER",
            ),
            (
                r#"{"team":{"members":[{"id":1,"roles":[{"name":"TEAM_MANAGER"},"X"]}]}}"#,
                "user:1 TEAM_MANAGER X",
            ),
            (
                r#"{"team":{"members":{"TEAM_MANAGER":[1],"TEAM_DEVELOPER":[{"id":2}]}}}"#,
                "user:1 TEAM_MANAGER user:2 TEAM_DEVELOPER",
            ),
            (
                r#"{"team":{"members":{"12":"TEAM_MANAGER"}}}"#,
                "user:12 TEAM_MANAGER",
            ),
            (
                r#"{"team":{"userRoles":[{"userId":1,"roles":["TEAM_MANAGER"]}]}}"#,
                "user:1 TEAM_MANAGER",
            ),
            (r#"{"team":{"members":[]}}"#, ""),
        ] {
            let found = shown(json).map(|(found, lost)| (found.join(" "), lost));
            assert_eq!(found, Some((wanted.to_owned(), 0)), "{json}");
        }
    }

    #[test]
    fn what_is_no_member_is_counted_and_no_list_is_none() {
        for (json, wanted) in [
            (
                r#"{"team":{"members":[1,null,[2],{"name":"B"},1.5]}}"#,
                Some(4),
            ),
            (r#"{"team":{"members":{"users":{"a":{}}}}}"#, Some(1)),
            (r#"{"team":{"members":null,"memberCount":6}}"#, None),
            (r#"{"team":{"members":6}}"#, None),
            (r#"{"team":{"id":5,"memberCount":6}}"#, None),
            ("{}", None),
        ] {
            assert_eq!(shown(json).map(|(_, lost)| lost), wanted, "{json}");
        }
    }
}
