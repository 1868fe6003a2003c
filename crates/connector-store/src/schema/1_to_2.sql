-- The content of version 1, while the tables of version 2 replace its own. An interrupted run of version 1
-- cannot be resumed: its pages were packed.
CREATE TEMP TABLE kept_runs AS SELECT * FROM runs WHERE state = 'ended';
CREATE TEMP TABLE kept_scopes AS SELECT * FROM scopes WHERE run IN (SELECT run FROM kept_runs);
CREATE TEMP TABLE kept_pages AS SELECT * FROM pages WHERE scope IN (SELECT scope FROM kept_scopes);
CREATE TEMP TABLE kept_resources AS SELECT * FROM resources WHERE run IN (SELECT run FROM kept_runs);
CREATE TEMP TABLE kept_entitlements AS
  SELECT * FROM entitlements WHERE run IN (SELECT run FROM kept_runs);
CREATE TEMP TABLE kept_grant_facts AS
  SELECT * FROM grant_facts WHERE resource IN (SELECT resource FROM kept_resources);
CREATE TEMP TABLE kept_notices AS SELECT * FROM notices WHERE run IN (SELECT run FROM kept_runs);
DROP VIEW current_grants;
DROP VIEW current_resources;
DROP VIEW current_scopes;
DROP VIEW effective_access;
DROP VIEW effective_facts;
DROP VIEW grants;
DROP TABLE expansions;
DROP TABLE notices;
DROP TABLE grant_facts;
DROP TABLE entitlements;
DROP TABLE resources;
DROP TABLE pages;
DROP TABLE scopes;
DROP TABLE runs;
