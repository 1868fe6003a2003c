// A whole tenant: the credential, the entitlements, the lists level by level, the grants. One call after
// the other.

import { setTimeout as sleep } from 'node:timers/promises';
import { add, nothing } from './close.js';
import { recordsOf } from './page.js';
import { plan } from './plan.js';
import { compare, idKey, json } from './records.js';
import { CALLS, lines } from './result.js';
import { LONGEST_WAIT, Retry } from './retry.js';

const RESTARTS = 2;
const MAX_PAGES = 100_000;

/** A sync without a result: nothing may be concluded from what it read. */
export class SyncFailed extends Error {
  constructor({ outcome, problem }) {
    super(`${outcome}: ${problem.message}`);
  }
}

/** Reads a tenant: the lines of its NDJSON, and whether it is complete. */
export async function sync(connector, { include, retries }) {
  const planned = plan(connector.descriptor, include, (name) => connector.has(name));
  const started = new Date().toISOString().replace(/\.\d+/, '');
  const reading = new Reading(connector, retries);
  const tenant = await reading.validate();
  for (const type of planned.described) {
    await reading.walk('list-entitlements', type);
  }
  for (const types of planned.levels) {
    for (const { id, parent } of types) {
      for (const at of parent === undefined ? [undefined] : reading.listed(parent)) {
        await reading.walk('list-resources', id, at?.id);
      }
    }
  }
  for (const resource of reading.listed().filter(planned.readsGrants)) {
    await reading.walk('list-grants', resource.id.resourceType, resource.id);
  }
  planned.notAsked.forEach((type) => reading.leaveOut(type));
  return lines(connector, reading, tenant, started);
}

/** What was read so far. */
class Reading {
  #connector;
  #retry;
  /** By credential, the failure that each further call with it would meet again. */
  #ended = new Map();
  /** By credential, until when the provider asked to wait, and the failure that said so. */
  #held = new Map();
  walks = [];
  requests = 0;

  constructor(connector, retries) {
    this.#connector = connector;
    this.#retry = new Retry(retries);
  }

  async validate() {
    const required = this.#connector.descriptor.credentials.find((one) => one.required);
    const { answer, ...failure } = await this.#callToEnd({ requests: 0 }, required?.name, 'validate');
    if (!answer) {
      throw new SyncFailed(failure);
    }
    return answer;
  }

  /** The resources that lists have shown, each id once, by id. */
  listed(type) {
    const all = this.inOrder().flatMap((walk) => walk.content.resources.map(({ one }) => one));
    const wanted = (one) => one.evidence === 'listed' && (!type || one.id.resourceType === type);
    const byId = new Map();
    for (const one of all.filter(wanted)) {
      const key = json(one.id);
      byId.set(key, byId.get(key) ?? one);
    }
    return [...byId.values()].sort((a, b) => compare(idKey(a.id), idKey(b.id)));
  }

  /** One scope, from its first page to its last, or to the error that ends it. */
  async walk(call, type, at) {
    const walk = this.#begin(call, type, at);
    let failure = await this.#pages(walk);
    for (let restart = 0; failure?.outcome === 'expired' && restart < RESTARTS; restart += 1) {
      walk.content = nothing();
      failure = await this.#pages(walk);
    }
    if (failure && this.#isFatal(failure, walk)) {
      throw new SyncFailed(failure);
    }
    const isPartial = walk.content.notices.some(({ one }) => omits(one));
    walk.outcome = failure?.outcome ?? (isPartial ? 'partial' : 'complete');
    walk.problem = failure?.problem;
  }

  leaveOut(type) {
    this.#begin('list-resources', type).outcome = 'not-asked';
  }

  /** The walks, in the order of the contract. */
  inOrder() {
    const types = this.#connector.descriptor.resourceTypes.map((type) => type.id);
    const key = ({ call, type, at }) => [CALLS.indexOf(call), types.indexOf(type), idKey(at)];
    return [...this.walks].sort((a, b) => compare(key(a), key(b)));
  }

  #begin(call, type, at) {
    const walk = { call, type, at, content: nothing(), pages: 0, requests: 0 };
    this.walks.push(walk);
    return walk;
  }

  async #pages(walk) {
    const seen = new Set();
    const shown = new Set();
    let pageToken;
    do {
      const { page, ...failure } = await this.#page(walk, pageToken);
      if (!page) {
        return failure;
      }
      walk.pages += 1;
      add(walk, page);
      pageToken = page.nextPageToken;
      const print = fingerprint(page);
      const again = pageToken !== undefined && shown.has(print);
      if (seen.has(pageToken) || again || walk.pages >= MAX_PAGES) {
        return circle();
      }
      seen.add(pageToken);
      // A page may be empty, and so may the next one.
      if (print) {
        shown.add(print);
      }
    } while (pageToken !== undefined);
    return undefined;
  }

  async #page(walk, pageToken) {
    const { call, type, at } = walk;
    const ask = (...args) => this.#callToEnd(walk, this.#credentialFor(type), ...args);
    if (call === 'list-entitlements') {
      const { answer: page, ...failure } = await ask('listEntitlements', type);
      return { page, ...failure };
    }
    const isList = call === 'list-resources';
    const args = isList ? ['listResources', type, at, pageToken] : ['listGrants', at, pageToken];
    const { answer, ...failure } = await ask(...args);
    return { page: answer && recordsOf(answer, type, isList ? at : undefined), ...failure };
  }

  /** One call, made again as long as that may help. */
  async #callToEnd(walk, credential, ...args) {
    for (let failed = 1; ; failed += 1) {
      const known = this.#ended.get(credential) ?? (await this.#heldBack(credential));
      if (known) {
        return known;
      }
      const { requests, ...end } = await this.#connector.call(...args);
      walk.requests += requests;
      this.requests += requests;
      if (end.answer) {
        this.#retry.success();
        return end;
      }
      this.#hold(end, credential);
      const wait = this.#retry.wait(end, failed);
      if (wait === undefined) {
        this.#note(end, credential);
        return end;
      }
      await sleep(wait * 1000);
    }
  }

  /** A wait holds for every call with the credential, whether or not this one is made again. */
  #hold({ outcome, problem }, credential) {
    if (outcome === 'rate-limited' && problem.retryAfter !== undefined) {
      const until = Date.now() + Number(problem.retryAfter) * 1000;
      this.#held.set(problem.credential ?? credential, { until, failure: { outcome, problem } });
    }
  }

  /** Waits until the credential may be used; returns the failure if that takes too long. */
  async #heldBack(credential) {
    const held = this.#held.get(credential);
    const left = held ? held.until - Date.now() : 0;
    if (left > LONGEST_WAIT * 1000) {
      return held.failure;
    }
    await sleep(Math.max(left, 0));
    return undefined;
  }

  #note(failure, credential) {
    const name = failure.problem.credential ?? credential;
    if (['quota-exhausted', 'unauthenticated'].includes(failure.outcome) && !this.#ended.has(name)) {
      this.#ended.set(name, failure);
    }
  }

  #isFatal({ outcome, problem }, { type }) {
    const name = problem.credential ?? this.#credentialFor(type);
    const known = this.#connector.descriptor.credentials.find((one) => one.name === name);
    return outcome === 'misconfigured' || (outcome === 'unauthenticated' && (known?.required ?? true));
  }

  #credentialFor(type) {
    const { resourceTypes, credentials } = this.#connector.descriptor;
    const needs = resourceTypes.find((one) => one.id === type)?.needs;
    return needs ?? credentials.find((one) => one.required)?.name;
  }
}

/** Whether nothing follows from what is absent in the list of a notice. */
function omits({ impact, about }) {
  return impact === 'item-omitted' || (impact === 'access-unknown' && about === undefined);
}

/** What a page shows, by its identities; undefined where it shows nothing. */
function fingerprint({ resources = [], grants = [], entitlements = [] }) {
  const of = [
    resources.map((one) => one.id),
    grants.map((one) => [one.resource, one.entitlement, one.principal]),
    entitlements.map((one) => [one.resourceType, one.slug]),
  ];
  return of.some((list) => list.length > 0) ? json(of) : undefined;
}

function circle() {
  const problem = {
    message:
      'The list came back to a page that it had already shown, so that it would never end. The items read so far are stored; report it.',
    detail: 'a page token, or the content of a page, came twice in one scope, or the walk had too many pages',
    credential: undefined,
    status: undefined,
    retryAfter: undefined,
  };
  return { outcome: 'unexpected-response', problem };
}
