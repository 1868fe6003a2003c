"""A plain program that reads a team in Python: the same endpoints, eight at a time."""

import concurrent.futures
import json
import os
import sys

import httpx

client = httpx.Client(
    base_url=os.environ["POSTMAN_BASE_URL"],
    headers={"X-API-Key": os.environ["POSTMAN_API_KEY"]},
    timeout=60,
)


def get(path):
    """One GET; the client keeps connections and may be used by many threads."""
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"GET {path}: {answer.status_code}")
    return answer.json()


def identity(kind, own):
    return {"resource_type": kind, "id": str(own)}


def grant(resource, entitlement, principal):
    return {"grant": {"resource": resource, "entitlement": entitlement, "principal": principal}}


def workspaces():
    cursor = ""
    while True:
        page = get("/workspaces?limit=100" + (f"&cursor={cursor}" if cursor else ""))
        yield from page["workspaces"]
        cursor = (page.get("meta") or {}).get("nextCursor")
        if not cursor:
            return


def roles(workspace):
    """A workspace's grants; one whose roles cannot be read has none."""
    here = identity("workspace", workspace["id"])
    if workspace.get("visibility") == "personal":
        return []
    slugs = {"1": "viewer", "2": "editor", "3": "admin"}
    found = []
    for role in get(f"/workspaces/{workspace['id']}/roles")["roles"]:
        slug = slugs.get(str(role["id"]), f"role-{role['id']}")
        for key, kind in (("user", "user"), ("group", "group"), ("usergroup", "group"), ("partner", "partner")):
            for principal in role.get(key) or []:
                found.append(grant(here, slug, identity(kind, principal)))
                found.append(grant(here, "member", identity(kind, principal)))
    return found


def main():
    me = get("/me")["user"]
    team = identity("team", me["teamId"])
    lines = []
    for user in get("/users")["data"]:
        who = identity("user", user["id"])
        lines.append({"resource": {"id": who, "display_name": user.get("name"), "email": user.get("email")}})
        lines.append(grant(team, "member", who))
        lines += [grant(team, role, who) for role in user.get("roles") or []]
    for group in get("/groups")["data"]:
        here = identity("group", group["id"])
        lines.append({"resource": {"id": here, "display_name": group.get("name")}})
        lines += [grant(here, "member", identity("user", one)) for one in group.get("members") or []]
    every = list(workspaces())
    for workspace in every:
        lines.append({"resource": {"id": identity("workspace", workspace["id"]), "display_name": workspace.get("name")}})
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for found in pool.map(roles, every):
            lines += found
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        for line in lines:
            out.write(json.dumps(line) + "\n")


main()
