// A component through jco: transpiled once, with a new instance for each call, so that no call
// finds what a former one left in its memory.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { transpileBytes } from '@bytecodealliance/jco-transpile';
import { HttpClient } from './http-client.js';
import { wasi } from './wasi.js';

const HTTP_CLIENT = 'governance:connector/http-client';

/** Loads a component: bare, with the contract's own import, or joined to the WASI adapter. */
export async function load(path) {
  const bytes = await readFile(path);
  const { files, imports } = await transpileBytes(bytes, {
    name: 'connector',
    instantiation: 'async',
    emitTypescriptDeclarations: false,
    noComponentErrorWrapping: true,
  });
  const text = Buffer.from(files['connector.js']).toString('base64');
  const { instantiate } = await import(`data:text/javascript;base64,${text}`);
  const modules = new Map();
  for (const [name, content] of Object.entries(files)) {
    if (name.endsWith('.wasm')) {
      modules.set(name, await WebAssembly.compile(content));
    }
  }
  const instance = (supplied) => instantiate((name) => modules.get(name), supplied);
  const bare = imports.includes(HTTP_CLIENT);
  const nobody = bare ? { [HTTP_CLIENT]: { get: () => undefined } } : wasi({}).imports;
  const descriptor = (await instance(nobody)).description.describe();
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const open = (settings) => {
    const { imports: supplied, sent } = bare ? overFetch(settings) : wasi(settings);
    return new Connector({ descriptor, sha256, settings, sent, instance: () => instance(supplied) });
  };
  return { descriptor, open };
}

function overFetch(settings) {
  const client = new HttpClient(settings);
  return { imports: { [HTTP_CLIENT]: { get: client.get } }, sent: () => client.requests };
}

/** The connector of one tenant. */
class Connector {
  #parts;

  constructor(parts) {
    this.#parts = parts;
  }

  get descriptor() {
    return this.#parts.descriptor;
  }

  get sha256() {
    return this.#parts.sha256;
  }

  get baseUrl() {
    return this.#parts.settings.baseUrl;
  }

  has(credential) {
    return this.#parts.settings.credentials.has(credential);
  }

  /**
   * One call of `inventory`: `{ answer, requests }`, or `{ outcome, problem, requests }` where it
   * ended with an error of the contract or trapped.
   */
  async call(name, ...args) {
    const before = this.#parts.sent();
    const requests = () => this.#parts.sent() - before;
    const { inventory } = await this.#parts.instance();
    try {
      return { answer: inventory[name](...args), requests: requests() };
    } catch (error) {
      const [outcome, problem] = error instanceof Error ? ['trapped', trapped(error)] : [error.tag, error.val];
      return { outcome, problem, requests: requests() };
    }
  }
}

function trapped(error) {
  return {
    message: 'The connector trapped. This is a fault of the connector: report it.',
    detail: String(error.message),
    credential: undefined,
    status: undefined,
    retryAfter: undefined,
  };
}
