-- Keys that end within some days.
SELECT k.resource AS subject, NULL AS resource, NULL AS entitlement, NULL AS principal, NULL AS path,
       'expires ' || k.expires_at AS note
FROM keys k
WHERE k.days_left BETWEEN 0 AND :expiry_days
