-- The tables that all rules read. The views of the run and `silent` come before them, the SELECT of a rule after them.

-- The meaning of the resources of each type.
kinds AS MATERIALIZED (SELECT resource_type, parent, kind FROM resource_types WHERE run = :run),
-- Each type with itself and the types that it lies under.
above AS (
  SELECT resource_type, kind, resource_type AS above FROM kinds
  UNION
  SELECT a.resource_type, a.kind, k.parent FROM above a JOIN kinds k ON k.resource_type = a.above
  WHERE k.parent IS NOT NULL
),
-- The outcome of all scopes that list a type: 1 if every one is complete.
lists AS (
  SELECT resource_type, min(outcome = 'complete') AS complete, min(scope) AS scope
  FROM scopes WHERE run = :run AND call = 'list-resources' GROUP BY resource_type
),
-- Entitlements of which a higher rank allows more.
ranked AS (
  SELECT entitlement, resource_type, slug, rank,
         min(rank) OVER (PARTITION BY resource_type, exclusion_group) AS lowest
  FROM entitlements
  WHERE run = :run AND exclusion_group IS NOT NULL AND rank IS NOT NULL AND purpose IN ('permission', 'ownership')
),
-- Entitlements to administer.
admin_entitlements AS (
  SELECT entitlement, resource_type, slug FROM entitlements WHERE run = :run AND purpose = 'ownership'
),
-- Entitlements to change: all but the lowest of a ranked group.
edit_entitlements AS (
  SELECT entitlement, resource_type, slug FROM ranked WHERE rank > lowest
),
-- Containers of a type that has an entitlement to administer.
containers AS (
  SELECT * FROM resources
  WHERE run = :run AND evidence = 'listed'
    AND resource_type IN (SELECT resource_type FROM kinds WHERE kind = 'container')
    AND resource_type IN (SELECT resource_type FROM admin_entitlements)
),
-- Containers of which it is not known who has access, with the scope that was not read or the notice.
unread AS (
  SELECT p.resource, s.scope, NULL AS code, NULL AS message
  FROM containers p JOIN scopes s ON s.run = :run AND s.call = 'list-grants'
    AND s.resource_type = p.resource_type AND s.id = p.id
  WHERE s.outcome IS NOT 'complete'
  UNION ALL
  SELECT p.resource, l.scope, n.code, n.message
  FROM containers p JOIN silent n ON n.about_type = p.resource_type AND n.about_id = p.id
  JOIN lists l ON l.resource_type = p.resource_type
  UNION ALL
  SELECT DISTINCT p.resource, l.scope, NULL, NULL
  FROM (SELECT q.resource, l.scope FROM resources q JOIN lists l ON l.resource_type = q.resource_type
        WHERE q.run = :run AND q.kind = 'group' AND NOT l.complete) l
  JOIN grant_facts g ON g.principal = l.resource
  JOIN containers p ON p.resource = g.resource
),
-- Accounts that are disabled, by the rule of every answer.
off AS MATERIALIZED (SELECT value AS resource FROM json_each(:off)),
-- Accounts that the complete list of their type does not have, and whose kind is unknown.
unlisted AS (
  SELECT q.resource FROM resources q JOIN lists l ON l.resource_type = q.resource_type
  WHERE q.run = :run AND q.evidence = 'referenced' AND l.complete
    AND ifnull(q.account_type, 'unknown') = 'unknown'
    AND q.resource_type IN (SELECT resource_type FROM kinds WHERE kind = 'account')
),
idle AS (SELECT resource FROM off UNION SELECT resource FROM unlisted),
-- Groups that a complete list has: one without a known member is empty.
empty_sets AS (
  SELECT q.resource FROM resources q JOIN lists l ON l.resource_type = q.resource_type
  WHERE q.run = :run AND q.kind = 'group' AND q.evidence = 'listed' AND l.complete
),
-- Entitlements that are no membership. A grant that expands one has no principals as long as no principal
-- of the entitlement is known.
permissions AS MATERIALIZED (
  SELECT resource_type, slug FROM entitlements
  WHERE run = :run AND purpose IN ('permission', 'ownership')
),
-- The members of the groups that rules look into. A `path` is the index of one in a list, from
-- 1; 0 is none.
expansions AS MATERIALIZED (
  SELECT json_extract(value, '$[0]') AS group_like, json_extract(value, '$[1]') AS slug,
         json_extract(value, '$[2]') AS principal, json_extract(value, '$[3]') AS path
  FROM json_each(:members)
),
-- Effective access to change or administer, groups expanded to their members; a group of
-- which no member is known stands for itself. As in the view `effective_access`, for these entitlements alone.
effective AS (
  SELECT g.resource, r.slug AS entitlement, ifnull(x.principal, g.principal) AS principal,
         ifnull(x.path, 0) AS path, g.implied_by, r.administers, r.edits,
         d.slug IS NOT NULL AND g.implied_by IS NOT NULL AS oversees
  FROM grant_facts g
  CROSS JOIN (
    SELECT entitlement, slug, max(administers) AS administers, max(edits) AS edits FROM (
      SELECT entitlement, slug, 1 AS administers, 0 AS edits FROM admin_entitlements
      UNION ALL SELECT entitlement, slug, 0, 1 FROM edit_entitlements)
    GROUP BY entitlement
  ) r ON r.entitlement = g.entitlement
  JOIN resources q ON q.resource = g.principal
  LEFT JOIN permissions d ON d.resource_type = q.resource_type AND d.slug = g.expands
  LEFT JOIN expansions x ON x.group_like = g.principal AND x.slug = ifnull(g.expands, '')
  WHERE (d.slug IS NULL OR x.principal IS NOT NULL)
    AND q.resource_type NOT IN (SELECT resource_type FROM types_about_accounts WHERE run = :run)
),
-- The administrators of each resource; `counts` is 0 for accounts that nobody uses and for empty groups.
-- `oversees` is 1 if the access follows from a rule of the provider for principals of an entitlement on
-- another resource, such as the tenant's highest one.
admins AS (
  SELECT resource, entitlement, principal, path, implied_by, oversees,
         principal NOT IN (SELECT resource FROM idle UNION ALL SELECT resource FROM empty_sets) AS counts
  FROM effective WHERE administers
),
-- Containers with an administrator by a rule of the provider, such as the creator of a personal workspace.
owned AS (SELECT DISTINCT resource FROM admins WHERE implied_by IS NOT NULL AND NOT oversees),
-- Keys that may work, and how far their dates are from now, in days.
keys AS (
  SELECT k.*, julianday(:now) - julianday(ifnull(nullif(k.last_used, 'never'), k.created_at)) AS idle_days,
         julianday(k.expires_at) - julianday(:now) AS days_left
  FROM resources k
  WHERE k.run = :run AND k.kind = 'secret' AND k.status <> 'disabled' AND k.evidence = 'listed'
),
-- Keys whose facts came in a form that could not be read, or whose use the provider does not state.
unclear_keys AS (
  SELECT DISTINCT k.resource, l.scope, ifnull(n.code, 'not-stated') AS code,
         ifnull(n.message, 'The provider does not state when the key was last used.') AS message
  FROM keys k JOIN lists l ON l.resource_type = k.resource_type
  LEFT JOIN notices n ON n.run = :run AND n.about_type = k.resource_type AND n.about_id = k.id
    AND n.impact <> 'none'
  WHERE n.code IS NOT NULL OR k.last_used IS NULL
),
invitations AS (
  SELECT * FROM resources
  WHERE run = :run AND evidence = 'listed'
    AND resource_type IN (SELECT resource_type FROM kinds WHERE kind = 'invitation')
),
-- The time of last use of accounts, by the rule of every answer.
logins AS MATERIALIZED (
  SELECT json_extract(value, '$[0]') AS resource, json_extract(value, '$[1]') AS at
  FROM json_each(:logins)
),
-- Accounts that are not disabled and have a grant.
accounts_in_use AS (
  SELECT q.resource, q.resource_type, q.scope, l.at AS last_login
  FROM resources q LEFT JOIN logins l ON l.resource = q.resource
  WHERE q.run = :run AND q.kind = 'user' AND q.resource NOT IN (SELECT resource FROM off)
    AND q.resource_type NOT IN (SELECT resource_type FROM types_about_accounts WHERE run = :run)
    AND q.resource IN (SELECT principal FROM grant_facts)
),
-- Accounts and invitations of which a time is not stated, by the list of their type.
untimed AS (
  SELECT a.resource_type, a.scope, 'accounts' AS kind FROM accounts_in_use a WHERE a.last_login IS NULL
  UNION ALL
  SELECT i.resource_type, i.scope, 'invitations' FROM invitations i WHERE i.created_at IS NULL
),
unstated_times AS (
  SELECT u.kind, ifnull(l.scope, min(u.scope)) AS scope, 'not-stated' AS code,
         'The provider does not state the ' ||
         CASE u.kind WHEN 'accounts' THEN 'last activity' ELSE 'time' END ||
         ' of ' || count(*) || ' of the ' || u.kind || '.' AS message
  FROM untimed u LEFT JOIN lists l ON l.resource_type = u.resource_type
  GROUP BY u.kind, u.resource_type
)
