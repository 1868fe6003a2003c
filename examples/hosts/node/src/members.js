// Sets of accounts whose members no list shows: any account may have their access.

import { unite } from './close.js';
import { json } from './records.js';

/** Marks each complete walk as partial that names such a set, and says so once for each set. */
export function markUnknownMembers(all, walks) {
  const unknown = unknownSets(all, walks);
  for (const { one, walk } of all.grants) {
    if (walk.outcome === 'complete' && one.expands !== undefined && unknown.has(json(one.principal))) {
      walk.outcome = 'partial';
    }
  }
  for (const id of unknown.values()) {
    const set = `${id.resourceType} ${id.id}`;
    const message = `No list says who belongs to ${set}: nothing is known of who has what it holds.`;
    all.notices.push({ one: { code: 'unknown-members', about: id, impact: 'access-unknown', message } });
  }
  unite(all);
}

function unknownSets(all, walks) {
  const wasRead = ({ call, outcome }) => call === 'list-resources' && ['complete', 'partial'].includes(outcome);
  const lists = new Set(walks.filter(wasRead).map((walk) => walk.type));
  const resources = all.resources.map(({ one }) => one);
  const isReferenced = (one) => one.evidence === 'referenced';
  const referenced = new Set(resources.filter(isReferenced).map((one) => json(one.id)));
  const grants = all.grants.map(({ one }) => one);
  const held = new Set(grants.map((grant) => json([grant.resource, grant.entitlement])));
  const isUnknown = ({ principal, expands }) =>
    expands !== undefined &&
    lists.has(principal.resourceType) &&
    referenced.has(json(principal)) &&
    !held.has(json([principal, expands]));
  return new Map(grants.filter(isUnknown).map(({ principal }) => [json(principal), principal]));
}
