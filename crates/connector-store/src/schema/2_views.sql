-- The views of the store's schema, version 2, which show each run whole; `2.sql` has the tables. In a LEFT
-- JOIN with a view, name the run as a number: else every run is read.

CREATE VIEW scopes AS
SELECT v.scope, r.run, k.call, k.resource_type, k.id, k.parent_type, k.parent_id, v.outcome, v.pages,
       v.requests, v.restarts, v.problem, v.type_order, v.read_at
FROM runs r
JOIN scope_versions v ON v.epoch = r.epoch AND v.first <= r.run AND ifnull(v.last, r.run) >= r.run
JOIN scope_keys k ON k.scope = v.scope;

-- The types of the connector's description, with the meaning of their resources.
CREATE VIEW resource_types AS
SELECT r.run, t.value ->> '$.id' AS resource_type, t.value ->> '$.parent' AS parent,
       t.value ->> '$.kind' AS kind
FROM runs r CROSS JOIN json_each(r.resource_types) t;

-- Types whose resources have the details of an account and are no account of their own.
CREATE VIEW types_about_accounts AS
SELECT run, resource_type FROM resource_types WHERE kind IN ('invitation', 'usage');

CREATE VIEW pages AS
SELECT r.run, v.scope, v.page, v.requests, v.next, v.print, v.moved
FROM runs r
JOIN page_versions v ON v.epoch = r.epoch AND v.first <= r.run AND ifnull(v.last, r.run) >= r.run;

CREATE VIEW resources AS
SELECT v.resource, r.run, k.resource_type, k.id, v.parent_type, v.parent_id, v.display_name,
       v.description, v.evidence, v.status, v.created_at, v.updated_at, v.kind, v.email, v.login,
       v.account_type, v.last_login, v.created_by_type, v.created_by_id, v.access_to_type, v.access_to_id,
       v.expires_at, v.last_used, v.attributes, v.grants, v.scope, v.page
FROM runs r
JOIN resource_versions v ON v.epoch = r.epoch AND v.first <= r.run AND ifnull(v.last, r.run) >= r.run
JOIN resource_keys k ON k.resource = v.resource;

CREATE VIEW entitlements AS
SELECT v.entitlement, r.run, k.resource_type, k.slug, v.display_name, v.description, v.purpose,
       v.grantable_to, v.exclusion_group, v.rank, v.scope
FROM runs r
JOIN entitlement_versions v ON v.epoch = r.epoch AND v.first <= r.run AND ifnull(v.last, r.run) >= r.run
JOIN entitlement_keys k ON k.entitlement = v.entitlement;

CREATE VIEW grant_facts AS
SELECT r.run, v.resource, v.entitlement, v.principal, v.implied_by, v.expands, v.scope, v.page
FROM runs r
JOIN grant_versions v ON v.epoch = r.epoch AND v.first <= r.run AND ifnull(v.last, r.run) >= r.run;

-- `position` is a number of its own.
CREATE VIEW notices AS
SELECT r.run, v.notice AS position, k.code, k.about_type, k.about_id, k.impact, k.message,
       nullif(v.scope, 0) AS scope
FROM runs r
JOIN notice_versions v ON v.epoch = r.epoch AND v.first <= r.run AND ifnull(v.last, r.run) >= r.run
JOIN notice_keys k ON k.notice = v.notice;

CREATE VIEW expansions AS
SELECT r.run, v.group_like, v.slug, v.principal, v.path
FROM runs r
JOIN expansion_versions v ON v.epoch = r.epoch AND v.first <= r.run AND ifnull(v.last, r.run) >= r.run
WHERE v.path <> 0;

-- The groups of each access path, by their number from the resource on.
CREATE VIEW path_steps AS
WITH RECURSIVE steps (path, shorter, group_like, after) AS (
  SELECT path, shorter, group_like, 0 FROM path_keys
  UNION ALL
  SELECT s.path, k.shorter, k.group_like, s.after + 1 FROM steps s JOIN path_keys k ON k.path = s.shorter)
SELECT path, row_number() OVER (PARTITION BY path ORDER BY after DESC) AS step, group_like FROM steps;

-- The grants with names.
CREATE VIEW grants AS
SELECT g.run, r.resource_type, r.id AS resource_id, r.display_name AS resource_name,
       e.slug AS entitlement,
       p.resource_type AS principal_type, p.id AS principal_id, p.display_name AS principal_name,
       g.implied_by, g.expands, g.scope, g.page
FROM grant_facts g
JOIN resources r ON r.run = g.run AND r.resource = g.resource
JOIN entitlement_keys e ON e.entitlement = g.entitlement
JOIN resources p ON p.run = g.run AND p.resource = g.principal;

-- Effective access: grants after group expansion, once for each access path, by keys.
-- `path` is 0 where no group lies between. A group without a known member stands for itself; a
-- grant that expands an entitlement without a known principal gives no access.
CREATE VIEW effective_facts AS
SELECT r.run, g.resource, g.entitlement, x.principal, x.path, g.implied_by
FROM runs r
JOIN grant_versions g ON g.epoch = r.epoch AND g.first <= r.run AND ifnull(g.last, r.run) >= r.run
JOIN expansion_versions x ON x.epoch = r.epoch AND x.first <= r.run AND ifnull(x.last, r.run) >= r.run
  AND x.group_like = g.principal AND x.slug = ifnull(g.expands, '');

-- The same with names, by resource. `path` has the groups, nearest to the resource first, as `type id`, joined by
-- ' > ', or 'direct'. A backslash or '>' in an id has a backslash before it, so that no id reads as two groups.
CREATE VIEW effective_access AS
SELECT h.run,
       h.principal AS principal, q.resource_type AS principal_type, q.id AS principal_id,
       q.display_name AS principal_name, q.email AS principal_email,
       r.resource AS resource, r.resource_type, r.id AS resource_id, r.display_name AS resource_name,
       e.slug AS entitlement, e.rank AS rank,
       ifnull((
         WITH RECURSIVE groups (shorter, words) AS (
           SELECT h.path, ''
           UNION ALL
           SELECT k.shorter, s.resource_type || ' ' || replace(replace(s.id, '\', '\\'), '>', '\>')
             || iif(w.words = '', '', ' > ' || w.words)
           FROM groups w JOIN path_keys k ON k.path = w.shorter
           JOIN resource_keys s ON s.resource = k.group_like)
         SELECT nullif(words, '') FROM groups WHERE shorter = 0), 'direct') AS path,
       h.implied_by AS implied_by
FROM resources r
CROSS JOIN effective_facts h ON h.run = r.run AND h.resource = r.resource
CROSS JOIN entitlements e ON e.run = r.run AND e.entitlement = h.entitlement
CROSS JOIN resources q ON q.run = r.run AND q.resource = h.principal;

-- The records of each tenant by all its syncs together: a scope's records are current until a later sync has
-- read the same scope to `complete`. `current_scopes` has the scopes whose records are current: of each the
-- latest complete one, and later ones that read a part, which add records and remove none. A scope under a
-- resource (the grants on a workspace) counts as long as a current scope lists that resource. `run` is
-- the sync it was read in.
CREATE VIEW current_scopes AS
WITH RECURSIVE
-- Each read of a scope, with the latest run that has it.
reads AS MATERIALIZED (
  SELECT v.scope, v.epoch, v.first, (
           SELECT max(r.run) FROM runs r
           WHERE r.epoch = v.epoch
             AND r.run BETWEEN v.first AND ifnull(v.last, 9223372036854775807)) AS last,
         k.call, k.resource_type,
         iif(k.call = 'list-grants', k.resource_type, ifnull(k.parent_type, '')) AS location_type,
         ifnull(k.id, ifnull(k.parent_id, '')) AS location_id, v.outcome, v.pages
  FROM scope_versions v JOIN scope_keys k ON k.scope = v.scope),
ended AS (
  SELECT s.*, r.connector, r.tenant_type, r.tenant_id
  FROM reads s JOIN runs r ON r.run = s.last WHERE r.state = 'ended'),
whole AS (
  SELECT connector, tenant_type, tenant_id, scope, max(last) AS run
  FROM ended WHERE outcome = 'complete'
  GROUP BY connector, tenant_type, tenant_id, scope),
latest AS MATERIALIZED (
  SELECT e.scope, r.run, r.started_at, e.connector, e.tenant_type, e.tenant_id, e.call,
         e.resource_type, e.location_type, e.location_id, e.outcome
  FROM ended e LEFT JOIN whole w
    ON w.connector = e.connector AND w.tenant_type = e.tenant_type AND w.tenant_id = e.tenant_id
    AND w.scope = e.scope
  JOIN runs r ON r.epoch = e.epoch AND r.run >= e.first AND r.run <= e.last
    AND r.run >= ifnull(w.run, 0)
  WHERE e.outcome = 'complete' OR e.pages > 0),
-- Of each list that lies under a resource: the walks that list the resource.
listed AS MATERIALIZED (
  SELECT u.scope, u.run, u.connector, u.tenant_type, u.tenant_id, q.resource_type, q.id
  FROM latest u CROSS JOIN resources q
  WHERE q.run = u.run AND q.scope = u.scope AND q.evidence = 'listed'),
above AS MATERIALIZED (
  SELECT l.scope, l.run, u.scope AS above, u.run AS above_run
  FROM latest l JOIN listed u ON u.resource_type = l.location_type AND u.id = l.location_id
    AND u.connector = l.connector AND u.tenant_type = l.tenant_type AND u.tenant_id = l.tenant_id
  WHERE l.location_id <> ''),
standing (scope, run) AS (
  SELECT scope, run FROM latest WHERE location_id = ''
  UNION
  SELECT a.scope, a.run FROM standing t JOIN above a ON a.above = t.scope AND a.above_run = t.run)
SELECT l.scope, l.run, l.started_at, l.connector, l.tenant_type, l.tenant_id, l.call, l.resource_type,
       nullif(l.location_type, '') AS location_type, nullif(l.location_id, '') AS location_id, l.outcome
FROM latest l JOIN standing t ON t.scope = l.scope AND t.run = l.run;

-- The resources of `current_scopes`, each id once: listed before referenced, then of the latest sync.
CREATE VIEW current_resources AS
SELECT resource, run, connector, tenant_type, tenant_id, resource_type, id, display_name, email,
       evidence, status, scope, page
FROM (
  SELECT q.*, c.connector, c.tenant_type, c.tenant_id, row_number() OVER (
    PARTITION BY c.connector, c.tenant_type, c.tenant_id, q.resource
    ORDER BY q.evidence, q.run DESC) AS place
  FROM current_scopes c CROSS JOIN resources q WHERE q.run = c.run AND q.scope = c.scope)
WHERE place = 1;

-- The grants of `current_scopes`, each grant once, of the latest sync. Their ends are named as in
-- the sync that they are from.
CREATE VIEW current_grants AS
WITH
here AS MATERIALIZED (SELECT scope, run, connector, tenant_type, tenant_id FROM current_scopes),
facts AS (
  SELECT g.*, c.connector, c.tenant_type, c.tenant_id, row_number() OVER (
    PARTITION BY c.connector, c.tenant_type, c.tenant_id, g.resource, g.entitlement, g.principal
    ORDER BY g.run DESC) AS place
  FROM (SELECT DISTINCT run FROM here) d CROSS JOIN grant_facts g CROSS JOIN here c
  WHERE g.run = d.run AND c.run = g.run AND c.scope = g.scope)
SELECT g.run, g.connector, g.tenant_type, g.tenant_id, r.resource_type, r.id AS resource_id,
       r.display_name AS resource_name, e.slug AS entitlement, p.resource_type AS principal_type,
       p.id AS principal_id, p.display_name AS principal_name, g.implied_by, g.expands, g.scope, g.page
FROM facts g
JOIN resources r ON r.run = g.run AND r.resource = g.resource
JOIN entitlement_keys e ON e.entitlement = g.entitlement
JOIN resources p ON p.run = g.run AND p.resource = g.principal
WHERE g.place = 1;

-- Of how many rows each column leaves one, so that SQLite knows without an ANALYZE that an epoch has
-- many rows and a key few.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('runs', 'runs_by_epoch', '1000 100 1'),
  ('resource_keys', 'sqlite_autoindex_resource_keys_1', '50000 5000 1'),
  ('entitlement_keys', 'sqlite_autoindex_entitlement_keys_1', '100 5 1'),
  ('scope_keys', 'scope_keys_by_identity', '5000 1000 500 1 1 1'),
  ('notice_keys', 'notice_keys_by_text', '5000 500 50 1 1 1'),
  ('scope_versions', 'scope_versions', '50000 5000 1 1'),
  ('page_versions', 'page_versions', '50000 5000 2 1 1'),
  ('resource_versions', 'resource_versions', '100000 10000 1 1'),
  ('resource_versions', 'resource_versions_by_scope', '100000 10000 100'),
  ('entitlement_versions', 'entitlement_versions', '200 20 1 1'),
  ('grant_versions', 'grant_versions', '1000000 100000 100 30 1 1'),
  ('grant_versions', 'grant_versions_by_principal', '1000000 100000 10 10'),
  ('notice_versions', 'notice_versions', '5000 500 1 1 1'),
  ('expansion_versions', 'expansion_versions', '200000 20000 10 10 1 1 1'),
  ('expansion_versions', 'expansion_versions_by_principal', '200000 20000 3');
ANALYZE sqlite_schema;
