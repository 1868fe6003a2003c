-- Places that one person in use can open, and no set of people.
SELECT a.resource AS subject, a.resource AS resource, a.entitlement AS entitlement,
       a.person AS principal, a.path AS path, a.implied_by AS note
FROM effective_access a
WHERE a.run = :run AND a.person NOT IN idle AND a.person NOT IN empty_sets AND a.resource IN (
  SELECT o.resource
  FROM places p JOIN effective_access o ON o.run = :run AND o.resource = p.resource
  JOIN resources q ON q.resource = o.person
  WHERE o.person NOT IN idle AND o.person NOT IN empty_sets
    AND p.resource NOT IN (SELECT resource FROM unread) AND p.resource NOT IN owned
  GROUP BY o.resource
  HAVING count(DISTINCT o.person) = 1 AND max(q.kind IN ('group', 'tenant')) = 0)
