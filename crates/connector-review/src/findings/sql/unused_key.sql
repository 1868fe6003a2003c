-- Keys without a use for some days. One without any date was never used, and nobody knows how long.
SELECT k.resource AS subject, NULL AS resource, NULL AS entitlement, NULL AS principal, NULL AS path,
       CASE WHEN k.last_used <> 'never' THEN 'last used ' || k.last_used
            WHEN k.created_at IS NOT NULL THEN 'never used, made ' || k.created_at
            ELSE 'never used' END AS note
FROM keys k
WHERE (k.days_left IS NULL OR k.days_left >= 0)
  AND (k.idle_days IS NULL OR k.idle_days >= :unused_days)
  AND (k.last_used <> 'never' OR k.resource NOT IN (SELECT resource FROM unclear_keys))
  AND k.last_used IS NOT NULL
