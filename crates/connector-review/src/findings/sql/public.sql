-- What is given to everyone.
SELECT g.resource AS subject, g.resource AS resource, e.slug AS entitlement,
       g.principal AS principal, 0 AS path, g.implied_by AS note
FROM resources q JOIN grant_facts g ON g.principal = q.resource
JOIN entitlements e ON e.entitlement = g.entitlement
WHERE q.run = :run AND q.kind = 'anyone'
