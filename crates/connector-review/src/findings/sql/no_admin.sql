-- Containers that nobody in use administers, but for those who oversee it; the evidence is who would.
SELECT p.resource AS subject, a.resource AS resource, a.entitlement AS entitlement,
       a.principal AS principal, a.path AS path,
       CASE WHEN a.principal IS NULL THEN NULL WHEN a.principal IN off THEN 'switched off'
            WHEN a.principal IN unlisted THEN 'in no list' WHEN a.oversees THEN a.implied_by
            ELSE 'nobody is in it' END AS note
FROM containers p LEFT JOIN admins a ON a.resource = p.resource
WHERE p.resource NOT IN (SELECT resource FROM unread) AND p.resource NOT IN owned
  AND p.resource NOT IN (SELECT resource FROM admins WHERE counts AND NOT oversees)
