// What a sync says in the end: its NDJSON, with the counts and the digest.

import { createHash } from 'node:crypto';
import { close } from './close.js';
import { markUnknownMembers } from './members.js';
import { compare, idKey, json } from './records.js';

const CONTRACT = '0.2.0';
/** In the order in which a sync makes them. */
export const CALLS = ['list-entitlements', 'list-resources', 'list-grants'];

/** The lines, and whether the sync is complete. */
export function lines(connector, reading, tenant, started) {
  const read = close(reading.inOrder(), tenant.notices);
  markUnknownMembers(read, reading.walks);
  const all = Object.fromEntries(Object.entries(read).map(([kind, reads]) => [kind, reads.map(({ one }) => one)]));
  const scopes = reading.walks.map(scope).sort((a, b) => compare(scopeKey(a), scopeKey(b)));
  const { descriptor, sha256, baseUrl } = connector;
  const run = {
    contract: CONTRACT,
    connector: descriptor.name,
    version: descriptor.version,
    component_sha256: sha256,
    manifest_sha256: sha(json(descriptor)),
    base_url: baseUrl,
    started_at: started,
    tenant,
    resource_types: descriptor.resourceTypes.map(({ id, parent, kind }) => ({ id, parent, kind })),
  };
  const summary = summed(all, scopes, tenant.credentialOwner.resourceType, reading.requests);
  const record = (name) => (one) => json({ [name]: one });
  const written = [
    record('run')(run),
    ...all.resources.map(record('resource')),
    ...all.entitlements.map(record('entitlement')),
    ...all.grants.map(record('grant')),
    ...all.notices.map(record('notice')),
    ...scopes.map(record('scope')),
    record('summary')(summary),
  ];
  return { lines: written, complete: summary.complete };
}

function scope({ call, type, at, outcome, pages, requests, problem }) {
  const ofGrants = call === 'list-grants';
  return {
    call,
    resource_type: type,
    id: ofGrants ? at.id : undefined,
    parent: ofGrants ? undefined : at,
    outcome,
    pages,
    requests,
    problem,
  };
}

function scopeKey({ call, resource_type: type, id, parent }) {
  return [CALLS.indexOf(call), type, id, idKey(parent)];
}

function summed(all, scopes, owner, requests) {
  const names = [...new Set(scopes.map((one) => one.outcome))].sort();
  const count = (name) => scopes.filter((one) => one.outcome === name).length;
  const refersTo = (type) =>
    all.resources.some((one) => one.evidence === 'referenced' && one.id.resourceType === type);
  const isWhole = ({ call, resource_type: type, outcome }) =>
    ['complete', 'not-asked'].includes(outcome) ||
    (outcome === 'not-offered' && (call !== 'list-resources' || (type !== owner && !refersTo(type))));
  return {
    resources: all.resources.length,
    entitlements: all.entitlements.length,
    grants: all.grants.length,
    notices: all.notices.length,
    scopes: Object.fromEntries(names.map((name) => [name, count(name)])),
    requests,
    digest: digest(all, scopes),
    complete: scopes.every(isWhole),
  };
}

/** Over what was read and how each scope ended, not over when and by how many requests. */
function digest({ resources, entitlements, grants }, scopes) {
  const ends = scopes.map((one) => [[one.call, one.resource_type, one.id, one.parent], one.outcome]);
  const parts = [resources, entitlements, grants, ...ends];
  return sha(parts.map((part) => `${json(part)}\n`).join(''));
}

function sha(text) {
  return createHash('sha256').update(text).digest('hex');
}
