-- The store's schema, version 2. Times are RFC 3339 in UTC; booleans are 0 or 1; what is absent is
-- NULL. Columns that end in `_type` and `_id` name a resource as the provider does; columns called
-- `run`, `scope`, `resource`, `entitlement`, `principal` and `group_like` are keys of rows here.
--
-- Read the views at the end of this file: they show each run whole, by its number in the column `run`.
-- One resource, entitlement or scope has the same key in every run.
--
-- The tables keep what did not change between two runs of a tenant once. A row of a table
-- `…_versions` holds in the runs of its epoch from `first` to `last`; `last` is NULL while it holds in
-- the epoch's latest run. An epoch begins with a run that has all of its rows (the epoch's number is
-- that run's), and ends when it has twice the rows of its latest run. So the rows of any run are found
-- among at most about twice as many. A running sync is an epoch of its own until it ends; what only its
-- grants name has a key until then, and no record.

-- One sync. `state` is `running` while it is being read (or was interrupted), then `ended`. A sync that
-- failed is `running` as long as it can be resumed, then `failed`: nothing is left of it but this
-- row. One whose credential did not work is `failed` at once, and its tenant's columns are empty. `requests` are
-- those outside of scopes while it is running, then all. The counts are those of a run that has ended. A run that
-- is `on_hold` is not pruned.
CREATE TABLE runs (
  run             INTEGER PRIMARY KEY,
  epoch           INTEGER NOT NULL,
  state           TEXT NOT NULL CHECK (state IN ('running', 'ended', 'failed')),
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
  -- The reason of the failure.
  failure         TEXT,
  on_hold         INTEGER NOT NULL DEFAULT 0 CHECK (on_hold IN (0, 1)),
  resources       INTEGER,
  entitlements    INTEGER,
  grants          INTEGER,
  notices         INTEGER,
  -- Resources and grants that were added, removed or changed since the tenant's run before.
  changes         INTEGER,
  -- The whole tenant record, as JSON.
  tenant          TEXT NOT NULL,
  -- The types of the connector's description, as a JSON list of objects with `id`, `parent` and `kind`.
  resource_types  TEXT NOT NULL,
  settings        TEXT NOT NULL,
  -- How a sync that was to read only changes was made, as JSON: `carried` with the run that
  -- scopes were carried over from, or `full` with the reason.
  since_last      TEXT,
  CHECK (state <> 'ended' OR (ended_at IS NOT NULL AND complete IS NOT NULL AND digest IS NOT NULL)),
  CHECK (state <> 'failed' OR failure IS NOT NULL)
) STRICT;
CREATE INDEX runs_by_epoch ON runs (epoch, run);

-- Each resource that a run has or had, by its identity.
CREATE TABLE resource_keys (
  resource      INTEGER PRIMARY KEY,
  resource_type TEXT NOT NULL,
  id            TEXT NOT NULL,
  UNIQUE (resource_type, id)
) STRICT;

-- The same of entitlements.
CREATE TABLE entitlement_keys (
  entitlement   INTEGER PRIMARY KEY,
  resource_type TEXT NOT NULL,
  slug          TEXT NOT NULL,
  UNIQUE (resource_type, slug)
) STRICT;

-- The same of scopes: paginated lists.
CREATE TABLE scope_keys (
  scope         INTEGER PRIMARY KEY,
  call          TEXT NOT NULL,
  resource_type TEXT NOT NULL,
  id            TEXT,
  parent_type   TEXT,
  parent_id     TEXT
) STRICT;
CREATE UNIQUE INDEX scope_keys_by_identity ON scope_keys
  (call, resource_type, ifnull(id, ''), ifnull(parent_type, ''), ifnull(parent_id, ''));

-- The same of notices: code, subject and text.
CREATE TABLE notice_keys (
  notice     INTEGER PRIMARY KEY,
  code       TEXT NOT NULL,
  about_type TEXT,
  about_id   TEXT,
  impact     TEXT NOT NULL
    CHECK (impact IN ('none', 'item-omitted', 'access-unknown', 'attribute-unknown')),
  message    TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX notice_keys_by_text ON notice_keys
  (code, ifnull(about_type, ''), ifnull(about_id, ''), impact, message);

-- One read of a scope from its first page to its last, and its outcome, which is NULL while the scope is
-- being read. Only a scope whose outcome is `complete` may say that something is gone.
CREATE TABLE scope_versions (
  epoch      INTEGER NOT NULL,
  scope      INTEGER NOT NULL REFERENCES scope_keys,
  first      INTEGER NOT NULL,
  last       INTEGER,
  outcome    TEXT,
  pages      INTEGER NOT NULL DEFAULT 0,
  requests   INTEGER NOT NULL DEFAULT 0,
  -- The times that the list was started again, because the provider had forgotten its page token.
  restarts   INTEGER NOT NULL DEFAULT 0,
  -- The failure, as JSON.
  problem    TEXT,
  -- The place of its type among the connector's resource types: of two records of one identity, the one
  -- of the earlier scope counts.
  type_order INTEGER NOT NULL DEFAULT 0,
  -- The start of the run that read it, where it was carried over; NULL where this run read it.
  read_at    TEXT,
  -- 1 if it lists a resource whose record is another scope's: it is not carried over without that one.
  shared     INTEGER NOT NULL DEFAULT 0 CHECK (shared IN (0, 1)),
  PRIMARY KEY (epoch, scope, first)
) STRICT, WITHOUT ROWID;

-- One page of a scope. `requests` is a JSON list of its requests: objects with `path` and `status`. The rest
-- is there until the run has ended, so that an interrupted sync can be resumed: the next page token, the SHA-256
-- of the content, and 1 if the list had shifted by then.
CREATE TABLE page_versions (
  epoch    INTEGER NOT NULL,
  scope    INTEGER NOT NULL REFERENCES scope_keys,
  page     INTEGER NOT NULL,
  first    INTEGER NOT NULL,
  last     INTEGER,
  requests TEXT NOT NULL,
  next     TEXT,
  print    BLOB,
  moved    INTEGER NOT NULL DEFAULT 0 CHECK (moved IN (0, 1)),
  PRIMARY KEY (epoch, scope, page, first)
) STRICT, WITHOUT ROWID;

-- Resources: accounts, groups and everything that access is given on.
CREATE TABLE resource_versions (
  epoch           INTEGER NOT NULL,
  resource        INTEGER NOT NULL REFERENCES resource_keys,
  first           INTEGER NOT NULL,
  last            INTEGER,
  parent_type     TEXT,
  parent_id       TEXT,
  display_name    TEXT NOT NULL,
  description     TEXT,
  evidence        TEXT NOT NULL CHECK (evidence IN ('listed', 'referenced')),
  -- For an IN of more than two values SQLite would build a table with each row.
  status          TEXT NOT NULL CHECK (status = 'enabled' OR status = 'disabled' OR status = 'unknown'),
  created_at      TEXT,
  updated_at      TEXT,
  -- `anyone` and `organization` are audiences: open classes of principals.
  kind            TEXT NOT NULL CHECK (kind = 'user' OR kind = 'group' OR kind = 'tenant'
    OR kind = 'anyone' OR kind = 'organization' OR kind = 'secret' OR kind = 'other'),
  -- Of a user.
  email           TEXT,
  login           TEXT,
  account_type    TEXT,
  last_login      TEXT,
  -- Of a secret.
  created_by_type TEXT,
  created_by_id   TEXT,
  access_to_type  TEXT,
  access_to_id    TEXT,
  expires_at      TEXT,
  -- A time, `never`, or NULL where the provider does not say.
  last_used       TEXT,
  -- Other facts of the provider, as a JSON object.
  attributes      TEXT NOT NULL,
  grants          TEXT NOT NULL,
  -- The scope and page that listed it, the first of several; NULL for a reference.
  scope           INTEGER REFERENCES scope_keys,
  page            INTEGER,
  PRIMARY KEY (epoch, resource, first)
) STRICT, WITHOUT ROWID;
CREATE INDEX resource_versions_by_scope ON resource_versions (epoch, scope);

-- An entitlement that can be granted on each resource of a type. `grantable_to` is a JSON list of types.
CREATE TABLE entitlement_versions (
  epoch           INTEGER NOT NULL,
  entitlement     INTEGER NOT NULL REFERENCES entitlement_keys,
  first           INTEGER NOT NULL,
  last            INTEGER,
  display_name    TEXT NOT NULL,
  description     TEXT NOT NULL,
  purpose         TEXT NOT NULL,
  grantable_to    TEXT NOT NULL,
  exclusion_group TEXT,
  rank            INTEGER,
  -- The scope that listed it; NULL for an entitlement that only grants name.
  scope           INTEGER REFERENCES scope_keys,
  PRIMARY KEY (epoch, entitlement, first)
) STRICT, WITHOUT ROWID;

-- Grants: resource, entitlement and principal by their keys.
CREATE TABLE grant_versions (
  epoch       INTEGER NOT NULL,
  resource    INTEGER NOT NULL REFERENCES resource_keys,
  entitlement INTEGER NOT NULL REFERENCES entitlement_keys,
  principal   INTEGER NOT NULL REFERENCES resource_keys,
  first       INTEGER NOT NULL,
  last        INTEGER,
  implied_by  TEXT,
  expands     TEXT,
  scope       INTEGER REFERENCES scope_keys,
  page        INTEGER,
  PRIMARY KEY (epoch, resource, entitlement, principal, first)
) STRICT, WITHOUT ROWID;
CREATE INDEX grant_versions_by_principal ON grant_versions (epoch, principal, expands);

-- Notices. `scope` is the scope that has it, and 0 for a notice of the host about the run.
CREATE TABLE notice_versions (
  epoch  INTEGER NOT NULL,
  notice INTEGER NOT NULL REFERENCES notice_keys,
  scope  INTEGER NOT NULL,
  first  INTEGER NOT NULL,
  last   INTEGER,
  PRIMARY KEY (epoch, notice, scope, first)
) STRICT, WITHOUT ROWID;

-- Each access path of groups that a run has or had: the path `shorter`, which is nearer to the resource
-- (0: the path begins here), and one group more.
CREATE TABLE path_keys (
  path       INTEGER PRIMARY KEY,
  shorter    INTEGER NOT NULL,
  group_like INTEGER NOT NULL REFERENCES resource_keys,
  UNIQUE (shorter, group_like)
) STRICT;

-- Group expansion: `principal` belongs to `group_like`, a group, team or audience, by
-- holding the entitlement `slug` on it ('' for an audience), along `path`: the groups between, of which the
-- last has the principal. At most 16 paths of a principal in a group are there, the shortest; of groups
-- within groups that would take more than 1,000,000 steps together the rest is left out, and `access` and
-- `explain` answer from the grants. A principal of a grant that stands for itself has a row with itself as
-- the principal and the path 0, which the view `expansions` leaves out.
CREATE TABLE expansion_versions (
  epoch      INTEGER NOT NULL,
  group_like INTEGER NOT NULL REFERENCES resource_keys,
  slug       TEXT NOT NULL,
  principal  INTEGER NOT NULL REFERENCES resource_keys,
  path       INTEGER NOT NULL,
  first      INTEGER NOT NULL,
  last       INTEGER,
  PRIMARY KEY (epoch, group_like, slug, principal, path, first)
) STRICT, WITHOUT ROWID;
CREATE INDEX expansion_versions_by_principal ON expansion_versions (epoch, principal);

-- Of a running sync: records whose identity an earlier page of it has brought. At its end one record
-- of each identity stays. `record` has the record as JSON, `key` is its
-- resource or entitlement.
CREATE TABLE duplicate_records (
  duplicate INTEGER PRIMARY KEY,
  run       INTEGER NOT NULL REFERENCES runs,
  kind      TEXT NOT NULL CHECK (kind IN ('resource', 'entitlement')),
  key       INTEGER NOT NULL,
  scope     INTEGER NOT NULL,
  page      INTEGER NOT NULL,
  record    TEXT NOT NULL
) STRICT;
CREATE INDEX duplicate_records_by_key ON duplicate_records (run, kind, key, scope);

-- The same of grants.
CREATE TABLE duplicate_grants (
  duplicate   INTEGER PRIMARY KEY,
  run         INTEGER NOT NULL REFERENCES runs,
  resource    INTEGER NOT NULL,
  entitlement INTEGER NOT NULL,
  principal   INTEGER NOT NULL,
  implied_by  TEXT,
  expands     TEXT,
  scope       INTEGER NOT NULL,
  page        INTEGER NOT NULL
) STRICT;
CREATE INDEX duplicate_grants_by_run ON duplicate_grants (run);
