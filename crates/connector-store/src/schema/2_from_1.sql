-- What was kept of version 1 goes into the tables of version 2.
INSERT INTO runs (run, state, tenant_type, tenant_id, tenant_name, contract, connector, version,
    component_sha256, manifest_sha256, base_url, started_at, ended_at, complete, requests, digest, tenant,
    settings, resources, entitlements, grants, notices)
  SELECT run, state, tenant_type, tenant_id, tenant_name, contract, connector, version,
    component_sha256, manifest_sha256, base_url, started_at, ended_at, complete, requests, digest, tenant,
    settings,
    (SELECT count(*) FROM kept_resources r WHERE r.run = k.run),
    (SELECT count(*) FROM kept_entitlements e WHERE e.run = k.run),
    (SELECT count(*) FROM kept_resources r JOIN kept_grant_facts g ON g.resource = r.resource
      WHERE r.run = k.run),
    (SELECT count(*) FROM kept_notices n WHERE n.run = k.run)
  FROM kept_runs k;
INSERT INTO scopes (scope, run, call, resource_type, id, parent_type, parent_id, outcome, pages,
    requests, restarts, problem)
  SELECT scope, run, call, resource_type, id, parent_type, parent_id, outcome, pages, requests, restarts,
    problem
  FROM kept_scopes;
INSERT INTO pages (scope, page, requests) SELECT scope, page, requests FROM kept_pages;
INSERT INTO resources SELECT * FROM kept_resources;
INSERT INTO entitlements (entitlement, run, resource_type, slug, display_name, description, purpose,
    grantable_to, exclusion_group, rank)
  SELECT entitlement, run, resource_type, slug, display_name, description, purpose, grantable_to,
    exclusion_group, rank
  FROM kept_entitlements;
INSERT INTO grant_facts SELECT * FROM kept_grant_facts;
INSERT INTO notices (run, position, code, about_type, about_id, omits, message)
  SELECT run, position, code, about_type, about_id, omits, message FROM kept_notices;
INSERT INTO expansions SELECT * FROM kept_expansions;
DROP TABLE kept_expansions;
DROP TABLE kept_notices;
DROP TABLE kept_grant_facts;
DROP TABLE kept_entitlements;
DROP TABLE kept_resources;
DROP TABLE kept_pages;
DROP TABLE kept_scopes;
DROP TABLE kept_runs;
