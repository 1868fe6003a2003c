-- Disabled accounts that have grants or belong to groups.
SELECT o.resource AS subject, g.resource AS resource, e.slug AS entitlement,
       g.principal AS principal, 0 AS path, g.implied_by AS note
FROM off o JOIN grant_facts g ON g.principal = o.resource
JOIN entitlements e ON e.entitlement = g.entitlement
JOIN resources r ON r.resource = g.resource
WHERE e.purpose <> 'assignment' OR r.kind = 'group'
