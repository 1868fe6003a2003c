// One consistent result from what the scopes read: every id and every grant once, and nothing that
// refers to something that is not there.

import { Conflict } from './conflict.js';
import { compare, idKey, json } from './records.js';

const KINDS = {
  resources: { identity: (one) => [idKey(one.id)], better: (one) => [one.evidence] },
  entitlements: { identity: (one) => [one.resourceType, one.slug], better: () => [] },
  grants: {
    identity: (one) => [idKey(one.resource), one.entitlement, idKey(one.principal)],
    better: (one) => [one.impliedBy !== undefined],
  },
  notices: {
    identity: (one) => [one.code, idKey(one.about), one.impact, one.message],
    better: () => [],
  },
};

/** No records. Each record that is added stands beside the walk and the page that it was read by. */
export function nothing() {
  return { resources: [], entitlements: [], grants: [], notices: [] };
}

/** Adds a page to a walk. A loop, since a list can be longer than a call's arguments. */
export function add(walk, page) {
  for (const kind of Object.keys(KINDS)) {
    for (const one of page[kind] ?? []) {
      walk.content[kind].push({ one, walk, page: walk.pages });
    }
  }
}

/** Unites what walks read, in their order, and adds what they refer to. */
export function close(walks, notices) {
  const all = nothing();
  notices.forEach((one) => all.notices.push({ one }));
  for (const { content } of walks) {
    for (const kind of Object.keys(KINDS)) {
      content[kind].forEach((read) => all[kind].push(read));
    }
  }
  resolveConflicts(all, unite(all));
  refer(all);
  describe(all);
  unite(all);
  return all;
}

/**
 * Sorts, and keeps the first of what is the same: the better one, else that of the earlier scope.
 * Returns the conflicts between resources.
 */
export function unite(all) {
  const conflicts = [];
  for (const [kind, { identity, better }] of Object.entries(KINDS)) {
    const keyed = all[kind].map((read) => ({ read, key: identity(read.one), rank: better(read.one) }));
    keyed.sort((a, b) => compare(a.key, b.key) || compare(a.rank, b.rank));
    const unique = [];
    let first;
    for (const next of keyed) {
      if (!first || compare(first.key, next.key) !== 0) {
        first = next;
        unique.push(next.read);
      } else if (kind === 'resources') {
        conflicts.push(...Conflict.between(first.read, next.read));
      }
    }
    all[kind] = unique;
  }
  return conflicts;
}

/** Leaves out what follows from records that are left out, and says so. */
function resolveConflicts(all, conflicts) {
  if (conflicts.length === 0) {
    return;
  }
  const follows = ({ one, walk, page }) =>
    one.impliedBy !== undefined && conflicts.some((conflict) => conflict.takesAlong(one.resource, walk, page));
  const gone = new Set(all.grants.filter(follows).map(({ one }) => json(one.principal)));
  all.grants = all.grants.filter((read) => !follows(read));
  [...references(all)].forEach((id) => gone.delete(json(id)));
  all.resources = all.resources.filter(({ one }) => one.evidence === 'listed' || !gone.has(json(one.id)));
  for (const conflict of conflicts) {
    conflict.notices().forEach((one) => all.notices.push({ one }));
    if (conflict.walk.outcome === 'complete') {
      conflict.walk.outcome = 'partial';
    }
  }
}

/** Everything that grants and resources refer to. */
function* references(all) {
  for (const { one } of all.grants) {
    yield one.resource;
    yield one.principal;
  }
  for (const { one } of all.resources) {
    const secret = one.details.tag === 'secret' ? one.details.val : {};
    yield* [one.parent, secret.createdBy, secret.accessTo].filter((id) => id !== undefined);
  }
}

/** Gives a record to what is referred to and has none. */
function refer(all) {
  const known = new Set(all.resources.map(({ one }) => json(one.id)));
  // What passes grants on is a set of accounts.
  const expanded = all.grants.filter(({ one }) => one.expands !== undefined);
  const groups = new Set(expanded.map(({ one }) => json(one.principal)));
  for (const id of [...references(all)]) {
    if (!known.has(json(id))) {
      known.add(json(id));
      const message = `${id.resourceType} ${id.id} is referenced, and no list that was read has it.`;
      all.notices.push({ one: { code: 'unlisted', about: id, impact: 'none', message } });
      all.resources.push({ one: referenced(id, groups.has(json(id)) ? 'group' : 'other') });
    }
  }
}

function referenced(id, kind) {
  return {
    id,
    parent: undefined,
    displayName: id.id,
    description: undefined,
    evidence: 'referenced',
    status: 'unknown',
    createdAt: undefined,
    updatedAt: undefined,
    details: { tag: kind },
    attributes: [],
    grants: 'complete',
  };
}

/** Gives a record to each entitlement that grants name and nothing describes. */
function describe(all) {
  const known = new Set(all.entitlements.map(({ one }) => json([one.resourceType, one.slug])));
  const named = all.grants.flatMap(({ one }) => [
    [one.resource.resourceType, one.entitlement],
    [one.principal.resourceType, one.expands],
  ]);
  for (const [resourceType, slug] of named) {
    if (slug !== undefined && !known.has(json([resourceType, slug]))) {
      known.add(json([resourceType, slug]));
      const message = `Grants name the entitlement ${slug} on ${resourceType}, which the connector does not describe.`;
      all.notices.push({ one: { code: 'undescribed-entitlement', about: undefined, impact: 'none', message } });
      all.entitlements.push({ one: undescribed(resourceType, slug) });
    }
  }
}

function undescribed(resourceType, slug) {
  return {
    resourceType,
    slug,
    displayName: slug,
    description: '',
    purpose: 'other',
    grantableTo: [],
    exclusionGroup: undefined,
    rank: undefined,
  };
}
