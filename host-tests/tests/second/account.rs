//! A PagerDuty account as its web pages show it.

/// The name of the account in addresses.
pub const SUBDOMAIN: &str = "northwind";

/// A person with a login, or who was invited.
#[derive(Clone, Debug)]
pub struct User {
    pub id: String,
    /// As it was typed in.
    pub name: String,
    /// As it is to be shown.
    pub shown: String,
    pub email: String,
    pub role: &'static str,
    pub title: Option<&'static str>,
    pub invited: bool,
}

/// A team.
#[derive(Clone, Debug)]
pub struct Team {
    pub id: String,
    pub name: String,
    pub description: Option<&'static str>,
    pub parent: Option<String>,
    /// Identifiers of users with their team roles.
    pub members: Vec<(String, &'static str)>,
}

/// An account.
#[derive(Clone, Debug)]
pub struct Account {
    pub users: Vec<User>,
    pub teams: Vec<Team>,
    /// Which user the key is of; none where it is the account's.
    pub key_owner: Option<usize>,
    /// The most items that a page has.
    pub page: u64,
}

/// Roles in the order in which users get them. One is not in the documentation.
const ROLES: [&str; 9] = [
    "limited_user",
    "user",
    "observer",
    "restricted_access",
    "read_only_user",
    "admin",
    "read_only_limited_user",
    "limited_user",
    "team_responder",
];

impl Account {
    /// An account of a few hundred people, with an example of each oddity that the API is known to have.
    pub fn large() -> Self {
        let users: Vec<User> = (0..230).map(user).collect();
        let mut teams: Vec<Team> = (0..12).map(|place| team(place, &users)).collect();
        // More members than one page has.
        teams[0].members = members(users.iter().map(|user| &user.id).take(130));
        teams[2].parent = Some(teams[1].id.clone());
        teams[3].members.clear();
        // An account that is in no list any more.
        teams[4]
            .members
            .insert(0, ("PGONE01".to_owned(), "responder"));
        teams[5].description = Some("Pays\twhoever\r\nis to be paid");
        Self {
            users,
            teams,
            key_owner: Some(0),
            page: 100,
        }
    }

    /// One owner, alone in one team.
    pub fn tiny() -> Self {
        let owner = user(0);
        let mut only = team(0, std::slice::from_ref(&owner));
        only.members = vec![(owner.id.clone(), "manager")];
        Self {
            users: vec![owner],
            teams: vec![only],
            key_owner: Some(0),
            page: 100,
        }
    }
}

fn user(place: usize) -> User {
    let (name, shown) = match place {
        7 => (
            "Zo\u{eb}\t\u{d8}deg\u{e5}rd".to_owned(),
            "Zo\u{eb} \u{d8}deg\u{e5}rd".to_owned(),
        ),
        9 => (" \r\n ".to_owned(), "user9@northwind.example".to_owned()),
        _ => (format!("User {place}"), format!("User {place}")),
    };
    User {
        id: format!("PU{place:05}"),
        name,
        shown,
        email: format!("user{place}@northwind.example"),
        role: if place == 0 {
            "owner"
        } else {
            ROLES[place % ROLES.len()]
        },
        title: (place % 4 == 1).then_some("Site Reliability Engineer"),
        invited: place % 50 == 11,
    }
}

fn team(place: usize, users: &[User]) -> Team {
    let some = users.iter().cycle().skip(place * 7).take(5);
    Team {
        id: format!("PT{place:05}"),
        name: format!("Team {place}"),
        description: place
            .is_multiple_of(3)
            .then_some("On call around the clock"),
        parent: None,
        members: members(some.map(|user| &user.id)),
    }
}

/// The last one of each hundred, and of all, manages.
fn members<'a>(ids: impl Iterator<Item = &'a String>) -> Vec<(String, &'static str)> {
    let ids: Vec<_> = ids.cloned().collect();
    let last = ids.len().saturating_sub(1);
    let role = |place: usize| match place {
        place if place == last || place % 100 == 99 => "manager",
        place if place.is_multiple_of(2) => "responder",
        _ => "observer",
    };
    let all = ids.into_iter().enumerate();
    all.map(|(place, id)| (id, role(place))).collect()
}
