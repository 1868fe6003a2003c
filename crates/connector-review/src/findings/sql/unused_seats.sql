-- Seats that are paid for and that nobody fills.
SELECT s.resource AS subject, NULL AS resource, NULL AS entitlement, NULL AS principal, NULL AS path,
       (s.total - s.used) || ' of ' || s.total || ' seats' AS note
FROM (SELECT resource, CAST(json_extract(attributes, '$.seats_total') AS INTEGER) AS total,
             CAST(json_extract(attributes, '$.seats_used') AS INTEGER) AS used
      FROM resources WHERE run = :run AND evidence = 'listed' AND resource_type IN (
        SELECT resource_type FROM kinds WHERE kind IN ('tenant', 'subscription'))) s
WHERE s.total > s.used
