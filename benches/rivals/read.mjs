// A plain program that reads a team in Node.js: the same endpoints, eight at a time.

import { writeFileSync } from "node:fs";

const base = process.env.POSTMAN_BASE_URL;
const headers = { "X-API-Key": process.env.POSTMAN_API_KEY };

async function get(path) {
  const answer = await fetch(base + path, { headers, redirect: "manual" });
  if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status}`);
  return answer.json();
}

const identity = (kind, own) => ({ resource_type: kind, id: String(own) });
const grant = (resource, entitlement, principal) => ({ grant: { resource, entitlement, principal } });

async function workspaces() {
  const every = [];
  let cursor = "";
  do {
    const page = await get("/workspaces?limit=100" + (cursor ? `&cursor=${cursor}` : ""));
    every.push(...page.workspaces);
    cursor = page.meta?.nextCursor;
  } while (cursor);
  return every;
}

async function roles(workspace) {
  if (workspace.visibility === "personal") return [];
  const here = identity("workspace", workspace.id);
  const slugs = { 1: "viewer", 2: "editor", 3: "admin" };
  const kinds = { user: "user", group: "group", usergroup: "group", partner: "partner" };
  const found = [];
  for (const role of (await get(`/workspaces/${workspace.id}/roles`)).roles) {
    const slug = slugs[role.id] ?? `role-${role.id}`;
    for (const [key, kind] of Object.entries(kinds)) {
      for (const principal of role[key] ?? []) {
        found.push(grant(here, slug, identity(kind, principal)), grant(here, "member", identity(kind, principal)));
      }
    }
  }
  return found;
}

const { user: me } = await get("/me");
const team = identity("team", me.teamId);
const lines = [];
for (const user of (await get("/users")).data) {
  const who = identity("user", user.id);
  lines.push({ resource: { id: who, display_name: user.name, email: user.email } }, grant(team, "member", who));
  for (const role of user.roles ?? []) lines.push(grant(team, role, who));
}
for (const group of (await get("/groups")).data) {
  const here = identity("group", group.id);
  lines.push({ resource: { id: here, display_name: group.name } });
  for (const member of group.members ?? []) lines.push(grant(here, "member", identity("user", member)));
}
const every = await workspaces();
for (const workspace of every) {
  lines.push({ resource: { id: identity("workspace", workspace.id), display_name: workspace.name } });
}
const waiting = [...every];
await Promise.all(
  Array.from({ length: 8 }, async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) lines.push(...(await roles(next)));
  }),
);
writeFileSync(process.argv[2], lines.map((line) => JSON.stringify(line) + "\n").join(""));
