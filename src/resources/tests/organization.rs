//! An organization of several teams, and who can do everything in it.

use super::*;
use connector_sdk::model::{AccountType, Details};

const TWO: &str =
    r#"{"data":[{"id":1,"name":"A"},{"id":2,"name":"B"}],"metadata":{"nextCursor":null}}"#;

/// Lists workspaces page by page; `/teams` answers with this. Returns the pages and what was asked for.
fn pages(teams: (u16, &str), pages: &[&str]) -> (Vec<Page>, Vec<String>) {
    let asked = RefCell::new(Vec::new());
    let transport = |_: &'static str, request: Request<()>| {
        let path = request.uri().to_string();
        let listed = asked
            .borrow()
            .iter()
            .filter(|one: &&String| one.contains('?'))
            .count();
        let (status, body) = match path.as_str() {
            "/teams" => (teams.0, teams.1.to_owned()),
            _ => (
                200,
                pages.get(listed).copied().unwrap_or_default().to_owned(),
            ),
        };
        asked.borrow_mut().push(path);
        Ok(Response::builder()
            .status(status)
            .body(body.into_bytes())
            .unwrap())
    };
    let mut cursor = None;
    let mut read = Vec::new();
    loop {
        let page = PostmanConnector::list_resources(
            &transport,
            "workspace",
            Some(TEAM),
            cursor.as_deref(),
        )
        .unwrap();
        cursor.clone_from(&page.next_page_token);
        read.push(page);
        if cursor.is_none() {
            return (read, asked.take());
        }
    }
}

fn page(workspaces: &[(&str, &str)], next: &str) -> String {
    let items: Vec<String> = workspaces
        .iter()
        .map(|(id, visibility)| format!(r#"{{"id":"{id}","visibility":"{visibility}"}}"#))
        .collect();
    format!(
        r#"{{"workspaces":[{}],"meta":{{"nextCursor":"{next}"}}}}"#,
        items.join(",")
    )
}

/// The grants but for those of Super Admins.
fn by_visibility(page: &Page) -> Vec<String> {
    let mut all = grants(page);
    all.retain(|one| one != "admin team:123 super-admin implied");
    all
}

#[test]
fn visibility_team_lets_in_no_whole_organization() {
    let list = page(&[("w1", "team"), ("w2", "private"), ("w3", "team")], "");
    let (read, asked) = pages((200, TWO), &[&list]);
    assert_eq!(asked, ["/workspaces?limit=100", "/teams"]);
    assert_eq!(by_visibility(&read[0]), Vec::<String>::new());
    assert_eq!(codes(&read[0]), [("unknown-access", false); 2]);
    let about = read[0]
        .notices
        .iter()
        .map(|one| one.about.clone().unwrap().id);
    assert_eq!(about.collect::<Vec<_>>(), ["w1", "w3"]);
}

#[test]
fn a_team_that_is_no_organization_is_let_in_whole() {
    let plan = |message: &str| {
        format!(
            r#"{{"title":"Bad Request","detail":{{"error":{{"name":"BadRequest","message":"{message}"}}}}}}"#
        )
    };
    let list = page(&[("w1", "team")], "");
    for (status, body, wanted) in [
        (
            400,
            plan("Squad feature is not available for your team."),
            vec![],
        ),
        (
            400,
            plan("Team feature is not available for your organization."),
            vec![],
        ),
        (
            403,
            plan("This feature isn't available in your region."),
            vec![],
        ),
        (403, "{}".to_owned(), vec![("no-teams", false)]),
        (404, "{}".to_owned(), vec![("no-teams", false)]),
        (402, "{}".to_owned(), vec![("no-teams", false)]),
        (
            401,
            r#"{"detail":"You are not authorized to perform this action."}"#.to_owned(),
            vec![("no-teams", false)],
        ),
        (200, r#"{"data":[]}"#.to_owned(), vec![]),
    ] {
        let (read, _) = pages((status, &body), &[&list]);
        let wanted_grants = ["access team:123 member implied"];
        assert_eq!(by_visibility(&read[0]), wanted_grants, "{status} {body}");
        assert_eq!(codes(&read[0]), wanted, "{status} {body}");
    }
}

#[test]
fn an_answer_that_does_not_say_it_gives_nobody_access() {
    let list = page(&[("w1", "team")], "");
    for (status, body, requests) in [
        (200, "{}", 2),
        (200, r#"{"data":[7]}"#, 2),
        (200, r#"{"data":{}}"#, 2),
        (500, "{}", 3),
        (503, "", 3),
        (302, "", 2),
        (400, r#"{"error":{"name":"syncError"}}"#, 3),
        (403, "<html>", 3),
        (403, "", 3),
        (407, "{}", 3),
    ] {
        let (read, asked) = pages((status, body), &[&list]);
        assert_eq!(
            by_visibility(&read[0]),
            Vec::<String>::new(),
            "{status} {body}"
        );
        assert_eq!(
            codes(&read[0]),
            [("unknown-access", false)],
            "{status} {body}"
        );
        assert_eq!(asked.len(), requests, "{status} {body}");
    }
}

#[test]
fn a_refused_credential_ends_the_list_of_workspaces() {
    let list = page(&[("w1", "team")], "");
    for (status, wanted) in [
        (401, ErrorKind::Unauthenticated),
        (429, ErrorKind::RateLimited),
    ] {
        let transport = |_: &'static str, request: Request<()>| {
            let (status, body) = match request.uri().path() {
                "/teams" | "/me" => (status, "{}"),
                _ => (200, list.as_str()),
            };
            Ok(Response::builder()
                .status(status)
                .body(body.as_bytes().to_vec())
                .unwrap())
        };
        let ended = PostmanConnector::list_resources(&transport, "workspace", Some(TEAM), None);
        assert_eq!(ended.unwrap_err().kind, wanted);
    }
}

#[test]
fn postman_is_asked_once_in_a_list_of_many_pages() {
    let lists = [
        page(&[("w1", "private")], "a"),
        page(&[("w2", "team")], "b"),
        page(&[("w3", "team")], "c"),
        page(&[("w4", "private"), ("w5", "team")], ""),
    ];
    let lists: Vec<&str> = lists.iter().map(String::as_str).collect();
    let (read, asked) = pages((200, TWO), &lists);
    assert_eq!(asked.iter().filter(|path| *path == "/teams").count(), 1);
    assert_eq!(asked.len(), 5);
    let notices: Vec<usize> = read.iter().map(|page| page.notices.len()).collect();
    assert_eq!(notices, [0, 1, 1, 1]);
    let private: Vec<String> = [
        page(&[("w1", "private")], "a"),
        page(&[("w2", "public")], ""),
    ]
    .into();
    let private: Vec<&str> = private.iter().map(String::as_str).collect();
    let (_, asked) = pages((200, TWO), &private);
    assert_eq!(asked.len(), 2, "no visibility asks for it");
}

#[test]
fn every_documented_role_goes_by_its_name() {
    let body = r#"{"data":[{"id":1,"roles":["SUPER_ADMIN","partner-manager","apiNetworkManager"]},
        {"id":2,"roles":["super-admin","Organization Manager"]}]}"#;
    let page =
        PostmanConnector::list_resources(&provider(&[("/users", body)]), "user", Some(TEAM), None)
            .unwrap();
    assert_eq!(
        grants(&page),
        [
            "member user:1 -",
            "member user:2 -",
            "super-admin user:1 -",
            "super-admin user:2 -",
            "partner-manager user:1 -",
            "api-network-manager user:1 -",
            "organization-manager user:2 -",
            "super-admin user:2 - implied"
        ]
    );
    assert!(page.notices.is_empty() && page.entitlements.is_empty());
    let known = PostmanConnector::list_entitlements(&nobody, "team")
        .unwrap()
        .entitlements;
    let name = |slug: &str| {
        let found = known.iter().find(|one| one.slug == slug).unwrap();
        found.display_name.to_string()
    };
    assert_eq!(name("api-network-manager"), "API Network Manager");
    assert_eq!(name("super-admin"), "Super Admin");
}

#[test]
fn who_manages_an_organization_is_its_super_admin() {
    let body = r#"{"data":[{"id":1,"roles":["organization-manager"]}]}"#;
    let page =
        PostmanConnector::list_resources(&provider(&[("/users", body)]), "user", Some(TEAM), None)
            .unwrap();
    assert_eq!(
        grants(&page),
        [
            "member user:1 -",
            "organization-manager user:1 -",
            "super-admin user:1 - implied"
        ]
    );
}

#[test]
fn an_owner_without_login_is_a_service_account() {
    let me = |names: &str| {
        format!(
            r#"{{"user":{{"id":7,"teamId":5150,"fullName":"Deploy Bot",{names}"roles":["user"]}}}}"#
        )
    };
    for (names, is_service) in [
        (r#""username":"","email":null,"#, true),
        ("", true),
        (r#""username":"bot","email":"","#, false),
        (r#""username":null,"email":"bot@example.com","#, false),
    ] {
        let body = me(names);
        let page =
            PostmanConnector::list_resources(&provider(&[("/me", &body)]), "team", None, None)
                .unwrap();
        let references = page.references.iter().map(|one| &one.resource);
        let found = references
            .into_iter()
            .find(|one| one.id.resource_type == "user");
        assert_eq!(found.is_some(), is_service, "{names}");
        let Some(found) = found else { continue };
        assert_eq!(found.display_name, "Deploy Bot");
        assert!(
            matches!(&found.details, Details::User(user) if user.account_type == AccountType::Service)
        );
        assert_eq!(grants(&page), ["user user:7 -"]);
    }
}

#[test]
fn a_workspace_that_names_its_team_lets_that_team_in() {
    for (own, wanted) in [
        (r#""team":"5""#, "access team:5 member implied"),
        (r#""teamId":5"#, "access team:5 member implied"),
        (
            r#""team":{"id":5,"name":"Pay"}"#,
            "access team:5 member implied",
        ),
    ] {
        let list = format!(r#"{{"workspaces":[{{"id":"w1","visibility":"team",{own}}}]}}"#);
        let (read, _) = pages((200, TWO), &[&list]);
        assert_eq!(by_visibility(&read[0]), [wanted], "{own}");
        assert!(read[0].notices.is_empty());
    }
    let list = r#"{"workspaces":[{"id":"w1","visibility":"team","teamId":"123"}]}"#;
    let (read, _) = pages((200, TWO), &[list]);
    assert_eq!(
        codes(&read[0]),
        [("unknown-access", false)],
        "the root may be all"
    );
    let (read, _) = pages((404, "{}"), &[list]);
    assert_eq!(by_visibility(&read[0]), ["access team:123 member implied"]);
}

#[test]
fn partner_managers_manage_partner_workspaces() {
    let list = r#"{"workspaces":[{"id":"w1","visibility":"partner","team":5},{"id":"w2","visibility":"private"}]}"#;
    let (read, _) = pages((200, TWO), &[list]);
    assert_eq!(
        by_visibility(&read[0]),
        ["manage team:123 partner-manager implied"]
    );
}

#[test]
fn a_user_that_is_a_program_or_an_outsider_says_so() {
    for (row, wanted) in [
        (r#""username":"","email":null"#, AccountType::Service),
        (
            r#""username":"ci","type":"service_account""#,
            AccountType::Service,
        ),
        (
            r#""username":"ci","isServiceAccount":true"#,
            AccountType::Service,
        ),
        (
            r#""email":"p@example.org","userType":"PARTNER""#,
            AccountType::External,
        ),
        (
            r#""email":"p@example.org","isGuest":true"#,
            AccountType::External,
        ),
        (
            r#""email":"p@example.org","isGuest":false,"type":"user""#,
            AccountType::Unknown,
        ),
        (r#""email":7"#, AccountType::Unknown),
        (r#""name":"A""#, AccountType::Unknown),
    ] {
        let body = format!(r#"{{"data":[{{"id":1,{row},"roles":[]}}]}}"#);
        let page = PostmanConnector::list_resources(
            &provider(&[("/users", &body)]),
            "user",
            Some(TEAM),
            None,
        )
        .unwrap();
        assert!(
            matches!(&page.resources[0].details, Details::User(user) if user.account_type == wanted),
            "{row}"
        );
    }
}
