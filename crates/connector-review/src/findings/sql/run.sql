-- The views of the run that is evaluated: what rules join is of this run.
resources AS NOT MATERIALIZED (SELECT * FROM main.resources WHERE run = :run),
entitlements AS NOT MATERIALIZED (SELECT * FROM main.entitlements WHERE run = :run),
grant_facts AS NOT MATERIALIZED (SELECT * FROM main.grant_facts WHERE run = :run),
scopes AS NOT MATERIALIZED (SELECT * FROM main.scopes WHERE run = :run)
