// What is asked and what is not, decided before anything is sent.

import { UsageError } from './settings.js';

/** Sorts the types of a description: `levels` to list, parents first; `described`; `notAsked`. */
export function plan({ name, resourceTypes }, include, has) {
  const wanted = new Set();
  const onRequest = new Set();
  for (const text of include) {
    const [id, grants, ...rest] = text.split(':');
    if (rest.length > 0 || (grants !== undefined && grants !== 'grants')) {
      throw new UsageError(`${text} is neither TYPE nor TYPE:grants`);
    }
    if (!resourceTypes.some((type) => type.id === id)) {
      throw new UsageError(`${name} has no resource type ${id}: it has ${resourceTypes.map((type) => type.id).join(', ')}`);
    }
    wanted.add(id);
    if (grants) {
      onRequest.add(id);
    }
  }
  const levels = [];
  const described = [];
  const notAsked = [];
  for (const type of resourceTypes) {
    const level = levelOf(type, levels);
    const asked = !type.optIn || wanted.has(type.id);
    const possible = (type.needs === undefined || has(type.needs)) && level !== undefined;
    if (wanted.has(type.id) && !type.referenceOnly && !possible) {
      throw new UsageError(`${type.id} cannot be included: it takes ${type.needs ?? type.parent}`);
    }
    if (type.referenceOnly) {
      described.push(type.id);
    } else if (asked && possible) {
      (levels[level] ??= []).push(type);
      described.push(type.id);
    } else {
      notAsked.push(type.id);
    }
  }
  const readsGrants = ({ id, grants }) =>
    grants === 'list-grants-required' ||
    (grants === 'list-grants-optional' && onRequest.has(id.resourceType));
  return { levels, described, notAsked, readsGrants };
}

function levelOf({ parent }, levels) {
  if (parent === undefined) {
    return 0;
  }
  const above = levels.findIndex((types) => types.some((type) => type.id === parent));
  return above < 0 ? undefined : above + 1;
}
