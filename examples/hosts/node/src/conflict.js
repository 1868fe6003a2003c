// Two listed records of one id with different facts: the first one is kept, and notices say what that
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
  #kept;
  #lost;
  #fields;

  constructor(kept, lost) {
    this.#kept = kept;
    this.#lost = lost;
    this.#fields = differences(kept.one, lost.one);
  }

  /** The conflict of a record with the one that is kept, as a list of one or none. */
  static between(kept, lost) {
    const areListed = kept.one.evidence === 'listed' && lost.one.evidence === 'listed';
    const conflict = new Conflict(kept, lost);
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
    const isOnOnePage = this.#kept.walk === this.#lost.walk && this.#kept.page === this.#lost.page;
    const isSource = this.#lost.walk === walk && this.#lost.page === page;
    return this.#fields.length > 0 && !isOnOnePage && isSource && json(resource) === json(this.#lost.one.id);
  }

  /** What a reader should know. */
  notices() {
    const about = this.#lost.one.id;
    const name = inWords(about);
    const [kept, lost] = [this.#kept, this.#lost].map(({ one }) => inWords(one.parent));
    const notice = (code, message) => ({ code, about, impact: 'item-omitted', message });
    const found = [];
    if (this.#fields.length > 0) {
      const fields = this.#fields.join(', ');
      const message = `${name} was read under ${lost} with other values of ${fields} than before: the first record is used, and only what follows from it.`;
      found.push(notice('conflicting-record', message));
    }
    if (kept !== lost) {
      const message = `${name} is listed under ${kept} and under ${lost}, too: its record names ${kept} alone.`;
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
