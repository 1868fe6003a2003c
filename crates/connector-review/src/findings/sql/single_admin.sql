-- Containers that one principal in use administers, but for those who oversee it.
SELECT a.resource AS subject, a.resource AS resource, a.entitlement AS entitlement,
       a.principal AS principal, a.path AS path, NULL AS note
FROM admins a JOIN containers p ON p.resource = a.resource
WHERE a.counts AND NOT a.oversees AND a.resource NOT IN (SELECT resource FROM unread) AND a.resource NOT IN owned
  AND a.resource IN (SELECT resource FROM admins WHERE counts AND NOT oversees
                     GROUP BY resource HAVING count(DISTINCT principal) = 1)
