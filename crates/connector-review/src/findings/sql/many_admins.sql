-- Tenants that more people administer than should.
SELECT a.resource AS subject, a.resource AS resource, a.entitlement AS entitlement,
       a.principal AS principal, a.path AS path, NULL AS note
FROM admins a JOIN resources t ON t.resource = a.resource AND t.kind = 'tenant'
WHERE a.counts AND a.resource IN (SELECT resource FROM admins WHERE counts
                                  GROUP BY resource HAVING count(DISTINCT principal) > :tenant_admins)
