-- Invitations that nobody accepted for some days.
SELECT i.resource AS subject, NULL AS resource, NULL AS entitlement, NULL AS principal, NULL AS path,
       'invited ' || i.created_at || ifnull(' by ' || json_extract(i.attributes, '$.invited_by'), '') AS note
FROM invitations i
WHERE julianday(:now) - julianday(i.created_at) >= :invitation_days
