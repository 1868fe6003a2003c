// Two listed records of one id with different facts: the first one counts, and notices say what that
// costs.

import { json } from './records.js';

/** The facts that two records can disagree on, by the contract's names. */
const FIELDS = {
  'display-name': 'displayName',
  description: 'description',
  status: 'status',
  'created-at': 'createdAt',
  'updated-at': 'updatedAt',
  details: 'details',
  grants: 'grants',
};

/** A record that is left out because another one of its id was read before it. */
export class Conflict {
  #first;
  #lost;
  #fields;

  constructor(first, lost) {
    this.#first = first;
    this.#lost = lost;
    this.#fields = differences(first.one, lost.one);
  }

  /** Returns the conflict of a record with the one that counts, as a list of one or none. */
  static between(first, lost) {
    const areListed = first.one.evidence === 'listed' && lost.one.evidence === 'listed';
    const conflict = new Conflict(first, lost);
    return areListed && conflict.notices().length > 0 ? [conflict] : [];
  }

  /** The walk whose record is left out. */
  get walk() {
    return this.#lost.walk;
  }

  /**
   * Whether an implied grant on a resource goes with the lost record. A second parent alone takes
   * nothing away: what follows from it holds beside what follows from the first.
   */
  takesAlong(resource, walk, page) {
    const isOnOnePage = this.#first.walk === this.#lost.walk && this.#first.page === this.#lost.page;
    const isSource = this.#lost.walk === walk && this.#lost.page === page;
    return this.#fields.length > 0 && !isOnOnePage && isSource && json(resource) === json(this.#lost.one.id);
  }

  /** What a reader should know. */
  notices() {
    const about = this.#lost.one.id;
    const name = inWords(about);
    const [first, lost] = [this.#first, this.#lost].map(({ one }) => inWords(one.parent));
    const notice = (code, message) => ({ code, about, impact: 'item-omitted', message });
    const found = [];
    if (this.#fields.length > 0) {
      const fields = this.#fields.join(', ');
      const message = `${name} was read under ${lost} with other values of ${fields} than before: the first record is used, and only what follows from it.`;
      found.push(notice('conflicting-record', message));
    }
    if (first !== lost) {
      const message = `${name} is listed under ${first} and under ${lost}, too: its record names ${first} alone.`;
      found.push(notice('second-parent', message));
    }
    return found;
  }
}

/** The names of the facts that differ, but for the parent; attributes by their own names. */
function differences(a, b) {
  const fields = Object.entries(FIELDS).filter(([, field]) => json(a[field]) !== json(b[field]));
  const pairs = (one) => new Set(one.attributes.map(json));
  const missing = (one, other) => one.attributes.filter((pair) => !pairs(other).has(json(pair)));
  const attributes = [...missing(a, b), ...missing(b, a)];
  const names = new Set([...fields, ...attributes].map(([name]) => name));
  names.delete('parent');
  return [...names].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}

function inWords(id) {
  return id === undefined ? 'nothing' : `${id.resourceType} ${id.id}`;
}
