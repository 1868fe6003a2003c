-- Rows as version 1 wrote them.
INSERT INTO runs (run, state, tenant_type, tenant_id, tenant_name, contract, connector, version,
    component_sha256, manifest_sha256, base_url, started_at, ended_at, complete, requests, digest, tenant,
    settings)
  VALUES (1, 'ended', 'team', '1', 'Team', '0.1', 'test', '1', 'c', 'm', 'https://example.com',
    '2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z', 1, 3, 'd',
    '{"id":{"resource_type":"team","id":"1"},"display_name":"Team","credential_owner":{"resource_type":"user","id":"1"},"credential_owner_name":"Ann","notices":[{"code":"odd","about":null,"omits":true,"message":"An odd one."}],"rate_limit":{"limit":1,"remaining":null,"window":null,"reset_after":null,"month_limit":null,"month_remaining":null}}',
    '{}'),
  (2, 'running', 'team', '1', 'Team', '0.1', 'test', '1', 'c', 'm', 'https://example.com',
    '2026-01-02T00:00:00Z', NULL, NULL, 1, NULL, '{}', '{}');
INSERT INTO scopes (scope, run, call, resource_type, outcome, pages, requests)
  VALUES (1, 1, 'list-resources', 'user', 'complete', 1, 1), (2, 2, 'list-resources', 'user', NULL, 1, 1),
  (3, 1, 'list-resources', 'analytics-report', 'not-asked', 0, 0),
  (4, 1, 'list-resources', 'activity', 'not-asked', 0, 0),
  (5, 1, 'list-resources', 'access-key', 'forbidden', 0, 1);
INSERT INTO pages (scope, page, requests, content)
  VALUES (1, 1, '[{"path":"/users","status":200}]', NULL), (2, 1, '[]', x'00');
INSERT INTO resources (resource, run, resource_type, id, display_name, evidence, status, kind,
    account_type, profile, grants, scope, page)
  VALUES (1, 1, 'user', '1', 'Ann', 'listed', 'enabled', 'user', 'human', '{}', 'lists', 1, 1),
    (2, 1, 'team', '1', 'Team', 'mentioned', 'unknown', 'tenant', NULL, '{}', 'lists', NULL, NULL);
INSERT INTO entitlements (entitlement, run, resource_type, slug, display_name, description, purpose,
    grantable_to)
  VALUES (1, 1, 'team', 'member', 'Member', '', 'assignment', '[]');
INSERT INTO entitlements (entitlement, run, resource_type, slug, display_name, description, purpose,
    grantable_to, exclusion_group, rank)
  VALUES (2, 1, 'workspace', 'viewer', '', '', 'permission', '[]', 'role', 1),
    (3, 1, 'workspace', 'editor', '', '', 'permission', '[]', 'role', 2),
    (4, 1, 'workspace', 'admin', '', '', 'permission', '[]', 'role', 3),
    (5, 1, 'workspace', 'partner-viewer', '', '', 'permission', '[]', 'partner-role', NULL),
    (6, 1, 'workspace', 'partner-editor', '', '', 'permission', '[]', 'partner-role', NULL),
    (7, 1, 'workspace', 'access', '', '', 'permission', '[]', NULL, NULL);
INSERT INTO grant_facts (resource, entitlement, principal, implied_by, expands, scope, page)
  VALUES (2, 1, 1, NULL, NULL, 1, 1);
INSERT INTO notices (run, position, code, omits, message) VALUES (1, 0, 'note', 0, 'A note.');
