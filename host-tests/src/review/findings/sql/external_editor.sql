-- People from outside who can change something.
SELECT q.resource AS subject, a.resource AS resource, a.entitlement AS entitlement,
       q.resource AS principal, a.path AS path, a.implied_by AS note
FROM effective_access a
JOIN resources q ON q.resource = a.person
JOIN edit_rights e ON e.resource_type = a.resource_type AND e.slug = a.entitlement
WHERE a.run = :run AND (q.account_type = 'external' OR q.resource_type IN ('partner', 'guest'))
