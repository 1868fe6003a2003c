-- The stored runs of version 1 go into the tables of version 2, each run as an epoch of its own.

-- Version 1 did not state what the resources of a type are. Here alone it is guessed: by the words in
-- the type's name, by its records, and by its entitlements.
CREATE TEMP TABLE kind_words (word TEXT PRIMARY KEY, kind TEXT, place INTEGER);
INSERT INTO kind_words VALUES
  ('key', 'credential', 1), ('token', 'credential', 1), ('secret', 'credential', 1),
  ('credential', 'credential', 1), ('account', 'account', 2), ('user', 'account', 2),
  ('member', 'account', 2), ('person', 'account', 2), ('partner', 'account', 2), ('guest', 'account', 2),
  ('group', 'group', 3), ('everyone', 'audience', 3), ('activity', 'usage', 4), ('usage', 'usage', 4),
  ('invitation', 'invitation', 5), ('invite', 'invitation', 5), ('analytics', 'subscription', 6),
  ('report', 'subscription', 6), ('seat', 'subscription', 6), ('license', 'subscription', 6),
  ('subscription', 'subscription', 6);
CREATE TEMP TABLE guessed_types AS
SELECT t.run, t.resource_type, (
    SELECT max(s.parent_type) FROM kept_scopes s
    WHERE s.run = t.run AND s.call = 'list-resources' AND s.resource_type = t.resource_type) AS parent,
  CASE
    WHEN t.resource_type = r.tenant_type THEN 'tenant'
    -- Records of both are accounts.
    WHEN t.kind IN ('usage', 'invitation', 'audience') THEN t.kind
    ELSE coalesce((
      SELECT CASE q.kind WHEN 'user' THEN 'account' WHEN 'group' THEN 'group' ELSE 'credential' END
      FROM kept_resources q
      WHERE q.run = t.run AND q.resource_type = t.resource_type AND q.kind IN ('user', 'group', 'secret')
      LIMIT 1), (
      SELECT 'container' FROM kept_entitlements e
      WHERE e.run = t.run AND e.resource_type = t.resource_type
        AND (e.purpose = 'ownership' OR e.slug IN ('admin', 'administrator', 'owner'))
      LIMIT 1), t.kind, 'other')
  END AS kind
FROM (
  SELECT run, resource_type, (
    SELECT kind FROM kind_words WHERE '-' || resource_type || '-' LIKE '%-' || word || '-%'
    ORDER BY place LIMIT 1) AS kind
  FROM (
    SELECT run, resource_type FROM kept_scopes UNION SELECT run, resource_type FROM kept_resources
    UNION SELECT run, resource_type FROM kept_entitlements)) t
JOIN kept_runs r ON r.run = t.run;
-- Nor did it rank entitlements that replace each other and are named after ranked ones to change something.
CREATE TEMP TABLE named_entitlements AS
SELECT DISTINCT e.entitlement
FROM kept_entitlements e
JOIN kept_entitlements r ON r.run = e.run AND r.resource_type = e.resource_type AND r.rank > (
  SELECT min(l.rank) FROM kept_entitlements l
  WHERE l.run = r.run AND l.resource_type = r.resource_type AND l.exclusion_group = r.exclusion_group)
WHERE e.rank IS NULL AND e.exclusion_group IS NOT NULL
  AND '-' || e.slug || '-' LIKE '%-' || r.slug || '-%';
UPDATE kept_entitlements SET rank = 1 + (entitlement IN (SELECT entitlement FROM named_entitlements))
  WHERE rank IS NULL AND (run, resource_type, exclusion_group) IN (
    SELECT run, resource_type, exclusion_group FROM kept_entitlements
    WHERE entitlement IN (SELECT entitlement FROM named_entitlements));
INSERT INTO runs (run, epoch, state, tenant_type, tenant_id, tenant_name, contract, connector, version,
    component_sha256, manifest_sha256, base_url, started_at, ended_at, complete, requests, digest, tenant,
    resource_types, settings, resources, entitlements, grants, notices)
  SELECT run, run, state, tenant_type, tenant_id, tenant_name, contract, connector, version,
    component_sha256, manifest_sha256, base_url, started_at, ended_at, complete, requests, digest,
    -- Limits of the past are of no use. Notices had `omits` where they have an impact now.
    CASE WHEN json_type(k.tenant, '$.notices') = 'array' THEN
      json_set(k.tenant, '$.credentials', json('[]'), '$.rate_limit', NULL, '$.notices', json((
        SELECT json_group_array(json_object('code', n.value ->> '$.code', 'about', n.value -> '$.about',
          'impact', CASE n.value ->> '$.omits' WHEN 1 THEN 'item-omitted' ELSE 'none' END,
          'message', n.value ->> '$.message'))
        FROM json_each(k.tenant, '$.notices') n)))
      ELSE k.tenant END,
    (SELECT json_group_array(json_object('id', t.resource_type, 'parent', t.parent, 'kind', t.kind))
      FROM guessed_types t WHERE t.run = k.run),
    settings,
    (SELECT count(*) FROM kept_resources r WHERE r.run = k.run),
    (SELECT count(*) FROM kept_entitlements e WHERE e.run = k.run),
    (SELECT count(*) FROM kept_resources r JOIN kept_grant_facts g ON g.resource = r.resource
      WHERE r.run = k.run),
    (SELECT count(*) FROM kept_notices n WHERE n.run = k.run)
  FROM kept_runs k;
INSERT OR IGNORE INTO resource_keys (resource_type, id) SELECT resource_type, id FROM kept_resources;
INSERT OR IGNORE INTO entitlement_keys (resource_type, slug)
  SELECT resource_type, slug FROM kept_entitlements;
INSERT OR IGNORE INTO scope_keys (call, resource_type, id, parent_type, parent_id)
  SELECT call, resource_type, id, parent_type, parent_id FROM kept_scopes;
INSERT OR IGNORE INTO notice_keys (code, about_type, about_id, impact, message)
  SELECT code, about_type, about_id, CASE omits WHEN 1 THEN 'item-omitted' ELSE 'none' END, message
  FROM kept_notices;
-- The new key of each old one.
CREATE TEMP TABLE new_resources (old INTEGER PRIMARY KEY, run INTEGER, new INTEGER);
INSERT INTO new_resources SELECT r.resource, r.run, k.resource
  FROM kept_resources r JOIN resource_keys k ON k.resource_type = r.resource_type AND k.id = r.id;
CREATE TEMP TABLE new_entitlements (old INTEGER PRIMARY KEY, run INTEGER, new INTEGER);
INSERT INTO new_entitlements SELECT e.entitlement, e.run, k.entitlement FROM kept_entitlements e
  JOIN entitlement_keys k ON k.resource_type = e.resource_type AND k.slug = e.slug;
CREATE TEMP TABLE new_scopes (old INTEGER PRIMARY KEY, run INTEGER, new INTEGER);
INSERT INTO new_scopes SELECT s.scope, s.run, k.scope FROM kept_scopes s
  JOIN scope_keys k ON k.call = s.call AND k.resource_type = s.resource_type
    AND ifnull(k.id, '') = ifnull(s.id, '') AND ifnull(k.parent_type, '') = ifnull(s.parent_type, '')
    AND ifnull(k.parent_id, '') = ifnull(s.parent_id, '');
INSERT INTO scope_versions (epoch, first, scope, outcome, pages, requests, restarts, problem)
  SELECT n.run, n.run, n.new, s.outcome, s.pages, s.requests, s.restarts, s.problem
  FROM kept_scopes s JOIN new_scopes n ON n.old = s.scope;
INSERT INTO page_versions (epoch, first, scope, page, requests)
  SELECT n.run, n.run, n.new, p.page, p.requests FROM kept_pages p JOIN new_scopes n ON n.old = p.scope;
INSERT INTO resource_versions
  SELECT r.run, n.new, r.run, NULL, r.parent_type, r.parent_id, r.display_name, r.description,
    CASE r.evidence WHEN 'mentioned' THEN 'referenced' ELSE r.evidence END, r.status, r.created_at,
    r.updated_at,
    -- Version 1 had no audiences: the public was a group of a type of its own.
    CASE r.resource_type WHEN 'everyone' THEN 'anyone' ELSE r.kind END,
    r.email, r.login,
    CASE WHEN r.resource_type IN ('partner', 'guest') THEN 'external' ELSE r.account_type END, r.last_login, r.created_by_type, r.created_by_id, r.opens_type,
    r.opens_id, r.expires_at,
    CASE r.kind WHEN 'secret' THEN ifnull(r.last_used_at, 'never') END, r.profile,
    CASE r.grants WHEN 'lists' THEN 'complete' WHEN 'lists-and-list-grants' THEN 'list-grants-required'
      ELSE 'list-grants-optional' END,
    s.new, r.page
  FROM kept_resources r JOIN new_resources n ON n.old = r.resource
  LEFT JOIN new_scopes s ON s.old = r.scope;
INSERT INTO entitlement_versions (epoch, first, entitlement, display_name, description, purpose,
    grantable_to, exclusion_group, rank)
  SELECT n.run, n.run, n.new, e.display_name, e.description,
    CASE WHEN e.slug IN ('admin', 'administrator', 'owner') AND e.purpose = 'permission'
      THEN 'ownership' ELSE e.purpose END, e.grantable_to, e.exclusion_group,
    e.rank
  FROM kept_entitlements e JOIN new_entitlements n ON n.old = e.entitlement;
INSERT INTO grant_versions
  SELECT r.run, r.new, e.new, p.new, r.run, NULL, g.implied_by, g.expands, s.new, g.page
  FROM kept_grant_facts g JOIN new_resources r ON r.old = g.resource
  JOIN new_entitlements e ON e.old = g.entitlement JOIN new_resources p ON p.old = g.principal
  LEFT JOIN new_scopes s ON s.old = g.scope;
INSERT OR IGNORE INTO notice_versions (epoch, first, notice, scope)
  SELECT n.run, n.run, k.notice, 0 FROM kept_notices n
  JOIN notice_keys k ON k.code = n.code AND ifnull(k.about_type, '') = ifnull(n.about_type, '')
    AND ifnull(k.about_id, '') = ifnull(n.about_id, '') AND k.message = n.message
    AND k.impact = CASE n.omits WHEN 1 THEN 'item-omitted' ELSE 'none' END;
DROP TABLE named_entitlements;
DROP TABLE guessed_types;
DROP TABLE kind_words;
DROP TABLE new_scopes;
DROP TABLE new_entitlements;
DROP TABLE new_resources;
DROP TABLE kept_notices;
DROP TABLE kept_grant_facts;
DROP TABLE kept_entitlements;
DROP TABLE kept_resources;
DROP TABLE kept_pages;
DROP TABLE kept_scopes;
DROP TABLE kept_runs;
