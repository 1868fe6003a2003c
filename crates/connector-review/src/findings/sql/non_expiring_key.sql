-- Keys of which no end is known.
SELECT k.resource AS subject, NULL AS resource, NULL AS entitlement, NULL AS principal, NULL AS path,
       'no expiry' AS note
FROM keys k
WHERE k.expires_at IS NULL AND k.resource NOT IN (SELECT resource FROM unclear_keys)
