-- The store's schema, version 1. Times are RFC 3339 in UTC; booleans are 0 or 1; what is absent is
-- NULL. Columns that end in `_type` and `_id` name a resource as the provider does; columns called
-- `run`, `scope`, `resource`, `entitlement`, `principal`, `person` and `set_of` are keys of rows here.

-- One sync. `state` is `running` while it is being read (or was broken off), then `ended`.
-- `requests` are those outside of walks while it is running, then all.
CREATE TABLE runs (
  run             INTEGER PRIMARY KEY,
  state           TEXT NOT NULL CHECK (state IN ('running', 'ended')),
  tenant_type     TEXT NOT NULL,
  tenant_id       TEXT NOT NULL,
  tenant_name     TEXT NOT NULL,
  contract        TEXT NOT NULL,
  connector       TEXT NOT NULL,
  version         TEXT NOT NULL,
  component_sha256 TEXT NOT NULL,
  manifest_sha256 TEXT NOT NULL,
  base_url        TEXT NOT NULL,
  started_at      TEXT NOT NULL,
  ended_at        TEXT,
  complete        INTEGER CHECK (complete IN (0, 1)),
  requests        INTEGER,
  digest          TEXT,
  -- The whole tenant record, and what the sync was asked to read, as JSON.
  tenant          TEXT NOT NULL,
  settings        TEXT NOT NULL,
  CHECK (state = 'running' OR (ended_at IS NOT NULL AND complete IS NOT NULL AND digest IS NOT NULL))
) STRICT;

-- One walk of a list from its first page to its last, and how it ended. `outcome` is NULL while it
-- is under way. Only a scope whose outcome is `complete` may say that something is gone.
CREATE TABLE scopes (
  scope         INTEGER PRIMARY KEY,
  run           INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  call          TEXT NOT NULL,
  resource_type TEXT NOT NULL,
  id            TEXT,
  parent_type   TEXT,
  parent_id     TEXT,
  outcome       TEXT,
  pages         INTEGER NOT NULL DEFAULT 0,
  requests      INTEGER NOT NULL DEFAULT 0,
  -- How often the list began again, because the provider had forgotten its cursor.
  restarts      INTEGER NOT NULL DEFAULT 0,
  -- What went wrong, as JSON.
  problem       TEXT
) STRICT;
CREATE UNIQUE INDEX scopes_by_identity
  ON scopes (run, call, resource_type, ifnull(id, ''), ifnull(parent_type, ''), ifnull(parent_id, ''));

-- One page of a walk. `requests` is a JSON list of what was asked for it: objects with `path` and
-- `status`. `content`, the page with the cursor after it as JSON in an LZ4 frame, stands until the run has ended: from
-- it a sync that was broken off goes on.
CREATE TABLE pages (
  scope    INTEGER NOT NULL REFERENCES scopes ON DELETE CASCADE,
  page     INTEGER NOT NULL,
  requests TEXT NOT NULL,
  content  BLOB,
  PRIMARY KEY (scope, page)
) STRICT, WITHOUT ROWID;

-- What access is given to or on.
CREATE TABLE resources (
  resource        INTEGER PRIMARY KEY,
  run             INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  resource_type   TEXT NOT NULL,
  id              TEXT NOT NULL,
  parent_type     TEXT,
  parent_id       TEXT,
  display_name    TEXT NOT NULL,
  description     TEXT,
  evidence        TEXT NOT NULL CHECK (evidence IN ('listed', 'mentioned')),
  status          TEXT NOT NULL CHECK (status IN ('enabled', 'disabled', 'unknown')),
  created_at      TEXT,
  updated_at      TEXT,
  kind            TEXT NOT NULL CHECK (kind IN ('user', 'group', 'tenant', 'secret', 'other')),
  -- Of a user.
  email           TEXT,
  login           TEXT,
  account_type    TEXT,
  last_login      TEXT,
  -- Of a secret.
  created_by_type TEXT,
  created_by_id   TEXT,
  opens_type      TEXT,
  opens_id        TEXT,
  expires_at      TEXT,
  last_used_at    TEXT,
  -- Other facts of the provider, as a JSON object.
  profile         TEXT NOT NULL,
  grants          TEXT NOT NULL,
  -- Where it was read; the first place, if there were several. NULL for what was referenced.
  scope           INTEGER REFERENCES scopes ON DELETE SET NULL,
  page            INTEGER,
  UNIQUE (run, resource_type, id)
) STRICT;
CREATE INDEX resources_by_name ON resources (run, display_name COLLATE NOCASE);
CREATE INDEX resources_by_email ON resources (run, email COLLATE NOCASE) WHERE email IS NOT NULL;
CREATE INDEX resources_by_scope ON resources (scope) WHERE scope IS NOT NULL;

-- A right that can be held on each resource of a type. `grantable_to` is a JSON list of types.
CREATE TABLE entitlements (
  entitlement     INTEGER PRIMARY KEY,
  run             INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  resource_type   TEXT NOT NULL,
  slug            TEXT NOT NULL,
  display_name    TEXT NOT NULL,
  description     TEXT NOT NULL,
  purpose         TEXT NOT NULL,
  grantable_to    TEXT NOT NULL,
  exclusion_group TEXT,
  rank            INTEGER,
  UNIQUE (run, resource_type, slug)
) STRICT;

-- Who holds what on what, by the keys of the three. The view `grants` has the words.
CREATE TABLE grant_facts (
  resource    INTEGER NOT NULL REFERENCES resources ON DELETE CASCADE,
  entitlement INTEGER NOT NULL REFERENCES entitlements ON DELETE CASCADE,
  principal   INTEGER NOT NULL REFERENCES resources ON DELETE CASCADE,
  implied_by  TEXT,
  expands     TEXT,
  scope       INTEGER REFERENCES scopes ON DELETE SET NULL,
  page        INTEGER,
  PRIMARY KEY (resource, entitlement, principal)
) STRICT, WITHOUT ROWID;
CREATE INDEX grant_facts_by_principal ON grant_facts (principal);
CREATE INDEX grant_facts_by_entitlement ON grant_facts (entitlement);
CREATE INDEX grant_facts_by_scope ON grant_facts (scope) WHERE scope IS NOT NULL;

-- What a reader should know.
CREATE TABLE notices (
  run        INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  position   INTEGER NOT NULL,
  code       TEXT NOT NULL,
  about_type TEXT,
  about_id   TEXT,
  omits      INTEGER NOT NULL CHECK (omits IN (0, 1)),
  message    TEXT NOT NULL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;

-- Who is behind a set of people: `person` belongs to `set_of`, a group, team or `everyone`, by
-- holding the entitlement `slug` on it ('' for `everyone`), along `path`: the sets that lie between,
-- nearest to the resource first, as `type id`, joined by ' > '. A backslash or '>' in an id has a
-- backslash before it, so that no id reads as two groups.
CREATE TABLE expansions (
  set_of INTEGER NOT NULL REFERENCES resources ON DELETE CASCADE,
  slug   TEXT NOT NULL,
  person INTEGER NOT NULL REFERENCES resources ON DELETE CASCADE,
  path   TEXT NOT NULL,
  PRIMARY KEY (set_of, slug, person, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX expansions_by_person ON expansions (person, set_of, slug);

CREATE VIEW grants AS
SELECT r.run, r.resource_type, r.id AS resource_id, r.display_name AS resource_name,
       e.slug AS entitlement,
       p.resource_type AS principal_type, p.id AS principal_id, p.display_name AS principal_name,
       g.implied_by, g.expands, g.scope, g.page
FROM grant_facts g
JOIN resources r ON r.resource = g.resource
JOIN entitlements e ON e.entitlement = g.entitlement
JOIN resources p ON p.resource = g.principal;

-- Who can do what in the end, sets expanded to the people behind them, once for each path, by keys.
-- `path` is 'direct' where nothing lies between. A set of which nobody is known stands for itself; what
-- is passed on to the holders of a right that nobody is known to have gives nobody anything.
CREATE VIEW effective_facts AS
SELECT g.resource, g.entitlement, x.person, x.path, g.implied_by
FROM grant_facts g JOIN expansions x ON x.set_of = g.principal AND x.slug = ifnull(g.expands, '')
UNION ALL
SELECT g.resource, g.entitlement, g.principal AS person, 'direct' AS path, g.implied_by
FROM grant_facts g
WHERE NOT EXISTS (
  SELECT 1 FROM expansions x WHERE x.set_of = g.principal AND x.slug = ifnull(g.expands, ''))
AND NOT EXISTS (
  SELECT 1 FROM resources p JOIN entitlements d ON d.run = p.run AND d.resource_type = p.resource_type
  WHERE p.resource = g.principal AND d.slug = g.expands AND d.purpose IN ('permission', 'ownership'));

-- The same in words.
CREATE VIEW effective_access AS
SELECT r.run,
       h.person AS person, q.resource_type AS person_type, q.id AS person_id,
       q.display_name AS person_name, q.email AS person_email,
       r.resource AS resource, r.resource_type, r.id AS resource_id, r.display_name AS resource_name,
       e.slug AS entitlement, e.rank AS rank, h.path AS path, h.implied_by AS implied_by
FROM effective_facts h
JOIN resources r ON r.resource = h.resource
JOIN entitlements e ON e.entitlement = h.entitlement
JOIN resources q ON q.resource = h.person;

-- What is known of each tenant by all its syncs together: a walk's records stand until a later walk
-- of the same list has come `complete` to its end. `current_scopes` has the walks whose records stand:
-- of each list the latest complete one, and later ones that read something without being complete, for
-- these add and take nothing away. A list that lies under a resource (the grants on a workspace) counts
-- as long as a walk that stands still lists that resource. `run` is the sync it was read in.
CREATE VIEW current_scopes AS
WITH RECURSIVE
ended AS (
  SELECT s.scope, s.run, r.connector, r.tenant_type, r.tenant_id, r.started_at, s.call, s.resource_type,
         iif(s.call = 'list-grants', s.resource_type, ifnull(s.parent_type, '')) AS place_type,
         ifnull(s.id, ifnull(s.parent_id, '')) AS place_id, s.outcome, s.pages
  FROM scopes s JOIN runs r ON r.run = s.run WHERE r.state = 'ended'),
whole AS (
  SELECT connector, tenant_type, tenant_id, call, resource_type, place_type, place_id, max(run) AS run
  FROM ended WHERE outcome = 'complete'
  GROUP BY connector, tenant_type, tenant_id, call, resource_type, place_type, place_id),
latest AS MATERIALIZED (
  SELECT e.* FROM ended e LEFT JOIN whole w
    ON w.connector = e.connector AND w.tenant_type = e.tenant_type AND w.tenant_id = e.tenant_id
    AND w.call = e.call AND w.resource_type = e.resource_type
    AND w.place_type = e.place_type AND w.place_id = e.place_id
  WHERE e.run >= ifnull(w.run, 0) AND (e.outcome = 'complete' OR e.pages > 0)),
-- Of each list that lies under a resource: the walks that list the resource.
above AS MATERIALIZED (
  SELECT l.scope, u.scope AS above
  FROM latest l CROSS JOIN runs r
  JOIN resources q ON q.run = r.run AND q.resource_type = l.place_type AND q.id = l.place_id
    AND q.evidence = 'listed'
  JOIN latest u ON u.scope = q.scope AND u.connector = l.connector
    AND u.tenant_type = l.tenant_type AND u.tenant_id = l.tenant_id
  WHERE l.place_id <> ''),
standing (scope) AS (
  SELECT scope FROM latest WHERE place_id = ''
  UNION
  SELECT a.scope FROM standing t JOIN above a ON a.above = t.scope)
SELECT l.scope, l.run, l.started_at, l.connector, l.tenant_type, l.tenant_id, l.call, l.resource_type,
       nullif(l.place_type, '') AS place_type, nullif(l.place_id, '') AS place_id, l.outcome
FROM latest l JOIN standing t ON t.scope = l.scope;

-- The resources of `current_scopes`, each id once: listed before mentioned, then of the latest sync.
CREATE VIEW current_resources AS
SELECT resource, run, connector, tenant_type, tenant_id, resource_type, id, display_name, email,
       evidence, status, scope, page
FROM (
  SELECT q.*, c.connector, c.tenant_type, c.tenant_id, row_number() OVER (
    PARTITION BY c.connector, c.tenant_type, c.tenant_id, q.resource_type, q.id
    ORDER BY q.evidence, q.run DESC) AS place
  FROM current_scopes c JOIN resources q ON q.scope = c.scope)
WHERE place = 1;

-- The grants of `current_scopes`, each triple once, of the latest sync. Their ends are named as in
-- the sync that they are from.
CREATE VIEW current_grants AS
WITH here AS MATERIALIZED (SELECT scope, run, connector, tenant_type, tenant_id FROM current_scopes)
SELECT g.run, c.connector, c.tenant_type, c.tenant_id, g.resource_type, g.resource_id, g.resource_name,
       g.entitlement, g.principal_type, g.principal_id, g.principal_name, g.implied_by, g.expands,
       g.scope, g.page
FROM here c JOIN grants g ON g.scope = c.scope
-- One sync has each triple once.
WHERE NOT EXISTS (
  SELECT 1 FROM runs l CROSS JOIN resources r CROSS JOIN resources p CROSS JOIN entitlements e
  CROSS JOIN grant_facts f JOIN here h ON h.scope = f.scope
  WHERE l.run > g.run AND l.connector = c.connector
    AND l.tenant_type = c.tenant_type AND l.tenant_id = c.tenant_id
    AND r.run = l.run AND r.resource_type = g.resource_type AND r.id = g.resource_id
    AND p.run = l.run AND p.resource_type = g.principal_type AND p.id = g.principal_id
    AND e.run = l.run AND e.resource_type = g.resource_type AND e.slug = g.entitlement
    AND f.resource = r.resource AND f.entitlement = e.entitlement AND f.principal = p.resource);
