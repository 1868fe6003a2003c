//! Without quirks, every body has the fields and types of Postman's published description: workspaces and
//! what is in them.

use crate::client::{plain, read, start};
use crate::shape::{assert_shape, items};
use postman_simulator::{Options, RunningSimulator};
use std::collections::BTreeSet;

async fn workspace_of(running: &RunningSimulator, visibility: &str) -> String {
    let body = read(running, &format!("/workspaces?type={visibility}")).await;
    items(&body, "workspaces")[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

#[tokio::test]
async fn workspaces_come_whole_or_in_pages_by_cursor() {
    let running = start(plain()).await;
    let whole = read(&running, "/workspaces").await;
    assert_shape(&whole, "workspaces:list");
    assert_eq!(items(&whole, "workspaces").len(), 40);
    for workspace in items(&whole, "workspaces") {
        assert_shape(
            workspace,
            "id:text name:text type:text visibility:text createdBy:digits about?:text createdAt:time updatedAt:time",
        );
    }
    let mut paged = Vec::new();
    let mut path = "/workspaces?limit=15".to_owned();
    loop {
        let page = read(&running, &path).await;
        assert_shape(&page, "workspaces:list meta:object");
        paged.extend(items(&page, "workspaces").to_vec());
        let Some(cursor) = page["meta"]["nextCursor"].as_str() else {
            break;
        };
        path = format!("/workspaces?limit=15&cursor={}", cursor.replace('=', "%3D"));
    }
    assert_eq!(paged, items(&whole, "workspaces"));
    assert_eq!(running.request_counts()["/workspaces"], 4);
}

#[tokio::test]
async fn workspaces_can_be_filtered() {
    let running = start(plain()).await;
    let all = read(&running, "/workspaces").await;
    for visibility in ["personal", "private", "team", "public", "partner"] {
        let some = read(&running, &format!("/workspaces?type={visibility}")).await;
        let wanted = items(&all, "workspaces")
            .iter()
            .filter(|one| one["visibility"] == visibility);
        assert!(items(&some, "workspaces").iter().eq(wanted), "{visibility}");
    }
    let creator = items(&all, "workspaces")[3]["createdBy"]
        .as_str()
        .expect("an id");
    let some = read(
        &running,
        &format!("/workspaces?createdBy={creator},1&include=scim"),
    )
    .await;
    assert!(!items(&some, "workspaces").is_empty());
    for workspace in items(&some, "workspaces") {
        assert_eq!(workspace["createdBy"], creator);
        assert_eq!(
            workspace["scim"]["createdBy"].as_str().map(str::len),
            Some(48)
        );
    }
    let collections = read(&running, "/collections").await;
    let uid = items(&collections, "collections")[0]["uid"]
        .as_str()
        .expect("a uid");
    let some = read(
        &running,
        &format!("/workspaces?elementType=collection&elementId={uid}"),
    )
    .await;
    assert_eq!(items(&some, "workspaces").len(), 1);
    let none = read(&running, "/workspaces?elementType=collection&elementId=1-2").await;
    assert!(items(&none, "workspaces").is_empty());
}

#[tokio::test]
async fn one_workspace_is_wrapped_and_lists_what_is_in_it() {
    let running = start(plain()).await;
    let id = workspace_of(&running, "team").await;
    let body = read(&running, &format!("/workspaces/{id}?include=team,scim")).await;
    assert_shape(&body, "workspace:object");
    assert_shape(
        &body["workspace"],
        "id:text name:text type:text visibility:text createdBy:digits updatedBy:digits about?:text description:text-or-null createdAt:time updatedAt:time team:digits scim:object collections?:list",
    );
}

#[tokio::test]
async fn workspace_roles_are_texts_with_principals_alone() {
    let running = start(plain()).await;
    let mut held = BTreeSet::new();
    for visibility in ["private", "team", "public", "partner"] {
        let id = workspace_of(&running, visibility).await;
        let body = read(&running, &format!("/workspaces/{id}/roles")).await;
        for role in items(&body, "roles") {
            assert_shape(
                role,
                "id:digits displayName:text user?:digit-texts group?:digit-texts partner?:digit-texts",
            );
            for kind in ["user", "group", "partner"]
                .into_iter()
                .filter(|kind| role.get(kind).is_some())
            {
                assert!(
                    !items(role, kind).is_empty(),
                    "lists without entries are absent"
                );
                held.insert(kind);
            }
        }
        let scim = read(&running, &format!("/workspaces/{id}/roles?include=scim")).await;
        let first = items(&scim, "roles")
            .iter()
            .find_map(|role| role["user"][0].as_str())
            .expect("a user");
        assert_eq!(first.len(), 48);
    }
    assert_eq!(held.len(), 3, "{held:?}");
    let personal = workspace_of(&running, "personal").await;
    assert_eq!(
        read(&running, &format!("/workspaces/{personal}/roles")).await,
        serde_json::json!({"roles": []})
    );
}

#[tokio::test]
async fn the_catalogue_has_the_roles_of_the_plan() {
    let running = start(plain()).await;
    let roles = &read(&running, "/workspaces-roles").await["roles"];
    assert_shape(roles, "user:list usergroup:list partner:list");
    let ids = |kind: &str| -> Vec<&str> {
        items(roles, kind)
            .iter()
            .filter_map(|role| role["id"].as_str())
            .collect()
    };
    assert_eq!(
        (ids("user"), ids("usergroup"), ids("partner")),
        (
            vec!["1", "2", "3"],
            vec!["1", "2", "3"],
            vec!["4", "5", "6", "7"]
        )
    );
    assert_shape(
        &roles["user"][0],
        "id:digits displayName:text description:text",
    );
}

#[tokio::test]
async fn collections_page_by_offset_with_numeric_ids() {
    let running = start(plain()).await;
    let whole = read(&running, "/collections").await;
    assert_shape(&whole, "collections:list");
    let all = items(&whole, "collections");
    let page = read(&running, "/collections?limit=7&offset=5").await;
    assert_eq!(items(&page, "collections"), &all[5..12]);
    assert_eq!(
        page["meta"],
        serde_json::json!({"total": all.len(), "offset": 5, "limit": 7})
    );
    for collection in all {
        assert_shape(
            collection,
            "id:text name:text owner:digits createdAt:time updatedAt:time uid:text isPublic:flag",
        );
        let uid = format!(
            "{}-{}",
            collection["owner"].as_str().expect("an owner"),
            collection["id"].as_str().expect("an id")
        );
        assert_eq!(collection["uid"], *uid);
        let roles = read(&running, &format!("/collections/{uid}/roles")).await;
        assert_shape(&roles, "group:list team:list user:list");
        for principal in ["group", "team", "user"]
            .into_iter()
            .flat_map(|kind| items(&roles, kind))
        {
            assert_shape(principal, "role:text id:number");
        }
    }
    assert!(
        items(
            &read(&running, "/collections?workspace=nowhere").await,
            "collections"
        )
        .is_empty()
    );
    let name = all[0]["name"].as_str().expect("a name").replace(' ', "+");
    assert!(
        !items(
            &read(&running, &format!("/collections?name={name}")).await,
            "collections"
        )
        .is_empty()
    );
}

#[tokio::test]
async fn access_keys_mask_their_tokens_and_come_in_pages() {
    let running = start(Options {
        workspaces: 250,
        ..plain()
    })
    .await;
    let mut path = "/collection-access-keys".to_owned();
    let mut ids = BTreeSet::new();
    loop {
        let page = read(&running, &path).await;
        for key in items(&page, "data") {
            assert_shape(
                key,
                "id:text token:text status:text teamId:number userId:number collectionId:text expiresAfter:time lastUsedAt:time createdAt:time updatedAt:time deletedAt:null",
            );
            assert!(
                key["token"]
                    .as_str()
                    .is_some_and(|token| token.starts_with("PMAT-******"))
            );
            ids.insert(key["id"].as_str().expect("an id").to_owned());
        }
        let Some(cursor) = page["meta"]["nextCursor"].as_str() else {
            break;
        };
        path = format!(
            "/collection-access-keys?cursor={}",
            cursor.replace('=', "%3D")
        );
    }
    assert_eq!(ids.len(), 60);
    assert_eq!(running.request_counts()["/collection-access-keys"], 3);
}
