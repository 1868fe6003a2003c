-- Accounts in use that hold something and that nobody used for some days.
SELECT a.resource AS subject, NULL AS resource, NULL AS entitlement, NULL AS principal, NULL AS path,
       'last active ' || a.last_login AS note
FROM accounts_in_use a
WHERE julianday(:now) - julianday(a.last_login) >= :dormant_days
