// The contract's one import, governance:connector/http-client, over fetch.
//
// `get` has to give its answer at once, and fetch gives it later. So fetch runs in a worker, and the
// thread of the component sleeps on a shared number until the worker has posted the answer. (JSPI
// would do without a thread; Node 20 does not have it.)

import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';

const FROM_GUEST = ['accept', 'accept-language'];
/** The characters of a path and query that are sent as they stand. At `;` some servers end a segment. */
const PATH = /^\/(?!\/)[\w\-.~!$&()*+,=:@/?%[\]]*$/;
/** What a segment must not hide, whatever form of Unicode a server reads. */
const HIDDEN = /[/\\%;?#\p{Cc}\p{Cf}]/u;

/** The requests of one tenant: its origin and no other, its secrets, its limits. */
export class HttpClient {
  #settings;
  #signal = new Int32Array(new SharedArrayBuffer(4));
  #port;
  #worker;
  /** Requests that were sent. */
  requests = 0;

  constructor(settings) {
    const { port1, port2 } = new MessageChannel();
    this.#settings = settings;
    this.#port = port1;
    this.#worker = new Worker(new URL('fetch-worker.js', import.meta.url), {
      workerData: { port: port2, signal: this.#signal },
      transferList: [port2],
      env: {},
    });
    this.#worker.unref();
    port1.unref();
  }

  /** What is imported. A thrown error's payload is the contract's `error`. */
  get = (request) => {
    const { timeout, maxBody } = this.#settings;
    const job = { url: this.#url(request.pathWithQuery), headers: this.#headers(request), timeout, maxBody };
    this.requests += 1;
    Atomics.store(this.#signal, 0, 0);
    this.#port.postMessage(job);
    Atomics.wait(this.#signal, 0, 0);
    const { message } = receiveMessageOnPort(this.#port);
    if (message.error) {
      throw failure(message.error.tag, message.error.val);
    }
    return message;
  };

  /** Below the base URL and spelt as the connector spelt it, or not at all. */
  #url(pathWithQuery) {
    const text = this.#settings.baseUrl + pathWithQuery;
    if (!PATH.test(pathWithQuery) || !isPlain(pathWithQuery.split('?')[0]) || !URL.canParse(text) || new URL(text).href !== text) {
      throw failure('denied', 'not a plain path below the base URL');
    }
    return text;
  }

  #headers({ credential, headers }) {
    const sent = { 'user-agent': 'connector-host-node/0.1.0' };
    for (const [name, value] of headers) {
      const lower = name.toLowerCase();
      if (!FROM_GUEST.includes(lower) || lower in sent || !/^[ -~]{0,1024}$/.test(value)) {
        throw failure('denied', 'a header that is not a connector\'s to set, or a value that cannot be sent');
      }
      sent[lower] = value;
    }
    const secret = this.#settings.credentials.get(credential);
    if (!secret) {
      throw failure('no-credential');
    }
    return { ...sent, [secret.name]: secret.value };
  }
}

/** Whether every server finds the same segments in a path. */
function isPlain(path) {
  try {
    return path.split('/').slice(1).every((segment) => {
      const text = decodeURIComponent(segment).normalize('NFKC');
      const dots = (text) => text.split('.').length;
      return !HIDDEN.test(text) && !/^[.\s]*$/.test(text) && dots(text) === dots(segment);
    });
  } catch {
    return false;
  }
}

function failure(tag, val) {
  return Object.assign(new Error(tag), { payload: { tag, val } });
}
