-- Notices after which what is absent on their subject was not told, although their scope is whole: a
-- list that should be there is not, or a word from which access follows is not known.
SELECT DISTINCT about_type, about_id, code, message FROM notices
WHERE run = :run AND about_id IS NOT NULL AND impact = 'access-unknown'
