-- Accounts that no list shows and that have grants or belong to groups.
SELECT u.resource AS subject, g.resource AS resource, e.slug AS entitlement,
       g.principal AS principal, 0 AS path, g.implied_by AS note
FROM unlisted u JOIN grant_facts g ON g.principal = u.resource
JOIN entitlements e ON e.entitlement = g.entitlement
JOIN resources r ON r.resource = g.resource
WHERE e.purpose <> 'assignment' OR r.kind = 'group'
