// One consistent result from what the scopes read: every id and every triple once, and nothing that
// refers to something that is not there.

import { compare, idKey, json } from './records.js';

const KINDS = {
  resources: { identity: (one) => [idKey(one.id)], better: (one) => [one.evidence] },
  entitlements: { identity: (one) => [one.resourceType, one.slug], better: () => [] },
  grants: {
    identity: (one) => [idKey(one.resource), one.entitlement, idKey(one.principal)],
    better: (one) => [one.impliedBy !== undefined],
  },
  notices: { identity: (one) => [one.code, idKey(one.about), one.omits, one.message], better: () => [] },
};

/** An empty reading. */
export function nothing() {
  return { resources: [], entitlements: [], grants: [], notices: [] };
}

/** Adds one reading to another. A loop, since a list can be longer than a call's arguments. */
export function add(all, more) {
  for (const kind of Object.keys(KINDS)) {
    for (const one of more[kind] ?? []) {
      all[kind].push(one);
    }
  }
}

/** Unites what scopes read, in their order, and adds what they refer to. */
export function close(contents, notices) {
  const all = nothing();
  add(all, { notices });
  contents.forEach((content) => add(all, content));
  unite(all);
  mention(all);
  describe(all);
  unite(all);
  return all;
}

/** Sorts, and keeps the first of what is the same: the better one, else that of the earlier scope. */
export function unite(all) {
  for (const [kind, { identity, better }] of Object.entries(KINDS)) {
    const keyed = all[kind].map((one) => ({ one, key: identity(one), rank: better(one) }));
    keyed.sort((a, b) => compare(a.key, b.key) || compare(a.rank, b.rank));
    const first = ({ key }, at) => at === 0 || compare(keyed[at - 1].key, key) !== 0;
    all[kind] = keyed.filter(first).map(({ one }) => one);
  }
}

function mention(all) {
  const known = new Set(all.resources.map((one) => json(one.id)));
  const secrets = (one) => (one.details.tag === 'secret' ? [one.details.val.createdBy, one.details.val.opens] : []);
  const named = [
    ...all.grants.flatMap((grant) => [grant.resource, grant.principal]),
    ...all.resources.flatMap((one) => [one.parent, ...secrets(one)]),
  ];
  // What passes grants on is a set of accounts.
  const sets = new Set(all.grants.filter((grant) => grant.expands !== undefined).map((grant) => json(grant.principal)));
  for (const id of named) {
    if (id && !known.has(json(id))) {
      known.add(json(id));
      const message = `${id.resourceType} ${id.id} is referred to, and no list that was read has it.`;
      all.notices.push({ code: 'unlisted', about: id, omits: false, message });
      all.resources.push(mentioned(id, sets.has(json(id)) ? 'group' : 'other'));
    }
  }
}

function mentioned(id, kind) {
  return {
    id,
    parent: undefined,
    displayName: id.id,
    description: undefined,
    evidence: 'mentioned',
    status: 'unknown',
    createdAt: undefined,
    updatedAt: undefined,
    details: { tag: kind },
    profile: [],
    grants: 'lists',
  };
}

function describe(all) {
  const known = new Set(all.entitlements.map((one) => json([one.resourceType, one.slug])));
  const named = all.grants.flatMap((grant) => [
    [grant.resource.resourceType, grant.entitlement],
    [grant.principal.resourceType, grant.expands],
  ]);
  for (const [resourceType, slug] of named) {
    if (slug !== undefined && !known.has(json([resourceType, slug]))) {
      known.add(json([resourceType, slug]));
      const message = `Grants name the entitlement ${slug} on ${resourceType}, which the connector does not describe.`;
      all.notices.push({ code: 'undescribed-entitlement', about: undefined, omits: false, message });
      all.entitlements.push(undescribed(resourceType, slug));
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
