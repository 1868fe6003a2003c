// A page of the contract as records that stand for themselves: type and parent of a resource are those
// of the call, a reference is a resource that no list has, a grant set is as many grants as it has pairs.

/** The records of a page, and the token of the next one. */
export function recordsOf({ resources, references, grants, ...page }, resourceType, parent) {
  const listed = resources.map((one) => list(one, resourceType, parent));
  return {
    ...page,
    resources: [...listed, ...references.map(refer)],
    grants: grants.flatMap(expand),
  };
}

function list({ id, displayName, description, ...facts }, resourceType, parent) {
  return { id: { resourceType, id }, parent, displayName, description, evidence: 'listed', ...facts };
}

function refer({ id, parent, displayName, description, ...facts }) {
  return {
    id,
    parent,
    displayName: displayName ?? id.id,
    description,
    evidence: 'referenced',
    ...facts,
    grants: 'complete',
  };
}

function expand({ resource, entitlements, principalType, principalIds, impliedBy, expands }) {
  return principalIds.flatMap((id) =>
    entitlements.map((entitlement) => ({
      resource,
      entitlement,
      principal: { resourceType: principalType, id },
      impliedBy,
      expands,
    })),
  );
}
