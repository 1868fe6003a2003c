// One GET with fetch: no redirect is followed, the time is limited, and so is the decoded body.

import { workerData } from 'node:worker_threads';

const { port, signal } = workerData;
/** Headers that connectors read; what else the provider sends stays outside. */
const TO_GUEST = /^(content-language|content-type|date|link|ratelimit|retry-after|retryafter|x-total-count|(ratelimit|x-ratelimit|x-rate-limit)-.*)$/;
/** A certificate that does not hold would fail again. */
const DENIED = /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;
const TIMED_OUT = /TIMEOUT|ETIMEDOUT/;

port.on('message', async (job) => {
  port.postMessage(await answer(job).catch((error) => ({ error: sorted(error, job.url) })));
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
});

async function answer({ url, headers, timeout, maxBody }) {
  const limit = AbortSignal.timeout(timeout * 1000);
  const response = await fetch(url, { headers, redirect: 'manual', credentials: 'omit', signal: limit });
  const pieces = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > maxBody) {
      return { error: { tag: 'body-too-large', val: BigInt(maxBody) } };
    }
    pieces.push(piece);
  }
  const shown = [...response.headers].filter(([name]) => TO_GUEST.test(name));
  return {
    status: response.status,
    headers: shown.map(([name, value]) => [name, Uint8Array.from(Buffer.from(value, 'latin1'))]),
    body: Uint8Array.from(Buffer.concat(pieces)),
  };
}

/** The contract's case. The texts are ours: the library's may repeat the URL. */
function sorted(error, url) {
  const code = error.cause?.code ?? error.name;
  if (error.name === 'TimeoutError' || TIMED_OUT.test(code)) {
    return { tag: 'timeout' };
  }
  if (DENIED.test(code)) {
    return { tag: 'denied', val: `the provider's certificate does not hold (${code})` };
  }
  const { hostname, port: number, protocol } = new URL(url);
  const address = `${hostname}:${number || (protocol === 'https:' ? 443 : 80)}`;
  return { tag: 'connection', val: `no connection, or one that broke (${code}, ${address})` };
}
