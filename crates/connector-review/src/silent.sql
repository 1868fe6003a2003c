-- Notices of unknown access in complete scopes: nothing follows from an absent grant on their subject,
-- because an expected list is missing or a value that decides on access is unknown.
SELECT DISTINCT about_type, about_id, code, message FROM notices
WHERE run = :run AND about_id IS NOT NULL AND impact = 'access-unknown'
