// Sets of accounts of which no list says who is in them: what they hold, anybody may hold.

import { unite } from './close.js';
import { json } from './records.js';

/** Marks each complete walk as partial that names such a set, and says so once for each set. */
export function markUnknownMembers(all, walks) {
  const unknown = unknownSets(all, walks);
  const kept = new Set(all.grants);
  const names = (grant) => kept.has(grant) && grant.expands !== undefined && unknown.has(json(grant.principal));
  for (const walk of walks) {
    if (walk.outcome === 'complete' && walk.content.grants.some(names)) {
      walk.outcome = 'partial';
    }
  }
  for (const id of unknown.values()) {
    const set = `${id.resourceType} ${id.id}`;
    const message = `No list says who belongs to ${set}: nothing is known of who has what it holds.`;
    all.notices.push({ code: 'unknown-members', about: id, omits: false, message });
  }
  unite(all);
}

function unknownSets(all, walks) {
  const wasRead = ({ call, outcome }) => call === 'list-resources' && ['complete', 'partial'].includes(outcome);
  const lists = new Set(walks.filter(wasRead).map((walk) => walk.type));
  const isMentioned = (one) => one.evidence === 'mentioned';
  const mentioned = new Set(all.resources.filter(isMentioned).map((one) => json(one.id)));
  const held = new Set(all.grants.map((grant) => json([grant.resource, grant.entitlement])));
  const isUnknown = ({ principal, expands }) =>
    expands !== undefined &&
    lists.has(principal.resourceType) &&
    mentioned.has(json(principal)) &&
    !held.has(json([principal, expands]));
  return new Map(all.grants.filter(isUnknown).map(({ principal }) => [json(principal), principal]));
}
