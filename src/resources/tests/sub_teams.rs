//! The teams of an organization and their members, page by page.

use super::*;

/// Answers of an organization: its root, these teams, and one answer for each team.
fn organization(
    teams: &'static str,
    of_team: &'static [(&'static str, u16, &'static str)],
) -> impl Transport {
    move |_: &'static str, request: Request<()>| {
        let path = request.uri().to_string();
        let (status, body) = match path.as_str() {
            "/me" => (
                200,
                r#"{"user":{"id":9,"teamId":123,"username":"a","email":"a@example.com","teamName":"Root"},"operations":[]}"#,
            ),
            "/groups" => (200, r#"{"data":[{"id":7}]}"#),
            "/teams" => (200, teams),
            path => {
                let found = of_team.iter().find(|(known, ..)| *known == path);
                found.map_or((404, "{}"), |(_, status, body)| (*status, *body))
            }
        };
        let response = Response::builder().status(status);
        Ok(response.body(body.as_bytes().to_vec()).unwrap())
    }
}

/// Every page of the list of teams.
fn team_pages(transport: &impl Transport) -> Vec<Page> {
    let mut read = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let page =
            PostmanConnector::list_resources(transport, "team", None, token.as_deref()).unwrap();
        token.clone_from(&page.next_page_token);
        read.push(page);
        if token.is_none() {
            return read;
        }
    }
}

#[test]
fn a_sub_team_and_the_group_of_its_id_have_its_members() {
    let teams = r#"{"data":[{"id":123,"name":"Root"},{"id":5,"name":"Pay"},{"id":7,"name":"Search"}],"metadata":{"nextCursor":"abc"}}"#;
    let transport = organization(
        teams,
        &[
            (
                "/teams/5?include=members",
                200,
                r#"{"team":{"id":5,"members":[{"id":1,"role":"TEAM_MANAGER"},{"type":"group","id":77}]}}"#,
            ),
            (
                "/teams/7?include=members",
                200,
                r#"{"team":{"id":7,"members":[2]}}"#,
            ),
            (
                "/teams?cursor=abc",
                200,
                r#"{"data":[{"id":8,"name":"Third"}]}"#,
            ),
            (
                "/teams/8?include=members",
                200,
                r#"{"team":{"id":8,"memberCount":4}}"#,
            ),
        ],
    );
    let pages = team_pages(&transport);
    let names = |page: &Page| -> Vec<String> {
        let name = |one: &Resource| {
            format!(
                "{}:{} {}",
                one.id.resource_type, one.id.id, one.display_name
            )
        };
        records(page).map(name).collect()
    };
    assert_eq!(names(&pages[0]), ["team:123 Root"]);
    let second = ["group:5 Pay", "team:5 Pay", "team:7 Search"];
    assert_eq!(names(&pages[1]), second, "7 is a group, too");
    assert_eq!(codes(&pages[1]), [("shared-id", false)]);
    assert_eq!(
        grants(&pages[2]),
        [
            "member user:1 -",
            "team-manager user:1 -",
            "member group:77 member",
            "member team:5 member implied"
        ]
    );
    assert_eq!(grants(&pages[3]), ["member user:2 -"]);
    assert_eq!(names(&pages[4]), ["group:8 Third", "team:8 Third"]);
    assert_eq!(codes(&pages[5]), [("no-members", false)]);
    assert!(pages[5].notices[0].message.contains("counts 4"));
    assert_eq!(pages.len(), 6);
}

#[test]
fn members_that_are_refused_or_fewer_than_counted_are_noticed() {
    let teams = r#"{"data":[{"id":5,"name":"Pay"}]}"#;
    for (status, body, wanted) in [
        (403, "{\"title\":\"Forbidden\"}", ("no-members", false)),
        (404, "{}", ("no-members", false)),
        (
            200,
            r#"{"team":{"members":[1],"memberCount":2}}"#,
            ("short-list", true),
        ),
        (
            200,
            r#"{"team":{"members":[1,null]}}"#,
            ("unreadable-field", true),
        ),
    ] {
        let answers: &'static [_] =
            Box::leak(Box::new([("/teams/5?include=members", status, body)]));
        let pages = team_pages(&organization(teams, answers));
        assert_eq!(codes(pages.last().unwrap()), [wanted], "{status} {body}");
    }
}

#[test]
fn a_list_of_many_teams_with_long_ids_has_a_token() {
    let team = |at: usize| format!(r#"{{"id":"{at:0>36}","name":"T"}}"#);
    let teams: Vec<String> = (0..50).map(team).collect();
    let body = format!(
        r#"{{"data":[{}],"metadata":{{"nextCursor":null}}}}"#,
        teams.join(",")
    );
    let transport = organization(body.leak(), &[]);
    let pages = team_pages(&transport);
    let noticed: usize = pages.iter().map(|page| codes(page).len()).sum();
    assert_eq!(noticed, 50, "the members of each team were asked for");
    let empty = |page: &&Page| records(page).next().is_none() && page.grants.is_empty();
    assert_eq!(
        pages.iter().filter(empty).count(),
        1,
        "a host takes a second one for a circle"
    );
}

/// The answer of `/teams` to a team that `/me` shows.
fn teams_answer(status: u16, body: &'static str) -> impl Transport {
    move |_: &'static str, request: Request<()>| {
        let (status, body) = match request.uri().path() {
            "/me" => (200, SERVICE_ACCOUNT),
            _ => (status, body),
        };
        let response = Response::builder().status(status);
        Ok(response.body(body.as_bytes().to_vec()).unwrap())
    }
}

#[test]
fn a_team_without_sub_teams_is_the_root_alone() {
    for (status, body, wanted) in [
        (403, "{\"title\":\"Forbidden\"}", vec![("no-teams", false)]),
        (404, "{}", vec![("no-teams", false)]),
        (402, "{}", vec![("no-teams", false)]),
        (
            400,
            r#"{"detail":"Squad feature is not available for your team."}"#,
            vec![],
        ),
        (200, r#"{"data":[]}"#, vec![]),
    ] {
        let pages = team_pages(&teams_answer(status, body));
        assert_eq!(pages[0].resources[0].id.id, "123");
        assert_eq!(codes(&pages[1]), wanted, "{status} {body}");
        assert!(pages[1].resources.is_empty());
        assert_eq!(pages.len(), 2);
    }
}

#[test]
fn an_odd_answer_about_teams_or_members_is_an_error() {
    let (odd, passing) = (ErrorKind::UnexpectedResponse, ErrorKind::Unavailable);
    const PASSES: &str = r#"{"error":{"name":"serverError","message":"m"}}"#;
    for (status, body, wanted) in [
        (500, "{}", passing),
        (200, PASSES, passing),
        (200, "<html>", passing),
        (200, "{}", odd),
        (429, "{}", ErrorKind::RateLimited),
    ] {
        let transport = teams_answer(status, body);
        let list =
            |token: Option<&str>| PostmanConnector::list_resources(&transport, "team", None, token);
        let root = list(None).unwrap();
        let error = list(root.next_page_token.as_deref()).unwrap_err();
        assert_eq!(error.kind, wanted, "{status} {body}");
    }
    let members: &'static [_] = &[("/teams/5?include=members", 200, PASSES)];
    let transport = organization(r#"{"data":[{"id":5,"name":"Pay"}]}"#, members);
    let list = |token: &Page| {
        PostmanConnector::list_resources(&transport, "team", None, token.next_page_token.as_deref())
    };
    let root = PostmanConnector::list_resources(&transport, "team", None, None).unwrap();
    let teams = list(&root).unwrap();
    assert_eq!(list(&teams).unwrap_err().kind, passing);
}
