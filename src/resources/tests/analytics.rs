//! Analytics: every form that its answers have, what an absent feature costs, and how lists go on.

use super::*;
use connector_sdk::model::Details;

const REPORT: GivenId<'static> = ("analytics-report", "123");
const MEMBERS: &str = "/analytics?resource=team&metrics=members&view=detailed&limit=5000&offset=0";
const INVITES: &str =
    "/analytics?resource=workspace&metrics=pending_invites&view=detailed&limit=5000&offset=0";
const LICENSES: &str = "/analytics?resource=team&metrics=license_consumption&view=summary\
     &workspaceType=internal%2Cpublic%2Cpartner&duration=last_6_months&limit=5000&offset=0";
const PARTNERS: &str = "/analytics?resource=team&metrics=partner_engagement_funnel&view=detailed\
     &duration=last_180_days&limit=5000&offset=0";
const USERS: &str = r#"{"data":[{"id":1,"email":"Ana@x.example"},{"id":2,"email":"bo@x.example"},
    {"id":3,"email":"cy@x.example"},{"id":4,"email":"CY@x.example"},{"id":5,"email":""}]}"#;
const NO_PARTNERS: &str = r#"{"data":{"all_partners":{"rows":[]}}}"#;

/// Each activity as `id last-login inviter`.
fn activities(page: &Page) -> Vec<String> {
    let rows = page.resources.iter().map(|one| {
        let Details::User(user) = &one.details else {
            panic!("no account");
        };
        let last = user.last_login.as_deref().unwrap_or("-");
        format!(
            "{} {last} {}",
            one.id.id,
            one.attribute("invited_by").unwrap_or("-")
        )
    });
    rows.collect()
}

fn list(of: &str, bodies: &[(&str, &str)]) -> Result<Page, Error> {
    let parent = if of == "analytics-report" {
        TEAM
    } else {
        REPORT
    };
    PostmanConnector::list_resources(&provider(bodies), of, Some(parent), None)
}

#[test]
fn every_form_of_a_table_gives_the_same_rows() {
    let columns = r#"[{"name":"email","type":"STRING"},{"name":"last_active","type":"DATE"},{"name":"invited_by"}]"#;
    let rows = r#"[["ana@x.example","2025-08-25","bo@x.example"]]"#;
    let table = format!(r#"{{"schema":{{"columns":{columns}}},"rows":{rows}}}"#);
    let flat = format!(r#"{{"columns":["email","lastActive","invitedBy"],"rows":{rows}}}"#);
    let object = r#"{"email":"ana@x.example","lastActive":"2025-08-25T00:00:00.000Z","invitedBy":"bo@x.example","x":[1]}"#;
    for body in [
        format!(r#"{{"data":{{"summary":{table}}}}}"#),
        format!(r#"{{"data":{{"detailed":{table}}}}}"#),
        format!(r#"{{"data":{table}}}"#),
        table.clone(),
        format!(r#"{{"data":{{"summary":{flat}}}}}"#),
        format!(r#"{{"data":{{"rows":[{object}]}}}}"#),
        format!(r#"{{"data":{{"detailed":[{object}]}}}}"#),
        format!(r#"{{"data":[{object}],"meta":{{"total":1}}}}"#),
        format!(
            r#"{{"data":[{{"user_id":1,{}],"pagination":{{"has_more":false}}}}"#,
            &object[1..]
        ),
    ] {
        let page = list("activity", &[(MEMBERS, &body), ("/users", USERS)]).unwrap();
        assert_eq!(
            activities(&page),
            ["1 2025-08-25T00:00:00Z bo@x.example"],
            "{body}"
        );
        assert_eq!(
            (codes(&page), &page.next_page_token),
            (vec![], &None),
            "{body}"
        );
    }
}

#[test]
fn a_table_without_the_time_it_is_for_says_so() {
    let table = r#"{"data":{"columns":["user_id","email_id","invite_id"],"rows":[["1","a@x.example","i"]]}}"#;
    for (of, path) in [("activity", MEMBERS), ("invitation", INVITES)] {
        let page = list(of, &[(path, table), ("/users", USERS)]).unwrap();
        assert_eq!(page.resources.len(), 1, "{of}");
        assert_eq!(codes(&page), [("missing-field", false)], "{of}");
    }
}

#[test]
fn an_address_of_no_single_user_is_reported() {
    let body = r#"{"data":[{"email":"cy@x.example"},{"email":"gone@x.example"},{"user_name":"Bot"},
        {"email":"BO@x.example","last_active":"yesterday"}]}"#;
    let page = list("activity", &[(MEMBERS, body), ("/users", USERS)]).unwrap();
    assert_eq!(activities(&page), ["2 - -"]);
    let lost = ("unknown-account", true);
    assert_eq!(
        codes(&page),
        [lost, lost, lost, ("unreadable-field", false)]
    );
}

#[test]
fn an_absent_feature_costs_one_request() {
    for (status, body, kind) in [
        (
            400,
            r#"{"title":"Bad Request","detail":"This feature isn't available in your region."}"#,
            ErrorKind::NotOffered,
        ),
        (
            401,
            r#"{"title":"Unauthorized","detail":"Unauthorized","status":401,"instance":"/analytics"}"#,
            ErrorKind::Forbidden,
        ),
        (
            401,
            r#"{"error":{"name":"AuthenticationError","message":"Invalid API Key."}}"#,
            ErrorKind::Forbidden,
        ),
        (402, "{}", ErrorKind::NotOffered),
        (
            403,
            r#"{"title":"AuthenticationError","detail":"Invalid API Key. Every request requires a valid API Key to be sent.","status":403,"instance":"/analytics"}"#,
            ErrorKind::Forbidden,
        ),
        (
            403,
            r#"{"title":"Forbidden","detail":"This feature isn't available in your region."}"#,
            ErrorKind::NotOffered,
        ),
        (
            403,
            r#"{"detail":"Feature is disabled."}"#,
            ErrorKind::Forbidden,
        ),
        (404, "{}", ErrorKind::NotOffered),
        (
            200,
            r#"{"error":{"name":"forbiddenError","message":"m"}}"#,
            ErrorKind::Forbidden,
        ),
        (
            200,
            r#"{"message":"This feature is not available on your plan."}"#,
            ErrorKind::NotOffered,
        ),
        (
            200,
            r#"{"error":{"name":"NotFound","message":"m"},"status":"error"}"#,
            ErrorKind::NotOffered,
        ),
    ] {
        let asked = RefCell::new(0);
        let transport = |_: &'static str, _: Request<()>| {
            *asked.borrow_mut() += 1;
            Ok(Response::builder()
                .status(status)
                .body(body.as_bytes().to_vec())
                .unwrap())
        };
        let read =
            PostmanConnector::list_resources(&transport, "analytics-report", Some(TEAM), None);
        let error = read.unwrap_err();
        assert_eq!(error.kind, kind, "{status} {body}");
        assert_eq!(asked.into_inner(), 1, "{status} {body}");
        assert!(
            error.problem.message.contains("leaves"),
            "{}",
            error.problem.message
        );
    }
    let passing = r#"{"message":"Endpoint request timed out"}"#;
    let error = list("analytics-report", &[(LICENSES, passing)]).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
}

#[test]
fn seats_are_those_of_the_account_or_the_licenses() {
    let licenses = r#"{"data":{"summary":{"schema":{"columns":[{"name":"date"},{"name":"team_members"},{"name":"partners"},{"name":"unused_licenses"}]},
        "rows":[["2026-02-01",40,3,10],["2026-03-01",42,3,8],["2026-01-01",1,1,1]]}}}"#;
    let slots =
        r#"{"id":1,"state":"PAID","slots":{"available":8,"consumed":"2","total":10,"unbilled":0}}"#;
    let wrapped = format!(r#"{{"data":{{"accounts":[{slots}]}}}}"#);
    let billed =
        "partners=3 seats_total=10 seats_unbilled=0 seats_used=2 team_members=42 unused_licenses=8";
    let counted = "partners=3 seats_total=50 seats_used=42 team_members=42 unused_licenses=8";
    for (accounts, wanted, noted) in [
        (slots, billed, 0),
        (&wrapped, billed, 0),
        (r#"{"id":1}"#, counted, 1),
    ] {
        let bodies = [
            (LICENSES, licenses),
            ("/accounts", accounts),
            (PARTNERS, NO_PARTNERS),
        ];
        let page = list("analytics-report", &bodies).unwrap();
        let [report] = &*page.resources else {
            panic!("{page:?}")
        };
        let figures = report
            .attributes
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        assert_eq!(figures.collect::<Vec<_>>().join(" "), wanted, "{accounts}");
        assert_eq!(codes(&page), vec![("no-figures", false); noted]);
    }
    let page = list("analytics-report", &[(LICENSES, licenses)]).unwrap();
    let noted = [("no-figures", false), ("no-partners", false)];
    assert_eq!(codes(&page), noted);
}

#[test]
fn partners_that_cannot_be_read_are_an_omission() {
    let licenses = r#"{"data":{"rows":[]}}"#;
    let odd = [
        (LICENSES, licenses),
        ("/accounts", r#"{"slots":{}}"#),
        (PARTNERS, r#"{"data":{}}"#),
    ];
    let page = list("analytics-report", &odd).unwrap();
    assert_eq!(codes(&page), [("no-partners", true)]);
}

#[test]
fn figures_of_an_unknown_kind_cost_themselves() {
    let bodies = [
        (LICENSES, r#"{"data":{}}"#),
        ("/accounts", r#"{"slots":{"total":[]}}"#),
        (PARTNERS, NO_PARTNERS),
    ];
    let page = list("analytics-report", &bodies).unwrap();
    assert_eq!(page.resources.len(), 1);
    assert_eq!(
        codes(&page),
        [("no-figures", false), ("unreadable-field", false)]
    );
}

#[test]
fn a_partner_of_several_stages_has_the_latest_time() {
    let stage = |rows: &str| {
        format!(
            r#"{{"schema":{{"columns":[{{"name":"user_id"}},{{"name":"timestamp"}}]}},"rows":{rows}}}"#
        )
    };
    let body = format!(
        r#"{{"data":{{"request_sent":{},"all_partners":{},"workspace_visited":{}}}}}"#,
        stage(r#"[["7","2026-01-23T00:00:00.000Z"]]"#),
        stage(r#"[["7","2025-12-01T00:00:00Z"],[8,null],["a/b",""]]"#),
        stage(r#"[["7","2026-01-02T00:00:00Z"]]"#),
    );
    let bodies = [
        (LICENSES, r#"{"data":[]}"#),
        ("/accounts", r#"{"slots":{}}"#),
        (PARTNERS, &body),
    ];
    let page = list("analytics-report", &bodies).unwrap();
    let partners = page.references.iter().map(|one| {
        let Details::User(user) = &one.resource.details else {
            panic!("{:?}", one.resource.details);
        };
        (one.resource.id.id.as_str(), user.last_login.as_deref())
    });
    let wanted = [("7", Some("2026-01-23T00:00:00Z")), ("8", None)];
    assert_eq!(partners.collect::<Vec<_>>(), wanted);
    assert_eq!(codes(&page), [("unreadable-field", true)]);
}

#[test]
fn an_invitation_names_address_inviter_and_time() {
    let body = r#"{"data":{"detailed":{"schema":{"columns":[{"name":"email_id"},{"name":"invite_id"},{"name":"timestamp"},{"name":"invited_by"},{"name":"workspace_id"}]},
        "rows":[["new@x.example","inv-1","2026-01-23T09:00:00.000Z","ana@x.example",null],
                ["out@y.example","inv/2=","2026-01-24","","1f0d"],["lost@x.example",null]]}}}"#;
    let page = list("invitation", &[(INVITES, body)]).unwrap();
    let shown = page.resources.iter().map(|one| {
        let by = one.attribute("invited_by").unwrap_or("-");
        format!(
            "{} {} {by} {}",
            one.id.id,
            one.display_name,
            one.created_at.as_deref().unwrap_or("-")
        )
    });
    let wanted = [
        "inv-1 new@x.example ana@x.example 2026-01-23T09:00:00Z",
        "inv/2= out@y.example - 2026-01-24T00:00:00Z",
    ];
    assert_eq!(shown.collect::<Vec<_>>(), wanted);
    assert_eq!(
        grants(&page),
        ["invited invitation:inv-1 -", "invited invitation:inv/2= -"]
    );
    let types: Vec<_> = page
        .grants
        .iter()
        .map(|set| set.resource.resource_type)
        .collect();
    assert_eq!(types, ["team", "workspace"]);
    assert_eq!(page.entitlements.len(), 2);
    assert_eq!(codes(&page), [("no-id", true)]);
}

#[test]
fn a_list_of_analytics_goes_on_by_offset() {
    let rows = |from: usize, pagination: &str| {
        let rows: Vec<_> = (from..from + 5_000)
            .map(|id| format!("[\"i{id}\"]"))
            .collect();
        format!(
            r#"{{"data":{{"summary":{{"columns":["invite_id"],"rows":[{}],"pagination":{pagination}}}}}}}"#,
            rows.join(",")
        )
    };
    let asked = RefCell::new(Vec::new());
    let transport = |_: &'static str, request: Request<()>| {
        let path = request.uri().to_string();
        let offset: usize = path.rsplit('=').next().unwrap().parse().unwrap();
        asked.borrow_mut().push(offset);
        Ok(Response::new(
            rows(offset, r#"{"has_more":true}"#).into_bytes(),
        ))
    };
    let (mut token, mut notices) = (None, Vec::new());
    loop {
        let page = PostmanConnector::list_resources(
            &transport,
            "invitation",
            Some(REPORT),
            token.as_deref(),
        )
        .unwrap();
        notices.extend(codes(&page).into_iter().map(|(code, _)| code.to_owned()));
        token = page.next_page_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(*asked.borrow(), [0, 5_000, 10_000]);
    notices.retain(|code| code != "missing-field");
    assert_eq!(notices, ["short-list"]);
    for (pagination, goes_on) in [
        (r#"{"has_more":false,"total":5000}"#, false),
        (r#"{"total":5001}"#, true),
        ("{}", true),
    ] {
        let page = list("invitation", &[(INVITES, &rows(0, pagination))]).unwrap();
        assert_eq!(page.next_page_token.is_some(), goes_on, "{pagination}");
    }
}
