//! Without quirks, every body has the fields and types of Postman's published description: people and groups.

use crate::client::{get, plain, read, start};
use crate::shape::{assert_shape, items};
use postman_simulator::{KeyOwner, Options};
use std::collections::BTreeSet;

#[tokio::test]
async fn me_tells_owner_team_and_usage() {
    let running = start(plain()).await;
    let me = read(&running, "/me").await;
    assert_shape(&me, "user:object operations:list");
    assert_shape(
        &me["user"],
        "id:number sub:text username:text email:text fullName:text avatar:null isPublic:flag emailVerified:flag teamId:number teamName:text teamDomain:text roles:texts",
    );
    for operation in items(&me, "operations") {
        assert_shape(
            operation,
            "name:text limit:number usage:number overage:number",
        );
    }
    assert_eq!(me["operations"][0]["name"], "api_usage");
    assert_eq!(me["operations"][0]["limit"], 10_000_000);
}

#[tokio::test]
async fn me_differs_by_kind_of_account() {
    let partner = start(Options {
        owner: KeyOwner::Partner,
        ..plain()
    })
    .await;
    assert!(read(&partner, "/me").await.get("operations").is_none());
    let service = start(Options {
        owner: KeyOwner::ServiceAccount,
        ..plain()
    })
    .await;
    let me = read(&service, "/me").await;
    assert_eq!(me["user"]["username"], "");
    assert!(me["user"]["email"].is_null());
    let users = read(&service, "/users").await;
    assert!(
        items(&users, "data")
            .iter()
            .all(|user| user["id"] != me["user"]["id"])
    );
    let nowhere = start(Options {
        teamless: true,
        ..plain()
    })
    .await;
    let me = read(&nowhere, "/me").await;
    assert_eq!(
        (&me["user"]["teamId"], &me["user"]["teamDomain"]),
        (&0.into(), &"".into())
    );
    assert!(me["user"].get("teamName").is_none());
}

#[tokio::test]
async fn users_come_whole_with_numbers_for_ids() {
    let running = start(plain()).await;
    let body = read(&running, "/users").await;
    assert_shape(&body, "data:list");
    assert_eq!(items(&body, "data").len(), 60);
    for user in items(&body, "data") {
        assert_shape(
            user,
            "id:number name:text username:text email:text roles:texts joinedAt:time",
        );
        assert!((10_000_000..100_000_000).contains(&user["id"].as_u64().expect("a number")));
    }
    let first = &items(&body, "data")[0];
    assert_eq!(
        read(&running, &format!("/users/{}", first["id"])).await,
        *first
    );
}

#[tokio::test]
async fn groups_list_members_and_alone_tell_managers() {
    let running = start(plain()).await;
    let shape = "id:number teamId:number name:text summary:any-text createdBy:number createdAt:time updatedAt:time members:numbers roles:texts";
    let body = read(&running, "/groups").await;
    for group in items(&body, "data") {
        assert_shape(group, shape);
        let one = read(&running, &format!("/groups/{}", group["id"])).await;
        assert_shape(&one, &format!("{shape} managers:numbers"));
        let members = read(&running, &format!("/users?groupId={}", group["id"])).await;
        assert_eq!(items(&members, "data").len(), items(group, "members").len());
        for user in items(&members, "data") {
            assert_shape(
                user,
                "id:number name:text username:text email:text roles:texts",
            );
        }
    }
    assert_eq!(
        read(&running, "/users?groupId=1").await,
        serde_json::json!({"data": []})
    );
}

#[tokio::test]
async fn sub_teams_are_listed_under_metadata() {
    let mut options = plain();
    options.quirks.organisation = true;
    let running = start(options).await;
    let page = read(&running, "/teams?limit=3").await;
    assert_shape(&page, "data:list metadata:object");
    assert_eq!(items(&page, "data").len(), 3);
    for team in items(&page, "data") {
        assert_shape(
            team,
            "id:number name:text handle:text description:any-text organizationId:number createdBy:number enabled:flag memberCount:number createdAt:time updatedAt:time",
        );
    }
    let cursor = page["metadata"]["nextCursor"]
        .as_str()
        .expect("a cursor")
        .replace('=', "%3D");
    let last = read(&running, &format!("/teams?limit=3&cursor={cursor}")).await;
    assert!(last["metadata"]["nextCursor"].is_null());
}

#[tokio::test]
async fn sub_team_names_as_many_members_as_listed() {
    let mut options = plain();
    options.quirks.organisation = true;
    let running = start(options).await;
    let users = read(&running, "/users").await;
    let users: Vec<_> = items(&users, "data").iter().map(|one| &one["id"]).collect();
    let list = read(&running, "/teams").await;
    for listed in items(&list, "data") {
        let path = format!("/teams/{}", listed["id"]);
        let mut alone = read(&running, &path).await;
        assert_eq!(alone["team"], *listed, "{path}");
        alone = read(&running, &format!("{path}?include=members")).await;
        let members = items(&alone["team"], "members");
        let ids: BTreeSet<_> = members.iter().map(|one| one["id"].to_string()).collect();
        assert_eq!(ids.len(), members.len(), "{path}: each member once");
        assert_eq!(Some(members.len() as u64), listed["memberCount"].as_u64());
        assert!(members.iter().all(|one| users.contains(&&one["id"])));
    }
    let missing = get(&running, "/teams/1?include=members").await;
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn scim_lists_accounts_by_index_and_filter() {
    let running = start(Options {
        users: 130,
        scim_key: Some("secret".to_owned()),
        ..plain()
    })
    .await;
    let scim = async |query: &str| {
        let path = format!("/scim/v2/{query}");
        let reply = crate::client::send(
            &running,
            "GET",
            &path,
            &[("Authorization", "Bearer secret")],
        )
        .await;
        assert_eq!(
            reply.headers["content-type"],
            "application/scim+json; charset=utf-8"
        );
        reply.json()
    };
    let first = scim("Users").await;
    assert_shape(
        &first,
        "schemas:texts totalResults:number startIndex:number itemsPerPage:number Resources:list",
    );
    assert_eq!(
        (&first["totalResults"], &first["itemsPerPage"]),
        (&130.into(), &100.into())
    );
    let rest = scim("Users?startIndex=101&count=500").await;
    assert_eq!(items(&rest, "Resources").len(), 30);
    for account in items(&first, "Resources") {
        assert_shape(
            account,
            "schemas:texts id:text userName:text name:object externalId:text active:flag meta:object",
        );
    }
    let name = first["Resources"][4]["userName"].as_str().expect("a name");
    let one = scim(&format!("Users?filter=userName%20eq%20%22{name}%22")).await;
    assert_eq!(one["Resources"][0], first["Resources"][4]);
    let groups = scim("Groups").await;
    let member = groups["Resources"][0]["members"][0]["value"]
        .as_str()
        .expect("a member");
    let known = [&first, &rest]
        .into_iter()
        .flat_map(|page| items(page, "Resources"));
    assert!(known.into_iter().any(|account| account["id"] == member));
}

#[tokio::test]
async fn every_good_answer_says_what_it_is() {
    let running = start(plain()).await;
    let reply = get(&running, "/me").await;
    assert_eq!(
        reply.headers["content-type"],
        "application/json; charset=utf-8"
    );
    assert_eq!(
        reply.headers["content-length"],
        reply.body.len().to_string()
    );
    assert!(httpdate::parse_http_date(&reply.headers["date"]).is_ok());
    assert!(reply.headers.keys().all(|name| !name.contains("ratelimit")));
}
