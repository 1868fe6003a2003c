-- People from outside who can change something.
SELECT q.resource AS subject, h.resource AS resource, h.entitlement AS entitlement,
       q.resource AS principal, h.path AS path, h.implied_by AS note
FROM effective h JOIN resources q ON q.resource = h.principal
WHERE h.edits AND q.account_type = 'external'
