//! The simulator refuses what the real API refuses, in its words.

use crate::client::{Reply, get, plain, read, send, start};
use postman_simulator::{ApiQuirks, KeyOwner, Options, RunningSimulator, TeamPlan};
use serde_json::{Value, json};

async fn refused(running: &RunningSimulator, path: &str, status: u16) -> Value {
    let reply = get(running, path).await;
    // Postman publishes 401 with words about permission beside 403.
    let forbids = reply.status == 401 && reply.body.contains("You are not authorized to perform");
    let is_refused = reply.status == status || (status == 403 && forbids);
    assert!(is_refused, "{path}: {} {}", reply.status, reply.body);
    reply.json()
}

#[tokio::test]
async fn a_key_is_needed_and_has_to_be_right() {
    let running = start(plain()).await;
    let wrong = json!({"error": {"name": "AuthenticationError", "message": "Invalid API Key. Every request requires a valid API Key to be sent."}});
    let none = send(&running, "GET", "/me", &[]).await;
    assert_eq!(
        (none.status, none.json()["title"].clone()),
        (401, "Unauthorized".into())
    );
    for header in [
        ("X-API-Key", "PMAK-wrong"),
        ("X-API-Key", ""),
        ("Authorization", "Bearer nothing"),
    ] {
        let reply = send(&running, "GET", "/users", &[header]).await;
        assert_eq!(
            (reply.status, reply.json()),
            (401, wrong.clone()),
            "{header:?}"
        );
    }
    let key = running.api_key().to_owned();
    for name in ["X-API-Key", "x-api-key", "X-Api-KEY"] {
        assert_eq!(
            send(&running, "GET", "/me", &[(name, &key)]).await.status,
            200
        );
    }
    let query = send(&running, "GET", &format!("/me?apikey={key}"), &[]).await;
    assert_eq!(
        query.status, 401,
        "keys in addresses leak, so they are not taken"
    );
}

#[tokio::test]
async fn an_access_token_is_taken_where_there_is_one() {
    let running = start(Options {
        access_token: Some("token".to_owned()),
        ..plain()
    })
    .await;
    let status = async |value| {
        send(&running, "GET", "/me", &[("Authorization", value)])
            .await
            .status
    };
    assert_eq!(
        (status("Bearer token").await, status("Bearer other").await),
        (200, 401)
    );
}

#[tokio::test]
async fn scim_has_a_key_of_its_own_and_errors_of_its_own() {
    let running = start(Options {
        scim_key: Some("secret".to_owned()),
        ..plain()
    })
    .await;
    let key = running.api_key().to_owned();
    let scim =
        async |headers: &[(&str, &str)], path: &str| send(&running, "GET", path, headers).await;
    for (headers, status) in [
        (vec![("Authorization", "secret")], 200),
        (vec![("Authorization", "Bearer secret")], 200),
        (vec![("Authorization", key.as_str())], 401),
        (vec![("X-API-Key", key.as_str())], 401),
    ] {
        assert_eq!(
            scim(&headers, "/scim/v2/Users").await.status,
            status,
            "{headers:?}"
        );
    }
    let body = scim(&[], "/scim/v2/Users").await.json();
    assert_eq!(
        body["schemas"][0],
        "urn:ietf:params:scim:api:messages:2.0:Error"
    );
    assert_eq!(body["status"], "401", "a text");
    let unsupported = scim(
        &[("Authorization", "secret")],
        "/scim/v2/Users?filter=title%20pr",
    )
    .await;
    assert_eq!(
        (unsupported.status, unsupported.json()["status"].clone()),
        (400, "400".into())
    );
    for query in ["startIndex=0", "startIndex=x", "count=-1", "count=1e2"] {
        let path = format!("/scim/v2/Users?{query}");
        let reply = scim(&[("Authorization", "secret")], &path).await;
        assert_eq!(reply.status, 400, "{query}");
    }
}

#[tokio::test]
async fn parameters_out_of_bounds_are_named() {
    let running = start(plain()).await;
    let too_high = json!({"error": {"name": "badRequestError", "message": "The limit parameter must not exceed 100."}});
    assert_eq!(
        refused(&running, "/workspaces?limit=101", 400).await,
        too_high
    );
    let invalid = json!({"error": {"name": "invalidParamsError",
        "message": "The limit parameter provided is invalid. Value must be a positive integer smaller than 100.",
        "details": {"param": "limit"}}});
    for limit in ["100", "995", "0", "-1", "ten", "1.5", ""] {
        let path = format!("/collections?limit={limit}&offset=0");
        assert_eq!(refused(&running, &path, 400).await, invalid, "{path}");
    }
    for path in ["/collections?offset=-1", "/collections?limit=99&offset=x"] {
        let body = refused(&running, path, 400).await;
        assert_eq!(body["error"]["details"]["param"], "offset");
    }
    for (path, detail) in [
        ("/workspaces?limit=0", "querystring.limit should be >= 1"),
        ("/workspaces?limit=-5", "querystring.limit should be >= 1"),
        (
            "/workspaces?limit=ten",
            "querystring.limit should be integer",
        ),
        ("/users?groupId=x", "querystring.groupId should be integer"),
    ] {
        let body = refused(&running, path, 400).await;
        assert_eq!(
            (&body["title"], &body["detail"], &body["status"]),
            (&"Bad Request".into(), &detail.into(), &400.into()),
            "{path}"
        );
    }
    for path in ["/workspaces?limit=100", "/collections?limit=99"] {
        assert_eq!(get(&running, path).await.status, 200, "{path}");
    }
    for path in [
        "/workspaces?limit=10&cursor=!!",
        "/workspaces?limit=10&cursor=OTk5OTk5OTk5",
        "/collection-access-keys?cursor=MQ%3D%3D",
    ] {
        let body = refused(&running, path, 400).await;
        assert_eq!(
            (&body["title"], &body["detail"]),
            (&"Malformed request".into(), &"Invalid cursor".into())
        );
    }
    let body = refused(&running, "/workspaces?type=secret", 400).await;
    assert_eq!(
        (&body["statusCode"], &body["error"]["name"]),
        (&400.into(), &"invalidParamError".into())
    );
    let body = refused(&running, "/workspaces?elementType=collection", 400).await;
    assert_eq!(
        body,
        json!({"name": "badRequest", "message": "elementId is required when elementType is provided"})
    );
}

#[tokio::test]
async fn unknown_ids_and_paths_are_not_found() {
    let running = start(plain()).await;
    let workspace = json!({"error": {"name": "workspaceNotFoundError", "message": "Workspace not found", "statusCode": 404}});
    for path in [
        "/workspaces/nope",
        "/workspaces/nope/roles",
        "/workspaces/..%2F..%2Fusers/roles",
    ] {
        assert_eq!(refused(&running, path, 404).await, workspace);
    }
    assert_eq!(
        refused(&running, "/collections/1-2/roles", 404).await["type"],
        "instanceNotFoundError"
    );
    for path in ["/users/1", "/groups/1"] {
        assert_eq!(refused(&running, path, 404).await["title"], "Not Found");
    }
    for path in ["/users/me", "/groups/x"] {
        assert_eq!(refused(&running, path, 400).await["status"], 400);
    }
    for path in [
        "/",
        "/nope",
        "/users/",
        "/me/x",
        "//me",
        "/workspaces-role",
        "/workspaces/a/roles/b",
        "/../me",
    ] {
        let body = refused(&running, path, 404).await;
        assert_eq!(
            (&body["status"], &body["error"]["name"]),
            (&"error".into(), &"NotFound".into()),
            "{path}"
        );
    }
    let none = refused(&running, "/teams", 400).await;
    assert_eq!(
        none["detail"]["error"]["message"],
        "Team feature is not available for your organization."
    );
}

#[tokio::test]
async fn nothing_but_get_is_served_and_nothing_changes() {
    let running = start(plain()).await;
    let key = running.api_key().to_owned();
    let before = get(&running, "/users").await.body;
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let reply = send(
            &running,
            method,
            "/users",
            &[("X-API-Key", &key), ("Content-Length", "0")],
        )
        .await;
        assert_eq!(
            (reply.status, reply.headers["allow"].as_str()),
            (405, "GET"),
            "{method}"
        );
    }
    assert_eq!(get(&running, "/users").await.body, before);
}

#[tokio::test]
async fn plans_refuse_what_they_do_not_have() {
    for plan in [TeamPlan::Free, TeamPlan::Solo] {
        let running = start(Options {
            plan,
            scim_key: Some("s".to_owned()),
            ..plain()
        })
        .await;
        let mine = read(&running, "/workspaces?type=public").await;
        let id = mine["workspaces"][0]["id"].as_str().expect("an id");
        for path in [
            "/users",
            "/groups",
            "/workspaces-roles",
            &format!("/workspaces/{id}/roles"),
        ] {
            refused(&running, path, 403).await;
        }
        let scim = send(&running, "GET", "/scim/v2/Users", &[("Authorization", "s")]).await;
        assert_eq!(
            (scim.status, scim.json()["status"].clone()),
            (403, "403".into())
        );
    }
    let team = start(Options {
        plan: TeamPlan::Team,
        ..plain()
    })
    .await;
    read(&team, "/users").await;
    assert_eq!(
        refused(&team, "/groups", 403).await["detail"],
        "This feature isn't available in your region."
    );
}

#[tokio::test]
async fn an_owner_reads_what_they_see() {
    let admin = start(Options {
        owner: KeyOwner::Admin,
        ..plain()
    })
    .await;
    let everybody = start(plain()).await;
    let seen = read(&admin, "/workspaces").await;
    let all = read(&everybody, "/workspaces").await;
    let seen = seen["workspaces"].as_array().expect("a list");
    let me = read(&admin, "/me").await["user"]["id"].to_string();
    for workspace in all["workspaces"].as_array().expect("a list") {
        let hidden = !seen.contains(workspace);
        let id = workspace["id"].as_str().expect("an id");
        let status = get(&admin, &format!("/workspaces/{id}/roles")).await.status;
        assert_eq!(hidden, status == 404, "{workspace}");
        if workspace["visibility"] == "personal" {
            assert_eq!(hidden, workspace["createdBy"] != *me);
        }
    }
    assert!(seen.len() < 40);
    let partner = start(Options {
        owner: KeyOwner::Partner,
        ..plain()
    })
    .await;
    refused(&partner, "/users", 403).await;
}

#[tokio::test]
async fn content_types_of_errors_say_nothing_of_their_shape() {
    let running = start(Options {
        quirks: ApiQuirks::all(),
        ..plain()
    })
    .await;
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..40 {
        let Reply { headers, body, .. } = get(&running, &format!("/nope/{number}")).await;
        assert!(body.contains("NotFound"));
        seen.insert(headers["content-type"].clone());
    }
    let both = ["application/json", "application/problem+json"].map(str::to_owned);
    assert_eq!(seen, both.into());
}
