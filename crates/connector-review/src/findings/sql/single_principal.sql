-- Containers that one principal in use can open, and no group such as the members of the tenant, but for
-- those who oversee it.
SELECT o.resource AS subject, o.resource AS resource, o.entitlement AS entitlement,
       o.principal AS principal, o.path AS path, o.implied_by AS note
FROM (
  SELECT g.resource, e.slug AS entitlement, ifnull(x.principal, g.principal) AS principal,
         ifnull(x.path, 0) AS path, g.implied_by,
         min(ifnull(x.principal, g.principal)) OVER (PARTITION BY g.resource) AS first,
         max(ifnull(x.principal, g.principal)) OVER (PARTITION BY g.resource) AS last
  FROM containers p JOIN grant_facts g ON g.resource = p.resource
  JOIN entitlements e ON e.entitlement = g.entitlement
  JOIN resources h ON h.resource = g.principal
  LEFT JOIN permissions d ON d.resource_type = h.resource_type AND d.slug = g.expands
  LEFT JOIN expansions x ON x.group_like = g.principal AND x.slug = ifnull(g.expands, '')
  WHERE p.resource NOT IN (SELECT resource FROM unread) AND p.resource NOT IN owned
    AND d.slug IS NULL
    AND h.resource_type NOT IN (SELECT resource_type FROM types_about_accounts WHERE run = :run)
    AND ifnull(x.principal, g.principal) NOT IN idle
    AND ifnull(x.principal, g.principal) NOT IN empty_sets
    AND p.resource NOT IN (
      SELECT s.resource FROM grant_facts s JOIN resources q ON q.resource = s.principal
      LEFT JOIN permissions m ON m.resource_type = q.resource_type AND m.slug = s.expands
      WHERE q.run = :run AND m.slug IS NULL AND q.kind IN ('tenant', 'anyone', 'organization'))
) o
WHERE o.first = o.last
